//! Arrow columns as JSON that a browser reads without loss: 64-bit integers and decimals as text, times as Spark prints
//! them, vectors as their numbers.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait,
    PrimitiveArray, RecordBatch, StructArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, SchemaRef,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use brickyard_error::{Failure, Result};
use brickyard_functions::types::simple_string;
use brickyard_ml::linalg::{VectorColumn, VectorRef, is_vector_type};
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Serialize)]
pub struct Column {
    pub name: String,
    /// As Spark prints it: `bigint`, `array<string>`; `vector` for ML's vectors.
    #[serde(rename = "type")]
    pub type_name: String,
}

pub fn columns(schema: &SchemaRef) -> Vec<Column> {
    let column = |field: &arrow::datatypes::FieldRef| Column {
        name: field.name().clone(),
        type_name: type_name(field.data_type()),
    };
    schema.fields().iter().map(column).collect()
}

pub fn type_name(data_type: &DataType) -> String {
    if is_vector_type(data_type) { "vector".to_owned() } else { simple_string(data_type) }
}

/// Row by row.
pub fn rows(batches: &[RecordBatch]) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let mut columns = Vec::with_capacity(batch.num_columns());
        for column in batch.columns() {
            columns.push(values(column)?.into_iter());
        }
        for _ in 0..batch.num_rows() {
            rows.push(columns.iter_mut().map(|column| column.next().unwrap_or_default()).collect());
        }
    }
    Ok(rows)
}

/// A column's values; as many as it has rows.
fn values(array: &ArrayRef) -> Result<Vec<Value>> {
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => optional(array.as_boolean(), BooleanArray::value, Value::Bool),
        DataType::Int8 => primitive::<Int8Type>(array, Value::from),
        DataType::Int16 => primitive::<Int16Type>(array, Value::from),
        DataType::Int32 => primitive::<Int32Type>(array, Value::from),
        DataType::Int64 => primitive::<Int64Type>(array, |value| Value::String(value.to_string())),
        DataType::Float32 => primitive::<Float32Type>(array, shortest_single),
        DataType::Float64 => primitive::<Float64Type>(array, double),
        DataType::Utf8 => optional(array.as_string::<i32>(), |array, row| array.value(row).to_owned(), Value::String),
        DataType::List(_) => lists::<i32>(array.as_list())?,
        DataType::LargeList(_) => lists::<i64>(array.as_list())?,
        DataType::FixedSizeList(_, _) => fixed_lists(array.as_fixed_size_list())?,
        DataType::Map(_, _) => maps(array.as_map())?,
        kind @ DataType::Struct(_) if is_vector_type(kind) => vectors(array)?,
        DataType::Struct(_) => structs(array.as_struct())?,
        DataType::Dictionary(_, of) => values(&cast(array, of).map_err(unreadable)?)?,
        _ => printed(array)?,
    })
}

fn optional<A: Array, V>(array: &A, get: impl Fn(&A, usize) -> V, json: impl Fn(V) -> Value) -> Vec<Value> {
    let value = |row| if array.is_null(row) { Value::Null } else { json(get(array, row)) };
    (0..array.len()).map(value).collect()
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef, json: impl Fn(T::Native) -> Value) -> Vec<Value> {
    optional(array.as_primitive::<T>(), PrimitiveArray::<T>::value, json)
}

/// JSON has no NaN and no infinities: they are spelled.
fn double(value: f64) -> Value {
    match value {
        _ if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        _ => json!(value),
    }
}

/// 0.1 in single precision is 0.1, not the double nearest to it.
fn shortest_single(value: f32) -> Value {
    double(value.to_string().parse().unwrap_or(f64::from(value)))
}

/// Times, decimals, binary and whatever else has a printed form.
fn printed(array: &ArrayRef) -> Result<Vec<Value>> {
    let options = FormatOptions::default()
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f"));
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(unreadable)?;
    Ok((0..array.len())
        .map(|row| if array.is_null(row) { Value::Null } else { Value::String(formatter.value(row).to_string()) })
        .collect())
}

