//! Fitted trees, forests and boosted trees as transformers: one type for the six models of Spark.

use super::boost::Loss;
use super::family::Family;
use super::impurity::{Impurity, index_of_largest};
use super::node::{Tree, feature_importances};
use super::save;
use super::walk::Walker;
use crate::instances::check_indices;
use crate::linalg::{VectorColumn, dense_column, java_double, vector_type};
use crate::persist::Saved;
use crate::schema::{self, Attr, Slots, attr_metadata, no_such_columns, slots_metadata, with_metadata};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Input, Output, Params, Transformer, Value, Vector};
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::{Map, json};
use std::sync::Arc;

/// DecisionTree-, RandomForest- or GBT-, Classification- or RegressionModel.
#[derive(Debug, Clone)]
pub struct TreeModel {
    family: &'static Family,
    params: Params,
    learned: Arc<Learned>,
}

/// What training found.
#[derive(Debug)]
pub(super) struct Learned {
    /// One tree for a tree model.
    pub trees: Vec<Tree>,
    /// The trees' weights: 1, but for boosted trees after the first.
    pub weights: Vec<f64>,
    /// The parameters of an ensemble's trees, by tree; empty for a tree model.
    pub members: Vec<Params>,
    pub features: usize,
    /// 0 for regression.
    pub classes: usize,
    walker: Walker,
}

impl Learned {
    pub fn new(
        family: &Family,
        trees: Vec<Tree>,
        weights: Vec<f64>,
        members: Vec<Params>,
        features: usize,
        classes: usize,
    ) -> Self {
        let ensemble = family.is_ensemble();
        // A tree gives its leaf's weights of classes; in a forest each tree has one vote, parted by these; boosted trees
        // add their weighted predictions to one margin.
        let of_leaf = |tree: usize, node: usize| {
            let node = &trees[tree].nodes[node];
            match (family.has_class_nodes(), ensemble) {
                (true, false) => node.sums.clone(),
                (true, true) => {
                    let total: f64 = node.sums.iter().sum();
                    node.sums.iter().map(|sum| if total == 0.0 { 0.0 } else { sum / total }).collect()
                }
                (false, true) if family.boosted => vec![node.prediction * weights[tree]],
                (false, true) => vec![node.prediction],
                (false, false) => vec![node.prediction, Impurity::Variance.of(&node.sums)],
            }
        };
        let width = match (family.has_class_nodes(), ensemble) {
            (true, _) => classes,
            (false, true) => 1,
            (false, false) => 2,
        };
        let walker = Walker::new(&trees, features, width, of_leaf);
        Self { trees, weights, members, features, classes, walker }
    }
}

impl TreeModel {
    /// A model that was just trained with the estimator's parameters.
    pub(super) fn fitted(
        family: &'static Family,
        params: &Params,
        trees: Vec<Tree>,
        features: usize,
        classes: usize,
    ) -> Self {
        let weights = vec![1.0; trees.len()];
        let params = params.carry_to(family.specs);
        let members = members_of(family, &params, trees.len());
        Self::new(family, params, Learned::new(family, trees, weights, members, features, classes))
    }

    /// Boosted trees that were just trained with the estimator's parameters.
    pub(super) fn boosted(
        family: &'static Family,
        params: &Params,
        trees: Vec<Tree>,
        weights: Vec<f64>,
        features: usize,
    ) -> Self {
        let params = params.carry_to(family.specs);
        let members = members_of(family, &params, trees.len());
        let classes = if family.classification { 2 } else { 0 };
        Self::new(family, params, Learned::new(family, trees, weights, members, features, classes))
    }

    pub(super) fn new(family: &'static Family, params: Params, learned: Learned) -> Self {
        Self { family, params, learned: Arc::new(learned) }
    }

    pub fn trees(&self) -> &[Tree] {
        &self.learned.trees
    }

    pub fn tree_weights(&self) -> &[f64] {
        &self.learned.weights
    }

    /// Size of the feature vectors.
    pub fn features(&self) -> usize {
        self.learned.features
    }

    /// 0 for regression.
    pub fn classes(&self) -> usize {
        self.learned.classes
    }

    pub fn is_boosted(&self) -> bool {
        self.family.boosted
    }

    fn impurity(&self) -> Impurity {
        // The weight of a node does not depend on which impurity of classes it is.
        if self.family.has_class_nodes() { Impurity::Gini } else { Impurity::Variance }
    }

