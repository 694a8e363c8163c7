//! Trees in Spark's files: one row a node, and for ensembles the metadata and the weight of each tree.

use super::family::Family;
use super::model::{Learned, TreeModel};
use super::node::{Inner, Node, Split, Tree};
use crate::Params;
use crate::persist::{Column, Rows, SPARK_VERSION, Saved, double_lists, table, value_to_json};
use crate::registry::Operator;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Float64Array, Int32Array, Int64Array, StringArray, StructArray};
use brickyard_error::Result;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn save(family: &Family, params: &Params, learned: &Learned) -> Result<Saved> {
    let mut saved = Saved::of(family.model, params).with_extra("numFeatures", learned.features);
    if family.has_class_nodes() {
        saved = saved.with_extra("numClasses", learned.classes);
    }
    let Some(member) = family.member else {
        return Ok(saved.with_table("data", table(node_columns(&learned.trees)?)?));
    };
    let ids = learned.trees.iter().enumerate().flat_map(|(id, tree)| tree.nodes.iter().map(move |_| id as i32));
    let nodes: ArrayRef = Arc::new(StructArray::from(table(node_columns(&learned.trees)?)?));
    let data = table([
        Column::required("treeID", Arc::new(ids.collect::<Int32Array>())),
        Column::optional("nodeData", nodes),
    ])?;
    let metadata = learned.members.iter().map(|params| member_metadata(member, params));
    let trees = learned.trees.len();
    // Spark 4 reads these columns by position, and names them so.
    let metadata = table([
        Column::required("_1", Arc::new((0..trees as i32).collect::<Int32Array>())),
        Column::optional("_2", Arc::new(metadata.map(Some).collect::<StringArray>())),
        Column::required("_3", Arc::new(Float64Array::from(learned.weights.clone()))),
    ])?;
    Ok(saved.with_extra("numTrees", trees).with_table("data", data).with_table("treesMetadata", metadata))
}

