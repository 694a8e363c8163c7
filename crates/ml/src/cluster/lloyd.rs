//! Lloyd's algorithm: rows to their closest centers, centers to the means of their rows.

use super::centers::Centers;
use super::kmeans::Training;
use super::model::KMeansModel;
use super::tiles::{TileSpec, Tiles};
use crate::Value;
use crate::fit::{Fit, FitReport, Merge, Pass, Progress, Step};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Assigns rows to centers and sums them up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LloydPass {
    tiles: TileSpec,
    centers: Arc<Centers>,
}

/// What the rows of each center sum to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assigned {
    /// `[centers, size]`.
    sums: Vec<f64>,
    weights: Vec<f64>,
    rows: Vec<u64>,
    /// Weighted sum of squared distances.
    cost: f64,
}

impl Merge for Assigned {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
        self.weights.iter_mut().zip(&other.weights).for_each(|(weight, other)| *weight += other);
        self.rows.iter_mut().zip(&other.rows).for_each(|(rows, other)| *rows += other);
        self.cost += other.cost;
    }
}

impl Pass for LloydPass {
    const NAME: &'static str = "kmeans.lloyd";
    type View = Tiles;
    type Memo = ();
    type Acc = Assigned;

    fn spec(&self) -> Arc<TileSpec> {
        Arc::new(self.tiles)
    }

    fn zero(&self) -> Assigned {
        let count = self.centers.count();
        Assigned {
            sums: vec![0.0; self.centers.values.len()],
            weights: vec![0.0; count],
            rows: vec![0; count],
            cost: 0.0,
        }
    }

    fn update(&self, acc: &mut Assigned, rows: &Tiles, (): &mut ()) -> Result<()> {
        let size = self.centers.size;
        self.centers.nearest(rows, |first, count, tile, nearest| {
            for lane in 0..count {
                let (center, weight) = (nearest.centers[lane] as usize, rows.weight(first + lane));
                acc.rows[center] += 1;
                acc.weights[center] += weight;
                acc.cost += nearest.distances[lane] * weight;
                let sums = &mut acc.sums[center * size..][..size];
                sums.iter_mut().zip(tile).for_each(|(sum, values)| *sum += values[lane] * weight);
            }
        });
        Ok(())
    }
}

/// The last phase of a training.
pub struct LloydFit {
    training: Training,
    centers: Arc<Centers>,
    stage: Stage,
    iterations: u64,
    /// Of the last iteration, measured before its centers moved, as Spark reports it.
    cost: f64,
}

/// What the running pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The centers are candidates, more than are wanted: how many rows does each stand for?
    Weigh,
    Iterate,
    /// The centers are final: how many rows does each have?
    Count,
}

impl LloydFit {
    pub fn new(training: Training, centers: Centers) -> Self {
        let stage = if training.settings.max_iterations > 0 { Stage::Iterate } else { Stage::Count };
        Self { training, centers: Arc::new(centers), stage, iterations: 0, cost: 0.0 }
    }

    pub fn from_candidates(training: Training, candidates: Centers) -> Self {
        let too_many = candidates.count() > training.settings.clusters;
        let fit = Self::new(training, candidates);
        if too_many { Self { stage: Stage::Weigh, ..fit } } else { fit }
    }

    fn start(self, assigned: &Assigned) -> Self {
        let settings = &self.training.settings;
        let weights: Vec<f64> = assigned.rows.iter().map(|rows| *rows as f64).collect();
        let centers = Centers::from_candidates(&self.centers, &weights, settings.clusters, settings.seed);
        // Means of unit vectors are shorter; the cosine distance wants length 1.
        let ones = vec![1.0; settings.clusters];
        let centers = if settings.cosine { centers.moved(&centers.values, &ones, true) } else { centers };
        Self::new(self.training, centers)
    }

    fn iterate(mut self, assigned: &Assigned) -> Self {
        let settings = &self.training.settings;
        let moved = self.centers.moved(&assigned.sums, &assigned.weights, settings.cosine);
        let has_converged = moved.is_within(&self.centers, settings.tolerance, settings.cosine);
        self.cost = if settings.cosine { assigned.cost / 2.0 } else { assigned.cost };
        self.iterations += 1;
        if has_converged || self.iterations == settings.max_iterations {
            self.stage = Stage::Count;
        }
        self.centers = Arc::new(moved);
        self
    }

    fn finish(self, assigned: &Assigned) -> (KMeansModel, FitReport) {
        let mut sizes: Vec<i64> = assigned.rows.iter().map(|rows| *rows as i64).collect();
        sizes.resize(self.training.settings.clusters, 0);
        let values = BTreeMap::from([
            ("trainingCost", Value::Double(self.cost)),
            ("clusterSizes", Value::Ints(sizes)),
            ("k", Value::Int(self.training.settings.clusters as i64)),
            ("numIter", Value::Int(self.iterations as i64)),
        ]);
        let model = KMeansModel::new(self.training.params, Arc::unwrap_or_clone(self.centers));
        (model, FitReport { iterations: self.iterations, values, ..FitReport::default() })
    }
}

impl Fit for LloydFit {
    type Pass = LloydPass;

    fn pass(&self) -> LloydPass {
        LloydPass { tiles: self.training.tiles(), centers: self.centers.clone() }
    }

    fn progress(&self) -> Progress {
        self.training.progress(self.iterations)
    }

    fn absorb(self, assigned: Assigned) -> Result<Step<Self>> {
        match self.stage {
            Stage::Weigh => Ok(Step::Again(self.start(&assigned))),
            Stage::Iterate => Ok(Step::Again(self.iterate(&assigned))),
            Stage::Count => {
                let (model, report) = self.finish(&assigned);
                Ok(Step::Done(Box::new(model), report))
            }
        }
    }
}