fn lists<O: OffsetSizeTrait>(array: &GenericListArray<O>) -> Result<Vec<Value>> {
    let element = |row: usize| match array.is_null(row) {
        true => Ok(Value::Null),
        false => Ok(Value::Array(values(&array.value(row))?)),
    };
    (0..array.len()).map(element).collect()
}

fn fixed_lists(array: &FixedSizeListArray) -> Result<Vec<Value>> {
    let element = |row: usize| match array.is_null(row) {
        true => Ok(Value::Null),
        false => Ok(Value::Array(values(&array.value(row))?)),
    };
    (0..array.len()).map(element).collect()
}

fn maps(array: &MapArray) -> Result<Vec<Value>> {
    let entry = |row: usize| {
        if array.is_null(row) {
            return Ok(Value::Null);
        }
        let entries = array.value(row);
        let keys = values(entries.column(0))?;
        let key = |key: Value| if let Value::String(text) = key { text } else { key.to_string() };
        Ok(Value::Object(keys.into_iter().map(key).zip(values(entries.column(1))?).collect()))
    };
    (0..array.len()).map(entry).collect()
}

fn structs(array: &StructArray) -> Result<Vec<Value>> {
    let names: Vec<&String> = array.fields().iter().map(|field| field.name()).collect();
    let mut columns = Vec::with_capacity(names.len());
    for column in array.columns() {
        columns.push(values(column)?);
    }
    let value = |row: usize| {
        if array.is_null(row) {
            return Value::Null;
        }
        let fields = names.iter().zip(&columns);
        Value::Object(fields.map(|(name, column)| ((*name).clone(), column[row].clone())).collect::<Map<_, _>>())
    };
    Ok((0..array.len()).map(value).collect())
}

/// Dense vectors as arrays of numbers, sparse ones as their size, indices and values.
fn vectors(array: &ArrayRef) -> Result<Vec<Value>> {
    let column = VectorColumn::new(array.as_ref())?;
    let numbers = |values: &[f64]| Value::Array(values.iter().copied().map(double).collect());
    let value = |row: usize| match column.is_null(row) {
        true => Value::Null,
        false => match column.get(row) {
            VectorRef::Dense(values) => numbers(values),
            VectorRef::Sparse { size, indices, values } => {
                json!({ "size": size, "indices": indices, "values": numbers(values) })
            }
        },
    };
    Ok((0..array.len()).map(value).collect())
}

fn unreadable(error: arrow::error::ArrowError) -> Failure {
    Failure::internal("writing rows as JSON").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        Decimal128Array, Float32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
    };
    use brickyard_ml::linalg::dense_column;
    use std::sync::Arc;

    #[test]
    fn every_value_reads_as_spark_prints_it() {
        let decimals = Decimal128Array::from(vec![1234]).with_precision_and_scale(10, 2).unwrap();
        let rows: Vec<(ArrayRef, Value)> = vec![
            (Arc::new(Int64Array::from(vec![Some(i64::MAX), None])), json!(["9223372036854775807", null])),
            (Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::NEG_INFINITY])), json!([0.5, "NaN", "-Infinity"])),
            (Arc::new(Float32Array::from(vec![0.1])), json!([0.1])),
            (Arc::new(StringArray::from(vec![Some("a"), None])), json!(["a", null])),
            (Arc::new(TimestampMicrosecondArray::from(vec![1_500_000])), json!(["1970-01-01 00:00:01.500"])),
            (Arc::new(decimals), json!(["12.34"])),
            (dense_column(2, vec![1.0, 2.5]), json!([[1.0, 2.5]])),
        ];
        for (array, expected) in rows {
            assert_eq!(Value::Array(values(&array).unwrap()), expected, "{}", array.data_type());
        }
    }
}
