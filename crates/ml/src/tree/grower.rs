//! Growing some trees level by level: which histograms are wanted, and what becomes of nodes when they are there.

use super::binned::BinSpec;
use super::cells::subtract;
use super::growing::Growing;
use super::node::Tree;
use super::rows::{Levels, Route};
use super::split::{Rules, examine};
use crate::random::{Draws, mix};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// An open node whose histogram is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Build {
    /// Of the group.
    pub tree: u32,
    /// Among the open nodes of the tree's level.
    pub place: u32,
    /// Increasing; empty for all features.
    pub features: Vec<u32>,
}

impl Build {
    pub fn features_or<'a>(&'a self, all: &'a [u32]) -> &'a [u32] {
        if self.features.is_empty() { all } else { &self.features }
    }
}

pub fn all_features(spec: &BinSpec) -> Vec<u32> {
    (0..spec.features.len() as u32).collect()
}

/// Cells of a histogram of these features.
pub fn cells_of(spec: &BinSpec, features: &[u32]) -> usize {
    features.iter().map(|feature| spec.bins(*feature)).sum::<usize>() * spec.cell.width()
}

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

/// By what trees are grown.
#[derive(Debug, Clone)]
pub struct Growth {
    pub spec: Arc<BinSpec>,
    pub rules: Rules,
    pub seed: u64,
    pub max_depth: usize,
    pub features_per_node: usize,
    /// For the histograms of one pass.
    pub memory_bytes: usize,
}

/// A group of trees while they grow.
pub struct Grower {
    growth: Growth,
    first_tree: usize,
    group: Vec<Growing>,
    levels: Arc<Vec<Levels>>,
    depth: usize,
    open: Vec<Open>,
    work: Vec<Work>,
    /// The part of `work` that the current pass does.
    current: Range<usize>,
}

impl Grower {
    /// `first_tree` is the number of the group's first tree: by its number a tree draws features.
    pub fn new(growth: Growth, first_tree: usize, trees: usize) -> Self {
        let root = |tree| Open { tree, place: 0, node: 0, path: 1, route: None, cells: None };
        let mut grower = Self {
            growth,
            first_tree,
            group: (0..trees).map(|_| Growing::default()).collect(),
            levels: Arc::new(vec![Levels::new(); trees]),
            depth: 0,
            open: (0..trees).map(root).collect(),
            work: (0..trees).map(Work::Alone).collect(),
            current: 0..0,
        };
        grower.current = 0..grower.fitting_from(0);
        grower
    }

    pub fn trees(&self) -> usize {
        self.group.len()
    }

    /// The decided levels of each tree.
    pub fn levels(&self) -> Arc<Vec<Levels>> {
        self.levels.clone()
    }

    /// The histograms that are wanted next.
    pub fn builds(&self) -> Vec<Build> {
        let build = |work: &Work| {
            let open = &self.open[work.built()];
            let features = if self.is_whole() { Vec::new() } else { self.candidates(work.built()) };
            Build { tree: open.tree as u32, place: open.place, features }
        };
        self.work[self.current.clone()].iter().map(build).collect()
    }

    /// Takes the histograms of `builds`, in that order; true when more are wanted, false when the trees are grown.
    pub fn absorb(&mut self, cells: &[i64]) -> bool {
        let mut rest = cells;
        for index in self.current.clone() {
            let work = std::mem::replace(&mut self.work[index], Work::Alone(0));
            let built = work.built();
            let (cells, following) = rest.split_at(cells_of(&self.growth.spec, &self.features(built)));
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
        let start = self.current.end;
        if start == self.work.len() {
            return false;
        }
        self.current = start..self.fitting_from(start);
        true
    }

    /// The grown trees.
    pub fn finish(self) -> Vec<Tree> {
        let impurity = self.growth.rules.impurity;
        self.group.into_iter().map(|growing| growing.finish(impurity)).collect()
    }

    /// The end of the work from `start` on whose histograms fit in memory; at least one's.
    fn fitting_from(&self, start: usize) -> usize {
        let mut bytes = 0;
        let fits = self.work[start..].iter().take_while(|work| {
            bytes += 8 * cells_of(&self.growth.spec, &self.features(work.built()));
            bytes <= self.growth.memory_bytes
        });
        start + fits.count().max(1)
    }

    /// Whether histograms cover all features, though fewer may be candidates: then a sibling's comes by subtraction.
    fn is_whole(&self) -> bool {
        2 * self.growth.features_per_node > self.growth.spec.features.len()
    }

    /// Features of an open node's histogram.
    fn features(&self, open: usize) -> Vec<u32> {
        if self.is_whole() { all_features(&self.growth.spec) } else { self.candidates(open) }
    }

    /// Features that may split an open node.
    fn candidates(&self, open: usize) -> Vec<u32> {
        let (count, all) = (self.growth.features_per_node, self.growth.spec.features.len());
        if count == all {
            return all_features(&self.growth.spec);
        }
        let open = &self.open[open];
        let tree = (self.first_tree + open.tree) as u64;
        Draws::new(self.growth.seed ^ mix(tree ^ mix(open.path))).subset(count, all)
    }

    /// Splits or closes an open node by its histogram.
    fn decide(&mut self, index: usize, cells: &[i64]) {
        let plan = &self.growth;
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
        if self.work.iter().map(kept).sum::<usize>() <= self.growth.memory_bytes {
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
