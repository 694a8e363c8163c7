//! The pass of boosting: brings margins up to date, sums errors of validation rows, builds histograms of open nodes.

use super::loss::Loss;
use super::margins::BinnedTree;
use super::view::{BoostPart, BoostRows, BoostSpec};
use crate::fit::Pass;
use crate::linear::vectorized::{self, Kernel};
use crate::tree::binned::BinSpec;
use crate::tree::bootstrap::Sampling;
use crate::tree::cells::{Cell, Cells, power_of_two};
use crate::tree::grower::{Build, all_features, cells_of};
use crate::tree::histogram::add_rows;
use crate::tree::rows::{GroupRows, Levels};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The cells of the wanted histograms, and behind them, where errors are wanted, the validation rows' sums of weighted
/// errors and of weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoostPass {
    pub spec: Arc<BoostSpec>,
    /// The same bins with the cell of this tree.
    pub bins: Arc<BinSpec>,
    pub loss: Loss,
    pub sampling: Arc<Sampling>,
    pub seed: u64,
    pub done: Vec<Arc<BinnedTree>>,
    /// Of the open tree alone.
    pub levels: Arc<Vec<Levels>>,
    pub builds: Arc<Vec<Build>>,
    /// Exponents of the sums of errors and weights, where they are wanted.
    pub errors: Option<[i32; 2]>,
}

/// What a partition remembers of a part.
#[derive(Default)]
pub struct BoostMemo {
    /// Trees that the margins hold.
    done: usize,
    margins: Vec<f64>,
    /// What each row brings to the open tree, `[rows, 4]`.
    values: Vec<i64>,
    /// The tree that `values` are for.
    opened: Option<usize>,
    rows: GroupRows,
}

impl Pass for BoostPass {
    const NAME: &'static str = "tree.boost";
    type View = BoostRows;
    /// By part.
    type Memo = Vec<BoostMemo>;
    type Acc = Cells;

    fn spec(&self) -> Arc<BoostSpec> {
        self.spec.clone()
    }

    fn zero(&self) -> Cells {
        Cells(vec![0; self.histogram_cells() + if self.errors.is_some() { 2 } else { 0 }])
    }

    fn update(&self, acc: &mut Cells, rows: &BoostRows, memo: &mut Vec<BoostMemo>) -> Result<()> {
        memo.resize_with(rows.parts.len(), BoostMemo::default);
        let (cells, errors) = acc.0.split_at_mut(self.histogram_cells());
        for (part, memo) in rows.parts.iter().zip(memo) {
            memo.add_trees(self, part);
            if let (Some(exponents), [error, weight]) = (self.errors, &mut *errors) {
                self.add_errors(exponents, part, &memo.margins, error, weight);
            }
            if !self.builds.is_empty() {
                self.add_histograms(part, memo, cells);
            }
        }
        Ok(())
    }
}

impl BoostPass {
    fn histogram_cells(&self) -> usize {
        let all = all_features(&self.bins);
        self.builds.iter().map(|build| cells_of(&self.bins, build.features_or(&all))).sum()
    }

    fn add_errors(&self, exponents: [i32; 2], part: &BoostPart, margins: &[f64], error: &mut i64, weight: &mut i64) {
        let units = exponents.map(power_of_two);
        for row in part.validation.iter().map(|row| *row as usize) {
            let of_row = part.weights.get(row).copied().unwrap_or(1.0);
            let error_of_row = self.loss.error(margins[row], self.loss.label(part.labels[row]));
            *error += (of_row * error_of_row * units[0]).round() as i64;
            *weight += (of_row * units[1]).round() as i64;
        }
    }

    fn add_histograms(&self, part: &BoostPart, memo: &mut BoostMemo, cells: &mut [i64]) {
        let tree = self.done.len();
        if memo.opened != Some(tree) {
            memo.open(self, part);
        }
        let (first_tree, rows) = (tree as u32, &part.binned);
        memo.rows.begin(first_tree, &self.levels, &self.sampling, self.seed, rows);
        memo.rows.catch_up(0, &self.levels[0], rows);
        let all = all_features(&self.bins);
        let mut rest = cells;
        for build in self.builds.iter() {
            let features = build.features_or(&all);
            let (cells, following) = rest.split_at_mut(cells_of(&self.bins, features));
            rest = following;
            add_rows(&self.bins, rows, &memo.values, memo.rows.of(0, build.place as usize), features, cells);
        }
    }
}

impl BoostMemo {
    fn add_trees(&mut self, pass: &BoostPass, part: &BoostPart) {
        if self.done > pass.done.len() || self.margins.len() != part.binned.rows {
            *self = Self { margins: vec![0.0; part.binned.rows], ..Self::default() };
        }
        for tree in &pass.done[self.done..] {
            tree.add(&part.binned, &mut self.margins);
        }
        self.done = pass.done.len();
    }

    /// Writes what rows bring to the next tree: the first learns labels, those after it gradients.
    fn open(&mut self, pass: &BoostPass, part: &BoostPart) {
        let Cell::Moments { exponents } = pass.bins.cell else { return };
        self.opened = Some(pass.done.len());
        self.values.resize(4 * part.binned.rows, 0);
        vectorized::run(Fill {
            loss: pass.loss,
            first: pass.done.is_empty(),
            margins: &self.margins,
            labels: &part.labels,
            weights: &part.weights,
            units: exponents.map(power_of_two),
            values: &mut self.values,
        });
    }
}

/// Writes rows, weights and moments of what is learnt; a loop for each loss, so that it is compiled to vector instructions.
struct Fill<'a> {
    loss: Loss,
    first: bool,
    margins: &'a [f64],
    labels: &'a [f64],
    /// Empty when rows weigh 1.
    weights: &'a [f64],
    units: [f64; 3],
    values: &'a mut [i64],
}

impl Kernel for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match (self.first, self.loss) {
            (true, loss) => self.fill(|_, label| loss.label(label)),
            (false, Loss::Logistic) => {
                self.fill(|margin, label| Loss::Logistic.negative_gradient(margin, Loss::Logistic.label(label)));
            }
            (false, Loss::Squared) => self.fill(|margin, label| Loss::Squared.negative_gradient(margin, label)),
            (false, Loss::Absolute) => self.fill(|margin, label| Loss::Absolute.negative_gradient(margin, label)),
        }
    }
}

impl Fill<'_> {
    #[inline(always)]
    fn fill(self, target: impl Fn(f64, f64) -> f64) {
        let units = self.units;
        let (values, _) = self.values.as_chunks_mut::<4>();
        let rows = values.iter_mut().zip(self.margins).zip(self.labels).enumerate();
        for (row, ((values, margin), label)) in rows {
            let weight = if self.weights.is_empty() { 1.0 } else { self.weights[row] };
            let target = target(*margin, *label);
            let product = weight * target;
            *values = [1, fixed(weight * units[0]), fixed(product * units[1]), fixed(product * target * units[2])];
        }
    }
}

/// The nearest whole number of a magnitude below 2^51.
#[inline(always)]
pub(crate) fn fixed(value: f64) -> i64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52: adding it leaves a whole number in the low bits
    ((value + SHIFT).to_bits() as i64).wrapping_sub(SHIFT.to_bits() as i64)
}

#[cfg(test)]
mod tests {
    #[test]
    fn fixed_rounds_to_the_nearest() {
        for value in [0.0, 0.4, -0.4, 0.6, -0.6, 1.5, 12_345.4, -98_765.6, 2f64.powi(50), -(2f64.powi(50))] {
            assert_eq!(super::fixed(value), value.round_ties_even() as i64, "{value}");
        }
    }
}
