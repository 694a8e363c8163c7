//! Arrays: elements by Spark's errors and nulls.

use crate::cast::Mode;
use crate::failures::{array_index, index_of_zero, too_many_elements};
use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::types::*;
use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_array_get", element_type, |input| element(input, false)),
    Definition::new("spark_element_at", element_type, |input| element(input, true)),
    Definition::new("spark_array_contains", |_| Ok(DataType::Boolean), contains),
    Definition::new("spark_array_field", field_type, fields),
    Definition::new("spark_array_binary_search", |_| Ok(DataType::Int32), binary_search),
    Definition::new("spark_array_positions", |_| Ok(list(DataType::Int32)), positions),
    Definition::new("spark_array_or_null_element", |types| types.get(0).cloned(), or_null_element),
    Definition::new("spark_empty_array", |_| Ok(list(DataType::Null)), empty),
    Definition::new("spark_size", |_| Ok(DataType::Int32), size),
    Definition::new("spark_array_sizes", |_| Ok(DataType::Int64), checked_sizes),
    Definition::new("spark_sequence", |types| Ok(list(types.get(0)?.clone())), sequence),
];

/// Spark's own limit.
const LARGEST_ARRAY: i128 = 2_147_483_632;

/// Elements of all arrays of a batch: two gigabytes of longs.
const LARGEST_BATCH: i128 = 1 << 28;

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

fn lists(input: &Input, index: usize) -> Result<ListArray> {
    let array = input.array(index)?;
    array.as_list_opt::<i32>().cloned().ok_or_else(|| Failure::internal("a function wants arrays"))
}

fn element_type(types: &Types) -> Result<DataType> {
    match types.get(0)? {
        DataType::List(item) => Ok(item.data_type().clone()),
        other => Err(Failure::internal(format!("{other} has no elements"))),
    }
}

/// From 0, or from 1 with negative numbers from the end.
fn element(input: &Input, from_one: bool) -> Result<ArrayRef> {
    let mode = Mode::parse(input.text(2)?)?;
    let arrays = lists(input, 0)?;
    let indices = input.array(1)?;
    let indices = indices.as_primitive::<Int64Type>();
    let mut places = UInt32Builder::with_capacity(input.rows);
    for row in 0..input.rows {
        if arrays.is_null(row) || indices.is_null(row) {
            places.append_null();
            continue;
        }
        let (offset, length) = (arrays.value_offsets()[row] as i64, i64::from(arrays.value_length(row)));
        let index = indices.value(row);
        if from_one && index == 0 {
            return Err(index_of_zero());
        }
        let place = match (from_one, index < 0) {
            (true, true) => length + index,
            (true, false) => index - 1,
            (false, _) => index,
        };
        if (0..length).contains(&place) {
            places.append_value((offset + place) as u32);
        } else if mode == Mode::Ansi {
            return Err(array_index(index, length as usize, from_one));
        } else {
            places.append_null();
        }
    }
    take(arrays.values(), &places.finish(), None).map_err(kernel)
}

