//! Residuals of a generalized linear model's predictions, as a stage that appends them to the predictions.

use super::estimator::inputs_of;
use super::link::Distribution;
use crate::instances::{check_weight, number};
use crate::persist::Saved;
use crate::{Input, Output, Params, Transformer};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// What is called a residual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deviance,
    Pearson,
    Working,
    Response,
}

/// Appends residuals to the model's predictions; weights count as Spark has it.
#[derive(Debug, Clone)]
pub struct Residuals {
    /// The model's.
    params: Params,
    kind: Kind,
}

impl Residuals {
    /// # Errors
    /// There are no residuals of that name.
    pub fn new(params: &Params, kind: &str) -> Result<Self> {
        let kind = match kind {
            "deviance" => Kind::Deviance,
            "pearson" => Kind::Pearson,
            "working" => Kind::Working,
            "response" => Kind::Response,
            other => {
                let text = format!("The residuals type {other} is not supported by Generalized Linear Regression.");
                return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text));
            }
        };
        Ok(Self { params: params.clone(), kind })
    }

    /// The column that is appended.
    pub fn column(&self) -> &'static str {
        match self.kind {
            Kind::Deviance => "devianceResiduals",
            Kind::Pearson => "pearsonResiduals",
            Kind::Working => "workingResiduals",
            Kind::Response => "responseResiduals",
        }
    }
}

impl Transformer for Residuals {
    fn class(&self) -> &'static str {
        "brickyard.ml.GeneralizedLinearResiduals"
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

    /// Prediction, label, and the weight if the model has one.
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let mut columns = vec![self.params.text("predictionCol")?, self.params.text("labelCol")?];
        columns.extend(self.params.optional_text("weightCol").filter(|_| inputs_of(&self.params).weighted));
        let inputs: Vec<Input> = columns.iter().map(|column| Input::number(column)).collect();
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn outputs(&self, _: &Schema) -> Result<Vec<Field>> {
        Ok(vec![Field::new(self.column(), DataType::Float64, true)])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let Distribution { family, link, .. } = Distribution::of(&self.params)?;
        let columns = self.inputs(batch.schema_ref())?;
        let columns = columns.iter().map(|input| input.read(batch)).collect::<Result<Vec<_>>>()?;
        let column = |index: usize| columns.get(index).map(|column| column.as_primitive::<Float64Type>());
        let (Some(means), Some(labels)) = (column(0), column(1)) else {
            return Err(Failure::internal("residuals lack a column"));
        };
        let one = |row: usize| -> Result<Option<f64>> {
            let (Some(mean), Some(y)) = (number(means, row), number(labels, row)) else { return Ok(None) };
            let weight = column(2).map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            Ok(Some(match self.kind {
                Kind::Deviance => {
                    let root = family.deviance(y, mean, weight).max(0.0).sqrt();
                    if y > mean { root } else { -root }
                }
                Kind::Pearson => (y - mean) * weight.sqrt() / family.variance(mean).sqrt(),
                Kind::Working => (y - mean) * link.derivative(mean),
                Kind::Response => y - mean,
            }))
        };
        let residuals: Float64Array = (0..batch.num_rows()).map(one).collect::<Result<_>>()?;
        Ok(Output::all(vec![Arc::new(residuals)]))
    }

    fn save(&self) -> Result<Saved> {
        Err(Failure::unsupported("saving residuals as a stage"))
    }
}
