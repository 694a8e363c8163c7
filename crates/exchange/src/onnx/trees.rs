//! Trees: ONNX's `TreeEnsemble`, whose thresholds, inputs and sums are doubles, so that every row takes the way it takes
//! in the model itself.
//!
//! A leaf of a `TreeEnsemble` has one number. Where leaves hold more (weights of classes), it is the leaf's number in a
//! table, and the table is summed over the trees.

use super::classes::{Choice, Scores, answer, answer_number};
use super::columns::Form;
use super::graph::{Graph, Tensor};
use super::values::{self, Element};
use super::{Convert, Writer};
use crate::forest::{Forest, Objective, Sum, Test, Tree};
use crate::stage::Stage;
use brickyard_error::{Failure, Result};

pub const CONVERTERS: &[(&str, Convert)] = &[
    ("DecisionTreeClassificationModel", forest),
    ("DecisionTreeRegressionModel", forest),
    ("RandomForestClassificationModel", forest),
    ("RandomForestRegressionModel", forest),
    ("GBTClassificationModel", forest),
    ("GBTRegressionModel", forest),
    ("BoostingClassificationModel", forest),
    ("BoostingRegressionModel", forest),
];

fn forest(writer: &mut Writer<'_>, stage: &Stage<'_>) -> Result<()> {
    let forest = Forest::of(stage)?.ok_or_else(|| Failure::internal("a model of trees has none"))?;
    if stage.params().optional_text("leafCol").is_some() {
        return Err(stage.unsupported("numbers of leaves; clear leafCol before the export"));
    }
    let features = writer.columns.vectors(&mut writer.graph, &stage.features()?, Some(forest.features))?.tensor;
    let features = whole_categories(&mut writer.graph, &features, &forest);
    match &forest.sum {
        Sum::Classes { classes, .. } => {
            let graph = &mut writer.graph;
            let raw = sums_of_leaves(graph, &features, &forest.trees, *classes);
            let total = graph.reduce("ReduceSum", &raw, 1, true);
            let (none, one) = (graph.number(0.0), graph.number(1.0));
            let is_nothing = graph.op("Equal", &[&total, &none]);
            let total = graph.select(&is_nothing, &one, &total);
            let probability = Some(graph.div(&raw, &total));
            answer(writer, stage, &Scores { raw, probability, classes: *classes }, Choice::Largest)
        }
        Sum::Mean => {
            let graph = &mut writer.graph;
            let count = forest.trees.len() as f64;
            let of_leaf = |slot: usize| move |leaf: &[f64]| leaf.get(slot).copied().unwrap_or(0.0);
            let sum = margins(graph, &features, &forest.trees, 1, of_leaf(0));
            let prediction = if count == 1.0 { sum } else { mean(graph, &sum, count) };
            if let Some(column) = stage.params().optional_text("varianceCol") {
                let variance = margins(graph, &features, &forest.trees, 1, of_leaf(1));
                writer.columns.put_answer(&column, variance, Form::Number);
            }
            answer_number(writer, stage, &prediction);
            Ok(())
        }
        Sum::Margins { start, objective } => {
            let graph = &mut writer.graph;
            let first = |leaf: &[f64]| leaf.first().copied().unwrap_or(0.0);
            let grown = margins(graph, &features, &forest.trees, start.len(), first);
            let start_row = graph.row(start);
            let margins = graph.add(&grown, &start_row);
            boosted(writer, stage, &margins, start.len(), *objective)
        }
    }
}

fn mean(graph: &mut Graph, sum: &Tensor, count: f64) -> Tensor {
    let count = graph.number(count);
    graph.div(sum, &count)
}

fn boosted(
    writer: &mut Writer<'_>,
    stage: &Stage<'_>,
    margins: &Tensor,
    count: usize,
    objective: Objective,
) -> Result<()> {
    let graph = &mut writer.graph;
    match objective {
        Objective::Logistic { steepness } => {
            let scores = Scores::of_margin(graph, margins, Some(steepness));
            answer(writer, stage, &scores, Choice::Largest)
        }
        Objective::Softmax => {
            let scores = Scores::of_softmax(graph, margins.clone(), count);
            answer(writer, stage, &scores, Choice::Largest)
        }
        Objective::Poisson => {
            let mean = graph.op("Exp", &[margins]);
            answer_number(writer, stage, &mean);
            Ok(())
        }
        Objective::Squared | Objective::Quantile { .. } => {
            answer_number(writer, stage, margins);
            Ok(())
        }
    }
}

/// The features with −1, which is no category, where a categorical one is no whole number: runtimes cut such numbers off.
fn whole_categories(graph: &mut Graph, features: &Tensor, forest: &Forest) -> Tensor {
    let mut is_categorical = vec![false; forest.features];
    for split in forest.trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.split.as_ref()) {
        is_categorical[split.feature] |= matches!(split.test, Test::In { .. });
    }
    if !is_categorical.contains(&true) {
        return features.clone();
    }
    let is_categorical = graph.constant(values::bools(&[1, forest.features], &is_categorical));
    let floor = graph.op("Floor", &[features]);
    let is_whole = graph.op("Equal", &[&floor, features]);
    let is_broken = graph.op("Not", &[&is_whole]);
    let is_replaced = graph.op("And", &[&is_broken, &is_categorical]);
    let none = graph.number(-1.0);
    graph.select(&is_replaced, &none, features)
}