    // -- prediction

    /// Sums over trees for rows that `fill` writes, `[rows, width]`.
    fn sums(&self, rows: usize, fill: impl FnMut(usize, &mut [f64])) -> Vec<f64> {
        let walker = &self.learned.walker;
        let mut sums = vec![0.0; rows * walker.width()];
        walker.add_values(rows, fill, &mut sums);
        sums
    }

    /// Raw predictions of classes, `[rows, classes]`; for regression the sums as they are.
    fn raw(&self, sums: Vec<f64>) -> Vec<f64> {
        if !(self.family.boosted && self.family.classification) {
            return sums;
        }
        sums.into_iter().flat_map(|margin| [-margin, margin]).collect()
    }

    fn probabilities(&self, raw: &[f64]) -> Vec<f64> {
        if !self.family.boosted {
            return probabilities(raw, self.learned.classes);
        }
        let of_row = |raw: &[f64]| {
            let first = Loss::probability(raw[0]);
            [first, 1.0 - first]
        };
        raw.chunks_exact(2).flat_map(of_row).collect()
    }

    /// (prediction, variance) of each row, from its sums.
    fn values(&self, sums: &[f64]) -> (Vec<f64>, Vec<f64>) {
        if self.family.boosted {
            return (sums.to_vec(), Vec::new());
        }
        if self.family.is_ensemble() {
            let trees = self.learned.trees.len() as f64;
            return (sums.iter().map(|sum| sum / trees).collect(), Vec::new());
        }
        sums.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip()
    }

    fn thresholds(&self) -> Option<Vec<f64>> {
        match self.params.get("thresholds") {
            Some(Value::Doubles(thresholds)) => Some(thresholds),
            _ => None,
        }
    }

    fn columns(&self, rows: usize, mut fill: impl FnMut(usize, &mut [f64])) -> Vec<ArrayRef> {
        let sums = self.raw(self.sums(rows, &mut fill));
        let classes = self.learned.classes;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(4);
        let wanted = |name: &str| self.params.optional_text(name).is_some();
        if self.family.classification {
            let probabilities = self.probabilities(&sums);
            let predictions = predictions(&sums, &probabilities, classes, self.thresholds().as_deref());
            if wanted("rawPredictionCol") {
                columns.push(dense_column(classes, sums));
            }
            if wanted("probabilityCol") {
                columns.push(dense_column(classes, probabilities));
            }
            if wanted("predictionCol") {
                columns.push(Arc::new(Float64Array::from(predictions)));
            }
        } else {
            let (predictions, variances) = self.values(&sums);
            if wanted("predictionCol") {
                columns.push(Arc::new(Float64Array::from(predictions)));
            }
            if wanted("varianceCol") {
                columns.push(Arc::new(Float64Array::from(variances)));
            }
        }
        if wanted("leafCol") {
            let leaves = self.learned.walker.leaf_numbers(rows, fill);
            columns.push(match self.family.is_ensemble() {
                true => dense_column(self.learned.trees.len(), leaves),
                false => Arc::new(Float64Array::from(leaves)),
            });
        }
        columns
    }

