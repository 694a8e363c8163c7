//! Growing a tree leaf by leaf, the largest gain first, with few passes.
//!
//! What a split gains does not depend on when it is made. So several leaves that are likely to be next are explored in
//! one pass, and the tree takes the explored splits in the order of their gains: the same tree as one split a pass.

use super::params::Rules;
use super::pass::{DoneTree, SplitStep};
use super::split::{Best, Bounds, Scale, Sums, best_split};
use super::tree::{Inner, Node, Tree};
use crate::tree::binned::BinSpec;
use crate::tree::cells::subtract;
use crate::tree::rows::LeftBins;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

/// By what a tree is grown.
#[derive(Debug, Clone)]
pub struct Growth {
    pub spec: Arc<BinSpec>,
    pub rules: Arc<Rules>,
    pub scale: Scale,
    /// Features that may split, increasing.
    pub features: Arc<Vec<u32>>,
    pub leaves: usize,
    /// 0 for no limit.
    pub max_depth: usize,
    pub step_size: f64,
}

struct Explored {
    sums: Sums,
    bounds: Bounds,
    depth: usize,
    /// Where the node's rows are, among the leaves of the memo.
    slot: u32,
    best: Option<Best>,
    /// Kept until the node is explored: the larger child's come by subtraction.
    cells: Vec<i64>,
    children: Option<[usize; 2]>,
}

/// How a node splits best, with its histogram, which its children will need.
type Splits = (Best, Vec<i64>);

pub struct Grower {
    growth: Growth,
    nodes: Vec<Explored>,
    slots: u32,
    steps: Arc<Vec<SplitStep>>,
    /// What the current pass builds: a parent, and the child whose histogram it is; none for the root.
    builds: Vec<Option<(usize, usize)>>,
}

/// A node that may be split next: the largest gain first, of equals the node that was met first.
#[derive(PartialEq)]
struct Candidate {
    gain: f64,
    node: usize,
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then(other.node.cmp(&self.node))
    }
}

impl Grower {
    pub fn new(growth: Growth) -> Self {
        Self { growth, nodes: Vec::new(), slots: 1, steps: Arc::default(), builds: vec![None] }
    }

    pub fn steps(&self) -> Arc<Vec<SplitStep>> {
        self.steps.clone()
    }

    /// Slots whose histograms are wanted.
    pub fn builds(&self) -> Vec<u32> {
        let slot = |build: &Option<(usize, usize)>| build.map_or(0, |(_, child)| self.nodes[child].slot);
        self.builds.iter().map(slot).collect()
    }

    /// Takes the histograms of `builds`; true when more are wanted, false when the tree is grown.
    pub fn absorb(&mut self, cells: &[i64]) -> bool {
        let width = cells.len() / self.builds.len().max(1);
        if self.nodes.is_empty() {
            self.open_root(cells);
        }
        let builds = std::mem::take(&mut self.builds);
        let parents = builds.iter().map(|build| build.map(|(parent, _)| std::mem::take(&mut self.nodes[parent].cells)));
        let parents: Vec<Option<Vec<i64>>> = parents.collect();
        let work = builds.par_iter().zip(parents).zip(cells.par_chunks_exact(width.max(1)));
        let examined: Vec<(usize, Option<Splits>)> = work
            .flat_map_iter(|((build, parent_cells), cells)| match (build, parent_cells) {
                (Some((parent, small)), Some(mut large_cells)) => {
                    subtract(&mut large_cells, cells);
                    let large = self.nodes[*parent].children.map_or(*small, |[left, right]| left + right - small);
                    let small = (*small, self.examine(*small, cells.to_vec()));
                    vec![small, (large, self.examine(large, large_cells))]
                }
                _ => vec![(0, self.examine(0, cells.to_vec()))],
            })
            .collect();
        for (node, split) in examined {
            if let Some((best, cells)) = split {
                (self.nodes[node].best, self.nodes[node].cells) = (Some(best), cells);
            }
        }
        self.explore();
        !self.builds.is_empty()
    }

