//! `IndexToString`: indices back to their labels, given or found in the column's metadata.

use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::schema::{self, Attr};
use crate::{Input, Operator, Output, Params, RawInput, RawKind, Registry, Transformer};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.feature.IndexToString";
const SPECS: &[ParamSpec] = &[
    shared::INPUT_COL,
    ParamSpec::new(
        "labels",
        Kind::Texts,
        Default::None,
        "labels in the order of indices; unset means the input column's metadata",
    ),
    shared::OUTPUT_COL,
];

pub fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::transformer(IndexToString { params: Params::new(uid, SPECS) }),
        |_, saved| Ok(Operator::transformer(IndexToString { params: saved.params(SPECS)? })),
    );
}

/// Maps indices to labels.
#[derive(Debug, Clone)]
pub struct IndexToString {
    params: Params,
}

impl IndexToString {
    fn labels(&self, schema: &Schema) -> Result<Vec<String>> {
        let given = if self.params.is_set("labels") { self.params.texts("labels")? } else { Vec::new() };
        if !given.is_empty() {
            return Ok(given);
        }
        let column = self.params.text("inputCol")?;
        match schema::attr(schema::field(schema, &column)?) {
            Attr::Nominal { values, .. } | Attr::Binary { values: Some(values), .. } => Ok(values),
            _ => {
                let text = format!("the column {column} carries no labels; set the parameter labels");
                Err(Failure::new(&codes::ml::PARAMETER_MISSING, text))
            }
        }
    }
}

impl Transformer for IndexToString {
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
        let input = Input::number(&self.params.text("inputCol")?);
        input.find(schema)?;
        Ok(vec![input])
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        Ok(vec![RawInput::new(self.params.text("inputCol")?, RawKind::Number)])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        self.inputs(schema)?;
        let output = self.params.text("outputCol")?;
        schema::no_such_columns(schema, [output.as_str()])?;
        Ok(vec![Field::new(output, DataType::Utf8, true)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let labels = self.labels(batch.schema_ref())?;
        let indices = Input::number(&self.params.text("inputCol")?).read(batch)?;
        let indices = indices.as_primitive::<Float64Type>();
        let label = |index: Option<f64>| -> Result<Option<&str>> {
            let Some(index) = index else { return Ok(None) };
            let found = (index >= 0.0).then(|| labels.get(index as usize)).flatten();
            found.map(|label| Some(label.as_str())).ok_or_else(|| unseen(index))
        };
        let texts = indices.iter().map(label).collect::<Result<StringArray>>()?;
        Ok(Output::all(vec![Arc::new(texts)]))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}

fn unseen(index: f64) -> Failure {
    let text = format!("Unseen index: {} ??", index as i64);
    let condition = Condition::new("USER_RAISED_EXCEPTION", "P0001", SparkException::SparkRuntime);
    Failure::new(&codes::ml::INVALID_ROW, &text).with_condition(condition.with("errorMessage", text))
}