    /// The features of an attribute call, `predict(vector)`.
    fn features_argument(&self, arguments: &[Value]) -> Result<Vec<f64>> {
        let [Value::Vector(vector)] = arguments else {
            let text = format!("{} takes one feature vector", self.family.model_name());
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text));
        };
        self.check_size(vector.size())?;
        Ok(vector.to_dense())
    }

    fn check_size(&self, found: usize) -> Result<()> {
        let expected = self.learned.features;
        if found == expected {
            return Ok(());
        }
        Err(invalid_row(format!("a feature vector has size {found}, the model was trained on {expected} features")))
    }

    /// One vector through the code of a batch: (sums, probabilities, prediction).
    fn predict_one(&self, features: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
        let sums = self.raw(self.sums(1, |_, slots| slots.copy_from_slice(features)));
        if !self.family.classification {
            let prediction = self.values(&sums).0[0];
            return (sums, Vec::new(), prediction);
        }
        let classes = self.learned.classes;
        let probabilities = self.probabilities(&sums);
        let prediction = predictions(&sums, &probabilities, classes, self.thresholds().as_deref())[0];
        (sums, probabilities, prediction)
    }

    fn predict_leaf(&self, features: &[f64]) -> Value {
        let leaves = self.learned.walker.leaf_numbers(1, |_, slots| slots.copy_from_slice(features));
        if self.family.is_ensemble() { Value::Vector(Vector::Dense(leaves)) } else { Value::Double(leaves[0]) }
    }

    // -- description

    fn text(&self) -> String {
        let (learned, uid) = (&self.learned, self.params.uid());
        // Spark's boosted classifier alone puts spaces here.
        let is = if self.family.boosted && self.family.classification { " = " } else { "=" };
        let size = if self.family.is_ensemble() {
            format!("numTrees={}", learned.trees.len())
        } else {
            format!("depth={}, numNodes={}", learned.trees[0].depth(), learned.trees[0].nodes.len())
        };
        let classes =
            if self.family.classification { format!(", numClasses={}", learned.classes) } else { String::new() };
        format!("{}: uid{is}{uid}, {size}{classes}, numFeatures={}", self.family.model_name(), learned.features)
    }

    fn debug_text(&self) -> String {
        let mut text = self.text() + "\n";
        for (number, tree) in self.learned.trees.iter().enumerate() {
            if self.family.is_ensemble() {
                let weight = java_double(self.learned.weights[number]);
                text += &format!("  Tree {number} (weight {weight}):\n");
            }
            tree.write_text(if self.family.is_ensemble() { 4 } else { 2 }, &mut text);
        }
        text
    }

    fn members(&self) -> Vec<Box<dyn Transformer>> {
        let Some(family) = self.family.member else { return Vec::new() };
        let learned = &self.learned;
        let member = |(tree, params): (&Tree, &Params)| -> Box<dyn Transformer> {
            let classes = if family.classification { learned.classes } else { 0 };
            let learned = Learned::new(family, vec![tree.clone()], vec![1.0], Vec::new(), learned.features, classes);
            Box::new(TreeModel::new(family, params.clone(), learned))
        };
        learned.trees.iter().zip(&learned.members).map(member).collect()
    }

    /// Names of the appended columns, in order; `None` where a column is not wanted.
    fn output_columns(&self) -> impl Iterator<Item = (&'static str, String)> {
        ["rawPredictionCol", "probabilityCol", "predictionCol", "varianceCol", "leafCol"]
            .into_iter()
            .filter_map(|name| Some((name, self.params.optional_text(name)?)))
    }

    fn output_field(&self, parameter: &str, column: &str) -> Field {
        let (learned, number) = (&self.learned, DataType::Float64);
        let leaves = |tree: &Tree| Attr::NominalCount { name: None, count: tree.leaves() };
        match parameter {
            "rawPredictionCol" | "probabilityCol" => {
                let field = Field::new(column, vector_type(), true);
                with_metadata(field, &slots_metadata(&Slots::Size(learned.classes)))
            }
            "leafCol" if self.family.is_ensemble() => {
                let slots = Slots::Known(learned.trees.iter().map(leaves).collect());
                with_metadata(Field::new(column, vector_type(), true), &slots_metadata(&slots))
            }
            "leafCol" => with_metadata(Field::new(column, number, false), &attr_metadata(&leaves(&learned.trees[0]))),
            "predictionCol" if self.family.classification => {
                let attr = Attr::NominalCount { name: None, count: learned.classes };
                with_metadata(Field::new(column, number, false), &attr_metadata(&attr))
            }
            // Spark's numeric attribute without a name says nothing.
            _ => with_metadata(Field::new(column, number, false), &Map::from_iter([("ml_attr".to_owned(), json!({}))])),
        }
    }
}

