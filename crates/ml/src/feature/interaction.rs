//! `Interaction`: all products of the slots of several columns, categories taken apart into indicators.

use super::stage::{Stage, register_stage};
use crate::linalg::{VectorBuilder, VectorColumn, is_sparse_smaller, is_vector_type, java_double, vector_type};
use crate::param::{ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::{self, Attr, Slots};
use crate::transform::invalid_row;
use crate::{Input, Output, Params, RawInput, RawKind, Registry};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::collections::HashSet;

pub fn register(registry: &mut Registry) {
    register_stage::<Interaction>(registry);
}

#[derive(Debug, Default)]
pub(super) struct Interaction;

impl Stage for Interaction {
    const CLASS: &'static str = "org.apache.spark.ml.feature.Interaction";
    const SPECS: &'static [ParamSpec] = &[shared::INPUT_COLS, shared::OUTPUT_COL];

    fn inputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Input>> {
        let columns = columns(params)?;
        let input = |column: &String| {
            let is_vector = is_vector_type(schema::field(schema, column)?.data_type());
            let input = if is_vector { Input::vector(column) } else { Input::number(column) };
            input.find(schema)?;
            Ok(input)
        };
        columns.iter().map(input).collect()
    }

    fn raw_inputs(&self, params: &Params) -> Result<Vec<RawInput>> {
        Ok(columns(params)?.into_iter().map(|column| RawInput::new(column, RawKind::Number)).collect())
    }

    fn outputs(&self, params: &Params, schema: &Schema) -> Result<Vec<Field>> {
        let mut names: Vec<Attr> = Vec::new();
        for column in columns(params)?.iter().rev() {
            let field = schema::field(schema, column)?;
            let is_vector = is_vector_type(field.data_type());
            let own = encoded(is_vector.then_some(column.as_str()), &attributes(field)?);
            names = if names.is_empty() { own } else { product(&own, &names) };
        }
        let metadata = schema::slots_metadata(&Slots::Known(names));
        Ok(vec![schema::with_metadata(Field::new(params.text("outputCol")?, vector_type(), true), &metadata)])
    }

    fn transform(&self, params: &Params, batch: &RecordBatch) -> Result<Output> {
        let schema = batch.schema_ref();
        let inputs = self.inputs(params, schema)?;
        let arrays = inputs.iter().map(|input| input.read(batch)).collect::<Result<Vec<_>>>()?;
        let factors = inputs.iter().zip(&arrays).map(|(input, array)| Factor::new(input.find(schema)?, array));
        let factors = factors.collect::<Result<Vec<_>>>()?;
        let size: usize = factors.iter().map(|factor| factor.size).product();
        let mut vectors = VectorBuilder::with_capacity(batch.num_rows(), 0);
        let (mut entries, mut next, mut dense) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..batch.num_rows() {
            entries.clear();
            entries.push((0, 1.0));
            let mut below = 1;
            for factor in factors.iter().rev() {
                next.clear();
                factor.each(row, |slot, value| {
                    next.extend(entries.iter().map(|(place, product)| (place + slot * below, product * value)));
                })?;
                std::mem::swap(&mut entries, &mut next);
                below *= factor.size;
            }
            push(&mut vectors, &entries, size, &mut dense);
        }
        Ok(Output::all(vec![vectors.finish()]))
    }

    fn load(_: &Saved) -> Result<Self> {
        Ok(Interaction)
    }
}

/// By Spark's rule for the smaller of both forms.
fn push(vectors: &mut VectorBuilder, entries: &[(usize, f64)], size: usize, dense: &mut Vec<f64>) {
    let given = || entries.iter().filter(|(_, value)| *value != 0.0);
    if is_sparse_smaller(given().count(), size) {
        vectors.push_sparse(size, given().map(|(slot, value)| (*slot as i32, *value)));
        return;
    }
    dense.clear();
    dense.resize(size, 0.0);
    given().for_each(|(slot, value)| dense[*slot] = *value);
    vectors.push_dense(dense.iter().copied());
}

fn columns(params: &Params) -> Result<Vec<String>> {
    let wrong =
        |text: &str| Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, format!("requirement failed: {text}")));
    if !params.is_set("inputCols") {
        return wrong("Input cols must be defined first.");
    }
    let columns = params.texts("inputCols")?;
    if columns.is_empty() {
        return wrong("Input cols must have non-zero length.");
    }
    if columns.iter().collect::<HashSet<_>>().len() != columns.len() {
        return wrong("Input cols must be distinct.");
    }
    Ok(columns)
}

// ---- slot names ------------------------------------------------------------------------------------------------------