/// The metadata of a forest's tree, as one line.
fn member_metadata(family: &Family, params: &Params) -> String {
    let map = |values: BTreeMap<&str, Json>| Json::Object(values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
    json!({
        "class": family.model,
        "timestamp": 0,
        "sparkVersion": SPARK_VERSION,
        "uid": params.uid(),
        "paramMap": map(params.set_values().map(|(name, value)| (name, value_to_json(value))).collect()),
        "defaultParamMap": map(params.defaults().map(|(name, value)| (name, value_to_json(&value))).collect()),
    })
    .to_string()
}

/// The fields of Spark's `NodeData`, one row a node; every tree's ids start at 0.
fn node_columns(trees: &[Tree]) -> Result<Vec<Column>> {
    let nodes = || trees.iter().flat_map(|tree| &tree.nodes);
    let ids = trees.iter().flat_map(|tree| 0..tree.nodes.len() as i32);
    let ints = |values: Vec<i32>| -> ArrayRef { Arc::new(Int32Array::from(values)) };
    let doubles = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let child =
        |side: usize| nodes().map(move |node| node.inner.as_ref().map_or(-1, |inner| inner.children[side] as i32));
    let splits: Vec<SavedSplit> = nodes().map(|node| SavedSplit::of(node.inner.as_ref())).collect();
    let split = table([
        Column::required("featureIndex", ints(splits.iter().map(|split| split.feature).collect())),
        Column::optional("leftCategoriesOrThreshold", double_lists(splits.iter().map(|split| &split.left))),
        Column::required("numCategories", ints(splits.iter().map(|split| split.categories).collect())),
    ])?;
    let gain = |node: &Node| node.inner.as_ref().map_or(-1.0, |inner| inner.gain);
    Ok(vec![
        Column::required("id", ints(ids.collect())),
        Column::required("prediction", doubles(nodes().map(|node| node.prediction).collect())),
        Column::required("impurity", doubles(nodes().map(|node| node.impurity).collect())),
        Column::optional("impurityStats", double_lists(nodes().map(|node| &node.sums))),
        Column::required("rawCount", Arc::new(nodes().map(|node| node.rows).collect::<Int64Array>())),
        Column::required("gain", doubles(nodes().map(gain).collect())),
        Column::required("leftChild", ints(child(0).collect())),
        Column::required("rightChild", ints(child(1).collect())),
        Column::optional("split", Arc::new(StructArray::from(split))),
    ])
}

/// Spark's `SplitData`.
struct SavedSplit {
    feature: i32,
    left: Vec<f64>,
    /// −1 for a continuous split, and for a leaf.
    categories: i32,
}

impl SavedSplit {
    fn of(inner: Option<&Inner>) -> Self {
        match inner.map(|inner| &inner.split) {
            None => Self { feature: -1, left: Vec::new(), categories: -1 },
            Some(Split::Continuous { feature, threshold }) => {
                Self { feature: *feature as i32, left: vec![*threshold], categories: -1 }
            }
            Some(Split::Categorical { feature, left, categories }) => Self {
                feature: *feature as i32,
                left: left.iter().map(|category| f64::from(*category)).collect(),
                categories: *categories as i32,
            },
        }
    }
}

// ---- reading ---------------------------------------------------------------------------------------------------------

pub(super) fn load(family: &'static Family, saved: &Saved) -> Result<Operator> {
    let params = saved.params(family.specs)?;
    let size = |key: &str| -> Result<usize> {
        usize::try_from(saved.extra_int(key)?).map_err(|_| saved.damaged(format!("{key} is negative")))
    };
    let features = size("numFeatures")?;
    let classes = match (family.has_class_nodes(), family.classification) {
        (true, _) => size("numClasses")?,
        (false, true) => 2,
        (false, false) => 0,
    };
    let shape = Shape { features, sums: if family.has_class_nodes() { classes } else { 3 } };
    let data = saved.rows("data")?;
    let (trees, members, weights) = match family.member {
        None => {
            let nodes = Nodes::read(&data)?;
            (vec![nodes.tree(&(0..data.count()).collect::<Vec<_>>(), &shape)?], Vec::new(), vec![1.0])
        }
        Some(member) => {
            let mut rows_of: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
            for (row, tree) in data.ints("treeID")?.into_iter().enumerate() {
                rows_of.entry(tree).or_default().push(row);
            }
            let nodes = Nodes::read(&data.fields("nodeData")?)?;
            let trees: Vec<Tree> = rows_of.values().map(|rows| nodes.tree(rows, &shape)).collect::<Result<_>>()?;
            let (members, weights) = members(saved, member)?;
            if trees.len() != size("numTrees")? || members.len() != trees.len() {
                let (wanted, metadata) = (size("numTrees")?, members.len());
                let found = trees.len();
                return Err(saved.damaged(format!("numTrees is {wanted}, found {found} trees, {metadata} of metadata")));
            }
            (trees, members, weights)
        }
    };
    let learned = Learned::new(family, trees, weights, members, features, classes);
    Ok(Operator::transformer(TreeModel::new(family, params, learned)))
}

/// The parameters of an ensemble's trees and the trees' weights, in the order of trees.
fn members(saved: &Saved, family: &Family) -> Result<(Vec<Params>, Vec<f64>)> {
    let rows = saved.table("treesMetadata").ok_or_else(|| saved.damaged("the folder treesMetadata is missing"))?;
    let wrong = || saved.damaged("treesMetadata is not (tree, metadata, weight)");
    // By position: Spark 3 has other names for these columns.
    let [ids, texts, weights, ..] = rows.columns() else { return Err(wrong()) };
    let ids = ids.as_primitive_opt::<arrow_array::types::Int32Type>().ok_or_else(wrong)?;
    let texts = arrow_cast::cast(texts, &arrow_schema::DataType::Utf8).map_err(|_| wrong())?;
    let weights = weights.as_primitive_opt::<arrow_array::types::Float64Type>().ok_or_else(wrong)?;
    let mut members = BTreeMap::new();
    for ((id, text), weight) in ids.iter().zip(texts.as_string::<i32>()).zip(weights) {
        let metadata = serde_json::from_str(text.unwrap_or_default());
        let Ok(Json::Object(metadata)) = metadata else {
            return Err(saved.damaged("the metadata of a tree is no JSON"));
        };
        let member = Saved { metadata, tables: Vec::new(), children: Vec::new() };
        if member.class() != family.model {
            return Err(saved.damaged(format!("a tree is a {}, expected {}", member.class(), family.model)));
        }
        members.insert(id, (member.params(family.specs)?, weight.ok_or_else(wrong)?));
    }
    Ok(members.into_values().unzip())
}

/// What the nodes must suit.
struct Shape {
    features: usize,
    sums: usize,
}

/// The columns of `NodeData`.
struct Nodes {
    rows: Rows,
    ids: Vec<i64>,
    predictions: Vec<f64>,
    impurities: Vec<f64>,
    sums: Vec<Vec<f64>>,
    raw_counts: Vec<i64>,
    gains: Vec<f64>,
    children: [Vec<i64>; 2],
    features: Vec<i64>,
    lefts: Vec<Vec<f64>>,
    categories: Vec<i64>,
}

impl Nodes {
    fn read(rows: &Rows) -> Result<Self> {
        let split = rows.fields("split")?;
        let ids = rows.ints("id")?;
        Ok(Self {
            predictions: rows.doubles("prediction")?,
            impurities: rows.doubles("impurity")?,
            sums: rows.double_lists("impurityStats")?,
            // Before Spark 3 the rows of a node were not counted.
            raw_counts: if rows.has("rawCount") { rows.ints("rawCount")? } else { vec![-1; ids.len()] },
            gains: rows.doubles("gain")?,
            children: [rows.ints("leftChild")?, rows.ints("rightChild")?],
            features: split.ints("featureIndex")?,
            lefts: split.double_lists("leftCategoriesOrThreshold")?,
            categories: split.ints("numCategories")?,
            ids,
            rows: rows.clone(),
        })
    }

    /// The tree whose nodes are in these rows, in any order.
    fn tree(&self, rows: &[usize], shape: &Shape) -> Result<Tree> {
        let mut order = rows.to_vec();
        order.sort_by_key(|row| self.ids[*row]);
        if order.is_empty() || order.iter().enumerate().any(|(id, row)| self.ids[*row] != id as i64) {
            return Err(self.rows.damaged("the node ids of a tree do not count from 0"));
        }
        let nodes = order.iter().map(|row| self.node(*row, order.len(), shape)).collect::<Result<_>>()?;
        Ok(Tree { nodes })
    }

    fn node(&self, row: usize, nodes: usize, shape: &Shape) -> Result<Node> {
        let children = [self.children[0][row], self.children[1][row]];
        if self.sums[row].len() != shape.sums {
            let (found, expected) = (self.sums[row].len(), shape.sums);
            return Err(self.rows.damaged(format!("a node has {found} impurityStats, expected {expected}")));
        }
        let inner = if children == [-1, -1] {
            None
        } else if children.iter().all(|child| *child > self.ids[row] && *child < nodes as i64) {
            Some(Inner {
                gain: self.gains[row],
                split: self.split(row, shape)?,
                children: children.map(|id| id as u32),
            })
        } else {
            return Err(self.rows.damaged("a node's children do not follow it"));
        };
        Ok(Node {
            prediction: self.predictions[row],
            impurity: self.impurities[row],
            sums: self.sums[row].clone(),
            rows: self.raw_counts[row],
            inner,
        })
    }

    fn split(&self, row: usize, shape: &Shape) -> Result<Split> {
        let (left, categories) = (&self.lefts[row], self.categories[row]);
        let feature = u32::try_from(self.features[row]).ok().filter(|feature| (*feature as usize) < shape.features);
        let feature = feature.ok_or_else(|| self.rows.damaged("a split's feature is not one of the model's"))?;
        if categories < 0 {
            let [threshold] = left[..] else { return Err(self.rows.damaged("a split has no threshold")) };
            return Ok(Split::Continuous { feature, threshold });
        }
        let mut left: Vec<u32> = left.iter().map(|category| *category as u32).collect();
        left.sort_unstable();
        if left.last().is_some_and(|category| i64::from(*category) >= categories) {
            return Err(self.rows.damaged("a split has a category that its feature has not"));
        }
        Ok(Split::Categorical { feature, left, categories: categories as usize })
    }
}