/// Null when it is not found and an element is null.
fn contains(input: &Input) -> Result<ArrayRef> {
    let arrays = lists(input, 0)?;
    let needles = input.array(1)?;
    let mut out = BooleanBuilder::with_capacity(input.rows);
    for row in 0..input.rows {
        if arrays.is_null(row) || needles.is_null(row) {
            out.append_null();
            continue;
        }
        let items = arrays.value(row);
        let needle = Scalar::new(needles.slice(row, 1));
        let equal = arrow::compute::kernels::cmp::eq(&items, &needle).map_err(kernel)?;
        match (equal.true_count() > 0, equal.null_count() > 0) {
            (true, _) => out.append_value(true),
            (false, true) => out.append_null(),
            (false, false) => out.append_value(false),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn field_type(types: &Types) -> Result<DataType> {
    let DataType::List(item) = types.get(0)? else { return Err(Failure::internal("a function wants arrays")) };
    let name = types.text(1)?;
    let field = match item.data_type() {
        DataType::Struct(fields) => fields.iter().find(|field| field.name() == name),
        _ => None,
    };
    let field = field.ok_or_else(|| Failure::internal(format!("the elements have no field {name}")))?;
    let nullable = item.is_nullable() || field.is_nullable();
    Ok(DataType::List(Arc::new(Field::new_list_field(field.data_type().clone(), nullable))))
}

/// A field of each element.
fn fields(input: &Input) -> Result<ArrayRef> {
    let arrays = lists(input, 0)?;
    let DataType::List(item) = &input.returns else { return Err(Failure::internal("fields of elements are arrays")) };
    let structs = arrays.values().as_struct();
    let values = structs.column_by_name(input.text(1)?).cloned();
    let values = values.ok_or_else(|| Failure::internal("the elements lost a field"))?;
    let values = match structs.nulls() {
        None => values,
        Some(nulls) => {
            let is_null: BooleanArray = nulls.iter().map(|is_valid| Some(!is_valid)).collect();
            arrow::compute::nullif(&values, &is_null).map_err(kernel)?
        }
    };
    let list = ListArray::try_new(Arc::clone(item), arrays.offsets().clone(), values, arrays.nulls().cloned());
    Ok(Arc::new(list.map_err(kernel)?))
}

/// The place of a number in an ascending array, from 0; where it is none of the elements, -1 minus the place it would have.
fn binary_search(input: &Input) -> Result<ArrayRef> {
    let arrays = lists(input, 0)?;
    let wanted = input.array(1)?;
    let wanted = wanted.as_primitive_opt::<Int32Type>().ok_or_else(|| Failure::internal("a search is for a number"))?;
    let found = (0..input.rows).map(|row| {
        let items = arrays.is_valid(row).then(|| arrays.value(row))?;
        let items = items.as_primitive_opt::<Int32Type>()?;
        let wanted = wanted.is_valid(row).then(|| wanted.value(row))?;
        Some(items.values().binary_search(&wanted).map_or_else(|place| -1 - place as i32, |place| place as i32))
    });
    Ok(Arc::new(found.collect::<Int32Array>()))
}

/// For each array the numbers of its elements from 0.
fn positions(input: &Input) -> Result<ArrayRef> {
    let arrays = lists(input, 0)?;
    let lengths: Vec<usize> =
        (0..arrays.len()).map(|row| if arrays.is_null(row) { 0 } else { arrays.value_length(row) as usize }).collect();
    let numbers: Int32Array = lengths.iter().flat_map(|length| 0..*length as i32).collect();
    let field = Arc::new(Field::new_list_field(DataType::Int32, true));
    let list =
        ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), Arc::new(numbers), arrays.nulls().cloned());
    Ok(Arc::new(list.map_err(kernel)?))
}

/// Arrays without elements, and null, become arrays of one null.
fn or_null_element(input: &Input) -> Result<ArrayRef> {
    let arrays = lists(input, 0)?;
    let mut places = UInt32Builder::new();
    let mut lengths = Vec::with_capacity(arrays.len());
    for row in 0..arrays.len() {
        let (offset, length) = (arrays.value_offsets()[row] as u32, arrays.value_length(row) as u32);
        if arrays.is_null(row) || length == 0 {
            places.append_null();
            lengths.push(1);
        } else {
            (offset..offset + length).for_each(|place| places.append_value(place));
            lengths.push(length as usize);
        }
    }
    let values = take(arrays.values(), &places.finish(), None).map_err(kernel)?;
    let DataType::List(item) = arrays.data_type() else { return Err(Failure::internal("a list that is none")) };
    let field = Arc::new(item.as_ref().clone().with_nullable(true));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, None).map_err(kernel)?;
    Ok(Arc::new(list))
}

fn empty(input: &Input) -> Result<ArrayRef> {
    let field = Arc::new(Field::new_list_field(DataType::Null, true));
    let values = new_empty_array(&DataType::Null);
    let offsets = OffsetBuffer::from_lengths(vec![0; input.rows]);
    Ok(Arc::new(ListArray::try_new(field, offsets, values, None).map_err(kernel)?))
}

fn size(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let offsets = match array.data_type() {
        DataType::Map(..) => array.as_map().offsets().clone(),
        _ => lists(input, 0)?.offsets().clone(),
    };
    let sizes = (0..array.len()).map(|row| (!array.is_null(row)).then(|| offsets[row + 1] - offsets[row]));
    Ok(Arc::new(sizes.collect::<Int32Array>()))
}

