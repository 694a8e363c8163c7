//! The pass of boosting: brings margins up to date, and then looks at all rows or builds histograms of leaves.

use super::memo::BoostingMemo;
use super::objective::Objective;
use super::ranking::Ranking;
use super::renew::Renewal;
use crate::fit::{Merge, Pass};
use crate::tree::boost::margins::BinnedTree;
use crate::tree::boost::view::{BoostRows, BoostSpec};
use crate::tree::cells::{Cells, add};
use crate::tree::grower::cells_of;
use crate::tree::rows::LeftBins;
use crate::tree::whole::add_rows;
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Parts the rows of a leaf: those that go left keep its number, the others are a new leaf.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SplitStep {
    pub leaf: u32,
    pub feature: u32,
    pub left: LeftBins,
}

/// A finished tree: by its nodes, and by the leaves of a memo that grew it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DoneTree {
    pub tree: BinnedTree,
    pub steps: Arc<Vec<SplitStep>>,
    /// What is added to the margins of the rows of each leaf, after all steps.
    pub values: Vec<f64>,
}

/// Which rows a tree learns from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Draw {
    /// Those whose hash is below.
    Uniform { key: u64, below: u64 },
    /// Those of a magnitude bucket from `bucket` on, and of the others those whose hash is below, counted `amplify` times.
    Goss { key: u64, bucket: u32, below: u64, amplify: f64 },
}

/// What a pass is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Task {
    /// Sums over all rows, and extremes.
    Look {
        /// Exponents of the validation rows' sums of losses and weights, where they are wanted: the first two cells.
        losses: Option<[i32; 2]>,
        /// Whether rows are counted by the bucket of their magnitude: the other cells.
        magnitudes: bool,
    },
    /// Histograms of leaves of the open tree.
    Grow { tree: OpenTree, steps: Arc<Vec<SplitStep>>, builds: Vec<u32> },
    /// Weights of rows by leaf and residual.
    Renew(Renewal),
}

/// What a row brings to a tree that grows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenTree {
    /// Over all iterations and classes.
    pub number: usize,
    pub class: usize,
    pub exponents: [i32; 2],
    pub count_bits: u32,
    pub draw: Draw,
    /// Increasing.
    pub features: Arc<Vec<u32>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoostingPass {
    pub spec: Arc<BoostSpec>,
    pub objective: Objective,
    /// Of objective order.
    pub ranking: Option<Arc<Ranking>>,
    /// Margins before the first tree.
    pub start: Vec<f64>,
    /// Trees of complete iterations, class by class.
    pub done: Vec<Arc<DoneTree>>,
    pub task: Task,
}

/// Whole numbers that are summed, and the largest gradient and curvature: exact in any order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoostingSums {
    pub cells: Cells,
    pub largest: [f64; 2],
}

impl Merge for BoostingSums {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        add(&mut self.cells.0, &other.cells.0);
        self.largest = [0, 1].map(|part| self.largest[part].max(other.largest[part]));
    }
}

/// Buckets of magnitudes: the upper bits of a double.
pub const MAGNITUDES: usize = 1 << 15;

/// The bucket of a magnitude: a larger one is never in a lower bucket.
#[inline(always)]
pub fn bucket(magnitude: f64) -> usize {
    (magnitude.to_bits() >> 48) as usize & (MAGNITUDES - 1)
}

impl Pass for BoostingPass {
    const NAME: &'static str = "boosting.tree";
    type View = BoostRows;
    /// By part.
    type Memo = Vec<BoostingMemo>;
    type Acc = BoostingSums;

    fn spec(&self) -> Arc<BoostSpec> {
        self.spec.clone()
    }

    fn zero(&self) -> BoostingSums {
        let cells = match &self.task {
            Task::Look { losses, magnitudes } => {
                (if losses.is_some() { 2 } else { 0 }) + if *magnitudes { MAGNITUDES } else { 0 }
            }
            Task::Grow { tree, builds, .. } => builds.len() * cells_of(&self.spec.bins, &tree.features),
            Task::Renew(renewal) => renewal.cells(),
        };
        BoostingSums { cells: Cells(vec![0; cells]), largest: [0.0; 2] }
    }

    fn update(&self, acc: &mut BoostingSums, rows: &BoostRows, memo: &mut Vec<BoostingMemo>) -> Result<()> {
        memo.resize_with(rows.parts.len(), BoostingMemo::default);
        for (part, memo) in rows.parts.iter().zip(memo) {
            memo.add_trees(self, part);
            match &self.task {
                Task::Look { losses, magnitudes } => {
                    let (sums, buckets) = acc.cells.0.split_at_mut(if losses.is_some() { 2 } else { 0 });
                    if let Some(exponents) = losses {
                        memo.add_losses(self, part, *exponents, sums);
                    }
                    memo.look(self, part, magnitudes.then_some(buckets), &mut acc.largest);
                }
                Task::Grow { tree, steps, builds } => {
                    memo.open(self, part, tree);
                    memo.catch_up(steps, part);
                    let width = cells_of(&self.spec.bins, &tree.features).max(1);
                    for (leaf, cells) in builds.iter().zip(acc.cells.0.chunks_exact_mut(width)) {
                        let entries = memo.leaf(*leaf as usize);
                        let (bins, values) = (&self.spec.bins, memo.values());
                        let cells_of = |[gradient, curvature]: [i32; 2]| {
                            [i64::from(gradient), i64::from(curvature) << tree.count_bits | 1]
                        };
                        add_rows(bins, &part.binned, values, cells_of, entries, &tree.features, cells);
                    }
                }
                Task::Renew(renewal) => renewal.add(part, memo.margins(), &mut acc.cells.0),
            }
        }
        Ok(())
    }
}
