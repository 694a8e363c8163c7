//! The fit of boosting: iteration after iteration, a tree a margin, until there are enough or validation rows say stop.

use super::grower::{Grower, Grown, Growth};
use super::model::{BoostingModel, Family, Learned};
use super::objective::Objective;
use super::params::{Goss, Settings};
use super::pass::{BoostingPass, BoostingSums, DoneTree, Draw, MAGNITUDES, OpenTree, Task};
use super::ranking::Ranking;
use super::renew::Renewal;
use super::split::Scale;
use super::tree::Tree;
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::random::{Draws, mix};
use crate::tree::binned::BinSpec;
use crate::tree::boost::view::BoostSpec;
use crate::tree::cells::{exponent_for_sum, power_of_two};
use crate::{Params, Value};
use brickyard_error::{Failure, Result};
use std::sync::Arc;

/// What a training was set out to do, after the survey.
pub struct Plan {
    pub family: &'static Family,
    pub params: Params,
    pub settings: Settings,
    pub objective: Objective,
    /// Of objective order.
    pub ranking: Option<Arc<Ranking>>,
    pub spec: Arc<BoostSpec>,
    /// Those of `spec`.
    pub bins: Arc<BinSpec>,
    /// Margins before the first tree.
    pub start: Vec<f64>,
    /// With validation rows.
    pub rows: u64,
    pub largest_weight: f64,
    /// The largest magnitude of a label.
    pub largest_label: f64,
}

/// The second phase of a training.
pub struct BoostingFit {
    plan: Plan,
    trees: Vec<Tree>,
    /// Of complete iterations.
    done: Vec<Arc<DoneTree>>,
    /// Of the current one.
    pending: Vec<Arc<DoneTree>>,
    phase: Phase,
    draw: Draw,
    /// Of gradients and curvatures in this iteration.
    largest: [f64; 2],
    /// Mean validation loss after each iteration, the start's first.
    history: Vec<f64>,
    /// Iterations of the least validation loss.
    best: usize,
    losses: Option<[i32; 2]>,
}

enum Phase {
    Look,
    Grow(OpenTree, Box<Grower>),
    Renew(Grown, Renewal),
    /// Between two phases.
    Idle,
}

impl BoostingFit {
    pub fn new(plan: Plan) -> Self {
        let largest = plan.objective.bounds().unwrap_or([1.0; 2]).map(|bound| bound * plan.largest_weight);
        let mut fit = Self {
            draw: uniform(&plan.settings, 0),
            plan,
            trees: Vec::new(),
            done: Vec::new(),
            pending: Vec::new(),
            phase: Phase::Idle,
            largest,
            history: Vec::new(),
            best: 0,
            losses: None,
        };
        fit.begin_iteration();
        fit
    }

    fn iterations(&self) -> usize {
        self.done.len() / self.plan.objective.margins()
    }

    fn validates(&self) -> bool {
        self.plan.settings.early_stopping_rounds.is_some()
    }

    /// One-side sampling starts once the margins tell rows apart, as in LightGBM.
    fn goss(&self) -> Option<Goss> {
        let warm = self.iterations() as f64 >= 1.0 / self.plan.settings.step_size;
        self.plan.settings.goss.filter(|_| warm && self.iterations() < self.plan.settings.iterations)
    }

    fn begin_iteration(&mut self) {
        let unbounded = self.plan.objective.bounds().is_none();
        self.draw = uniform(&self.plan.settings, self.iterations());
        if unbounded || self.validates() || self.goss().is_some() || self.plan.settings.iterations == 0 {
            self.phase = Phase::Look;
            self.losses = self.validates().then(|| self.loss_exponents());
        } else {
            self.open_tree();
        }
    }

    /// By what losses and weights of validation rows are stored: for predictions up to twice as far off as any label.
    fn loss_exponents(&self) -> [i32; 2] {
        let plan = &self.plan;
        let off = 4.0 * plan.largest_label;
        let largest = plan.largest_weight * (off * off).max((1 << 10) as f64);
        [largest, plan.largest_weight].map(|largest| exponent_for_sum(largest, plan.rows))
    }

