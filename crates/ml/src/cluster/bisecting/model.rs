//! A fitted bisecting k-means: rows go down the tree to the number of their leaf.

use super::cost::CostEvaluator;
use super::hierarchy::{Hierarchy, squared_distance};
use super::{BISECTING_MODEL, SPECS};
use crate::cluster::tiles::scale_to_unit;
use crate::instances::check_indices;
use crate::linalg::{VectorColumn, VectorRef, vector_column};
use crate::persist::{Column, Saved, SavedTable, int_lists, table};
use crate::schema::{Attr, attr_metadata, no_such_columns, with_metadata};
use crate::transform::{invalid_row, no_attribute};
use crate::{Attribute, Evaluator, Input, Output, Params, Transformer, Value, Vector};
use arrow_array::{Float64Array, Int32Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use brickyard_error::{Failure, Result, codes};
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Spark's `BisectingKMeansModel`.
#[derive(Debug, Clone)]
pub struct BisectingKMeansModel {
    params: Params,
    learned: Arc<Learned>,
}

#[derive(Debug)]
struct Learned {
    tree: Hierarchy,
    nodes: Vec<Node>,
    /// The nodes that are clusters, by cluster number.
    leaves: Vec<usize>,
    training_cost: f64,
}

/// A cluster during training.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    pub rows: u64,
    pub center: Vec<f64>,
    pub cost: f64,
    pub level: u32,
}

/// What a node is saved with, beside its center and children.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    /// The cluster's number for a leaf; negative inside.
    index: i32,
    rows: i64,
    cost: f64,
    /// The greatest distance to a child's center.
    height: f64,
}

impl BisectingKMeansModel {
    /// `clusters` are those of the tree's nodes. Nodes that no row came to are left out; the others are numbered as a
    /// walk through the tree meets them, left first.
    pub(super) fn new(params: Params, grown: &Hierarchy, clusters: &[Cluster]) -> Self {
        let cosine = is_cosine(&params);
        let height_of = |node: usize| {
            let distance = |child: &u32| squared_distance(grown.center(node), grown.center(*child as usize));
            let squared = grown.children[node].iter().map(distance).fold(0.0, f64::max);
            if cosine { squared / 2.0 } else { squared.sqrt() }
        };
        let (mut tree, mut nodes) = (Hierarchy { size: grown.size, ..Hierarchy::default() }, Vec::new());
        let (mut leaves, mut inside) = (Vec::new(), 0);
        let mut open = vec![(0, None)];
        while let Some((at, parent)) = open.pop() {
            let node = tree.add(grown.center(at));
            if let Some(parent) = parent {
                let siblings: &mut Vec<u32> = &mut tree.children[parent];
                siblings.push(node);
            }
            let is_leaf = grown.children[at].is_empty();
            let index = if is_leaf { leaves.len() as i32 } else { -1 - inside };
            if is_leaf {
                leaves.push(node as usize);
            } else {
                inside += 1;
            }
            let Cluster { rows, cost, .. } = clusters[at];
            nodes.push(Node { index, rows: rows as i64, cost, height: height_of(at) });
            open.extend(grown.children[at].iter().rev().map(|child| (*child as usize, Some(node as usize))));
        }
        let training_cost = leaves.iter().map(|leaf: &usize| nodes[*leaf].cost).sum();
        Self { params, learned: Arc::new(Learned { tree, nodes, leaves, training_cost }) }
    }

    pub(super) fn load(saved: &Saved) -> Result<Self> {
        let inner = saved.child("data")?;
        let rows = inner.rows("data")?;
        let (indices, sizes) = (rows.ints("index")?, rows.ints("size")?);
        let (costs, heights) = (rows.doubles("cost")?, rows.doubles("height")?);
        let (centers, children) = (rows.vectors("center")?, rows.int_lists("children")?);
        let root = inner.extra_int("rootId")?;
        let by_index: HashMap<i64, usize> = indices.iter().enumerate().map(|(row, index)| (*index, row)).collect();
        let damaged = || saved.damaged("its nodes are no tree");
        let size = centers.first().map_or(0, Vector::size);
        let (mut tree, mut nodes) = (Hierarchy { size, ..Hierarchy::default() }, Vec::new());
        let mut open = vec![(root, None)];
        while let Some((index, parent)) = open.pop() {
            let row = *by_index.get(&index).ok_or_else(damaged)?;
            if nodes.len() >= indices.len() || centers[row].size() != size || size == 0 {
                return Err(damaged());
            }
            let node = tree.add(&centers[row].to_dense());
            if let Some(parent) = parent {
                let siblings: &mut Vec<u32> = &mut tree.children[parent];
                siblings.push(node);
            }
            let index = i32::try_from(index).map_err(|_| damaged())?;
            nodes.push(Node { index, rows: sizes[row], cost: costs[row], height: heights[row] });
            open.extend(children[row].iter().rev().map(|child| (*child, Some(node as usize))));
        }
        let mut leaves: Vec<usize> = (0..nodes.len()).filter(|node| tree.children[*node].is_empty()).collect();
        leaves.sort_by_key(|leaf| nodes[*leaf].index);
        if leaves.iter().enumerate().any(|(cluster, leaf)| nodes[*leaf].index != cluster as i32) {
            return Err(damaged());
        }
        let told = inner.metadata.get("trainingCost").and_then(Json::as_f64);
        let training_cost = told.unwrap_or_else(|| leaves.iter().map(|leaf| nodes[*leaf].cost).sum());
        let learned = Learned { tree, nodes, leaves, training_cost };
        Ok(Self { params: saved.params(SPECS)?, learned: Arc::new(learned) })
    }

    pub(super) fn leaf_sizes(&self) -> Vec<i64> {
        self.learned.leaves.iter().map(|leaf| self.learned.nodes[*leaf].rows).collect()
    }

