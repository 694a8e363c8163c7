//! The fitted models: margins from trees, probabilities and predictions from margins.

use super::objective::{Objective, normalizer};
use super::params;
use super::save;
use super::tree::{Inner, Tree};
use crate::instances::check_indices;
use crate::linalg::{VectorColumn, dense_column, dense_column_nullable, vector_type};
use crate::persist::Saved;
use crate::schema::{Attr, Slots, attr_metadata, no_such_columns, slots_metadata, with_metadata};
use crate::transform::{invalid_row, no_attribute};
use crate::tree::predicted_classes;
use crate::tree::shap::OutputTree;
use crate::tree::walk::Walker;
use crate::{Attribute, Input, Output, ParamSpec, Params, Transformer, Value, Vector};
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::{Map, json};
use std::sync::Arc;

/// An estimator and its model.
#[derive(Debug)]
pub struct Family {
    pub estimator: &'static str,
    pub model: &'static str,
    pub target: Target,
    pub specs: &'static [ParamSpec],
}

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Class,
    Number,
    /// A number by which the rows of a query are in order.
    Order,
}

pub static CLASSIFICATION: Family = Family {
    estimator: "brickyard.ml.BoostingClassifier",
    model: "brickyard.ml.BoostingClassificationModel",
    target: Target::Class,
    specs: params::CLASSIFIER,
};

pub static REGRESSION: Family = Family {
    estimator: "brickyard.ml.BoostingRegressor",
    model: "brickyard.ml.BoostingRegressionModel",
    target: Target::Number,
    specs: params::REGRESSOR,
};

pub static RANKING: Family = Family {
    estimator: "brickyard.ml.BoostingRanker",
    model: "brickyard.ml.BoostingRankerModel",
    target: Target::Order,
    specs: params::RANKER,
};

/// BoostingClassificationModel, BoostingRegressionModel or BoostingRankerModel.
#[derive(Debug, Clone)]
pub struct BoostingModel {
    family: &'static Family,
    params: Params,
    learned: Arc<Learned>,
}

/// What training found.
#[derive(Debug)]
pub struct Learned {
    /// Iteration by iteration, in each a tree a margin.
    pub trees: Vec<Tree>,
    /// Margins before the first tree.
    pub start: Vec<f64>,
    pub objective: Objective,
    pub features: usize,
    /// By margin.
    walkers: Vec<Walker>,
}

impl Learned {
    pub fn new(trees: Vec<Tree>, start: Vec<f64>, objective: Objective, features: usize) -> Self {
        let margins = objective.margins();
        let of_margin = |margin: usize| trees.iter().skip(margin).step_by(margins).collect::<Vec<_>>();
        let walkers = (0..margins).map(|margin| walker(&of_margin(margin), features)).collect();
        Self { trees, start, objective, features, walkers }
    }
}

/// Trees, ready to be walked.
pub(super) fn walker(trees: &[&Tree], features: usize) -> Walker {
    let inner = |inner: &Inner| (inner.feature, inner.decision.clone(), inner.children);
    let nodes = trees.iter().map(|tree| tree.nodes.iter().map(|node| node.inner.as_ref().map(inner)).collect());
    Walker::of_decisions(nodes.collect(), features, 1, |tree, node| vec![trees[tree].nodes[node].value])
}

impl BoostingModel {
    pub(super) fn new(family: &'static Family, params: Params, learned: Learned) -> Self {
        Self { family, params, learned: Arc::new(learned) }
    }

    pub(super) fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Size of the feature vectors.
    pub fn features(&self) -> usize {
        self.learned.features
    }

    fn is_classification(&self) -> bool {
        self.family.target == Target::Class
    }

    /// What is explained, the trees, and what every margin starts from.
    pub(crate) fn explained(&self) -> (Vec<String>, Vec<OutputTree>, Vec<f64>) {
        let learned = &self.learned;
        let margins = learned.objective.margins();
        let trees = learned.trees.iter().enumerate();
        let trees = trees.map(|(number, tree)| OutputTree { tree: tree.explained(), first_output: number % margins });
        let outputs = match learned.objective {
            Objective::Squared | Objective::Quantile { .. } | Objective::Order => vec!["prediction".to_owned()],
            Objective::Logistic | Objective::Poisson => vec!["margin".to_owned()],
            Objective::Softmax { classes } => (0..classes).map(|class| format!("margin of class {class}")).collect(),
        };
        (outputs, trees.collect(), learned.start.clone())
    }

    // -- prediction