    fn open_tree(&mut self) {
        let (plan, number) = (&self.plan, self.done.len() + self.pending.len());
        let count_bits = 64 - plan.rows.leading_zeros();
        let amplified = if let Draw::Goss { amplify, .. } = self.draw { amplify } else { 1.0 };
        let exponent = |largest: f64, spare_bits: u32| {
            let largest = largest * amplified;
            // Sums stay below 2^61, what a row brings below 2^30.
            (exponent_for_sum(largest, plan.rows) - spare_bits as i32).min(exponent_for_sum(largest, 1 << 29))
        };
        let exponents = [exponent(self.largest[0], 0), exponent(self.largest[1], count_bits)];
        let all = plan.spec.bins.features.len();
        let count = ((plan.settings.feature_fraction * all as f64).ceil() as usize).clamp(1, all.max(1));
        let features = if count == all {
            (0..all as u32).collect()
        } else {
            Draws::new(plan.settings.seed ^ mix(number as u64)).subset(count, all)
        };
        let features = Arc::new(features);
        let growth = Growth {
            spec: plan.bins.clone(),
            rules: Arc::new(plan.settings.rules.clone()),
            scale: Scale { exponents, count_bits },
            features: features.clone(),
            leaves: plan.settings.leaves,
            max_depth: plan.settings.max_depth,
            step_size: plan.settings.step_size,
        };
        let class = self.pending.len();
        let tree = OpenTree { number, class, exponents, count_bits, draw: self.draw, features };
        self.phase = Phase::Grow(tree, Box::new(Grower::new(growth)));
    }

    /// Takes what a look found; true when learning is over.
    fn absorb_look(&mut self, sums: &BoostingSums) -> bool {
        let mut cells = sums.cells.0.as_slice();
        if let Some(exponents) = self.losses.take() {
            let loss = cells[0] as f64 * power_of_two(-exponents[0]);
            let weight = cells[1] as f64 * power_of_two(-exponents[1]);
            cells = &cells[2..];
            self.history.push(loss / weight);
            if self.history.last() < self.history.get(self.best) || self.history.len() == 1 {
                self.best = self.iterations();
            }
            let rounds = self.plan.settings.early_stopping_rounds.unwrap_or(0);
            if rounds > 0 && self.iterations() >= self.best + rounds {
                return true;
            }
        }
        if self.plan.objective.bounds().is_none() {
            self.largest = sums.largest;
        }
        if let Some(goss) = self.goss().filter(|_| cells.len() == MAGNITUDES) {
            self.draw = goss_draw(goss, cells, mix(self.plan.settings.seed ^ mix(self.iterations() as u64)));
        }
        self.iterations() == self.plan.settings.iterations
    }

    fn close_tree(&mut self, grown: Grown) {
        self.pending.push(Arc::new(grown.done()));
        self.trees.push(grown.tree);
        if self.pending.len() < self.plan.objective.margins() {
            return self.open_tree();
        }
        self.done.append(&mut self.pending);
        let over = self.iterations() == self.plan.settings.iterations && !self.validates();
        // Where no class found a split, no later iteration would: the gradients stay as they are.
        let last = &self.trees[self.trees.len() - self.plan.objective.margins()..];
        let stuck =
            last.iter().all(|tree| tree.nodes.len() == 1) && matches!(self.draw, Draw::Uniform { below: u64::MAX, .. });
        if over || stuck && self.plan.settings.feature_fraction == 1.0 {
            self.phase = Phase::Idle;
        } else {
            self.begin_iteration();
        }
    }

    fn finish(mut self) -> Step<Self> {
        let margins = self.plan.objective.margins();
        if self.validates() && !self.history.is_empty() {
            self.trees.truncate(self.best * margins);
        }
        let plan = self.plan;
        let iterations = (self.trees.len() / margins) as u64;
        let mut report = FitReport { iterations, objective_history: self.history, ..FitReport::default() };
        if plan.settings.early_stopping_rounds.is_some() {
            report.values.insert("bestIteration", Value::Int(iterations as i64));
        }
        let learned = Learned::new(self.trees, plan.start, plan.objective, plan.spec.bins.features.len());
        let model = BoostingModel::new(plan.family, plan.params.carry_to(plan.family.specs), learned);
        Step::Done(Box::new(model), report)
    }
}

