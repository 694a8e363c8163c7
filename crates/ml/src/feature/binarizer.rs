//! `Binarizer`: 1 above a threshold, else 0; for numbers and for the slots of vectors.

use super::columns::pairs;
use super::mapped::{push_compressed, same_size};
use crate::linalg::{VectorBuilder, VectorColumn, is_vector_type, vector_type};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::{self, Attr};
use crate::transform::invalid_row;
use crate::{Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.Binarizer";
const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    shared::INPUT_COLS,
    shared::OUTPUT_COL,
    shared::OUTPUT_COLS,
    ParamSpec::new("threshold", Kind::Double, Default::Double(0.0), "values above it become 1"),
    ParamSpec::new("thresholds", Kind::Doubles, Default::None, "a threshold for each input column"),
];

pub fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::transformer(Binarizer { params: Params::new(uid, SPECS) }),
        |_, saved| Ok(Operator::transformer(Binarizer { params: saved.params(SPECS)? })),
    );
}

#[derive(Debug, Clone)]
struct Binarizer {
    params: Params,
}

impl Binarizer {
    /// (input, output, threshold).
    fn columns(&self) -> Result<Vec<(String, String, f64)>> {
        let pairs = pairs(&self.params)?;
        let thresholds = match self.params.get("thresholds") {
            Some(crate::Value::Doubles(thresholds)) => thresholds,
            _ => vec![self.params.double("threshold")?; pairs.len()],
        };
        if thresholds.len() != pairs.len() {
            let text = format!("requirement failed: {} thresholds for {} columns", thresholds.len(), pairs.len());
            return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
        }
        Ok(pairs.into_iter().zip(thresholds).map(|((input, output), threshold)| (input, output, threshold)).collect())
    }
}

fn input_of(schema: &Schema, column: &str) -> Result<Input> {
    let vector = is_vector_type(schema::field(schema, column)?.data_type());
    let input = if vector { Input::vector(column) } else { Input::number(column) };
    input.find(schema)?;
    Ok(input)
}

impl Transformer for Binarizer {
    fn class(&self) -> &'static str {
        CLASS
    }
    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        pairs(&self.params)?.iter().map(|(input, _)| input_of(schema, input)).collect()
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(pairs(&self.params)?.into_iter().map(|(input, _)| RawInput::new(input, RawKind::Number)).collect())
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let columns = self.columns()?;
        schema::no_such_columns(schema, columns.iter().map(|(_, output, _)| output.as_str()))?;
        let field = |(input, output, _): &(String, String, f64)| {
            let found = input_of(schema, input)?.find(schema)?;
            let (field, metadata) = if is_vector_type(found.data_type()) {
                (Field::new(output, vector_type(), true), schema::slots_metadata(&same_size(found)))
            } else {
                let attr = Attr::Binary { name: None, values: None };
                (Field::new(output, DataType::Float64, false), schema::attr_metadata(&attr))
            };
            Ok(schema::with_metadata(field, &metadata))
        };
        columns.iter().map(field).collect()
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let binarized = |(input, _, threshold): (String, String, f64)| {
            let column = input_of(batch.schema_ref(), &input)?.read(batch)?;
            if is_vector_type(column.data_type()) {
                vectors(&column, threshold)
            } else {
                Ok(numbers(&column, threshold))
            }
        };
        Ok(Output::all(self.columns()?.into_iter().map(binarized).collect::<Result<_>>()?))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}

/// As in SQL, NaN is above every number, and null is not above.
fn numbers(column: &ArrayRef, threshold: f64) -> ArrayRef {
    let above = |value: Option<f64>| value.is_some_and(|value| value > threshold || value.is_nan());
    let flags = column.as_primitive::<Float64Type>().iter().map(|value| f64::from(above(value)));
    Arc::new(Float64Array::from_iter_values(flags))
}

fn vectors(column: &ArrayRef, threshold: f64) -> Result<ArrayRef> {
    let vectors = VectorColumn::new(column.as_ref())?;
    let mut flags = VectorBuilder::with_capacity(vectors.rows(), 0);
    let mut values = Vec::new();
    for row in 0..vectors.rows() {
        if vectors.is_null(row) {
            return Err(invalid_row("Binarizer met a null vector"));
        }
        let vector = vectors.get(row);
        values.resize(vector.size(), 0.0);
        vector.write_dense(&mut values);
        values.iter_mut().for_each(|value| *value = f64::from(*value > threshold));
        push_compressed(&values, &mut flags);
    }
    Ok(flags.finish())
}