    /// Margins, `[margins of a row, rows]`.
    fn margins(&self, rows: usize, mut fill: impl FnMut(usize, &mut [f64])) -> Vec<Vec<f64>> {
        let learned = &self.learned;
        let of = |(walker, start): (&Walker, &f64)| {
            let mut margins = vec![*start; rows];
            walker.add_values(rows, &mut fill, &mut margins);
            margins
        };
        learned.walkers.iter().zip(&learned.start).map(of).collect()
    }

    /// (raw predictions, probabilities) of classes, both `[rows, classes]`.
    fn classified(&self, margins: &[Vec<f64>], rows: usize) -> (Vec<f64>, Vec<f64>) {
        let classes = self.learned.objective.classes();
        let (mut raw, mut probabilities) = (Vec::with_capacity(rows * classes), Vec::with_capacity(rows * classes));
        if let [margins] = margins {
            for margin in margins {
                raw.extend([-margin, *margin]);
                let second = 1.0 / (1.0 + (-margin).exp());
                probabilities.extend([1.0 - second, second]);
            }
            return (raw, probabilities);
        }
        for row in 0..rows {
            let first = raw.len();
            raw.extend(margins.iter().map(|margins| margins[row]));
            let normalizer = normalizer(&raw[first..]);
            probabilities.extend(raw[first..].iter().map(|margin| (margin - normalizer).exp()));
        }
        (raw, probabilities)
    }

    fn thresholds(&self) -> Option<Vec<f64>> {
        match self.params.get("thresholds") {
            Some(Value::Doubles(thresholds)) => Some(thresholds),
            _ => None,
        }
    }

    /// The number of the leaf that each row reaches in each tree, `[rows, trees]`.
    fn leaves(&self, rows: usize, mut fill: impl FnMut(usize, &mut [f64])) -> Vec<f64> {
        let (walkers, trees) = (&self.learned.walkers, self.learned.trees.len());
        let mut leaves = vec![0.0; rows * trees];
        for (margin, walker) in walkers.iter().enumerate() {
            let of_margin = walker.leaf_numbers(rows, &mut fill);
            let places = (0..rows * trees).skip(margin).step_by(walkers.len());
            places.zip(of_margin).for_each(|(place, leaf)| leaves[place] = leaf);
        }
        leaves
    }