    pub(super) fn training_cost(&self) -> f64 {
        self.learned.training_cost
    }

    /// The cluster of a row, whose values may be scaled.
    fn predict(&self, row: &mut [f64]) -> Result<i32> {
        if is_cosine(&self.params) {
            scale_to_unit(row)?;
        }
        Ok(self.learned.nodes[self.learned.tree.leaf(row)].index)
    }

    fn check(&self, vector: VectorRef<'_>) -> Result<()> {
        let (found, expected) = (vector.size(), self.learned.tree.size);
        if found == expected {
            return check_indices(vector);
        }
        Err(invalid_row(format!("a feature vector has size {found}, the model was trained on {expected} features")))
    }

    fn predict_one(&self, arguments: &[Value]) -> Result<i64> {
        let [Value::Vector(vector)] = arguments else {
            return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, "predict takes one feature vector"));
        };
        let mut dense = vector.to_dense();
        self.check(VectorRef::Dense(&dense))?;
        self.predict(&mut dense).map(i64::from)
    }

    fn nodes_table(&self) -> Result<RecordBatch> {
        let Learned { tree, nodes, .. } = self.learned.as_ref();
        let centers: Vec<Vector> = (0..nodes.len()).map(|node| Vector::Dense(tree.center(node).to_vec())).collect();
        let norms =
            centers.iter().map(|center| center.to_dense().iter().map(|value| value * value).sum::<f64>().sqrt());
        let children: Vec<Vec<i32>> = tree
            .children
            .iter()
            .map(|children| children.iter().map(|child| nodes[*child as usize].index).collect())
            .collect();
        table([
            Column::required("index", Arc::new(nodes.iter().map(|node| node.index).collect::<Int32Array>())),
            Column::required("size", Arc::new(nodes.iter().map(|node| node.rows).collect::<Int64Array>())),
            Column::optional("center", vector_column(centers.iter().map(Some))).of_old_package(),
            Column::required("norm", Arc::new(Float64Array::from_iter_values(norms))),
            Column::required("cost", Arc::new(nodes.iter().map(|node| node.cost).collect::<Float64Array>())),
            Column::required("height", Arc::new(nodes.iter().map(|node| node.height).collect::<Float64Array>())),
            Column::optional("children", int_lists(children)),
        ])
    }
}

fn is_cosine(params: &Params) -> bool {
    params.text("distanceMeasure").is_ok_and(|measure| measure == "cosine")
}

impl Transformer for BisectingKMeansModel {
    fn class(&self) -> &'static str {
        BISECTING_MODEL
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
        let column = self.params.text("predictionCol")?;
        no_such_columns(schema, [column.as_str()])?;
        let attr = Attr::NominalCount { name: None, count: self.learned.leaves.len() };
        Ok(vec![with_metadata(Field::new(column, DataType::Int32, false), &attr_metadata(&attr))])
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        let column = Input::vector(&self.params.text("featuresCol")?).read(batch)?;
        let vectors = VectorColumn::new(column.as_ref())?;
        let mut values = vec![0.0; self.learned.tree.size];
        let mut predictions = Vec::with_capacity(vectors.rows());
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("a feature vector is null; drop such rows first"));
            }
            let vector = vectors.get(row);
            self.check(vector)?;
            vector.write_dense(&mut values);
            predictions.push(self.predict(&mut values)?);
        }
        Ok(Output::all(vec![Arc::new(Int32Array::from(predictions))]))
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        let Learned { tree, leaves, .. } = self.learned.as_ref();
        let centers = || leaves.iter().map(|leaf| tree.center(*leaf).to_vec());
        match name {
            "toString" => {
                let (measure, k) = (self.params.text("distanceMeasure")?, leaves.len());
                let (uid, size) = (self.params.uid(), tree.size);
                let text =
                    format!("BisectingKMeansModel: uid={uid}, k={k}, distanceMeasure={measure}, numFeatures={size}");
                Ok(Attribute::text(text))
            }
            "uid" => Ok(Attribute::text(self.params.uid())),
            "numFeatures" => Ok((tree.size as i64).into()),
            "clusterCenters" => Ok(Value::NestedDoubles(centers().collect()).into()),
            "clusterCenterMatrix" => {
                let values = centers().flatten().collect();
                Ok(Value::Matrix(crate::Matrix::row_major(leaves.len(), tree.size, values)).into())
            }
            "predict" => Ok(self.predict_one(arguments)?.into()),
            "trainingCost" => Ok(self.learned.training_cost.into()),
            _ => Err(no_attribute(self.class(), name)),
        }
    }

    fn evaluation(&self, name: &str) -> Result<Box<dyn Evaluator>> {
        if name != "computeCost" {
            return Err(no_attribute(self.class(), name));
        }
        Ok(Box::new(CostEvaluator::new(&self.params, &self.learned.tree, is_cosine(&self.params))))
    }

    /// The data folder is a model of Spark's older package, with metadata of its own.
    fn save(&self) -> Result<Saved> {
        let metadata = [
            ("class", json!("org.apache.spark.mllib.clustering.BisectingKMeansModel")),
            ("version", json!("3.0")),
            ("rootId", json!(self.learned.nodes.first().map_or(0, |root| root.index))),
            ("distanceMeasure", json!(self.params.text("distanceMeasure")?)),
            ("trainingCost", json!(self.learned.training_cost)),
        ];
        let metadata: Map<String, Json> = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let tables = vec![SavedTable { folder: "data".to_owned(), rows: self.nodes_table()? }];
        let inner = Saved { metadata, tables, children: Vec::new() };
        Ok(Saved::of(BISECTING_MODEL, &self.params).with_child("data", inner))
    }
}
