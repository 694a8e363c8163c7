//! A lambda over the elements of arrays side by side: what `transform`, `filter`, `zip_with`, `map_filter` and their kin
//! are made of, and what each makes of the lambda's results.

use crate::failures::comparator_returns_null;
use crate::format::{Style, literal};
use crate::udf::{Definition, Input, Types, kernel};
use crate::zone::Zone;
use arrow::array::types::Int32Type;
use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{take, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use brickyard_error::Failure;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};
use std::sync::{Arc, LazyLock};

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_array_keep", |types| types.get(0).cloned(), keep),
    Definition::new("spark_array_any", |_| Ok(DataType::Boolean), |input| quantified(input, true)),
    Definition::new("spark_array_all", |_| Ok(DataType::Boolean), |input| quantified(input, false)),
    Definition::new("spark_array_as_long_as", |types| types.get(0).cloned(), as_long_as),
    Definition::new("spark_array_firsts", |types| types.get(0).cloned(), |input| squared(input, false)),
    Definition::new("spark_array_seconds", |types| types.get(0).cloned(), |input| squared(input, true)),
    Definition::new("spark_array_sort_by", sorted_type, sort_by),
];

/// The functions `(array, …, lambda)` to the array of the lambda's results, for one, two and three arrays. The arrays
/// of a row have one length; where the first is null the result is.
pub fn each() -> [Arc<HigherOrderUDF>; 3] {
    static FUNCTIONS: LazyLock<[Arc<HigherOrderUDF>; 3]> = LazyLock::new(|| {
        [1, 2, 3].map(|arrays| {
            let values = std::iter::repeat_n(ValueOrLambda::Value(()), arrays);
            let kinds = values.chain([ValueOrLambda::Lambda(())]).collect();
            let signature = HigherOrderSignature::exact(kinds, Volatility::Immutable);
            Arc::new(HigherOrderUDF::new_from_impl(Each { arrays, signature }))
        })
    });
    FUNCTIONS.clone()
}

