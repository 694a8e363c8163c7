//! Trees apart from who grew them: what the writers of ONNX, LightGBM and XGBoost share.

use crate::stage::Stage;
use brickyard_error::Result;
use brickyard_ml::persist::Rows;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A model of trees.
#[derive(Debug)]
pub struct Forest {
    pub features: usize,
    pub trees: Vec<Tree>,
    pub sum: Sum,
}

/// What the trees' leaves are summed to.
#[derive(Debug, Clone, PartialEq)]
pub enum Sum {
    /// Votes for classes. Leaves hold a number a class, the weights of the rows in it, or where `shares` parts of 1.
    Classes { classes: usize, shares: bool },
    /// The mean over the trees of a prediction; leaves hold the prediction and its variance.
    Mean,
    /// Margins, to which trees add in turn; leaves hold one number.
    Margins { start: Vec<f64>, objective: Objective },
}

/// What margins mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// The probability of class 1 is 1 / (1 + exp(-steepness · margin)).
    Logistic {
        steepness: f64,
    },
    Softmax,
    Squared,
    Quantile {
        level: f64,
    },
    /// The margin is the logarithm of the mean.
    Poisson,
}

/// Node 0 is the root; children come later than their parent.
#[derive(Debug)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

#[derive(Debug)]
pub struct Node {
    pub rows: i64,
    pub prediction: f64,
    /// What a leaf gives.
    pub values: Vec<f64>,
    pub split: Option<Split>,
}

#[derive(Debug)]
pub struct Split {
    pub feature: usize,
    pub test: Test,
    pub gain: f64,
    /// Left and right.
    pub children: [usize; 2],
}

/// Whether a row goes left.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// If the value is at most the threshold.
    AtMost { threshold: f64, missing_left: bool },
    /// If the value is one of these of `categories`; one that is no category, or missing, goes where `others_left` says.
    In { left: Vec<u32>, categories: u32, others_left: bool },
}

impl Test {
    /// The categories of one side, in order, and whether it is the left one: that side to which values that are no
    /// category do not go.
    pub fn named_side(left: &[u32], categories: u32, others_left: bool) -> (Vec<u32>, bool) {
        if others_left {
            return ((0..categories).filter(|category| left.binary_search(category).is_err()).collect(), false);
        }
        (left.to_vec(), true)
    }
}

impl Tree {
    /// A tree that gives every row the same.
    pub fn constant(value: f64) -> Self {
        Tree { nodes: vec![Node { rows: 0, prediction: value, values: vec![value], split: None }] }
    }

    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.split.is_none()).count()
    }

    /// The tree with other numbers in its leaves.
    pub fn with_leaves(&self, value: impl Fn(&Node) -> f64) -> Tree {
        let node = |node: &Node| Node {
            rows: node.rows,
            prediction: node.prediction,
            values: if node.split.is_none() { vec![value(node)] } else { Vec::new() },
            split: node.split.as_ref().map(|split| Split { test: split.test.clone(), ..*split }),
        };
        Tree { nodes: self.nodes.iter().map(node).collect() }
    }
}

