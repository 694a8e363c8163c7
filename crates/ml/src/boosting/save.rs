//! Boosted trees in files: the layout of Spark's tree models, one row a node, with what it has no place for beside it.

use super::model::{BoostingModel, Family, Learned};
use super::objective::Objective;
use super::tree::{Inner, Node, Tree};
use crate::Params;
use crate::persist::{Column, Rows, Saved, double_lists, table};
use crate::registry::Operator;
use crate::tree::shap::Decision;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array};
use brickyard_error::Result;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn save(family: &Family, params: &Params, learned: &Learned) -> Result<Saved> {
    let nodes = || learned.trees.iter().flat_map(|tree| &tree.nodes);
    let trees = learned.trees.iter().enumerate();
    let ids = trees.flat_map(|(id, tree)| (0..tree.nodes.len() as i32).map(move |node| (id as i32, node)));
    let (trees, ids): (Vec<i32>, Vec<i32>) = ids.unzip();
    let ints = |values: Vec<i32>| -> ArrayRef { Arc::new(Int32Array::from(values)) };
    let doubles = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let inner =
        |value: fn(&Inner) -> i32| nodes().map(|node| node.inner.as_ref().map_or(-1, value)).collect::<Vec<_>>();
    let decisions: Vec<SavedDecision> = nodes().map(|node| SavedDecision::of(node.inner.as_ref())).collect();
    let data = table([
        Column::required("treeID", ints(trees)),
        Column::required("id", ints(ids)),
        Column::required("prediction", doubles(nodes().map(|node| node.value).collect())),
        Column::required("rawCount", Arc::new(nodes().map(|node| node.rows).collect::<Int64Array>())),
        Column::required("gain", doubles(nodes().map(|node| node.inner.as_ref().map_or(-1.0, |i| i.gain)).collect())),
        Column::required("leftChild", ints(inner(|inner| inner.children[0] as i32))),
        Column::required("rightChild", ints(inner(|inner| inner.children[1] as i32))),
        Column::required("featureIndex", ints(inner(|inner| inner.feature as i32))),
        Column::optional("leftCategoriesOrThreshold", double_lists(decisions.iter().map(|decision| &decision.left))),
        Column::required("numCategories", ints(decisions.iter().map(|decision| decision.categories).collect())),
        Column::required(
            "missingGoesLeft",
            Arc::new(decisions.iter().map(|decision| Some(decision.missing_left)).collect::<BooleanArray>()),
        ),
    ])?;
    let level = learned.objective.leaf_quantile();
    Ok(Saved::of(family.model, params)
        .with_extra("numFeatures", learned.features)
        .with_extra("numClasses", learned.objective.classes())
        .with_extra("numTrees", learned.trees.len())
        .with_extra("startMargins", json!(learned.start))
        .with_extra("learnedObjective", name_of(learned.objective))
        .with_extra("learnedQuantile", level.map_or(Json::Null, |level| json!(level)))
        .with_table("data", data))
}

fn name_of(objective: Objective) -> &'static str {
    match objective {
        Objective::Logistic => "logistic",
        Objective::Softmax { .. } => "softmax",
        Objective::Squared => "squared",
        Objective::Quantile { .. } => "quantile",
        Objective::Poisson => "poisson",
        Objective::Order => "order",
    }
}

struct SavedDecision {
    left: Vec<f64>,
    /// −1 for a threshold, and for a leaf.
    categories: i32,
    missing_left: bool,
}

impl SavedDecision {
    fn of(inner: Option<&Inner>) -> Self {
        match inner.map(|inner| &inner.decision) {
            None => Self { left: Vec::new(), categories: -1, missing_left: false },
            Some(Decision::AtMost { threshold, missing_left }) => {
                Self { left: vec![*threshold], categories: -1, missing_left: *missing_left }
            }
            Some(Decision::In { left, categories, others_left }) => Self {
                left: left.iter().map(|category| f64::from(*category)).collect(),
                categories: *categories as i32,
                missing_left: *others_left,
            },
        }
    }
}