/// The name of the function of so many arrays.
pub fn each_of(arrays: usize) -> &'static str {
    match arrays {
        1 => "spark_each",
        2 => "spark_each_two",
        _ => "spark_each_three",
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Each {
    arrays: usize,
    signature: HigherOrderSignature,
}

impl HigherOrderUDFImpl for Each {
    fn name(&self) -> &str {
        each_of(self.arrays)
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let mut parameters = Vec::new();
        for field in &fields[..self.arrays.min(fields.len())] {
            let ValueOrLambda::Value(array) = field else { return plan_err!("{} takes arrays first", self.name()) };
            let DataType::List(item) = array.data_type() else { return plan_err!("{} takes arrays", self.name()) };
            parameters.push(Arc::new(Field::new("element", item.data_type().clone(), true)));
        }
        Ok(LambdaParametersProgress::Complete(vec![parameters]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields.last() {
            Some(ValueOrLambda::Lambda(result)) => {
                let item = Arc::new(Field::new_list_field(result.data_type().clone(), true));
                Ok(Arc::new(Field::new("", DataType::List(item), true)))
            }
            _ => plan_err!("{} takes a lambda at the end", self.name()),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let mut lists: Vec<ListArray> = Vec::new();
        for value in &args.args[..self.arrays] {
            let ValueOrLambda::Value(value) = value else { return plan_err!("{} takes arrays first", self.name()) };
            let array = value.to_array(args.number_rows)?;
            let Some(list) = array.as_list_opt::<i32>() else { return plan_err!("{} takes arrays", self.name()) };
            lists.push(list.clone());
        }
        let Some(ValueOrLambda::Lambda(lambda)) = args.args.last() else {
            return plan_err!("{} takes a lambda at the end", self.name());
        };
        let DataType::List(item) = args.return_field.data_type() else { return plan_err!("a list that is none") };
        let nulls = lists[0].nulls().cloned();
        let length = |row: usize| if lists[0].is_null(row) { 0 } else { lists[0].value_length(row) as usize };
        let lengths: Vec<usize> = (0..args.number_rows).map(length).collect();
        let rows = lengths.iter().enumerate().flat_map(|(row, length)| std::iter::repeat_n(row as u32, *length));
        let rows = UInt32Array::from_iter_values(rows);
        let values = if rows.is_empty() {
            new_empty_array(item.data_type())
        } else {
            let elements = lists.iter().map(|list| {
                let offsets = list.value_offsets();
                let places = lengths.iter().enumerate().flat_map(|(row, length)| {
                    let first = offsets[row] as u32;
                    first..first + *length as u32
                });
                Ok(take(list.values(), &UInt32Array::from_iter_values(places), None)?)
            });
            let elements = elements.collect::<Result<Vec<ArrayRef>>>()?;
            let parameters: Vec<_> = elements.iter().map(|array| move || Ok(Arc::clone(array))).collect();
            let parameters: Vec<&dyn Fn() -> Result<ArrayRef>> = parameters.iter().map(|get| get as _).collect();
            let results = lambda.evaluate(&parameters, |captured| Ok(take_arrays(captured, &rows, None)?))?;
            results.into_array(rows.len())?
        };
        let list = ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), values, nulls)?;
        Ok(ColumnarValue::Array(Arc::new(list)))
    }
}

fn range(list: &ListArray, row: usize) -> std::ops::Range<usize> {
    if list.is_null(row) { 0..0 } else { list.value_offsets()[row] as usize..list.value_offsets()[row + 1] as usize }
}

fn relisted(
    list: &ListArray,
    places: Vec<Option<u32>>,
    lengths: Vec<usize>,
    nulls: Option<NullBuffer>,
) -> brickyard_error::Result<ArrayRef> {
    let DataType::List(item) = list.data_type() else { return Err(Failure::internal("a list that is none")) };
    let values = take(list.values(), &UInt32Array::from(places), None).map_err(kernel)?;
    let field = Arc::new(item.as_ref().clone().with_nullable(true));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, nulls);
    Ok(Arc::new(list.map_err(kernel)?))
}

/// `(array, for each element whether it stays)`
fn keep(input: &Input) -> brickyard_error::Result<ArrayRef> {
    let (list, stay) = (input.lists(0)?, input.lists(1)?);
    let flags = stay.values().as_boolean();
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    for row in 0..input.rows {
        let before = places.len();
        let first_flag = stay.value_offsets()[row] as usize;
        for (index, place) in range(&list, row).enumerate() {
            if flags.is_valid(first_flag + index) && flags.value(first_flag + index) {
                places.push(Some(place as u32));
            }
        }
        lengths.push(places.len() - before);
    }
    relisted(&list, places, lengths, list.nulls().cloned())
}

/// Whether one of the flags is `wanted`; null where none is, and one is null. For all is: none is false.
fn quantified(input: &Input, wanted: bool) -> brickyard_error::Result<ArrayRef> {
    let list = input.lists(0)?;
    let flags = list.values().as_boolean();
    let rows = (0..input.rows).map(|row| {
        if list.is_null(row) {
            return None;
        }
        let mut flags = range(&list, row).map(|place| flags.is_valid(place).then(|| flags.value(place)));
        let has_null = flags.clone().any(|flag| flag.is_none());
        match flags.any(|flag| flag == Some(wanted)) {
            true => Some(wanted),
            false if has_null => None,
            false => Some(!wanted),
        }
    });
    Ok(Arc::new(rows.collect::<BooleanArray>()))
}

/// `(array, other)`: with nulls at the end where the other is longer; null where one is null.
fn as_long_as(input: &Input) -> brickyard_error::Result<ArrayRef> {
    let (list, other) = (input.lists(0)?, input.lists(1)?);
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    let nulls = NullBuffer::union(list.nulls(), other.nulls());
    for row in 0..input.rows {
        if list.is_null(row) || other.is_null(row) {
            lengths.push(0);
            continue;
        }
        let own = range(&list, row);
        let length = own.len().max(range(&other, row).len());
        let missing = length - own.len();
        places.extend(own.map(|place| Some(place as u32)).chain(std::iter::repeat_n(None, missing)));
        lengths.push(length);
    }
    relisted(&list, places, lengths, nulls)
}

/// Of every pair of elements the first, or the second.
fn squared(input: &Input, is_second: bool) -> brickyard_error::Result<ArrayRef> {
    let list = input.lists(0)?;
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    for row in 0..input.rows {
        let own = range(&list, row);
        lengths.push(own.len() * own.len());
        for first in own.clone() {
            places.extend(own.clone().map(|second| Some(if is_second { second } else { first } as u32)));
        }
    }
    relisted(&list, places, lengths, list.nulls().cloned())
}

fn sorted_type(types: &Types) -> brickyard_error::Result<DataType> {
    types.get(0).cloned()
}

/// `(array, how the elements of every pair compare)`
fn sort_by(input: &Input) -> brickyard_error::Result<ArrayRef> {
    let (list, compared) = (input.lists(0)?, input.lists(1)?);
    let signs = compared.values();
    let signs = signs.as_primitive_opt::<Int32Type>().ok_or_else(|| Failure::internal("a comparison gives ints"))?;
    let (mut places, mut lengths) = (Vec::new(), Vec::new());
    for row in 0..input.rows {
        let own = range(&list, row);
        let first_sign = compared.value_offsets()[row] as usize;
        let count = own.len();
        if let Some(pair) =
            (0..count * count).find(|pair| pair / count != pair % count && signs.is_null(first_sign + pair))
        {
            let style = Style { zone: Zone::Region(chrono_tz::Tz::UTC), is_pretty: false };
            let shown = |index: usize| literal(list.values(), own.start + index, style);
            return Err(comparator_returns_null(&shown(pair / count)?, &shown(pair % count)?));
        }
        // By insertion: a comparison that contradicts itself gives some order, and no failure.
        let mut order: Vec<usize> = Vec::with_capacity(count);
        for index in 0..count {
            let is_after = |other: &usize| signs.value(first_sign + other * count + index) <= 0;
            let place = order.iter().rposition(is_after).map_or(0, |place| place + 1);
            order.insert(place, index);
        }
        lengths.push(count);
        places.extend(order.into_iter().map(|index| Some((own.start + index) as u32)));
    }
    relisted(&list, places, lengths, list.nulls().cloned())
}
