//! Explaining predictions: exact Shapley values of every feature, for all models made of trees.
//!
//! An [`Explainer`] is made once from a fitted model, and then is a function of feature vectors, as a prediction is: a SQL
//! function keeps one beside its model and calls [`Explainer::explain`] batch by batch.

use crate::boosting::BoostingModel;
use crate::instances::check_indices;
use crate::linalg::VectorColumn;
use crate::schema::{Slots, slots};
use crate::transform::invalid_row;
use crate::tree::TreeModel;
use crate::tree::shap::{OutputTree, Path};
use crate::{Input, Transformer};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use std::any::Any;

/// The trees of a model, ready to explain.
#[derive(Debug)]
pub struct Explainer {
    column: String,
    features: usize,
    /// What is explained: `prediction`, `margin`, or `probability of class …`.
    outputs: Vec<String>,
    /// What is predicted where nothing is known of a row, by output.
    base: Vec<f64>,
    trees: Vec<OutputTree>,
}

/// Shapley values of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub rows: usize,
    pub outputs: usize,
    pub features: usize,
    /// `[rows, outputs, features]`: with the base of an output, a line sums to what is predicted.
    pub values: Vec<f64>,
}

impl Explanation {
    /// The values of a row for an output, by feature.
    pub fn of(&self, row: usize, output: usize) -> &[f64] {
        &self.values[(row * self.outputs + output) * self.features..][..self.features]
    }
}

impl Explainer {
    /// # Errors
    /// The model is not made of trees.
    pub fn of(model: &dyn Transformer) -> Result<Self> {
        let any = model as &dyn Any;
        let column = model.params().text("featuresCol")?;
        if let Some(model) = any.downcast_ref::<TreeModel>() {
            let (outputs, trees) = model.explained();
            return Ok(Self::new(column, model.features(), outputs, trees, &[]));
        }
        if let Some(model) = any.downcast_ref::<BoostingModel>() {
            let (outputs, trees, start) = model.explained();
            return Ok(Self::new(column, model.features(), outputs, trees, &start));
        }
        Err(Failure::unsupported(format!("explaining the predictions of {}: it is not made of trees", model.class())))
    }

    /// `start` is what every prediction starts from, by output; 0 where there is none.
    fn new(column: String, features: usize, outputs: Vec<String>, trees: Vec<OutputTree>, start: &[f64]) -> Self {
        let mut base = vec![0.0; outputs.len()];
        base.iter_mut().zip(start).for_each(|(base, start)| *base = *start);
        for tree in &trees {
            let outputs = &mut base[tree.first_output..];
            outputs.iter_mut().zip(tree.tree.mean()).for_each(|(base, mean)| *base += mean);
        }
        Self { column, features, outputs, base, trees }
    }

    /// What is explained, in order.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// What is predicted where nothing is known of a row, by output.
    pub fn base(&self) -> &[f64] {
        &self.base
    }

    /// The column of feature vectors.
    pub fn input(&self) -> Input {
        Input::vector(&self.column)
    }

    /// Names of the features: those of the column's metadata, else `feature 0` and so on.
    pub fn feature_names(&self, schema: &Schema) -> Vec<String> {
        let known = match schema.field_with_name(&self.column).map(slots) {
            Ok(Slots::Known(attrs)) => attrs,
            _ => Vec::new(),
        };
        let name = |feature: usize| known.get(feature).and_then(|attr| attr.name()).map(ToOwned::to_owned);
        (0..self.features).map(|feature| name(feature).unwrap_or_else(|| format!("feature {feature}"))).collect()
    }

    /// Adds the Shapley values of one row to `out`, `[outputs, features]`.
    ///
    /// # Panics
    /// If `row` is not as long as the model has features, or `out` shorter than said.
    pub fn explain_row(&self, row: &[f64], path: &mut Path, out: &mut [f64]) {
        for tree in &self.trees {
            tree.tree.add(row, self.features, path, &mut out[tree.first_output * self.features..]);
        }
    }

    /// # Errors
    /// The batch lacks the features column, or a vector is null or of another size than the model was trained on.
    pub fn explain(&self, batch: &RecordBatch) -> Result<Explanation> {
        let column = self.input().read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        let (rows, outputs, features) = (vectors.rows(), self.outputs.len(), self.features);
        let mut values = vec![0.0; rows * outputs * features];
        let (mut slots, mut path) = (vec![0.0; features], Path::default());
        for row in 0..rows {
            if vectors.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop such rows first"));
            }
            let vector = vectors.get(row);
            check_indices(vector)?;
            if vector.size() != features {
                let found = vector.size();
                let text = format!("a feature vector has size {found}, the model was trained on {features} features");
                return Err(invalid_row(text));
            }
            vector.write_dense(&mut slots);
            self.explain_row(&slots, &mut path, &mut values[row * outputs * features..][..outputs * features]);
        }
        Ok(Explanation { rows, outputs, features, values })
    }
}