impl Transformer for TreeModel {
    fn class(&self) -> &'static str {
        self.family.model
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
        let features = Input::vector(&self.params.text("featuresCol")?);
        features.find(schema)?;
        Ok(vec![features])
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        let columns: Vec<_> = self.output_columns().collect();
        no_such_columns(schema, columns.iter().map(|(_, column)| column.as_str()))?;
        let field = |(parameter, column): &(&str, String)| {
            let field = self.output_field(parameter, column);
            if !self.family.boosted || self.family.classification || *parameter != "predictionCol" {
                return Ok(field);
            }
            // Spark names the features' metadata here, not the prediction's.
            let features = schema::field(schema, &self.params.text("featuresCol")?)?;
            Ok(with_metadata(field, &schema::metadata(features)))
        };
        columns.iter().map(field).collect()
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let column = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        let size = self.learned.features;
        if let Some(values) = vectors.as_dense(size).filter(|_| size > 0) {
            let fill = |row: usize, slots: &mut [f64]| slots.copy_from_slice(&values[row * size..(row + 1) * size]);
            return Ok(Output::all(self.columns(vectors.rows(), fill)));
        }
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop such rows first"));
            }
            check_indices(vectors.get(row))?;
            self.check_size(vectors.get(row).size())?;
        }
        Ok(Output::all(self.columns(vectors.rows(), |row, slots| vectors.get(row).write_dense(slots))))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        let (learned, ensemble) = (&self.learned, self.family.is_ensemble());
        let classification = self.family.classification;
        let vector = |values| Ok(Value::Vector(Vector::Dense(values)).into());
        match name {
            "toString" => Ok(Attribute::text(self.text())),
            "toDebugString" => Ok(Attribute::text(self.debug_text())),
            "uid" => Ok(Attribute::text(self.params.uid())),
            "numFeatures" => Ok((learned.features as i64).into()),
            "numClasses" if classification => Ok((learned.classes as i64).into()),
            "featureImportances" => {
                let importances =
                    feature_importances(&learned.trees, learned.features, self.impurity(), !self.family.boosted);
                Ok(Value::Vector(importances).into())
            }
            "numNodes" if !ensemble => Ok((learned.trees[0].nodes.len() as i64).into()),
            "depth" if !ensemble => Ok((learned.trees[0].depth() as i64).into()),
            "getNumTrees" | "numTrees" if ensemble => Ok((learned.trees.len() as i64).into()),
            "treeWeights" if ensemble => Ok(Value::Doubles(learned.weights.clone()).into()),
            "totalNumNodes" if ensemble => {
                Ok((learned.trees.iter().map(|tree| tree.nodes.len()).sum::<usize>() as i64).into())
            }
            "trees" if ensemble => Ok(Attribute::Models(self.members())),
            "predictLeaf" => Ok(self.predict_leaf(&self.features_argument(arguments)?).into()),
            "predict" => Ok(self.predict_one(&self.features_argument(arguments)?).2.into()),
            "predictRaw" if classification => vector(self.predict_one(&self.features_argument(arguments)?).0),
            "predictProbability" if classification => vector(self.predict_one(&self.features_argument(arguments)?).1),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        save::save(self.family, &self.params, &self.learned)
    }
}

/// The parameters of an ensemble's trees: its own, under uids that follow from its seed.
fn members_of(family: &Family, params: &Params, trees: usize) -> Vec<Params> {
    let Some(member) = family.member else { return Vec::new() };
    let prefix = if member.classification { "dtc" } else { "dtr" };
    let seed = params.int("seed").unwrap_or(0) as u64;
    let uid = |tree: usize| crate::random::mix(seed ^ crate::random::mix(tree as u64)) >> 16;
    let of_tree = |tree: usize| {
        let mut params = params.carry_to(member.specs);
        params.set_uid(format!("{prefix}_{:012x}", uid(tree)));
        params
    };
    (0..trees).map(of_tree).collect()
}

/// Each row's sums divided by their total.
fn probabilities(sums: &[f64], classes: usize) -> Vec<f64> {
    let mut probabilities = sums.to_vec();
    for row in probabilities.chunks_exact_mut(classes.max(1)) {
        let total: f64 = row.iter().sum();
        if total != 0.0 {
            row.iter_mut().for_each(|value| *value /= total);
        }
    }
    probabilities
}

/// The class with the largest sum, or with thresholds the largest probability / threshold.
pub(crate) fn predictions(sums: &[f64], probabilities: &[f64], classes: usize, thresholds: Option<&[f64]>) -> Vec<f64> {
    let Some(thresholds) = thresholds else {
        return sums.chunks_exact(classes.max(1)).map(|row| index_of_largest(row) as f64).collect();
    };
    let scaled_largest = |row: &[f64]| {
        let (mut most, mut class) = (f64::NEG_INFINITY, 0);
        for (index, (probability, threshold)) in row.iter().zip(thresholds).enumerate() {
            // A threshold of 0 makes a class win, unless its probability is 0 too: NaN is not larger.
            if probability / threshold > most {
                (most, class) = (probability / threshold, index);
            }
        }
        class as f64
    };
    probabilities.chunks_exact(classes.max(1)).map(scaled_largest).collect()
}
