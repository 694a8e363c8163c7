//! The fitted support vector machine.

use super::margins::margins;
use super::support_vector::SPECS;
use crate::linalg::vector_column;
use crate::persist::{Column, Saved, table};
use crate::predictor::classifier::{self, Classifier};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{Array, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

pub const MODEL_CLASS: &str = "org.apache.spark.ml.classification.LinearSVCModel";

/// Coefficients and an intercept, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct LinearSvcModel {
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

impl LinearSvcModel {
    pub(super) fn new(params: Params, coefficients: Vector, intercept: f64) -> Self {
        let row = Matrix::row_major(1, coefficients.size(), coefficients.to_dense());
        Self { params, learned: Arc::new(Learned { coefficients, row, intercept }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        Ok(Self::new(saved.params(&SPECS)?, rows.vector("coefficients")?, rows.double("intercept")?))
    }
}

impl Classifier for LinearSvcModel {
    fn classes(&self) -> usize {
        2
    }

    fn width(&self) -> usize {
        self.learned.row.columns
    }

    fn raw(&self, features: &dyn Array) -> Result<Vec<f64>> {
        let margins = margins(features, &self.learned.row, &[self.learned.intercept])?;
        Ok(margins.into_iter().flat_map(|margin| [-margin, margin]).collect())
    }

    fn probability(&self, _: &mut [f64]) {}

    fn is_probabilistic(&self) -> bool {
        false
    }

    fn class_of_raw(&self, raw: &[f64]) -> Result<f64> {
        Ok(f64::from(u8::from(raw[1] > self.params.double("threshold")?)))
    }
}

impl Transformer for LinearSvcModel {
    fn class(&self) -> &'static str {
        MODEL_CLASS
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
        classifier::inputs(self, schema)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        classifier::outputs(self, schema)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        classifier::transform(self, batch)
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        if let Some(answer) = classifier::attribute(self, name, arguments)? {
            return Ok(answer);
        }
        match name {
            "coefficients" => Ok(self.learned.coefficients.clone().into()),
            "intercept" => Ok(self.learned.intercept.into()),
            "toString" => Ok(Attribute::text(format!(
                "LinearSVCModel: uid={}, numClasses=2, numFeatures={}",
                self.params.uid(),
                self.width()
            ))),
            _ => Err(no_attribute(MODEL_CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let data = table([
            Column::optional("coefficients", vector_column([Some(&self.learned.coefficients)])),
            Column::required("intercept", Arc::new(Float64Array::from(vec![self.learned.intercept]))),
        ])?;
        Ok(Saved::of(MODEL_CLASS, &self.params).with_table("data", data))
    }
}