    fn open_root(&mut self, cells: &[i64]) {
        let growth = &self.growth;
        let first = growth.features.first().map_or(0, |feature| growth.spec.bins(*feature));
        let (bins, _) = cells.as_chunks::<2>();
        let total = bins[..first].iter().fold([0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]]);
        self.nodes.push(Explored {
            sums: growth.scale.sums(total),
            bounds: Bounds::NONE,
            depth: 0,
            slot: 0,
            best: None,
            cells: Vec::new(),
            children: None,
        });
    }

    fn may_split(&self, node: usize) -> bool {
        let (node, growth) = (&self.nodes[node], &self.growth);
        node.sums.rows >= 2 * growth.rules.min_rows && (growth.max_depth == 0 || node.depth < growth.max_depth)
    }

    /// The best split of a node, if it may have one.
    fn examine(&self, node: usize, cells: Vec<i64>) -> Option<Splits> {
        if !self.may_split(node) {
            return None;
        }
        let Growth { spec, rules, scale, features, .. } = &self.growth;
        let best = best_split(spec, rules, *scale, self.nodes[node].bounds, features, &cells)?;
        Some((best, cells))
    }

    /// Splits in the order of gains, as far as it is known: calls `accept` with each node that is split, until there are
    /// enough leaves. A node whose children are not explored counts as if they gained nothing.
    fn in_order(&self, mut accept: impl FnMut(usize, usize)) {
        let mut heap = BinaryHeap::new();
        let candidate = |node: usize| self.nodes[node].best.as_ref().map(|best| Candidate { gain: best.gain, node });
        heap.extend(candidate(0));
        let mut leaves = 1;
        while leaves < self.growth.leaves {
            let Some(Candidate { node, .. }) = heap.pop() else { return };
            leaves += 1;
            accept(node, leaves);
            heap.extend(self.nodes[node].children.into_iter().flatten().filter_map(candidate));
        }
    }

    /// Finds which nodes to explore next, parts them, and says whose histograms are wanted.
    fn explore(&mut self) {
        loop {
            let mut wanted = Vec::new();
            let mut known = 1;
            self.in_order(|node, leaves| match self.nodes[node].children {
                Some(_) => known += 1,
                // The last split needs no more than its parent's histogram.
                None if leaves == self.growth.leaves && wanted.is_empty() => {}
                None => wanted.push(node),
            });
            // The first is sure to be split, the others are likely to be: not all, or much is explored in vain.
            wanted.truncate(((self.growth.leaves - known) / 2).max(1));
            if wanted.is_empty() {
                return;
            }
            for node in wanted {
                self.part(node);
            }
            if !self.builds.is_empty() {
                return;
            }
        }
    }

    fn part(&mut self, node: usize) {
        let Some(best) = &self.nodes[node].best else { return };
        let (parent, slot, first) = (&self.nodes[node], self.slots, self.nodes.len());
        let step = SplitStep { leaf: parent.slot, feature: best.feature, left: best.left_bins };
        let child = |side: usize| Explored {
            sums: best.sums[side],
            bounds: best.bounds[side],
            depth: parent.depth + 1,
            slot: if side == 0 { parent.slot } else { slot },
            best: None,
            cells: Vec::new(),
            children: None,
        };
        let children = [child(0), child(1)];
        let small = first + usize::from(children[1].sums.rows < children[0].sums.rows);
        self.slots += 1;
        Arc::make_mut(&mut self.steps).push(step);
        self.nodes.extend(children);
        self.nodes[node].children = Some([first, first + 1]);
        if self.may_split(first) || self.may_split(first + 1) {
            self.builds.push(Some((node, small)));
        }
    }

    /// The grown tree: the explored splits, in the order of gains, of as many leaves as there may be.
    pub fn finish(mut self) -> Grown {
        let mut split = vec![false; self.nodes.len()];
        self.in_order(|node, _| split[node] = true);
        // The last split may have needed no exploring: its rows are parted all the same.
        for node in
            (0..split.len()).filter(|node| split[*node] && self.nodes[*node].children.is_none()).collect::<Vec<_>>()
        {
            self.part(node);
        }
        split.resize(self.nodes.len(), false);
        let mut tree = Tree { nodes: Vec::new() };
        let (mut left_bins, mut of_slot) = (Vec::new(), vec![0; self.slots as usize]);
        let mut queue = VecDeque::from([0]);
        while let Some(index) = queue.pop_front() {
            let node = &self.nodes[index];
            let rules = &self.growth.rules;
            let value = self.growth.step_size * rules.value(node.sums, rules.l2, node.bounds);
            let best = node.best.as_ref().zip(node.children).filter(|_| split[index]);
            left_bins.push(best.map(|(best, _)| best.left_bins));
            let inner = best.map(|(best, children)| {
                let first = (tree.nodes.len() + queue.len() + 1) as u32;
                queue.extend(children);
                let children = [first, first + 1];
                Inner { feature: best.feature, decision: best.decision.clone(), gain: best.gain, children }
            });
            if inner.is_none() {
                self.number(index, tree.nodes.len() as u32, &mut of_slot);
            }
            tree.nodes.push(Node { value, rows: node.sums.rows, inner });
        }
        Grown { tree, left_bins, steps: self.steps, of_slot }
    }

    /// Gives all slots below an explored node to a leaf of the tree.
    fn number(&self, node: usize, leaf: u32, of_slot: &mut [u32]) {
        of_slot[self.nodes[node].slot as usize] = leaf;
        self.nodes[node].children.into_iter().flatten().for_each(|child| self.number(child, leaf, of_slot));
    }
}

/// A tree that has grown, and how its rows were parted.
pub struct Grown {
    pub tree: Tree,
    /// The bins that go left, by node.
    pub left_bins: Vec<Option<LeftBins>>,
    steps: Arc<Vec<SplitStep>>,
    /// The tree's leaf that a memo's leaf belongs to: more was explored than was taken.
    of_slot: Vec<u32>,
}

impl Grown {
    pub fn done(&self) -> DoneTree {
        let values = self.of_slot.iter().map(|leaf| self.tree.nodes[*leaf as usize].value).collect();
        DoneTree { tree: self.tree.binned(&self.left_bins), steps: self.steps.clone(), values }
    }
}
