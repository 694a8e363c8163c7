//! Growing trees level by level: the pass that builds histograms of open nodes, and the fit that splits them.

use super::binned::{BinSpec, Binned};
use super::bootstrap::Sampling;
use super::cells::{Cells, subtract};
use super::family::Family;
use super::growing::Growing;
use super::histogram::add_rows;
use super::model::TreeModel;
use super::node::Tree;
use super::rows::{GroupRows, Levels, Route};
use super::split::{Rules, examine};
use crate::Params;
use crate::fit::{Fit, FitReport, Pass, Progress, Step};
use crate::random::{Draws, mix};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Trees that share a pass: few enough for their histograms to stay in the cache.
const TREES_AT_ONCE: usize = 10;

/// What a training was set out to do, after the survey.
pub struct Plan {
    pub family: &'static Family,
    pub params: Params,
    pub spec: Arc<BinSpec>,
    pub rules: Rules,
    pub sampling: Arc<Sampling>,
    pub seed: u64,
    pub trees: usize,
    pub max_depth: usize,
    pub features_per_node: usize,
    /// 0 for regression.
    pub classes: usize,
    /// For the histograms of one pass.
    pub memory_bytes: usize,
}

// ---- the pass --------------------------------------------------------------------------------------------------------

/// An open node whose histogram is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Build {
    /// Of the group.
    tree: u32,
    /// Among the open nodes of the tree's level.
    place: u32,
    /// Increasing; empty for all features.
    features: Vec<u32>,
}

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
                add_rows(&self.spec, part, memo.of(build.tree as usize, build.place as usize), features, cells);
            }
        }
        Ok(())
    }
}

impl Build {
    fn features_or<'a>(&'a self, all: &'a [u32]) -> &'a [u32] {
        if self.features.is_empty() { all } else { &self.features }
    }
}

fn all_features(spec: &BinSpec) -> Vec<u32> {
    (0..spec.features.len() as u32).collect()
}

fn cells_of(spec: &BinSpec, features: &[u32]) -> usize {
    features.iter().map(|feature| spec.bins(*feature)).sum::<usize>() * spec.cell.width()
}

// ---- the fit ---------------------------------------------------------------------------------------------------------

/// A node that is to be split or closed.
struct Open {
    tree: usize,
    /// Among the open nodes of its tree's level.
    place: u32,
    /// In its [`Growing`] tree.
    node: usize,
    /// 1 for the root, 2n and 2n + 1 for the children of n: what its feature subset is drawn by.
    path: u64,
    route: Option<Route>,
    /// Its histogram, kept where both children are open, for the larger one's comes by subtraction.
    cells: Option<Vec<i64>>,
}

/// A histogram to build, by index into the open nodes.
enum Work {
    Alone(usize),
    /// `large` = `parent` − `small`.
    Pair {
        small: usize,
        large: usize,
        parent: Vec<i64>,
    },
}

/// The second phase of a training.
pub struct GrowFit {
    plan: Plan,
    finished: Vec<Tree>,
    group: Vec<Growing>,
    levels: Arc<Vec<Levels>>,
    depth: usize,
    open: Vec<Open>,
    work: Vec<Work>,
    /// The part of `work` that the current pass does.
    current: Range<usize>,
}

impl GrowFit {
    pub fn new(plan: Plan) -> Self {
        let mut fit = Self {
            plan,
            finished: Vec::new(),
            group: Vec::new(),
            levels: Arc::default(),
            depth: 0,
            open: Vec::new(),
            work: Vec::new(),
            current: 0..0,
        };
        fit.open_group();
        fit
    }

    fn open_group(&mut self) {
        let trees = (self.plan.trees - self.finished.len()).min(TREES_AT_ONCE);
        self.group = (0..trees).map(|_| Growing::default()).collect();
        self.levels = Arc::new(vec![Levels::new(); trees]);
        self.depth = 0;
        let root = |tree| Open { tree, place: 0, node: 0, path: 1, route: None, cells: None };
        self.open = (0..trees).map(root).collect();
        self.work = (0..trees).map(Work::Alone).collect();
        self.current = 0..self.fitting_from(0);
    }

    /// The end of the work from `start` on whose histograms fit in memory; at least one's.
    fn fitting_from(&self, start: usize) -> usize {
        let mut bytes = 0;
        let fits = self.work[start..].iter().take_while(|work| {
            bytes += 8 * cells_of(&self.plan.spec, &self.features(work.built()));
            bytes <= self.plan.memory_bytes
        });
        start + fits.count().max(1)
    }

    /// Whether histograms cover all features, though fewer may be candidates: then a sibling's comes by subtraction.
    fn is_whole(&self) -> bool {
        2 * self.plan.features_per_node > self.plan.spec.features.len()
    }

    /// Features of an open node's histogram.
    fn features(&self, open: usize) -> Vec<u32> {
        if self.is_whole() { all_features(&self.plan.spec) } else { self.candidates(open) }
    }

    /// Features that may split an open node.
    fn candidates(&self, open: usize) -> Vec<u32> {
        let (count, all) = (self.plan.features_per_node, self.plan.spec.features.len());
        if count == all {
            return all_features(&self.plan.spec);
        }
        let open = &self.open[open];
        let tree = (self.finished.len() + open.tree) as u64;
        Draws::new(self.plan.seed ^ mix(tree ^ mix(open.path))).subset(count, all)
    }

