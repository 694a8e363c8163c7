//! The fitted survival model: mean life times and quantiles of the Weibull distribution.

use super::params::SPECS;
use crate::linalg::{dense_column, vector_column, vector_type};
use crate::linear::margins::margins;
use crate::persist::{Column, Saved, table};
use crate::predictor::regressor::{self, Regressor, prediction_field};
use crate::schema::{Slots, no_such_columns, slots_metadata, with_metadata};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.regression.AFTSurvivalRegressionModel";

/// Coefficients, intercept and scale, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct AftSurvivalRegressionModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    coefficients: Vector,
    /// The same as a matrix of one row.
    row: Matrix,
    intercept: f64,
    scale: f64,
}

impl AftSurvivalRegressionModel {
    pub(super) fn new(params: Params, coefficients: Vector, intercept: f64, scale: f64) -> Self {
        let row = Matrix::row_major(1, coefficients.size(), coefficients.to_dense());
        Self { params, learned: Arc::new(Learned { coefficients, row, intercept, scale }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let (coefficients, intercept) = (rows.vector("coefficients")?, rows.double("intercept")?);
        Ok(Self::new(saved.params(&SPECS)?, coefficients, intercept, rows.double("scale")?))
    }

    fn probabilities(&self) -> Result<Vec<f64>> {
        match self.params.get("quantileProbabilities") {
            Some(Value::Doubles(probabilities)) => Ok(probabilities),
            _ => Err(Failure::internal("quantileProbabilities has a default")),
        }
    }

    /// Of every predicted life time, `[row][probability]`.
    fn quantiles(&self, predictions: &[f64]) -> Result<Vec<f64>> {
        let shape = 1.0 / self.learned.scale;
        let probabilities = self.probabilities()?;
        let factors: Vec<f64> = probabilities.iter().map(|p| ((-(1.0 - p).ln()).ln() / shape).exp()).collect();
        Ok(predictions.iter().flat_map(|prediction| factors.iter().map(move |factor| prediction * factor)).collect())
    }
}

impl Regressor for AftSurvivalRegressionModel {
    fn width(&self) -> usize {
        self.learned.row.columns
    }

    fn predict(&self, features: &dyn Array) -> Result<Vec<f64>> {
        let margins = margins(features, &self.learned.row, &[self.learned.intercept])?;
        Ok(margins.into_iter().map(f64::exp).collect())
    }
}

impl Transformer for AftSurvivalRegressionModel {
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
        regressor::inputs(self, schema)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let prediction = self.params.optional_text("predictionCol").map(|name| prediction_field(&name));
        let size = self.probabilities()?.len();
        let quantiles = self.params.optional_text("quantilesCol");
        let quantiles = quantiles
            .map(|name| with_metadata(Field::new(name, vector_type(), true), &slots_metadata(&Slots::Size(size))));
        let fields: Vec<Field> = [prediction, quantiles].into_iter().flatten().collect();
        no_such_columns(schema, fields.iter().map(|field| field.name().as_str()))?;
        Ok(fields)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let features = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let predictions = self.predict(features.as_ref())?;
        let wants = |param: &str| self.params.optional_text(param).is_some();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(2);
        let quantiles = if wants("quantilesCol") { Some(self.quantiles(&predictions)?) } else { None };
        if wants("predictionCol") {
            columns.push(Arc::new(Float64Array::from(predictions)));
        }
        if let Some(quantiles) = quantiles {
            columns.push(dense_column(self.probabilities()?.len(), quantiles));
        }
        Ok(Output::all(columns))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        if let Some(answer) = regressor::attribute(self, name, arguments)? {
            return Ok(answer);
        }
        match name {
            "coefficients" => Ok(self.learned.coefficients.clone().into()),
            "intercept" => Ok(self.learned.intercept.into()),
            "scale" => Ok(self.learned.scale.into()),
            "predictQuantiles" => match arguments {
                [Value::Vector(vector)] => {
                    let prediction = self.predict(vector_column([Some(vector)]).as_ref())?;
                    Ok(Vector::Dense(self.quantiles(&prediction)?).into())
                }
                _ => Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "predictQuantiles takes one vector")),
            },
            "toString" => Ok(Attribute::text(format!(
                "AFTSurvivalRegressionModel: uid={}, numFeatures={}",
                self.params.uid(),
                self.width()
            ))),
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let double = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
        let data = table([
            Column::optional("coefficients", vector_column([Some(&self.learned.coefficients)])),
            Column::required("intercept", double(self.learned.intercept)),
            Column::required("scale", double(self.learned.scale)),
        ])?;
        Ok(Saved::of(CLASS, &self.params).with_table("data", data))
    }
}