    fn columns(&self, rows: usize, mut fill: impl FnMut(usize, &mut [f64])) -> Vec<ArrayRef> {
        let margins = self.margins(rows, &mut fill);
        let wanted = |name: &str| self.params.optional_text(name).is_some();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(4);
        let numbers = |numbers: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(numbers)) };
        if self.is_classification() {
            let classes = self.learned.objective.classes();
            let (raw, probabilities) = self.classified(&margins, rows);
            let predictions = predicted_classes(&raw, &probabilities, classes, self.thresholds().as_deref());
            if wanted("rawPredictionCol") {
                columns.push(dense_column(classes, raw));
            }
            if wanted("probabilityCol") {
                columns.push(dense_column(classes, probabilities));
            }
            if wanted("predictionCol") {
                columns.push(numbers(predictions));
            }
        } else if wanted("predictionCol") {
            let objective = self.learned.objective;
            columns.push(numbers(margins[0].iter().map(|margin| objective.prediction(*margin)).collect()));
        }
        if wanted("leafCol") {
            // There may be no trees, and rows all the same.
            let valid = Some(NullBuffer::new_valid(rows));
            columns.push(dense_column_nullable(self.learned.trees.len(), self.leaves(rows, fill), valid));
        }
        columns
    }

    /// The features of an attribute call, `predict(vector)`.
    fn features_argument(&self, arguments: &[Value]) -> Result<Vec<f64>> {
        let [Value::Vector(vector)] = arguments else {
            let text = format!("{} takes one feature vector", self.class());
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, text));
        };
        self.check_size(vector.size())?;
        Ok(vector.to_dense())
    }

    /// One vector through the code of a batch: (raw, probabilities, prediction).
    fn predict_one(&self, arguments: &[Value]) -> Result<(Vec<f64>, Vec<f64>, f64)> {
        let features = self.features_argument(arguments)?;
        let margins = self.margins(1, |_, slots| slots.copy_from_slice(&features));
        if !self.is_classification() {
            return Ok((Vec::new(), Vec::new(), self.learned.objective.prediction(margins[0][0])));
        }
        let (raw, probabilities) = self.classified(&margins, 1);
        let classes = self.learned.objective.classes();
        let prediction = predicted_classes(&raw, &probabilities, classes, self.thresholds().as_deref())[0];
        Ok((raw, probabilities, prediction))
    }

    fn check_size(&self, found: usize) -> Result<()> {
        let expected = self.learned.features;
        if found == expected {
            return Ok(());
        }
        Err(invalid_row(format!("a feature vector has size {found}, the model was trained on {expected} features")))
    }

    // -- description

    /// By feature the sum of gains, or how often it splits; gains sum to 1, as Spark's importances.
    fn importances(&self) -> Vector {
        let by_gain = self.params.text("importanceType").is_ok_and(|kind| kind == "gain");
        let mut importances = vec![0.0; self.learned.features];
        for inner in self.learned.trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.inner.as_ref()) {
            importances[inner.feature as usize] += if by_gain { inner.gain } else { 1.0 };
        }
        let total: f64 = importances.iter().sum();
        if by_gain && total > 0.0 {
            importances.iter_mut().for_each(|importance| *importance /= total);
        }
        Vector::Dense(importances)
    }

    fn text(&self) -> String {
        let (learned, uid) = (&self.learned, self.params.uid());
        let name = self.family.model.rsplit('.').next().unwrap_or(self.family.model);
        let classes = match learned.objective.classes() {
            0 => String::new(),
            classes => format!(", numClasses={classes}"),
        };
        format!("{name}: uid={uid}, numTrees={}{classes}, numFeatures={}", learned.trees.len(), learned.features)
    }

    fn debug_text(&self) -> String {
        let mut text = self.text() + "\n";
        let margins = self.learned.objective.margins();
        for (number, tree) in self.learned.trees.iter().enumerate() {
            let class = if margins > 1 { format!(" of class {}", number % margins) } else { String::new() };
            text += &format!("  Tree {number}{class}:\n");
            tree.write_text(0, 4, &mut text);
        }
        text
    }

    /// Names of the appended columns, in order.
    fn output_columns(&self) -> impl Iterator<Item = (&'static str, String)> {
        ["rawPredictionCol", "probabilityCol", "predictionCol", "leafCol"]
            .into_iter()
            .filter_map(|name| Some((name, self.params.optional_text(name)?)))
    }

    fn output_field(&self, parameter: &str, column: &str) -> Field {
        let classes = self.learned.objective.classes();
        match parameter {
            "predictionCol" if self.is_classification() => {
                let attr = Attr::NominalCount { name: None, count: classes };
                with_metadata(Field::new(column, DataType::Float64, false), &attr_metadata(&attr))
            }
            "predictionCol" => {
                let metadata = Map::from_iter([("ml_attr".to_owned(), json!({}))]);
                with_metadata(Field::new(column, DataType::Float64, false), &metadata)
            }
            "leafCol" => {
                let leaves = |tree: &Tree| Attr::NominalCount { name: None, count: tree.leaves() };
                let slots = Slots::Known(self.learned.trees.iter().map(leaves).collect());
                with_metadata(Field::new(column, vector_type(), true), &slots_metadata(&slots))
            }
            _ => with_metadata(Field::new(column, vector_type(), true), &slots_metadata(&Slots::Size(classes))),
        }
    }
}

impl Transformer for BoostingModel {
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
        Ok(columns.iter().map(|(parameter, column)| self.output_field(parameter, column)).collect())
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
        let learned = &self.learned;
        let classification = self.is_classification();
        let vector = |values| Ok(Value::Vector(Vector::Dense(values)).into());
        match name {
            "toString" => Ok(Attribute::text(self.text())),
            "toDebugString" => Ok(Attribute::text(self.debug_text())),
            "uid" => Ok(Attribute::text(self.params.uid())),
            "numFeatures" => Ok((learned.features as i64).into()),
            "numClasses" if classification => Ok((learned.objective.classes() as i64).into()),
            "featureImportances" => Ok(Value::Vector(self.importances()).into()),
            "getNumTrees" | "numTrees" => Ok((learned.trees.len() as i64).into()),
            "totalNumNodes" => Ok((learned.trees.iter().map(|tree| tree.nodes.len()).sum::<usize>() as i64).into()),
            // Leaves are shrunk by the step size already.
            "treeWeights" => Ok(Value::Doubles(vec![1.0; learned.trees.len()]).into()),
            "startMargins" => Ok(Value::Doubles(learned.start.clone()).into()),
            "predictLeaf" => {
                let features = self.features_argument(arguments)?;
                vector(self.leaves(1, |_, slots| slots.copy_from_slice(&features)))
            }
            "predict" => Ok(self.predict_one(arguments)?.2.into()),
            "predictRaw" if classification => vector(self.predict_one(arguments)?.0),
            "predictProbability" if classification => vector(self.predict_one(arguments)?.1),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn save(&self) -> Result<Saved> {
        save::save(self.family, &self.params, &self.learned)
    }
}