    /// Splits or closes an open node by its histogram.
    fn decide(&mut self, index: usize, cells: &[i64]) {
        let plan = &self.plan;
        let candidates = self.candidates(index);
        let examined = if self.is_whole() && candidates.len() < plan.spec.features.len() {
            examine(&plan.spec, &plan.rules, &candidates, &narrowed(&plan.spec, &candidates, cells))
        } else {
            examine(&plan.spec, &plan.rules, &candidates, cells)
        };
        let open = &mut self.open[index];
        open.route = self.group[open.tree].settle(open.node, examined, self.depth, plan.max_depth);
        let both_open = open.route.as_ref().is_some_and(|route| route.open == [true, true]);
        open.cells = (both_open && 2 * plan.features_per_node > plan.spec.features.len()).then(|| cells.to_vec());
    }

    /// Passes from the level that was decided to the next one.
    fn descend(&mut self) {
        let parents = std::mem::take(&mut self.open);
        let levels = Arc::make_mut(&mut self.levels);
        levels.iter_mut().for_each(|levels| levels.push(Vec::new()));
        let mut places = vec![0; self.group.len()];
        self.work.clear();
        for parent in parents {
            let route = parent.route;
            let open = route.as_ref().map_or([false, false], |route| route.open);
            if let Some(level) = levels[parent.tree].last_mut() {
                level.push(route);
            }
            let Some(children) = self.group[parent.tree].children(parent.node) else { continue };
            let first = self.open.len();
            for side in (0..2).filter(|side| open[*side]) {
                let place = places[parent.tree];
                places[parent.tree] += 1;
                let path = 2 * parent.path + side as u64;
                self.open.push(Open { tree: parent.tree, place, node: children[side], path, route: None, cells: None });
            }
            let growing = &self.group[parent.tree];
            match parent.cells {
                Some(cells) => {
                    let right_is_small = growing.rows(children[1]) < growing.rows(children[0]);
                    let (small, large) = if right_is_small { (first + 1, first) } else { (first, first + 1) };
                    self.work.push(Work::Pair { small, large, parent: cells });
                }
                None => self.work.extend((first..self.open.len()).map(Work::Alone)),
            }
        }
        self.depth += 1;
        self.shed();
        self.current = 0..0;
    }

    /// Gives subtraction up where the histograms it needs do not fit in memory.
    fn shed(&mut self) {
        let kept = |work: &Work| if let Work::Pair { parent, .. } = work { 8 * parent.len() } else { 0 };
        if self.work.iter().map(kept).sum::<usize>() <= self.plan.memory_bytes {
            return;
        }
        self.work = (0..self.open.len()).map(Work::Alone).collect();
    }
}

impl Work {
    /// The open node whose histogram is built.
    fn built(&self) -> usize {
        match self {
            Work::Alone(index) => *index,
            Work::Pair { small, .. } => *small,
        }
    }
}

/// The histograms of some of all features.
fn narrowed(spec: &BinSpec, features: &[u32], cells: &[i64]) -> Vec<i64> {
    let mut narrow = Vec::with_capacity(cells_of(spec, features));
    let (mut start, mut wanted) = (0, features.iter().peekable());
    for feature in 0..spec.features.len() as u32 {
        let width = spec.bins(feature) * spec.cell.width();
        if wanted.next_if(|next| **next == feature).is_some() {
            narrow.extend_from_slice(&cells[start..start + width]);
        }
        start += width;
    }
    narrow
}

impl Fit for GrowFit {
    type Pass = GrowPass;

    fn pass(&self) -> GrowPass {
        let builds = self.work[self.current.clone()].iter().map(|work| {
            let open = &self.open[work.built()];
            let features = if self.is_whole() { Vec::new() } else { self.candidates(work.built()) };
            Build { tree: open.tree as u32, place: open.place, features }
        });
        GrowPass {
            spec: self.plan.spec.clone(),
            sampling: self.plan.sampling.clone(),
            seed: self.plan.seed,
            first_tree: self.finished.len() as u32,
            trees: self.levels.clone(),
            builds: Arc::new(builds.collect()),
        }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.finished.len() as u64, total: self.plan.trees as u64, unit: "trees" }
    }

    fn absorb(mut self, merged: Cells) -> Result<Step<Self>> {
        let mut rest = merged.0.as_slice();
        for index in self.current.clone() {
            let work = std::mem::replace(&mut self.work[index], Work::Alone(0));
            let built = work.built();
            let (cells, following) = rest.split_at(cells_of(&self.plan.spec, &self.features(built)));
            rest = following;
            self.decide(built, cells);
            if let Work::Pair { large, mut parent, .. } = work {
                subtract(&mut parent, cells);
                self.decide(large, &parent);
            }
        }
        if self.current.end == self.work.len() {
            self.descend();
        }
        if self.current.end < self.work.len() {
            let start = self.current.end;
            self.current = start..self.fitting_from(start);
            return Ok(Step::Again(self));
        }
        let impurity = self.plan.rules.impurity;
        self.finished.extend(self.group.drain(..).map(|growing| growing.finish(impurity)));
        if self.finished.len() < self.plan.trees {
            self.open_group();
            return Ok(Step::Again(self));
        }
        let plan = self.plan;
        let model = TreeModel::fitted(plan.family, &plan.params, self.finished, plan.spec.features.len(), plan.classes);
        Ok(Step::Done(Box::new(model), FitReport::default()))
    }
}
