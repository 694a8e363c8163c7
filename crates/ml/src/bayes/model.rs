//! The fitted naive Bayes classifier: a linear map of the features, or squared distances for Gaussian features.

use super::estimator::SPECS;
use super::kind::Kind;
use super::learned::{Learned, Scores};
use crate::linalg::{VectorColumn, VectorRef, matrix_column, vector_column};
use crate::linear::exponential::exp;
use crate::linear::margins::margins;
use crate::persist::{Column, Saved, table};
use crate::predictor::classifier::{self, Classifier};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Matrix, Output, Params, Transformer, Value, Vector};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

pub const CLASS: &str = "org.apache.spark.ml.classification.NaiveBayesModel";

/// Priors and class conditionals, with the parameters that prediction reads.
#[derive(Debug, Clone)]
pub struct NaiveBayesModel {
    params: Params,
    kind: Kind,
    learned: Arc<Learned>,
    scores: Arc<Scores>,
}

impl NaiveBayesModel {
    pub(super) fn new(params: Params, learned: Learned) -> Result<Self> {
        let kind = Kind::of(&params)?;
        let scores = Arc::new(learned.scores(kind));
        Ok(Self { params, kind, learned: Arc::new(learned), scores })
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let rows = saved.rows("data")?;
        let params = saved.params(&SPECS)?;
        let (priors, theta) = (rows.vector("pi")?.to_dense(), rows.matrix("theta")?);
        // Before 3.0 there were no Gaussian models.
        let sigma = if rows.has("sigma") { rows.matrix("sigma")? } else { Matrix::column_major(0, 0, Vec::new()) };
        let is_gaussian = Kind::of(&params)? == Kind::Gaussian;
        let fits = !is_gaussian || (sigma.rows, sigma.columns) == (theta.rows, theta.columns);
        if theta.rows != priors.len() || !fits {
            return Err(rows.damaged("pi, theta and sigma do not fit together"));
        }
        Self::new(params, Learned { priors, theta, sigma })
    }

    /// `prior - (Σ (x - mean)² / variance + Σ ln variance) / 2`.
    fn gaussian(&self, features: &dyn Array) -> Result<Vec<f64>> {
        let column = VectorColumn::new(features)?;
        let (classes, width) = (self.classes(), self.width());
        let (means, variances) = (self.learned.theta.to_row_major(), self.learned.sigma.to_row_major());
        let mut raw = Vec::with_capacity(column.rows() * classes);
        let mut dense = vec![0.0; width];
        for row in 0..column.rows() {
            column.get(row).write_dense(&mut dense);
            for (class, intercept) in self.scores.intercepts.iter().enumerate() {
                let range = class * width..(class + 1) * width;
                let normals = means[range.clone()].iter().zip(&variances[range]);
                let squares = dense.iter().zip(normals).map(|(value, (mean, variance))| {
                    let difference = value - mean;
                    difference * difference / variance
                });
                raw.push(intercept - squares.sum::<f64>() / 2.0);
            }
        }
        Ok(raw)
    }

    fn check(&self, features: &dyn Array) -> Result<()> {
        let column = VectorColumn::new(features)?;
        for row in 0..column.rows() {
            if column.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop or fill such rows before predicting"));
            }
            let vector = column.get(row);
            if vector.size() != self.width() {
                let text = format!("a feature vector has size {}, expected {}", vector.size(), self.width());
                return Err(invalid_row(text));
            }
            if let VectorRef::Sparse { .. } = vector {
                crate::instances::check_indices(vector)?;
            }
            self.kind.check_prediction(vector)?;
        }
        Ok(())
    }
}

impl Classifier for NaiveBayesModel {
    fn classes(&self) -> usize {
        self.learned.classes()
    }

    fn width(&self) -> usize {
        self.learned.width()
    }

    fn raw(&self, features: &dyn Array) -> Result<Vec<f64>> {
        self.check(features)?;
        if self.kind == Kind::Gaussian {
            return self.gaussian(features);
        }
        let mut raw = margins(features, &self.scores.matrix, &self.scores.intercepts)?;
        if self.kind == Kind::Complement {
            for row in raw.chunks_exact_mut(self.classes()) {
                let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = row.iter().map(|value| exp(value - highest)).sum();
                let logarithm = sum.ln() + highest;
                row.iter_mut().for_each(|value| *value -= logarithm);
            }
        }
        Ok(raw)
    }

    fn probability(&self, raw: &mut [f64]) {
        let highest = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        raw.iter_mut().for_each(|value| *value = exp(*value - highest));
        let scale = 1.0 / raw.iter().sum::<f64>();
        raw.iter_mut().for_each(|value| *value *= scale);
    }
}

impl Transformer for NaiveBayesModel {
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
            "pi" => Ok(Vector::compressed(self.learned.priors.clone()).into()),
            "theta" => Ok(self.learned.theta.clone().into()),
            "sigma" => Ok(self.learned.sigma.clone().into()),
            "toString" => Ok(Attribute::text(format!(
                "NaiveBayesModel: uid={}, modelType={}, numClasses={}, numFeatures={}",
                self.params.uid(),
                self.params.text("modelType")?,
                self.classes(),
                self.width()
            ))),
            _ => Err(no_attribute(CLASS, name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        let priors = Vector::compressed(self.learned.priors.clone());
        let data = table([
            Column::optional("pi", vector_column([Some(&priors)])),
            Column::optional("theta", matrix_column([&self.learned.theta])),
            Column::optional("sigma", matrix_column([&self.learned.sigma])),
        ])?;
        Ok(Saved::of(CLASS, &self.params).with_table("data", data))
    }
}
