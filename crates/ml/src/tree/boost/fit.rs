//! The fit of boosting: tree after tree, until there are enough or the validation rows' error stops falling.

use super::loss::Loss;
use super::margins::BinnedTree;
use super::pass::BoostPass;
use super::view::BoostSpec;
use crate::Params;
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::tree::binned::BinSpec;
use crate::tree::bootstrap::Sampling;
use crate::tree::cells::{Cell, Cells, exponent_for_sum, power_of_two};
use crate::tree::family::Family;
use crate::tree::grower::{Grower, Growth};
use crate::tree::model::TreeModel;
use crate::tree::node::Tree;
use brickyard_error::Result;
use std::sync::Arc;

/// What a training was set out to do, after the survey.
pub struct BoostPlan {
    pub family: &'static Family,
    pub params: Params,
    pub spec: Arc<BoostSpec>,
    pub growth: Growth,
    pub sampling: Arc<Sampling>,
    pub loss: Loss,
    pub trees: usize,
    pub step_size: f64,
    /// The least improvement, relative to the error, that goes on, where there are validation rows.
    pub validation_tolerance: Option<f64>,
    pub rows: u64,
    pub largest_weight: f64,
    /// Of the labels that are learnt.
    pub largest_label: f64,
}

/// The second phase of a training.
pub struct BoostFit {
    plan: BoostPlan,
    trees: Vec<Tree>,
    done: Vec<Arc<BinnedTree>>,
    /// `None` when all trees are grown, and only their errors are missing.
    grower: Option<Grower>,
    bins: Arc<BinSpec>,
    /// No |label − margin| is larger.
    distance: f64,
    /// The least validation error so far and how many trees have it.
    best: Option<(f64, usize)>,
    /// Whether the errors of the trees so far are known, or not wanted.
    evaluated: bool,
}

impl BoostFit {
    pub fn new(plan: BoostPlan) -> Self {
        let mut fit = Self {
            bins: plan.growth.spec.clone(),
            distance: plan.largest_label,
            trees: Vec::new(),
            done: Vec::new(),
            grower: None,
            best: None,
            evaluated: true,
            plan,
        };
        fit.open_tree();
        fit
    }

    /// Starts the next tree: its sums are stored as finely as its largest gradient allows.
    fn open_tree(&mut self) {
        let plan = &self.plan;
        let gradient =
            if self.done.is_empty() { plan.largest_label } else { plan.loss.largest_gradient(self.distance) };
        let exponent = |largest: f64| row_exponent(plan.largest_weight * largest, plan.rows);
        let cell = Cell::Moments { exponents: [exponent(1.0), exponent(gradient), exponent(gradient * gradient)] };
        self.bins = Arc::new(BinSpec { cell, ..(*plan.growth.spec).clone() });
        let growth = Growth { spec: self.bins.clone(), ..plan.growth.clone() };
        self.grower = Some(Grower::new(growth, self.done.len(), 1));
    }

    /// Takes the tree that has grown.
    fn close_tree(&mut self, grower: Grower) {
        let weight = if self.done.is_empty() { 1.0 } else { self.plan.step_size };
        for tree in grower.finish() {
            let binned = BinnedTree::new(&tree, &self.plan.growth.spec.features, weight);
            self.distance += binned.largest();
            self.done.push(Arc::new(binned));
            self.trees.push(tree);
        }
        self.evaluated = self.plan.validation_tolerance.is_none();
    }

    fn error_exponents(&self) -> [i32; 2] {
        let plan = &self.plan;
        let exponent = |largest: f64| exponent_for_sum(plan.largest_weight * largest, plan.rows);
        [exponent(plan.loss.largest_error(self.distance)), exponent(1.0)]
    }

    /// Notes the error of the trees so far; true when learning is over (`GradientBoostedTrees.boost`).
    fn is_over(&mut self, error: f64) -> bool {
        self.evaluated = true;
        let trees = self.done.len();
        let tolerance = self.plan.validation_tolerance.unwrap_or_default();
        let (best, _) = *self.best.get_or_insert((error, trees));
        if trees > 1 && best - error < tolerance * error.max(0.01) {
            return true;
        }
        if error < best {
            self.best = Some((error, trees));
        }
        trees == self.plan.trees
    }

    fn finish(mut self) -> Step<Self> {
        if let Some((_, trees)) = self.best {
            self.trees.truncate(trees);
        }
        let plan = self.plan;
        let weight = |tree: usize| if tree == 0 { 1.0 } else { plan.step_size };
        let weights = (0..self.trees.len()).map(weight).collect();
        let features = plan.growth.spec.features.len();
        let report = FitReport { iterations: self.trees.len() as u64, ..FitReport::default() };
        let model = TreeModel::boosted(plan.family, &plan.params, self.trees, weights, features);
        Step::Done(Box::new(model), report)
    }
}

/// As [`exponent_for_sum`], with rows below 2^50: then they are rounded without branches.
fn row_exponent(largest: f64, rows: u64) -> i32 {
    exponent_for_sum(largest, rows.max(1 << 10))
}

impl Fit for BoostFit {
    type Pass = BoostPass;

    fn pass(&self) -> BoostPass {
        let builds = self.grower.as_ref().map(Grower::builds).unwrap_or_default();
        BoostPass {
            spec: self.plan.spec.clone(),
            bins: self.bins.clone(),
            loss: self.plan.loss,
            sampling: self.plan.sampling.clone(),
            seed: self.plan.growth.seed,
            done: self.done.clone(),
            levels: self.grower.as_ref().map(Grower::levels).unwrap_or_default(),
            builds: Arc::new(builds),
            errors: (!self.evaluated).then(|| self.error_exponents()),
        }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done.len() as u64, total: self.plan.trees as u64, unit: "trees" }
    }

    fn absorb(mut self, merged: Cells) -> Result<Step<Self>> {
        let mut cells = merged.0.as_slice();
        if !self.evaluated {
            let (histograms, sums) = cells.split_at(cells.len().saturating_sub(2));
            cells = histograms;
            let [error_exponent, weight_exponent] = self.error_exponents();
            let [error, weight] = [sums[0] as f64, sums[1] as f64];
            let error = error * power_of_two(-error_exponent) / (weight * power_of_two(-weight_exponent));
            if self.is_over(error) {
                return Ok(self.finish());
            }
        }
        if self.grower.as_mut().is_some_and(|grower| grower.absorb(cells)) {
            return Ok(Step::Again(self));
        }
        if let Some(grown) = self.grower.take() {
            self.close_tree(grown);
        }
        if self.done.len() < self.plan.trees {
            self.open_tree();
        } else if self.evaluated {
            return Ok(self.finish());
        }
        Ok(Step::Again(self))
    }
}