impl Forest {
    /// The trees of a stage; `None` if it is no model of trees.
    pub fn of(stage: &Stage<'_>) -> Result<Option<Self>> {
        let class = stage.class();
        let features = || -> Result<usize> { Ok(stage.saved.extra_int("numFeatures")?.unsigned_abs() as usize) };
        let classes = || -> Result<usize> { Ok(stage.saved.extra_int("numClasses")?.unsigned_abs() as usize) };
        let data = stage.data();
        let forest = match class {
            "BoostingClassificationModel" | "BoostingRegressionModel" => {
                Self { features: features()?, trees: boosted(&data?)?, sum: own_margins(stage)? }
            }
            "DecisionTreeClassificationModel" => Self {
                features: features()?,
                trees: vec![tree(&data?, None, class_weights)?],
                sum: Sum::Classes { classes: classes()?, shares: false },
            },
            "DecisionTreeRegressionModel" => {
                Self { features: features()?, trees: vec![tree(&data?, None, mean_and_variance)?], sum: Sum::Mean }
            }
            "RandomForestClassificationModel" => Self {
                features: features()?,
                trees: members(&data?, class_shares)?,
                sum: Sum::Classes { classes: classes()?, shares: true },
            },
            "RandomForestRegressionModel" => {
                Self { features: features()?, trees: members(&data?, mean_and_variance)?, sum: Sum::Mean }
            }
            "GBTClassificationModel" | "GBTRegressionModel" => {
                let weights = stage.saved.rows("treesMetadata")?.doubles("_3")?;
                let trees = members(&data?, |prediction, _| vec![prediction])?;
                let weighted = |(tree, weight): (&Tree, &f64)| tree.with_leaves(|leaf| leaf.prediction * weight);
                let objective = match class {
                    "GBTClassificationModel" => Objective::Logistic { steepness: 2.0 },
                    _ => Objective::Squared,
                };
                let sum = Sum::Margins { start: vec![0.0], objective };
                Self { features: features()?, trees: trees.iter().zip(&weights).map(weighted).collect(), sum }
            }
            _ => return Ok(None),
        };
        Ok(Some(forest))
    }
}

// ---- what leaves hold, of a prediction and the sums over a node's rows -----------------------------------------------

fn class_weights(_: f64, sums: &[f64]) -> Vec<f64> {
    sums.to_vec()
}

fn class_shares(_: f64, sums: &[f64]) -> Vec<f64> {
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| if total == 0.0 { 0.0 } else { sum / total }).collect()
}

fn mean_and_variance(prediction: f64, sums: &[f64]) -> Vec<f64> {
    let variance = match sums {
        [weight, sum, squares] if *weight != 0.0 => (squares - (sum * sum) / weight) / weight,
        _ => 0.0,
    };
    vec![prediction, variance]
}

// ---- Spark's trees ---------------------------------------------------------------------------------------------------

/// The trees of an ensemble, in order.
fn members(data: &Rows, leaf: fn(f64, &[f64]) -> Vec<f64>) -> Result<Vec<Tree>> {
    let nodes = data.fields("nodeData")?;
    by_tree(data)?.into_values().map(|rows| tree(&nodes, Some(rows), leaf)).collect()
}

/// The rows of every tree.
fn by_tree(data: &Rows) -> Result<BTreeMap<i64, Vec<usize>>> {
    let mut rows: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    data.ints("treeID")?.into_iter().enumerate().for_each(|(row, tree)| rows.entry(tree).or_default().push(row));
    Ok(rows)
}

/// One tree from rows of Spark's `NodeData`, all of them or these.
fn tree(nodes: &Rows, rows: Option<Vec<usize>>, leaf: fn(f64, &[f64]) -> Vec<f64>) -> Result<Tree> {
    let (predictions, sums) = (nodes.doubles("prediction")?, nodes.double_lists("impurityStats")?);
    let split = nodes.fields("split")?;
    let shape = Shape {
        ids: nodes.ints("id")?,
        counts: if nodes.has("rawCount") { nodes.ints("rawCount")? } else { vec![0; nodes.count()] },
        gains: nodes.doubles("gain")?,
        children: [nodes.ints("leftChild")?, nodes.ints("rightChild")?],
        features: split.ints("featureIndex")?,
        lefts: split.double_lists("leftCategoriesOrThreshold")?,
        categories: split.ints("numCategories")?,
        // Spark keeps the smaller side as a set; the rest, and what is no category, is the other.
        others_left: |left, categories| left.len() > categories as usize / 2,
        missing_left: None,
    };
    let rows = rows.unwrap_or_else(|| (0..nodes.count()).collect());
    shape.tree(nodes, rows, |row| (predictions[row], leaf(predictions[row], &sums[row])))
}

// ---- trees of our own boosting ---------------------------------------------------------------------------------------