/// The attributes of a column's slots, a scalar being a single one named as its column.
fn attributes(field: &Field) -> Result<Vec<Attr>> {
    if !is_vector_type(field.data_type()) {
        let attr = schema::attr(field);
        return Ok(vec![if attr.name().is_some() { attr } else { attr.with_name(field.name()) }]);
    }
    match schema::slots(field) {
        Slots::Known(attrs) => Ok(attrs),
        _ => {
            let text = "Vector attributes must be defined for interaction.";
            Err(Failure::new(&codes::ml::COLUMN_TYPE, text))
        }
    }
}

/// Indicators in the place of nominal attributes.
fn encoded(group: Option<&str>, attrs: &[Attr]) -> Vec<Attr> {
    let named = |index: usize, attr: &Attr, value: Option<&str>| {
        let name = attr.name().map_or_else(|| index.to_string(), ToOwned::to_owned);
        [group, Some(name.as_str()), value].into_iter().flatten().collect::<Vec<_>>().join("_")
    };
    let mut slots = Vec::new();
    for (index, attr) in attrs.iter().enumerate() {
        let indicator = |value: &str| Attr::Binary { name: Some(named(index, attr, Some(value))), values: None };
        match attr {
            Attr::Nominal { values, .. } => slots.extend(values.iter().map(|value| indicator(value))),
            Attr::NominalCount { count, .. } => slots.extend((0..*count).map(|value| indicator(&value.to_string()))),
            _ => slots.push(Attr::Numeric { name: Some(named(index, attr, None)) }),
        }
    }
    slots
}

fn product(own: &[Attr], others: &[Attr]) -> Vec<Attr> {
    let name = |attr: &Attr| attr.name().unwrap_or_default().to_owned();
    let pair = |own: &Attr, other: &Attr| Attr::Numeric { name: Some(format!("{}:{}", name(own), name(other))) };
    own.iter().flat_map(|own| others.iter().map(move |other| pair(own, other))).collect()
}

// ---- rows ------------------------------------------------------------------------------------------------------------

/// One column; every slot with its number of categories, 0 for a number.
struct Factor<'a> {
    column: &'a str,
    values: Values<'a>,
    categories: Vec<usize>,
    size: usize,
}

enum Values<'a> {
    Numbers(&'a Float64Array),
    Vectors(VectorColumn<'a>),
}

impl<'a> Factor<'a> {
    fn new(field: &'a Field, array: &'a ArrayRef) -> Result<Self> {
        let count = |attr: &Attr| match attr {
            Attr::Nominal { values, .. } => values.len(),
            Attr::NominalCount { count, .. } => *count,
            _ => 0,
        };
        let categories: Vec<usize> = attributes(field)?.iter().map(count).collect();
        let values = match is_vector_type(field.data_type()) {
            true => Values::Vectors(VectorColumn::new(array.as_ref())?),
            false => Values::Numbers(array.as_primitive::<Float64Type>()),
        };
        let size = categories.iter().map(|count| (*count).max(1)).sum();
        Ok(Self { column: field.name(), values, categories, size })
    }

    /// Calls `entry` with every slot of the encoded row that is not zero, in order.
    fn each(&self, row: usize, mut entry: impl FnMut(usize, f64)) -> Result<()> {
        let null = || invalid_row("Values to interact cannot be null.");
        let mut first = 0;
        let mut encode = |value: f64, categories: usize| {
            if categories == 0 {
                if value != 0.0 {
                    entry(first, value);
                }
                first += 1;
                return Ok(());
            }
            if !(value >= 0.0 && value.fract() == 0.0 && value < categories as f64) {
                let (column, value) = (self.column, java_double(value));
                return Err(invalid_row(format!("Values from column {column} must be indices, but got {value}.")));
            }
            entry(first + value as usize, 1.0);
            first += categories;
            Ok(())
        };
        match &self.values {
            Values::Numbers(numbers) if numbers.is_null(row) => Err(null()),
            Values::Numbers(numbers) => encode(numbers.value(row), self.categories[0]),
            Values::Vectors(vectors) if vectors.is_null(row) => Err(null()),
            Values::Vectors(vectors) => {
                let vector = vectors.get(row).to_vector().to_dense();
                if vector.len() != self.categories.len() {
                    let (found, expected) = (vector.len(), self.categories.len());
                    return Err(invalid_row(format!("Vector column size was {found}, expected {expected}")));
                }
                vector.into_iter().zip(&self.categories).try_for_each(|(value, count)| encode(value, *count))
            }
        }
    }
}
