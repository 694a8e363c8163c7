//! `pyspark.ml.functions`: vectors to arrays and back.

use crate::udf::{Definition, Input, Types, kernel};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type};
use brickyard_error::{Failure, Result};
use brickyard_ml::linalg::{VectorBuilder, VectorColumn, vector_type};
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_vector_to_array", array_type, to_array),
    Definition::new("spark_array_to_vector", |_| Ok(vector_type()), to_vector),
];

/// The elements' type by NumPy's name.
fn element_type(name: &str) -> Result<DataType> {
    match name {
        "float64" => Ok(DataType::Float64),
        "float32" => Ok(DataType::Float32),
        other => Err(Failure::internal(format!(
            "vector_to_array gives float64 or float32, not {other}: ask for one of them"
        ))),
    }
}

fn array_type(types: &Types) -> Result<DataType> {
    Ok(DataType::List(Arc::new(Field::new_list_field(element_type(types.text(1)?)?, false))))
}

/// Every slot of every vector; null for null.
fn to_array(input: &Input) -> Result<ArrayRef> {
    let element = element_type(input.text(1)?)?;
    let column = input.array(0)?;
    let vectors = VectorColumn::new(&column)?;
    let mut values = Vec::new();
    let mut lengths = Vec::with_capacity(vectors.rows());
    for row in 0..vectors.rows() {
        let size = if vectors.is_null(row) { 0 } else { vectors.get(row).size() };
        let start = values.len();
        values.resize(start + size, 0.0);
        if size > 0 {
            vectors.get(row).write_dense(&mut values[start..]);
        }
        lengths.push(size);
    }
    let values = cast(&Float64Array::from(values), &element).map_err(kernel)?;
    let field = Arc::new(Field::new_list_field(element, false));
    let lists = ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, column.nulls().cloned());
    Ok(Arc::new(lists.map_err(kernel)?))
}

/// Dense vectors of arrays of doubles; null for null.
fn to_vector(input: &Input) -> Result<ArrayRef> {
    let column = input.array(0)?;
    let arrays = column.as_list_opt::<i32>().ok_or_else(|| Failure::internal("array_to_vector wants arrays"))?;
    let mut vectors = VectorBuilder::with_capacity(arrays.len(), arrays.values().len());
    for row in 0..arrays.len() {
        if arrays.is_null(row) {
            vectors.push_null();
            continue;
        }
        let elements = arrays.value(row);
        vectors.push_dense(elements.as_primitive::<Float64Type>().iter().map(|element| element.unwrap_or(f64::NAN)));
    }
    Ok(vectors.finish())
}