fn uniform(settings: &Settings, iteration: usize) -> Draw {
    let below =
        if settings.subsampling_rate < 1.0 { (settings.subsampling_rate * u64::MAX as f64) as u64 } else { u64::MAX };
    Draw::Uniform { key: mix(settings.seed ^ mix(iteration as u64)), below }
}

/// Keeps the buckets that have the share of rows with the largest magnitudes, and draws from the rest.
fn goss_draw(goss: Goss, counts: &[i64], key: u64) -> Draw {
    let rows: i64 = counts.iter().sum();
    let (mut bucket, mut kept) = (counts.len(), 0);
    while bucket > 0 && (kept as f64) < goss.top_rate * rows as f64 {
        bucket -= 1;
        kept += counts[bucket];
    }
    let rest = (rows - kept) as f64;
    let share = if rest > 0.0 { (goss.other_rate * rows as f64 / rest).min(1.0) } else { 1.0 };
    Draw::Goss { key, bucket: bucket as u32, below: (share * u64::MAX as f64) as u64, amplify: 1.0 / share }
}

impl Fit for BoostingFit {
    type Pass = BoostingPass;

    fn pass(&self) -> BoostingPass {
        let task = match &self.phase {
            Phase::Look | Phase::Idle => Task::Look { losses: self.losses, magnitudes: self.goss().is_some() },
            Phase::Grow(tree, grower) => {
                Task::Grow { tree: tree.clone(), steps: grower.steps(), builds: grower.builds() }
            }
            Phase::Renew(.., renewal) => Task::Renew(renewal.clone()),
        };
        let Plan { spec, objective, ranking, start, .. } = &self.plan;
        let (spec, ranking, start) = (spec.clone(), ranking.clone(), start.clone());
        BoostingPass { spec, objective: *objective, ranking, start, done: self.done.clone(), task }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.iterations() as u64, total: self.plan.settings.iterations as u64, unit: "iterations" }
    }

    fn absorb(mut self, merged: BoostingSums) -> Result<Step<Self>> {
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Look => {
                if !self.absorb_look(&merged) {
                    self.open_tree();
                }
            }
            Phase::Grow(tree, mut grower) => {
                if grower.absorb(&merged.cells.0) {
                    self.phase = Phase::Grow(tree, grower);
                } else {
                    self.close_grown(*grower);
                }
            }
            Phase::Renew(mut grown, renewal) => match renewal.absorb(&merged.cells.0) {
                Err(renewal) => self.phase = Phase::Renew(grown, renewal),
                Ok(quantiles) => {
                    let leaves = grown.tree.nodes.iter_mut().filter(|node| node.inner.is_none());
                    let step = self.plan.settings.step_size;
                    leaves.zip(quantiles).for_each(|(leaf, quantile)| leaf.value = step * quantile);
                    self.close_tree(grown);
                }
            },
            Phase::Idle => return Err(Failure::internal("boosting got sums that it did not ask for")),
        }
        if matches!(self.phase, Phase::Idle) { Ok(self.finish()) } else { Ok(Step::Again(self)) }
    }
}

impl BoostingFit {
    fn close_grown(&mut self, grower: Grower) {
        let grown = grower.finish();
        let Some(level) = self.plan.objective.leaf_quantile() else { return self.close_tree(grown) };
        let mut numbered = grown.tree.clone();
        let leaves = numbered.nodes.iter_mut().filter(|node| node.inner.is_none());
        leaves.enumerate().for_each(|(number, leaf)| leaf.value = number as f64);
        let exponent = exponent_for_sum(self.plan.largest_weight, self.plan.rows);
        let numbered = Arc::new(numbered.binned(&grown.left_bins));
        let renewal = Renewal::new(numbered, grown.tree.leaves(), level, exponent);
        self.phase = Phase::Renew(grown, renewal);
    }
}
