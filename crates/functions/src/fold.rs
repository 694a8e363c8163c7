//! `aggregate`: an array's elements merged one after the other into a value, by a lambda of two parameters.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::{cast, concat, nullif, take, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};
use std::sync::{Arc, LazyLock};

/// `(array, start, (sum, element) -> sum, sum -> result)`. The first lambda gives what has the type of the start. Every
/// step is computed for all rows whose arrays are long enough.
pub fn fold() -> Arc<HigherOrderUDF> {
    static FUNCTION: LazyLock<Arc<HigherOrderUDF>> = LazyLock::new(|| {
        use ValueOrLambda::{Lambda, Value};
        let kinds = vec![Value(()), Value(()), Lambda(()), Lambda(())];
        let signature = HigherOrderSignature::exact(kinds, Volatility::Immutable);
        Arc::new(HigherOrderUDF::new_from_impl(Fold { signature }))
    });
    Arc::clone(&FUNCTION)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Fold {
    signature: HigherOrderSignature,
}

impl HigherOrderUDFImpl for Fold {
    fn name(&self) -> &str {
        "spark_fold"
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
        let [ValueOrLambda::Value(array), ValueOrLambda::Value(start), ..] = fields else {
            return plan_err!("spark_fold takes an array, a start and two lambdas");
        };
        let DataType::List(element) = array.data_type() else { return plan_err!("spark_fold takes an array") };
        let sum = Arc::new(Field::new("sum", start.data_type().clone(), true));
        let element = Arc::new(Field::new("element", element.data_type().clone(), true));
        Ok(LambdaParametersProgress::Complete(vec![vec![Arc::clone(&sum), element], vec![sum]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [_, _, _, ValueOrLambda::Lambda(result)] => Ok(Arc::new(Field::new("", result.data_type().clone(), true))),
            _ => plan_err!("spark_fold takes an array, a start and two lambdas"),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        use ValueOrLambda::{Lambda, Value};
        let [Value(arrays), Value(start), Lambda(merge), Lambda(finish)] = args.args.as_slice() else {
            return plan_err!("spark_fold takes an array, a start and two lambdas");
        };
        let arrays = arrays.to_array(args.number_rows)?;
        let Some(lists) = arrays.as_list_opt::<i32>() else { return plan_err!("spark_fold takes an array") };
        let mut sums = start.to_array(args.number_rows)?;
        if lists.null_count() == lists.len() {
            return Ok(ColumnarValue::Array(new_null_array(args.return_type(), lists.len())));
        }
        let length = |row: usize| if lists.is_null(row) { 0 } else { lists.value_length(row) as usize };
        let longest = (0..lists.len()).map(length).max().unwrap_or(0);
        for step in 0..longest {
            let rows: Vec<u32> = (0..lists.len()).filter(|row| length(*row) > step).map(|row| row as u32).collect();
            let offsets = lists.value_offsets();
            let places = rows.iter().map(|row| offsets[*row as usize] as u32 + step as u32);
            let elements = take(lists.values(), &UInt32Array::from_iter_values(places), None)?;
            let rows = UInt32Array::from(rows);
            let before = take(&sums, &rows, None)?;
            let after = merge
                .evaluate(&[&|| Ok(Arc::clone(&before)), &|| Ok(Arc::clone(&elements))], |captured| {
                    Ok(take_arrays(captured, &rows, None)?)
                })?
                .into_array(rows.len())?;
            sums = replaced(&sums, &rows, cast(&after, sums.data_type())?)?;
        }
        let results = finish.evaluate(&[&|| Ok(Arc::clone(&sums))], |captured| Ok(captured.to_vec()))?;
        let results = results.into_array(args.number_rows)?;
        if lists.null_count() == 0 {
            return Ok(ColumnarValue::Array(results));
        }
        let is_null: BooleanArray = (0..lists.len()).map(|row| Some(lists.is_null(row))).collect();
        Ok(ColumnarValue::Array(nullif(&results, &is_null)?))
    }
}

/// The values with those of some rows replaced.
fn replaced(values: &ArrayRef, rows: &UInt32Array, by: ArrayRef) -> Result<ArrayRef> {
    if rows.len() == values.len() {
        return Ok(by);
    }
    let mut places: Vec<u32> = (0..values.len() as u32).collect();
    rows.values().iter().zip(values.len() as u32..).for_each(|(row, place)| places[*row as usize] = place);
    let both = concat(&[values.as_ref(), by.as_ref()])?;
    Ok(take(&both, &UInt32Array::from(places), None)?)
}