pub(super) fn load(family: &'static Family, saved: &Saved) -> Result<Operator> {
    let params = saved.params(family.specs)?;
    let size = |key: &str| -> Result<usize> {
        usize::try_from(saved.extra_int(key)?).map_err(|_| saved.damaged(format!("{key} is negative")))
    };
    let (features, classes) = (size("numFeatures")?, size("numClasses")?);
    let level = saved.metadata.get("learnedQuantile").and_then(Json::as_f64);
    let objective = match (saved.metadata.get("learnedObjective").and_then(Json::as_str), level) {
        (Some("logistic"), _) => Objective::Logistic,
        (Some("softmax"), _) if classes > 2 => Objective::Softmax { classes },
        (Some("squared"), _) => Objective::Squared,
        (Some("quantile"), Some(level)) => Objective::Quantile { level },
        (Some("poisson"), _) => Objective::Poisson,
        (Some("order"), _) => Objective::Order,
        (other, _) => return Err(saved.damaged(format!("learnedObjective is {other:?}"))),
    };
    let start = saved.metadata.get("startMargins").and_then(Json::as_array);
    let start: Vec<f64> = start.into_iter().flatten().filter_map(Json::as_f64).collect();
    let rows = saved.rows("data")?;
    let trees = read_trees(&rows, features)?;
    let margins = objective.margins();
    if start.len() != margins || trees.len() % margins != 0 || trees.len() != size("numTrees")? {
        let (wanted, found, starts) = (size("numTrees")?, trees.len(), start.len());
        return Err(saved.damaged(format!("numTrees is {wanted}, found {found} trees and {starts} startMargins")));
    }
    let learned = Learned::new(trees, start, objective, features);
    Ok(Operator::transformer(BoostingModel::new(family, params, learned)))
}

fn read_trees(rows: &Rows, features: usize) -> Result<Vec<Tree>> {
    let (trees, ids) = (rows.ints("treeID")?, rows.ints("id")?);
    let (values, counts, gains) = (rows.doubles("prediction")?, rows.ints("rawCount")?, rows.doubles("gain")?);
    let children = [rows.ints("leftChild")?, rows.ints("rightChild")?];
    let (split_by, lefts) = (rows.ints("featureIndex")?, rows.double_lists("leftCategoriesOrThreshold")?);
    let (categories, missing) = (rows.ints("numCategories")?, rows.bools("missingGoesLeft")?);
    let mut rows_of: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    trees.iter().enumerate().for_each(|(row, tree)| rows_of.entry(*tree).or_default().push(row));
    let tree = |mut of_tree: Vec<usize>| -> Result<Tree> {
        of_tree.sort_by_key(|row| ids[*row]);
        let count = of_tree.len() as i64;
        let node = |(id, row): (usize, usize)| -> Result<Node> {
            if ids[row] != id as i64 {
                return Err(rows.damaged("the node ids of a tree do not count from 0"));
            }
            let below = children.each_ref().map(|children| children[row]);
            let inner = if below == [-1, -1] {
                None
            } else if below.iter().all(|child| *child > ids[row] && *child < count) && below[1] == below[0] + 1 {
                let feature = u32::try_from(split_by[row]).ok().filter(|feature| (*feature as usize) < features);
                let feature = feature.ok_or_else(|| rows.damaged("a split's feature is not one of the model's"))?;
                let decision = decision(rows, &lefts[row], categories[row], missing[row])?;
                Some(Inner { feature, decision, gain: gains[row], children: below.map(|id| id as u32) })
            } else {
                return Err(rows.damaged("a node's children do not follow it"));
            };
            Ok(Node { value: values[row], rows: counts[row], inner })
        };
        Ok(Tree { nodes: of_tree.into_iter().enumerate().map(node).collect::<Result<_>>()? })
    };
    rows_of.into_values().map(tree).collect()
}

fn decision(rows: &Rows, left: &[f64], categories: i64, missing_left: bool) -> Result<Decision> {
    if categories < 0 {
        let [threshold] = *left else { return Err(rows.damaged("a split has no threshold")) };
        return Ok(Decision::AtMost { threshold, missing_left });
    }
    let mut left: Vec<u32> = left.iter().map(|category| *category as u32).collect();
    left.sort_unstable();
    if left.last().is_some_and(|category| i64::from(*category) >= categories) {
        return Err(rows.damaged("a split has a category that its feature has not"));
    }
    Ok(Decision::In { left, categories: categories as u32, others_left: missing_left })
}
