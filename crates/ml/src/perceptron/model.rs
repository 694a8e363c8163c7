//! The fitted perceptron.

use super::estimator::SPECS;
use super::layers::Layers;
use crate::linalg::{VectorColumn, vector_column};
use crate::linear::exponential::exp;
use crate::persist::{Column, Saved, table};
use crate::predictor::classifier::{self, Classifier};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, Transformer, Value, Vector};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.classification.MultilayerPerceptronClassificationModel";

/// Weights and layers, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct MultilayerPerceptronClassificationModel {
    params: Params,
    layers: Layers,
    weights: Arc<Vec<f64>>,
}

impl MultilayerPerceptronClassificationModel {
    pub(super) fn new(params: Params, layers: Layers, weights: Vec<f64>) -> Self {
        Self { params, layers, weights: Arc::new(weights) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let (rows, params) = (saved.rows("data")?, saved.params(&SPECS)?);
        let (layers, weights) = (Layers::of(&params)?, rows.vector("weights")?.to_dense());
        if layers.weights() != weights.len() {
            return Err(rows.damaged("the weights do not fit the layers"));
        }
        Ok(Self::new(params, layers, weights))
    }

    /// The scores of one vector, from the first input to the last whatever the batch.
    fn scores(&self, input: &[f64], scratch: &mut Vec<f64>, scores: &mut Vec<f64>) {
        scores.clear();
        scores.extend_from_slice(input);
        let affine = self.layers.split(&self.weights);
        for (number, layer) in affine.iter().enumerate() {
            scratch.clear();
            scratch.extend_from_slice(layer.bias);
            for (value, weights) in scores.iter().zip(layer.matrix.chunks_exact(layer.outputs)) {
                for (sum, weight) in scratch.iter_mut().zip(weights) {
                    *sum += weight * value;
                }
            }
            if number + 1 < affine.len() {
                scratch.iter_mut().for_each(|value| *value = 1.0 / (1.0 + exp(-*value)));
            }
            std::mem::swap(scratch, scores);
        }
    }
}

impl Classifier for MultilayerPerceptronClassificationModel {
    fn classes(&self) -> usize {
        self.layers.outputs()
    }

    fn width(&self) -> usize {
        self.layers.inputs()
    }

    fn raw(&self, features: &dyn Array) -> Result<Vec<f64>> {
        let column = VectorColumn::new(features)?;
        let mut raw = Vec::with_capacity(column.rows() * self.classes());
        let (mut dense, mut scratch, mut scores) = (vec![0.0; self.width()], Vec::new(), Vec::new());
        for row in 0..column.rows() {
            if column.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop or fill such rows before predicting"));
            }
            let vector = column.get(row);
            if vector.size() != self.width() {
                let text = format!("a feature vector has size {}, expected {}", vector.size(), self.width());
                return Err(invalid_row(text));
            }
            crate::instances::check_indices(vector)?;
            vector.write_dense(&mut dense);
            self.scores(&dense, &mut scratch, &mut scores);
            raw.extend_from_slice(&scores);
        }
        Ok(raw)
    }

    fn probability(&self, raw: &mut [f64]) {
        let highest = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        raw.iter_mut().for_each(|value| *value = exp(*value - highest));
        let sum: f64 = raw.iter().sum();
        raw.iter_mut().for_each(|value| *value /= sum);
    }
}

impl Transformer for MultilayerPerceptronClassificationModel {
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
            "weights" => Ok(Vector::Dense(self.weights.to_vec()).into()),
            "toString" => Ok(Attribute::text(format!(
                "MultilayerPerceptronClassificationModel: uid={}, numLayers={}, numClasses={}, numFeatures={}",
                self.params.uid(),
                self.layers.sizes().len(),
                self.classes(),
                self.width()
            ))),
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let weights = Vector::Dense(self.weights.to_vec());
        let data = table([Column::optional("weights", vector_column([Some(&weights)]))])?;
        Ok(Saved::of(CLASS, &self.params).with_table("data", data))
    }
}
