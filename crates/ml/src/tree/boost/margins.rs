//! A finished tree over bins: adds its weighted predictions to the margins of binned rows.

use crate::tree::binned::{BinnedPart, PANEL};
use crate::tree::bins::FeatureBins;
use crate::tree::node::{Split, Tree};
use crate::tree::rows::LeftBins;
use serde::{Deserialize, Serialize};

/// Where a row goes from a node. A leaf leads to itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Step {
    /// Index of the left and the right child.
    children: [u32; 2],
    feature: u32,
    /// The last bin that goes left, where no set tells.
    last: u8,
    /// Index into the tree's sets plus one; 0 for a cut of ordered bins.
    set: u32,
}

/// A tree with its splits in bins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BinnedTree {
    steps: Vec<Step>,
    sets: Vec<LeftBins>,
    /// Prediction times the tree's weight, by node.
    values: Vec<f64>,
    depth: usize,
}

impl BinnedTree {
    pub fn new(tree: &Tree, bins: &[FeatureBins], weight: f64) -> Self {
        let mut sets = Vec::new();
        let mut step = |(index, node): (usize, &crate::tree::node::Node)| {
            let leaf = Step { children: [index as u32; 2], feature: 0, last: u8::MAX, set: 0 };
            let Some(inner) = &node.inner else { return leaf };
            let feature = inner.split.feature();
            let step = Step { children: inner.children, feature, ..leaf };
            match (&inner.split, &bins[feature as usize]) {
                (Split::Continuous { threshold, .. }, FeatureBins::Continuous { thresholds }) => {
                    let last = thresholds.partition_point(|edge| edge < threshold);
                    Step { last: last as u8, ..step }
                }
                (Split::Categorical { left, .. }, _) => {
                    sets.push(LeftBins::of_categories(left.iter().map(|category| *category as usize)));
                    Step { set: sets.len() as u32, ..step }
                }
                // A feature is cut as it is binned.
                (Split::Continuous { .. }, _) => step,
            }
        };
        let steps = tree.nodes.iter().enumerate().map(&mut step).collect();
        let values = tree.nodes.iter().map(|node| node.prediction * weight).collect();
        Self { steps, sets, values, depth: tree.depth() }
    }

    /// A tree from its nodes: where rows go, and what they get at the end. Children come after their parents.
    pub fn of_nodes(nodes: impl IntoIterator<Item = (Option<(u32, LeftBins, [u32; 2])>, f64)>) -> Self {
        let mut tree = Self { steps: Vec::new(), sets: Vec::new(), values: Vec::new(), depth: 0 };
        for (index, (inner, value)) in nodes.into_iter().enumerate() {
            let leaf = Step { children: [index as u32; 2], feature: 0, last: u8::MAX, set: 0 };
            tree.values.push(value);
            tree.steps.push(match inner {
                None => leaf,
                Some((feature, LeftBins::UpTo(last), children)) => Step { children, feature, last, ..leaf },
                Some((feature, left @ LeftBins::Set(_), children)) => {
                    tree.sets.push(left);
                    Step { children, feature, set: tree.sets.len() as u32, ..leaf }
                }
            });
        }
        let mut depths = vec![0; tree.steps.len()];
        for (index, step) in tree.steps.iter().enumerate().filter(|(index, step)| step.children[0] as usize != *index) {
            step.children.iter().for_each(|child| depths[*child as usize] = depths[index] + 1);
        }
        tree.depth = depths.into_iter().max().unwrap_or(0);
        tree
    }

    /// The largest magnitude that the tree adds.
    pub fn largest(&self) -> f64 {
        let leaves = self.steps.iter().zip(&self.values).filter(|(step, _)| step.children[0] == step.children[1]);
        leaves.fold(0.0, |largest, (_, value)| value.abs().max(largest))
    }

    /// Adds to every row's margin.
    pub fn add(&self, rows: &BinnedPart, margins: &mut [f64]) {
        if self.sets.is_empty() { self.walk::<false>(rows, margins) } else { self.walk::<true>(rows, margins) }
    }

    #[inline]
    fn walk<const SETS: bool>(&self, rows: &BinnedPart, margins: &mut [f64]) {
        let place = |step: &Step| {
            let (panel, place) = (step.feature as usize / PANEL, step.feature as usize % PANEL);
            panel * rows.rows * rows.stride + place
        };
        let places: Vec<usize> = self.steps.iter().map(place).collect();
        for (row, margin) in margins.iter_mut().enumerate().take(rows.rows) {
            let mut at = 0;
            for _ in 0..self.depth {
                let step = &self.steps[at];
                let bin = rows.panels[places[at] + row * rows.stride];
                let right = match SETS && step.set > 0 {
                    true => !self.sets[step.set as usize - 1].contains(bin),
                    false => bin > step.last,
                };
                at = step.children[usize::from(right)] as usize;
            }
            *margin += self.values[at];
        }
    }
}
