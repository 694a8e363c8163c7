//! The pass of bisecting k-means: rows go down the tree, and the leaves of the open level sum them up.

use super::hierarchy::Hierarchy;
use crate::cluster::tiles::{TileSpec, Tiles};
use crate::fit::{Merge, Pass};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Sums up the rows of the leaves from `first_open` on. A tree without nodes sums up all rows as one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SplitPass {
    pub tiles: TileSpec,
    pub tree: Arc<Hierarchy>,
    pub first_open: usize,
}

/// What the rows of a node sum to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeSum {
    pub rows: u64,
    pub weight: f64,
    pub features: Vec<f64>,
    /// Weighted squares of lengths.
    pub squares: f64,
}

/// Of the open nodes, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeSums(pub Vec<NodeSum>);

impl Merge for NodeSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        for (sum, other) in self.0.iter_mut().zip(other.0) {
            if sum.features.is_empty() {
                *sum = other;
            } else {
                sum.rows += other.rows;
                sum.weight += other.weight;
                sum.squares += other.squares;
                sum.features.iter_mut().zip(&other.features).for_each(|(sum, other)| *sum += other);
            }
        }
    }
}

impl Pass for SplitPass {
    const NAME: &'static str = "bisecting.split";
    type View = Tiles;
    type Memo = ();
    type Acc = NodeSums;

    fn spec(&self) -> Arc<TileSpec> {
        Arc::new(self.tiles)
    }

    fn zero(&self) -> NodeSums {
        NodeSums(vec![NodeSum::default(); (self.tree.count() - self.first_open.min(self.tree.count())).max(1)])
    }

    fn update(&self, acc: &mut NodeSums, rows: &Tiles, (): &mut ()) -> Result<()> {
        if self.tree.count() > 0 && rows.rows > 0 {
            crate::instances::check_size(rows.size, self.tree.size)?;
        }
        let mut values = vec![0.0; rows.size];
        for row in 0..rows.rows {
            values.iter_mut().zip(rows.row(row)).for_each(|(slot, value)| *slot = value);
            let node = if self.tree.count() == 0 { 0 } else { self.tree.leaf(&values) };
            let Some(sum) = node.checked_sub(self.first_open).and_then(|open| acc.0.get_mut(open)) else { continue };
            if sum.features.is_empty() {
                sum.features = vec![0.0; rows.size];
            }
            let weight = rows.weight(row);
            sum.rows += 1;
            sum.weight += weight;
            sum.squares += weight * values.iter().map(|value| value * value).sum::<f64>();
            sum.features.iter_mut().zip(&values).for_each(|(sum, value)| *sum += weight * value);
        }
        Ok(())
    }
}
