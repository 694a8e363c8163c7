//! A written graph held against the model it was made of: both are given the same rows, made of the labels and
//! thresholds that the graph itself names, so that rows stand on the edges of splits.

use super::proto::{ModelProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto};
use super::run::{Array, Data, run};
use super::values::{Element, VECTOR};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use brickyard_error::{Failure, Result};
use brickyard_ml::Transformer;
use brickyard_ml::linalg::{VectorColumn, dense_column, is_vector_type};
use brickyard_ml::random::mix;
use brickyard_ml::transform::append;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Rows that are tried.
const ROWS: usize = 96;
/// Of the rows that the model refuses, how many the graph must refuse too: each is run by itself.
const REFUSED_ROWS: usize = 4;
/// How far numbers may be off, relative to those above 1.
const TOLERANCE: f64 = 1e-6;
/// One row in so many may differ by more: sums in another order tip ties between classes the other way.
const TIES: usize = 8;
/// Numbers that every column is given, beside those that the graph names.
const NUMBERS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 7.0, 12.5, 100.0, 1000.0];

/// # Errors
/// The graph cannot be evaluated, predicts something else than the model, or accepts what the model refuses.
pub fn check(model: &dyn Transformer, file: &ModelProto) -> Result<()> {
    let Some(columns) = columns(file) else { return Ok(()) };
    if columns.is_empty() {
        return Ok(());
    }
    let batch = |rows: &[usize]| -> Result<RecordBatch> {
        let columns = columns.iter().map(|column| (column.name.as_str(), column.native(rows)));
        RecordBatch::try_from_iter(columns).map_err(|error| Failure::internal("making rows to try").because(error))
    };
    let inputs = |rows: &[usize]| columns.iter().map(|column| (column.name.clone(), column.array(rows))).collect();
    let (mut accepted, mut expected, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..ROWS {
        match append(model, &batch(&[row])?) {
            Ok(answer) => {
                accepted.push(row);
                expected.push(answer);
            }
            Err(failure) => refused.push((row, failure)),
        }
    }
    if !accepted.is_empty() {
        let found = run(file, inputs(&accepted))?;
        compare(&expected, &found)?;
    }
    for (row, failure) in refused.into_iter().take(REFUSED_ROWS) {
        if run(file, inputs(&[row])).is_ok() {
            return Err(Failure::internal("an exported graph accepts a row that the model refuses").because(failure));
        }
    }
    Ok(())
}

fn compare(expected: &[RecordBatch], found: &HashMap<String, Array>) -> Result<()> {
    for (name, found) in found {
        let width = found.shape.get(1).copied().unwrap_or(1);
        let mut others = 0;
        for (row, answer) in expected.iter().enumerate() {
            let Some(column) = answer.column_by_name(name).filter(|column| column.len() == 1) else {
                return Err(Failure::internal(format!("an exported graph has the output {name}, the model has not")));
            };
            others += usize::from(!is_same(column, found, row * width..(row + 1) * width)?);
        }
        if others > expected.len() / TIES {
            let text = format!(
                "an exported graph predicts other than its model: {name} differs in {others} of {} rows",
                expected.len()
            );
            return Err(Failure::internal(text));
        }
    }
    Ok(())
}

fn is_same(column: &ArrayRef, found: &Array, range: std::ops::Range<usize>) -> Result<bool> {
    let near = |a: f64, b: f64| {
        let is_near = (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0);
        is_near || (!a.is_finite() && !b.is_finite())
    };
    let numbers = |expected: &[f64]| match &found.data {
        Data::Doubles(values) => {
            values[range.clone()].len() == expected.len()
                && values[range.clone()].iter().zip(expected).all(|(found, expected)| near(*found, *expected))
        }
        Data::Ints(values) => {
            expected.iter().zip(&values[range.clone()]).all(|(expected, found)| *expected == *found as f64)
        }
        _ => false,
    };
    Ok(match column.data_type() {
        DataType::Float64 => numbers(column.as_primitive::<Float64Type>().values()),
        DataType::Int32 => numbers(&[f64::from(column.as_primitive::<Int32Type>().value(0))]),
        DataType::Int64 => numbers(&[column.as_primitive::<Int64Type>().value(0) as f64]),
        DataType::Utf8 => {
            matches!(&found.data, Data::Texts(texts) if texts[range.start] == column.as_string::<i32>().value(0))
        }
        kind if is_vector_type(kind) => numbers(&VectorColumn::new(column.as_ref())?.get(0).to_vector().to_dense()),
        _ => false,
    })
}

/// An input, and what its rows may hold.
struct Column {
    name: String,
    seed: u64,
    width: usize,
    is_vector: bool,
    values: Values,
}

enum Values {
    Numbers(Vec<f64>),
    Whole(Vec<i64>),
    Texts(Vec<String>),
}

/// The inputs of the graph; `None` where the size of a vector is not known.
fn columns(file: &ModelProto) -> Option<Vec<Column>> {
    let graph = file.graph.as_ref()?;
    let column = |(number, input): (usize, &ValueInfoProto)| {
        let (element, width) = layout(input)?;
        let values = match element {
            kind if kind == Element::Text as i32 => Values::Texts(labels(file, input.name())),
            kind if kind == Element::Int as i32 => {
                let mut whole: Vec<i64> = named_numbers(file).iter().map(|number| number.round() as i64).collect();
                whole.extend(keys(file, input.name()));
                Values::Whole(whole)
            }
            _ => Values::Numbers(named_numbers(file)),
        };
        let is_vector = input.doc_string() == VECTOR;
        Some(Column { name: input.name().to_owned(), seed: mix(number as u64), width, is_vector, values })
    };
    graph.input.iter().enumerate().map(column).collect()
}

fn layout(input: &ValueInfoProto) -> Option<(i32, usize)> {
    let type_proto::Value::TensorType(kind) = input.r#type.as_ref()?.value.as_ref()?;
    match kind.shape.as_ref()?.dim.get(1)?.value {
        Some(dimension::Value::DimValue(width)) => Some((kind.elem_type(), usize::try_from(width).ok()?)),
        _ => None,
    }
}

/// The label encoders that read a column.
fn encoders<'a>(file: &'a ModelProto, column: &'a str) -> impl Iterator<Item = &'a super::proto::AttributeProto> {
    let nodes = file.graph.iter().flat_map(|graph| &graph.node);
    let reading =
        nodes.filter(move |node| node.op_type() == "LabelEncoder" && node.input.iter().any(|it| it == column));
    reading.flat_map(|node| &node.attribute)
}

/// The labels that a column may have, and one that it has not.
fn labels(file: &ModelProto, column: &str) -> Vec<String> {
    let keys = encoders(file, column).filter(|attribute| attribute.name() == "keys_strings");
    let labels = keys.flat_map(|keys| &keys.strings).map(|text| String::from_utf8_lossy(text).into_owned());
    labels.chain(["no such label".to_owned()]).collect()
}

fn keys(file: &ModelProto, column: &str) -> Vec<i64> {
    encoders(file, column)
        .filter(|attribute| attribute.name() == "keys_int64s")
        .flat_map(|it| it.ints.clone())
        .collect()
}

/// Thresholds of splits, at most some thousand, and a few plain numbers.
fn named_numbers(file: &ModelProto) -> Vec<f64> {
    const THRESHOLDS: usize = 2000;
    let nodes = file.graph.iter().flat_map(|graph| &graph.node);
    let splits = nodes.flat_map(|node| &node.attribute).filter(|attribute| attribute.name() == "nodes_splits");
    let words =
        splits.filter_map(|attribute| attribute.t.as_ref()).flat_map(|tensor| tensor.raw_data().chunks_exact(8));
    let thresholds: Vec<f64> = words.map(|word| f64::from_le_bytes(word.try_into().unwrap_or([0; 8]))).collect();
    let step = thresholds.len().div_ceil(THRESHOLDS).max(1);
    let mut seen = HashSet::new();
    let some = thresholds.into_iter().step_by(step).chain(NUMBERS);
    some.filter(|number| number.is_finite() && seen.insert(number.to_bits())).collect()
}

impl Column {
    fn chosen<T: Clone>(&self, values: &[T], rows: &[usize]) -> Vec<T> {
        let slots = rows.iter().flat_map(|row| (0..self.width).map(move |slot| (row * self.width + slot) as u64));
        let place = |at: u64| (mix(self.seed ^ at) % values.len().max(1) as u64) as usize;
        slots.map(|at| values[place(at)].clone()).collect()
    }

    fn array(&self, rows: &[usize]) -> Array {
        let shape = vec![rows.len(), self.width];
        match &self.values {
            Values::Numbers(values) => Array::doubles(shape, self.chosen(values, rows)),
            Values::Whole(values) => Array::ints(shape, self.chosen(values, rows)),
            Values::Texts(values) => Array { shape, data: Data::Texts(self.chosen(values, rows)) },
        }
    }

    fn native(&self, rows: &[usize]) -> ArrayRef {
        match &self.values {
            Values::Numbers(values) => {
                let numbers = self.chosen(values, rows);
                if self.is_vector { dense_column(self.width, numbers) } else { Arc::new(Float64Array::from(numbers)) }
            }
            Values::Whole(values) => Arc::new(Int64Array::from(self.chosen(values, rows))),
            Values::Texts(values) => Arc::new(StringArray::from(self.chosen(values, rows))),
        }
    }
}
