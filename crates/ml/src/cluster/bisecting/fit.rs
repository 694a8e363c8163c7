//! Training of bisecting k-means, level by level, as Spark does it.

use super::Settings;
use super::hierarchy::Hierarchy;
use super::model::{BisectingKMeansModel, Cluster};
use super::split::{NodeSum, NodeSums, SplitPass};
use crate::cluster::tiles::{TileSpec, scale_to_unit};
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::empty_dataset;
use crate::random::Draws;
use crate::{Input, Params, Value};
use arrow_schema::Schema;
use brickyard_error::Result;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Spark's `BisectingKMeans`.
#[derive(Debug, Clone)]
pub struct BisectingKMeans {
    params: Params,
}

impl BisectingKMeans {
    pub fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Estimator for BisectingKMeans {
    type Fit = BisectingFit;

    fn params(&self) -> &Params {
        &self.params
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let features = Input::vector(&self.params.text("featuresCol")?);
        let weight = self.params.optional_text("weightCol").map(|weight| Input::number(&weight));
        let inputs: Vec<Input> = [features].into_iter().chain(weight).collect();
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<BisectingFit> {
        let settings = Settings::of(&self.params)?;
        Ok(BisectingFit {
            params: self.params.clone(),
            settings,
            tree: Arc::default(),
            clusters: Vec::new(),
            first_open: 0,
            iterations: 0,
            leaves_wanted: settings.clusters - 1,
            draws: Draws::new(settings.seed),
        })
    }
}

/// A training between two passes.
pub struct BisectingFit {
    params: Params,
    settings: Settings,
    tree: Arc<Hierarchy>,
    /// Of every node; those of the open level change with every pass.
    clusters: Vec<Cluster>,
    /// The first node of the level that is being made.
    first_open: usize,
    /// Of this level.
    iterations: u64,
    leaves_wanted: usize,
    draws: Draws,
}

/// A cluster whose rows are this close together, on average, is one point.
const POINT: f64 = f64::EPSILON;

/// How far the first centers of a split lie from the parent's, relative to its length.
const STEP: f64 = 1e-4;

/// Spark numbers nodes like a heap in 63 bits.
const MAX_LEVELS: u32 = 63;

impl BisectingFit {
    /// The cluster that rows sum up to.
    fn cluster(&self, sum: &NodeSum) -> Cluster {
        let mut center: Vec<f64> = sum.features.iter().map(|value| value / sum.weight).collect();
        let cost = if self.settings.cosine {
            // Rows that cancel out leave no direction.
            let length = center.iter().map(|value| value * value).sum::<f64>().sqrt();
            drop(scale_to_unit(&mut center));
            sum.weight - sum.weight * length
        } else {
            sum.squares - sum.weight * center.iter().map(|value| value * value).sum::<f64>()
        };
        Cluster { rows: sum.rows, center, cost: cost.max(0.0), level: 0 }
    }

    /// Splits the divisible clusters of the last level; false where none is left.
    fn open_level(&mut self) -> bool {
        let all_rows = self.clusters[0].rows;
        let min_rows = if self.settings.min_divisible >= 1.0 {
            self.settings.min_divisible.ceil()
        } else {
            (self.settings.min_divisible * all_rows as f64).ceil()
        };
        let is_divisible =
            |cluster: &Cluster| cluster.rows as f64 >= min_rows && cluster.cost > POINT * cluster.rows as f64;
        let mut divisible: Vec<usize> =
            (self.first_open..self.clusters.len()).filter(|node| is_divisible(&self.clusters[*node])).collect();
        divisible.sort_by_key(|node| std::cmp::Reverse(self.clusters[*node].rows));
        divisible.truncate(self.leaves_wanted);
        divisible.sort_unstable();
        let next = self.clusters.len();
        let level = self.clusters.get(self.first_open).map_or(0, |cluster| cluster.level) + 1;
        if divisible.is_empty() || self.settings.max_iterations == 0 || level >= MAX_LEVELS {
            return false;
        }
        let tree = Arc::make_mut(&mut self.tree);
        for node in &divisible {
            let center = self.clusters[*node].center.clone();
            let step = STEP * center.iter().map(|value| value * value).sum::<f64>().sqrt();
            let noise: Vec<f64> = center.iter().map(|_| step * self.draws.unit()).collect();
            for sign in [-1.0, 1.0] {
                let mut moved: Vec<f64> =
                    center.iter().zip(&noise).map(|(value, noise)| value + sign * noise).collect();
                if self.settings.cosine {
                    drop(scale_to_unit(&mut moved));
                }
                let child = tree.add(&moved);
                tree.children[*node].push(child);
                self.clusters.push(Cluster { rows: 0, center: moved, cost: 0.0, level });
            }
        }
        self.leaves_wanted -= divisible.len();
        self.first_open = next;
        self.iterations = 0;
        true
    }

    /// Takes the sums of the open level; true when the centers stayed where they were.
    fn update_level(&mut self, sums: &NodeSums) -> bool {
        let mut is_still = true;
        for (open, sum) in sums.0.iter().enumerate() {
            let node = self.first_open + open;
            let level = self.clusters[node].level;
            if sum.weight > 0.0 {
                let cluster = Cluster { level, ..self.cluster(sum) };
                is_still &= cluster.center == self.clusters[node].center;
                let tree = Arc::make_mut(&mut self.tree);
                tree.centers[node * tree.size..][..tree.size].copy_from_slice(&cluster.center);
                self.clusters[node] = cluster;
            } else {
                let tree = Arc::make_mut(&mut self.tree);
                let had = tree.children.iter_mut().find(|children| children.contains(&(node as u32)));
                if let Some(children) = had {
                    children.retain(|child| *child as usize != node);
                    is_still = false;
                }
                self.clusters[node].rows = 0;
            }
        }
        is_still
    }

    fn finish(self) -> (BisectingKMeansModel, FitReport) {
        let clusters = self.settings.clusters;
        let iterations = self.settings.max_iterations;
        let model = BisectingKMeansModel::new(self.params, &self.tree, &self.clusters);
        let mut sizes = model.leaf_sizes();
        sizes.resize(sizes.len().max(clusters), 0);
        let values = BTreeMap::from([
            ("trainingCost", Value::Double(model.training_cost())),
            ("clusterSizes", Value::Ints(sizes)),
            ("k", Value::Int(clusters as i64)),
            ("numIter", Value::Int(iterations as i64)),
        ]);
        (model, FitReport { iterations, values, ..FitReport::default() })
    }
}

impl Fit for BisectingFit {
    type Pass = SplitPass;

    fn pass(&self) -> SplitPass {
        let tiles = TileSpec { unit_length: self.settings.cosine, weighted: self.settings.weighted };
        SplitPass { tiles, tree: self.tree.clone(), first_open: self.first_open }
    }

    fn progress(&self) -> Progress {
        let leaves = self.settings.clusters as u64;
        Progress { done: leaves - 1 - self.leaves_wanted as u64, total: leaves - 1, unit: "splits" }
    }

    fn absorb(mut self, sums: NodeSums) -> Result<Step<Self>> {
        let is_level_done = if self.clusters.is_empty() {
            let Some(root) = sums.0.first().filter(|sum| sum.weight > 0.0) else { return Err(empty_dataset()) };
            let root = self.cluster(root);
            self.tree = Arc::new(Hierarchy { size: root.center.len(), ..Hierarchy::default() });
            Arc::make_mut(&mut self.tree).add(&root.center);
            self.clusters.push(root);
            true
        } else {
            self.iterations += 1;
            // Further iterations of a level that stands still would give the same.
            self.update_level(&sums) || self.iterations >= self.settings.max_iterations
        };
        if is_level_done && (self.leaves_wanted == 0 || !self.open_level()) {
            let (model, report) = self.finish();
            return Ok(Step::Done(Box::new(model), report));
        }
        Ok(Step::Again(self))
    }
}