/// From a start to an end, both included, by a step of 1, or −1 downwards.
fn sequence(input: &Input) -> Result<ArrayRef> {
    let (start, end) = (input.array(0)?, input.array(1)?);
    let as_longs = |array: &ArrayRef| arrow::compute::cast(array, &DataType::Int64).map_err(kernel);
    let is_date = matches!(start.data_type(), DataType::Date32);
    let (starts, ends) = match is_date {
        true => {
            let days = |array: &ArrayRef| arrow::compute::cast(array, &DataType::Int32).map_err(kernel);
            (as_longs(&days(&start)?)?, as_longs(&days(&end)?)?)
        }
        false => (as_longs(&start)?, as_longs(&end)?),
    };
    let steps = match input.len() {
        2 => None,
        _ => Some(steps(&input.array(2)?, is_date)?),
    };
    let (starts, ends) = (starts.as_primitive::<Int64Type>(), ends.as_primitive::<Int64Type>());
    let mut values = Int64Builder::new();
    let mut lengths = Vec::with_capacity(input.rows);
    let mut valid = Vec::with_capacity(input.rows);
    for row in 0..input.rows {
        let step_is_null = steps.as_ref().is_some_and(|steps| steps.is_null(row));
        if starts.is_null(row) || ends.is_null(row) || step_is_null {
            lengths.push(0);
            valid.push(false);
            continue;
        }
        let (start, end) = (starts.value(row), ends.value(row));
        let step = steps.as_ref().map_or(if start <= end { 1 } else { -1 }, |steps| steps.value(row));
        if step == 0 && start != end || (step > 0 && start > end) || (step < 0 && start < end) {
            let text = format!("illegal sequence boundaries: {start} to {end} by {step}");
            return Err(Failure::new(&codes::sql::VALUE, text));
        }
        let distance = i128::from(end) - i128::from(start);
        let count = if step == 0 { 1 } else { distance / i128::from(step) + 1 };
        check_size(count, values.len(), "sequence")?;
        let count = count as i64;
        (0..count).for_each(|index| values.append_value(start + index * step));
        lengths.push(count as usize);
        valid.push(true);
    }
    let values: ArrayRef = Arc::new(values.finish());
    let values = match is_date {
        true => {
            let days = arrow::compute::cast(&values, &DataType::Int32).map_err(kernel)?;
            arrow::compute::cast(&days, &DataType::Date32).map_err(kernel)?
        }
        false => arrow::compute::cast(&values, start.data_type()).map_err(kernel)?,
    };
    let field = Arc::new(Field::new_list_field(start.data_type().clone(), true));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, Some(NullBuffer::from(valid)));
    Ok(Arc::new(list.map_err(kernel)?))
}

/// The numbers of elements of arrays to be made, which must fit.
fn checked_sizes(input: &Input) -> Result<ArrayRef> {
    let array = input.array(0)?;
    let mut elements = 0;
    for count in array.as_primitive::<Int64Type>().iter().flatten().filter(|count| *count > 0) {
        check_size(count.into(), elements, "array_repeat")?;
        elements += count as usize;
    }
    Ok(array)
}

/// # Errors
/// An array has more elements than Spark's can have, or a batch of them more than fit.
fn check_size(elements: i128, before: usize, function: &str) -> Result<()> {
    if elements > LARGEST_ARRAY {
        return Err(too_many_elements(elements, function));
    }
    if elements + before as i128 > LARGEST_BATCH {
        let text = format!("{function} makes {elements} elements in a row, too many to hold; make fewer at a time");
        return Err(Failure::new(&codes::sql::MEMORY, text));
    }
    Ok(())
}

/// Steps as numbers of the sequence's unit: days for dates, microseconds for timestamps.
fn steps(array: &ArrayRef, is_date: bool) -> Result<Int64Array> {
    match array.data_type() {
        DataType::Duration(_) => {
            let micros = array.as_primitive::<DurationMicrosecondType>();
            let unit = if is_date { 86_400_000_000 } else { 1 };
            Ok(micros.unary::<_, Int64Type>(|micros| micros / unit))
        }
        DataType::Interval(_) => Err(Failure::unsupported("sequences by months")),
        _ => {
            let longs = arrow::compute::cast(array, &DataType::Int64).map_err(kernel)?;
            Ok(longs.as_primitive::<Int64Type>().clone())
        }
    }
}
