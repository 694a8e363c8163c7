//! Training trees and forests: the pass that builds histograms of open nodes, and the fit that goes from group to group.

use super::binned::{BinSpec, Binned};
use super::bootstrap::Sampling;
use super::cells::Cells;
use super::family::Family;
use super::grower::{Build, Grower, Growth, all_features, cells_of};
use super::histogram::add_rows;
use super::model::TreeModel;
use super::node::Tree;
use super::rows::{GroupRows, Levels};
use crate::Params;
use crate::fit::{Fit, FitReport, Pass, Progress, Step};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Trees that share a pass: few enough for their histograms to stay in the cache.
const TREES_AT_ONCE: usize = 10;

/// What a training was set out to do, after the survey.
pub struct Plan {
    pub family: &'static Family,
    pub params: Params,
    pub growth: Growth,
    pub sampling: Arc<Sampling>,
    pub trees: usize,
    /// 0 for regression.
    pub classes: usize,
}

// ---- the pass --------------------------------------------------------------------------------------------------------

/// Builds histograms of open nodes of a group of trees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GrowPass {
    spec: Arc<BinSpec>,
    sampling: Arc<Sampling>,
    seed: u64,
    first_tree: u32,
    trees: Arc<Vec<Levels>>,
    builds: Arc<Vec<Build>>,
}

impl Pass for GrowPass {
    const NAME: &'static str = "tree.grow";
    type View = Binned;
    /// By part.
    type Memo = Vec<GroupRows>;
    type Acc = Cells;

    fn spec(&self) -> Arc<BinSpec> {
        self.spec.clone()
    }

    fn zero(&self) -> Cells {
        let all = all_features(&self.spec);
        let cells = self.builds.iter().map(|build| cells_of(&self.spec, build.features_or(&all))).sum();
        Cells(vec![0; cells])
    }

    fn update(&self, acc: &mut Cells, rows: &Binned, memo: &mut Vec<GroupRows>) -> Result<()> {
        memo.resize_with(rows.parts.len(), GroupRows::default);
        let all = all_features(&self.spec);
        for (part, memo) in rows.parts.iter().zip(memo) {
            memo.begin(self.first_tree, &self.trees, &self.sampling, self.seed, part);
            let mut rest = acc.0.as_mut_slice();
            // Builds are in the order of trees: a tree's rows are moved and counted while they are in the cache.
            for build in self.builds.iter() {
                memo.catch_up(build.tree as usize, &self.trees[build.tree as usize], part);
                let features = build.features_or(&all);
                let (cells, following) = rest.split_at_mut(cells_of(&self.spec, features));
                rest = following;
                add_rows(
                    &self.spec,
                    part,
                    &part.values,
                    memo.of(build.tree as usize, build.place as usize),
                    features,
                    cells,
                );
            }
        }
        Ok(())
    }
}

// ---- the fit ---------------------------------------------------------------------------------------------------------

/// The second phase of a training.
pub struct GrowFit {
    plan: Plan,
    finished: Vec<Tree>,
    grower: Grower,
}

impl GrowFit {
    pub fn new(plan: Plan) -> Self {
        let grower = next_group(&plan, 0);
        Self { plan, finished: Vec::new(), grower }
    }
}

fn next_group(plan: &Plan, finished: usize) -> Grower {
    Grower::new(plan.growth.clone(), finished, (plan.trees - finished).min(TREES_AT_ONCE))
}

impl Fit for GrowFit {
    type Pass = GrowPass;

    fn pass(&self) -> GrowPass {
        GrowPass {
            spec: self.plan.growth.spec.clone(),
            sampling: self.plan.sampling.clone(),
            seed: self.plan.growth.seed,
            first_tree: self.finished.len() as u32,
            trees: self.grower.levels(),
            builds: Arc::new(self.grower.builds()),
        }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.finished.len() as u64, total: self.plan.trees as u64, unit: "trees" }
    }

    fn absorb(mut self, merged: Cells) -> Result<Step<Self>> {
        if self.grower.absorb(&merged.0) {
            return Ok(Step::Again(self));
        }
        let finished = self.finished.len() + self.grower.trees();
        if finished < self.plan.trees {
            let grown = std::mem::replace(&mut self.grower, next_group(&self.plan, finished));
            self.finished.extend(grown.finish());
            return Ok(Step::Again(self));
        }
        self.finished.extend(self.grower.finish());
        let plan = self.plan;
        let features = plan.growth.spec.features.len();
        let model = TreeModel::fitted(plan.family, &plan.params, self.finished, features, plan.classes);
        Ok(Step::Done(Box::new(model), FitReport::default()))
    }
}