/// Sums of one number a leaf; tree `t` adds to margin `t % count`: `[rows, count]`.
fn margins(
    graph: &mut Graph,
    features: &Tensor,
    trees: &[Tree],
    count: usize,
    value: impl Fn(&[f64]) -> f64,
) -> Tensor {
    let mut nodes = Nodes::default();
    for (number, tree) in trees.iter().enumerate() {
        nodes.add(tree, number % count, |leaf| value(&tree.nodes[leaf].values));
    }
    nodes.write(graph, features, count)
}

/// Sums of what the leaves hold: `[rows, width]`.
fn sums_of_leaves(graph: &mut Graph, features: &Tensor, trees: &[Tree], width: usize) -> Tensor {
    let mut nodes = Nodes::default();
    let mut table: Vec<f64> = Vec::new();
    let mut leaves = 0;
    for (number, tree) in trees.iter().enumerate() {
        nodes.add(tree, number, |leaf| {
            table.extend(&tree.nodes[leaf].values);
            leaves += 1;
            f64::from(leaves - 1)
        });
    }
    let numbers = nodes.write(graph, features, trees.len());
    let numbers = graph.cast(&numbers, Element::Int);
    let table = graph.doubles(&[table.len() / width.max(1), width], &table);
    // [rows, trees, width]
    let of_trees = graph.look_up(&table, &numbers);
    graph.reduce("ReduceSum", &of_trees, 1, false)
}

/// The attributes of a `TreeEnsemble`: inner nodes and leaves of all trees, each in one list.
#[derive(Default)]
struct Nodes {
    roots: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<u8>,
    thresholds: Vec<f64>,
    /// Left where the comparison holds, as (place, whether it is a leaf's).
    if_true: Vec<(i64, bool)>,
    if_false: Vec<(i64, bool)>,
    missing_is_true: Vec<i64>,
    /// Sets of categories, each closed by NaN.
    members: Vec<f64>,
    targets: Vec<i64>,
    weights: Vec<f64>,
}

/// `nodes_modes` of the standard.
const AT_MOST: u8 = 0;
const MEMBER: u8 = 6;

impl Nodes {
    /// Adds a tree whose leaves add `value(node)` to `target`.
    fn add(&mut self, tree: &Tree, target: usize, mut value: impl FnMut(usize) -> f64) {
        let first = self.features.len() as i64;
        self.roots.push(first);
        // Where each node of the tree goes: among the inner nodes, or among the leaves.
        let mut inner = first;
        let mut places = Vec::with_capacity(tree.nodes.len());
        for (number, node) in tree.nodes.iter().enumerate() {
            if node.split.is_some() {
                places.push((inner, false));
                inner += 1;
            } else {
                places.push((self.weights.len() as i64, true));
                self.targets.push(target as i64);
                self.weights.push(value(number));
            }
        }
        if let [leaf] = places[..] {
            // A root must be an inner node: one whose sides are the same.
            self.push(0, AT_MOST, 0.0, [leaf, leaf], false);
        }
        for split in tree.nodes.iter().filter_map(|node| node.split.as_ref()) {
            let [left, right] = split.children.map(|child| places[child]);
            match &split.test {
                Test::AtMost { threshold, missing_left } => {
                    self.push(split.feature, AT_MOST, *threshold, [left, right], *missing_left);
                }
                Test::In { left: members, categories, others_left } => {
                    let (members, is_left) = Test::named_side(members, *categories, *others_left);
                    let sides = if is_left { [left, right] } else { [right, left] };
                    if members.is_empty() {
                        // No value is below −∞, so that all go where the others go.
                        self.push(split.feature, AT_MOST, f64::NEG_INFINITY, sides, false);
                        continue;
                    }
                    self.members.extend(members.iter().map(|member| f64::from(*member)));
                    self.members.push(f64::NAN);
                    self.push(split.feature, MEMBER, 0.0, sides, false);
                }
            }
        }
    }

    fn push(&mut self, feature: usize, mode: u8, threshold: f64, sides: [(i64, bool); 2], missing_is_true: bool) {
        self.features.push(feature as i64);
        self.modes.push(mode);
        self.thresholds.push(threshold);
        self.if_true.push(sides[0]);
        self.if_false.push(sides[1]);
        self.missing_is_true.push(i64::from(missing_is_true));
    }

    fn write(self, graph: &mut Graph, features: &Tensor, targets: usize) -> Tensor {
        let doubles = |name: &str, numbers: &[f64]| values::tensor(name, values::doubles(&[numbers.len()], numbers));
        let places = |sides: &[(i64, bool)]| sides.iter().map(|(place, _)| *place).collect();
        let leaves = |sides: &[(i64, bool)]| sides.iter().map(|(_, is_leaf)| i64::from(*is_leaf)).collect();
        let mut attributes = vec![
            values::int("aggregate_function", 1),
            values::int("post_transform", 0),
            values::int("n_targets", targets as i64),
            values::int_list("tree_roots", self.roots),
            values::int_list("nodes_featureids", self.features),
            values::tensor("nodes_modes", values::bytes(self.modes)),
            doubles("nodes_splits", &self.thresholds),
            values::int_list("nodes_truenodeids", places(&self.if_true)),
            values::int_list("nodes_trueleafs", leaves(&self.if_true)),
            values::int_list("nodes_falsenodeids", places(&self.if_false)),
            values::int_list("nodes_falseleafs", leaves(&self.if_false)),
            values::int_list("nodes_missing_value_tracks_true", self.missing_is_true),
            values::int_list("leaf_targetids", self.targets),
            doubles("leaf_weights", &self.weights),
        ];
        if !self.members.is_empty() {
            attributes.push(doubles("membership_values", &self.members));
        }
        graph.ml_op("TreeEnsemble", 5, &[features], attributes)
    }
}
