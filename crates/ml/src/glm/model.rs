//! The fitted generalized linear model.

use super::link::Distribution;
use super::params::SPECS;
use crate::instances::number;
use crate::linalg::vector_column;
use crate::linear::margins::margins;
use crate::persist::{Column, Saved, table};
use crate::predictor::regressor::{self, Regressor, prediction_field};
use crate::schema::no_such_columns;
use crate::transform::no_attribute;
use crate::{Attribute, Input, Matrix, Output, Params, RawInput, RawKind, Transformer, Value, Vector};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.regression.GeneralizedLinearRegressionModel";

/// Coefficients and an intercept, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct GeneralizedLinearRegressionModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    coefficients: Vector,
    /// The same as a matrix of one row.
    row: Matrix,
    intercept: f64,
}

impl GeneralizedLinearRegressionModel {
    pub(super) fn new(params: Params, coefficients: Vector, intercept: f64) -> Self {
        let row = Matrix::row_major(1, coefficients.size(), coefficients.to_dense());
        Self { params, learned: Arc::new(Learned { coefficients, row, intercept }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        Ok(Self::new(saved.params(&SPECS)?, rows.vector("coefficients")?, rows.double("intercept")?))
    }

    /// Coefficients, then the intercept if there is one.
    pub fn estimates(&self) -> Result<Vec<f64>> {
        let mut estimates = self.learned.coefficients.to_dense();
        estimates.extend(self.params.bool("fitIntercept")?.then_some(self.learned.intercept));
        Ok(estimates)
    }

    /// Linear predictors without offsets.
    fn predictors(&self, features: &dyn Array) -> Result<Vec<f64>> {
        margins(features, &self.learned.row, &[self.learned.intercept])
    }
}

impl Regressor for GeneralizedLinearRegressionModel {
    fn width(&self) -> usize {
        self.learned.row.columns
    }

    fn predict(&self, features: &dyn Array) -> Result<Vec<f64>> {
        let distribution = Distribution::of(&self.params)?;
        Ok(self.predictors(features)?.into_iter().map(|predictor| distribution.fitted(predictor)).collect())
    }
}

impl Transformer for GeneralizedLinearRegressionModel {
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
        let mut inputs = regressor::inputs(self, schema)?;
        if let Some(offset) = self.params.optional_text("offsetCol") {
            let offset = Input::number(&offset);
            offset.find(schema)?;
            inputs.push(offset);
        }
        Ok(inputs)
    }

    fn raw_inputs(&self) -> Result<Vec<RawInput>> {
        let mut inputs = vec![RawInput::new(self.params.text("featuresCol")?, RawKind::Vector)];
        inputs.extend(self.params.optional_text("offsetCol").map(|column| RawInput::new(column, RawKind::Number)));
        Ok(inputs)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        // A null offset gives a null prediction, as in Spark.
        let is_nullable = match self.params.optional_text("offsetCol") {
            Some(offset) => Input::number(&offset).find(schema)?.is_nullable(),
            None => false,
        };
        let names =
            ["linkPredictionCol", "predictionCol"].into_iter().filter_map(|param| self.params.optional_text(param));
        let fields: Vec<Field> = names.map(|name| prediction_field(&name).with_nullable(is_nullable)).collect();
        no_such_columns(schema, fields.iter().map(|field| field.name().as_str()))?;
        Ok(fields)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let distribution = Distribution::of(&self.params)?;
        let features = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let mut predictors = Float64Array::from(self.predictors(features.as_ref())?);
        if let Some(offset) = self.params.optional_text("offsetCol") {
            let offsets = Input::number(&offset).read(batch)?;
            let offsets = offsets.as_primitive::<Float64Type>();
            let plain = predictors.values().iter().enumerate();
            predictors = plain.map(|(row, predictor)| Some(predictor + number(offsets, row)?)).collect();
        }
        let wants = |param: &str| self.params.optional_text(param).is_some();
        let means = wants("predictionCol").then(|| {
            let means = predictors.iter().map(|predictor| predictor.map(|predictor| distribution.fitted(predictor)));
            Arc::new(means.collect::<Float64Array>()) as ArrayRef
        });
        let predictors = wants("linkPredictionCol").then(|| Arc::new(predictors) as ArrayRef);
        Ok(Output::all([predictors, means].into_iter().flatten().collect()))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        if let Some(answer) = regressor::attribute(self, name, arguments)? {
            return Ok(answer);
        }
        match name {
            "coefficients" => Ok(self.learned.coefficients.clone().into()),
            "intercept" => Ok(self.learned.intercept.into()),
            "toString" => {
                // As Spark, which fails where no link was set.
                let link = self.params.text("link")?;
                let family = self.params.text("family")?;
                Ok(Attribute::text(format!(
                    "GeneralizedLinearRegressionModel: uid={}, family={family}, link={link}, numFeatures={}",
                    self.params.uid(),
                    self.width()
                )))
            }
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let data = table([
            Column::required("intercept", Arc::new(Float64Array::from(vec![self.learned.intercept]))),
            Column::optional("coefficients", vector_column([Some(&self.learned.coefficients)])),
        ])?;
        Ok(Saved::of(CLASS, &self.params).with_table("data", data))
    }
}