fn boosted(data: &Rows) -> Result<Vec<Tree>> {
    let values = data.doubles("prediction")?;
    let shape = Shape {
        ids: data.ints("id")?,
        counts: data.ints("rawCount")?,
        gains: data.doubles("gain")?,
        children: [data.ints("leftChild")?, data.ints("rightChild")?],
        features: data.ints("featureIndex")?,
        lefts: data.double_lists("leftCategoriesOrThreshold")?,
        categories: data.ints("numCategories")?,
        others_left: |_, _| false,
        missing_left: Some(data.bools("missingGoesLeft")?),
    };
    by_tree(data)?.into_values().map(|rows| shape.tree(data, rows, |row| (values[row], vec![values[row]]))).collect()
}

fn own_margins(stage: &Stage<'_>) -> Result<Sum> {
    let metadata = &stage.saved.metadata;
    let start = metadata.get("startMargins").and_then(Json::as_array);
    let start: Vec<f64> = start.into_iter().flatten().filter_map(Json::as_f64).collect();
    let level = metadata.get("learnedQuantile").and_then(Json::as_f64);
    let objective = match (metadata.get("learnedObjective").and_then(Json::as_str), level) {
        (Some("logistic"), _) => Objective::Logistic { steepness: 1.0 },
        (Some("softmax"), _) => Objective::Softmax,
        (Some("squared"), _) => Objective::Squared,
        (Some("quantile"), Some(level)) => Objective::Quantile { level },
        (Some("poisson"), _) => Objective::Poisson,
        (other, _) => return Err(stage.unsupported(format!("the objective {other:?}"))),
    };
    Ok(Sum::Margins { start, objective })
}

// ---- columns of nodes ------------------------------------------------------------------------------------------------

/// The columns that say how nodes hang together, by row.
struct Shape {
    ids: Vec<i64>,
    counts: Vec<i64>,
    gains: Vec<f64>,
    children: [Vec<i64>; 2],
    features: Vec<i64>,
    lefts: Vec<Vec<f64>>,
    categories: Vec<i64>,
    /// By the left categories and the number of categories, where no column tells it.
    others_left: fn(&[u32], u32) -> bool,
    missing_left: Option<Vec<bool>>,
}

impl Shape {
    /// The tree of these rows; `value` gives a row's prediction and what it holds as a leaf.
    fn tree(&self, nodes: &Rows, mut rows: Vec<usize>, value: impl Fn(usize) -> (f64, Vec<f64>)) -> Result<Tree> {
        rows.sort_by_key(|row| self.ids[*row]);
        if rows.iter().enumerate().any(|(id, row)| self.ids[*row] != id as i64) {
            return Err(nodes.damaged("the node ids of a tree do not count from 0"));
        }
        let count = rows.len();
        let node = |row: usize| -> Result<Node> {
            let (prediction, values) = value(row);
            Ok(Node { rows: self.counts[row], prediction, values, split: self.split(nodes, row, count)? })
        };
        Ok(Tree { nodes: rows.into_iter().map(node).collect::<Result<_>>()? })
    }

    fn split(&self, nodes: &Rows, row: usize, count: usize) -> Result<Option<Split>> {
        let children = [self.children[0][row], self.children[1][row]];
        if children == [-1, -1] {
            return Ok(None);
        }
        if children.iter().any(|child| *child <= self.ids[row] || *child >= count as i64) {
            return Err(nodes.damaged("a node's children do not follow it"));
        }
        let feature = usize::try_from(self.features[row]);
        let feature = feature.map_err(|_| nodes.damaged("a split has no feature"))?;
        let missing_left = self.missing_left.as_ref().map(|missing| missing[row]);
        let test = match (u32::try_from(self.categories[row]), &self.lefts[row][..]) {
            (Ok(categories), left) => {
                let mut left: Vec<u32> = left.iter().map(|category| *category as u32).collect();
                left.sort_unstable();
                let others_left = missing_left.unwrap_or_else(|| (self.others_left)(&left, categories));
                Test::In { left, categories, others_left }
            }
            (Err(_), [threshold]) => {
                Test::AtMost { threshold: *threshold, missing_left: missing_left.unwrap_or(false) }
            }
            _ => return Err(nodes.damaged("a split has no threshold")),
        };
        Ok(Some(Split { feature, test, gain: self.gains[row], children: children.map(|child| child as usize) }))
    }
}
