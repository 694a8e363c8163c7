//! The silhouette of a clustering in two looks at the rows: sums of every cluster, then each row's coefficient from the
//! sums alone (Spark's `SquaredEuclideanSilhouette` and `CosineSilhouette`).

use crate::cluster::scale_to_unit;
use crate::instances::{Features, check_size, check_weight, number};
use crate::{Block, Merge, Pass};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far two rows are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Distance {
    SquaredEuclidean,
    Cosine,
}

/// Sums up the clusters. Inputs: prediction, features, and the weight if there is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterSumsPass {
    pub distance: Distance,
}

/// Weighted sums of one cluster's rows; rows are scaled to length 1 for the cosine distance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterSum {
    weight: f64,
    features: Vec<f64>,
    squared_lengths: f64,
}

/// By the prediction, as the bits of a number that orders like it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterSums(BTreeMap<i64, ClusterSum>);

impl Merge for ClusterSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        for (cluster, other) in other.0 {
            let sum = self.0.entry(cluster).or_default();
            if sum.features.is_empty() {
                sum.features = vec![0.0; other.features.len()];
            }
            sum.weight += other.weight;
            sum.squared_lengths += other.squared_lengths;
            sum.features.iter_mut().zip(other.features).for_each(|(sum, other)| *sum += other);
        }
    }
}

impl ClusterSums {
    pub fn clusters(&self) -> usize {
        self.0.len()
    }
}

impl Pass for ClusterSumsPass {
    const NAME: &'static str = "silhouette.clusters";
    type View = Block;
    type Memo = ();
    type Acc = ClusterSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> ClusterSums {
        ClusterSums::default()
    }

    fn update(&self, acc: &mut ClusterSums, block: &Block, (): &mut ()) -> Result<()> {
        for_each_row(block, self.distance, |cluster, weight, row| {
            let sum = acc.0.entry(cluster).or_default();
            if sum.features.is_empty() {
                sum.features = vec![0.0; row.len()];
            }
            check_size(row.len(), sum.features.len())?;
            sum.weight += weight;
            sum.squared_lengths += weight * row.iter().map(|value| value * value).sum::<f64>();
            sum.features.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            Ok(())
        })
    }
}

/// Sums up the coefficients of the rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SilhouettePass {
    pub distance: Distance,
    pub clusters: Arc<ClusterSums>,
}

/// Weighted sum of coefficients, and of weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Silhouettes {
    coefficients: f64,
    weight: f64,
}

impl Silhouettes {
    pub fn mean(&self) -> f64 {
        self.coefficients / self.weight
    }
}

impl Merge for Silhouettes {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.coefficients += other.coefficients;
        self.weight += other.weight;
    }
}

impl Pass for SilhouettePass {
    const NAME: &'static str = "silhouette.rows";
    type View = Block;
    type Memo = ();
    type Acc = Silhouettes;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Silhouettes {
        Silhouettes::default()
    }

    fn update(&self, acc: &mut Silhouettes, block: &Block, (): &mut ()) -> Result<()> {
        for_each_row(block, self.distance, |cluster, weight, row| {
            let size = self.clusters.0.values().next().map_or(0, |sum| sum.features.len());
            check_size(row.len(), size)?;
            acc.coefficients += weight * self.coefficient(cluster, weight, row);
            acc.weight += weight;
            Ok(())
        })
    }
}

impl SilhouettePass {
    /// (b - a) / max(a, b): a is the mean distance to the rows of its own cluster, b to those of the nearest other one.
    fn coefficient(&self, cluster: i64, weight: f64, row: &[f64]) -> f64 {
        let squared_length = row.iter().map(|value| value * value).sum::<f64>();
        let mean_distance = |sum: &ClusterSum| {
            let product = row.iter().zip(&sum.features).map(|(value, sum)| value * sum).sum::<f64>() / sum.weight;
            match self.distance {
                Distance::SquaredEuclidean => squared_length + sum.squared_lengths / sum.weight - 2.0 * product,
                Distance::Cosine => 1.0 - product,
            }
        };
        let Some(own) = self.clusters.0.get(&cluster) else { return 0.0 };
        if own.weight == weight {
            return 0.0;
        }
        // The row itself is at distance 0 of itself and does not count.
        let own_distance = mean_distance(own) * own.weight / (own.weight - weight);
        let others = self.clusters.0.iter().filter(|(other, _)| **other != cluster);
        let nearest = others.map(|(_, sum)| mean_distance(sum)).fold(f64::INFINITY, f64::min);
        if own_distance < nearest {
            1.0 - own_distance / nearest
        } else if own_distance > nearest {
            nearest / own_distance - 1.0
        } else {
            0.0
        }
    }
}

/// Each row's cluster, weight and dense features.
fn for_each_row(block: &Block, distance: Distance, mut each: impl FnMut(i64, f64, &[f64]) -> Result<()>) -> Result<()> {
    let predictions = block.numbers(0)?;
    let features = Features::of(block, 1)?;
    let weights = if block.columns.len() > 2 { Some(block.numbers(2)?) } else { None };
    let mut values = vec![0.0; features.size()];
    for row in 0..block.rows {
        let cluster = number(predictions, row).filter(|cluster| !cluster.is_nan());
        let cluster = cluster
            .ok_or_else(|| Failure::new(&codes::ml::INVALID_ROW, "a prediction is null or NaN; drop such rows"))?;
        let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
        features.row(row).write_dense(&mut values);
        if distance == Distance::Cosine {
            scale_to_unit(&mut values)?;
        }
        each(ordered_bits(cluster), weight, &values)?;
    }
    Ok(())
}

/// A whole number that orders as the double does; equal doubles give equal numbers.
fn ordered_bits(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}
