//! Prediction: all trees as one flat array of nodes, walked by several rows at once.
//!
//! A leaf is a node that leads to itself, so every row takes as many steps as its tree is deep, without branches.

use super::node::{Node, Tree};
use super::shap::Decision;

/// 16 bytes; the children of a node stand side by side.
#[derive(Debug, Clone, Copy)]
struct WalkNode {
    /// Or, for a categorical split, the index of its set.
    threshold: f64,
    /// Index into a row; for a leaf the index behind the last feature, where a row holds 0.
    feature: u32,
    /// The left child; the right one follows. A leaf's own index.
    child: u32,
}

/// Bit of [`WalkNode::feature`] for a categorical split.
const CATEGORICAL: u32 = 1 << 31;

/// Bit of [`WalkNode::feature`] for a threshold that a missing value goes left of.
const MISSING_LEFT: u32 = 1 << 30;

/// Feature, decision and children of an inner node; `None` for a leaf.
pub type Deciding = Option<(u32, Decision, [u32; 2])>;

#[derive(Debug, Clone)]
struct CategorySet {
    categories: u32,
    bits: Vec<u64>,
    /// For values that are no category.
    others_go_left: bool,
}

impl CategorySet {
    fn goes_left(&self, value: f64) -> bool {
        let category = value as u32;
        if f64::from(category) != value || category >= self.categories {
            return self.others_go_left;
        }
        self.bits[category as usize / 64] >> (category % 64) & 1 == 1
    }
}

/// Where a tree starts, and how deep it is.
#[derive(Debug, Clone, Copy)]
struct Root {
    node: u32,
    depth: u32,
}

/// Trees, ready to be walked.
///
/// Invariant: every `child` and `child + 1` of an inner node, and every leaf's `child`, is an index into `nodes`; every
/// feature is at most `features`, which is below 2^30.
#[derive(Debug, Clone)]
pub struct Walker {
    features: usize,
    nodes: Vec<WalkNode>,
    roots: Vec<Root>,
    sets: Vec<CategorySet>,
    /// Whether missing values go left anywhere.
    missing: bool,
    /// What a leaf gives, `[nodes, width]`.
    values: Vec<f64>,
    width: usize,
    /// The leaf's number in its tree, in pre-order, by node.
    leaves: Vec<u32>,
}

/// Rows that walk a tree together.
const ABREAST: usize = 16;

/// Numbers of the rows that walk a tree one group after the other: with the tree they stay in the nearest cache.
const TILE: usize = 24 * 1024 / size_of::<f64>();

impl Walker {
    /// Spark's trees. `value` gives the `width` numbers of a leaf: number of the tree, then of the node.
    ///
    /// # Panics
    /// If a split's feature is not below `features`.
    pub fn new(trees: &[Tree], features: usize, width: usize, value: impl Fn(usize, usize) -> Vec<f64>) -> Self {
        let nodes = trees.iter().map(|tree| tree.nodes.iter().map(Node::decision).collect()).collect();
        Self::of_decisions(nodes, features, width, value)
    }

    /// The same of trees in general: by node the feature, the decision and the children, which come later than their parent;
    /// `None` for a leaf.
    pub fn of_decisions(
        trees: Vec<Vec<Deciding>>,
        features: usize,
        width: usize,
        value: impl Fn(usize, usize) -> Vec<f64>,
    ) -> Self {
        let mut walker = Self {
            features,
            nodes: Vec::new(),
            roots: Vec::with_capacity(trees.len()),
            sets: Vec::new(),
            missing: false,
            values: Vec::new(),
            width,
            leaves: Vec::new(),
        };
        for (number, tree) in trees.iter().enumerate() {
            walker.add(tree, &|node| value(number, node));
        }
        walker
    }

    fn add(&mut self, tree: &[Deciding], value: &impl Fn(usize) -> Vec<f64>) {
        let root = self.nodes.len();
        let mut depths = vec![0u32; tree.len()];
        // Where each node of the tree stands: the root alone, then pairs of children in the order of their parents.
        let mut places = vec![root; tree.len()];
        let mut next = root + 1;
        for (index, node) in tree.iter().enumerate() {
            let Some((_, _, children)) = node else { continue };
            for (side, child) in children.iter().enumerate() {
                places[*child as usize] = next + side;
                depths[*child as usize] = depths[index] + 1;
            }
            next += 2;
        }
        let depth = depths.into_iter().max().unwrap_or(0);
        self.roots.push(Root { node: root as u32, depth });
        let leaf = |place: usize| WalkNode { threshold: 0.0, feature: self.features as u32, child: place as u32 };
        self.nodes.extend((root..next).map(leaf));
        self.leaves.resize(next, 0);
        self.values.resize(next * self.width, 0.0);
        let (mut waiting, mut leaves) = (vec![0], 0);
        while let Some(index) = waiting.pop() {
            if let Some((_, _, [left, right])) = &tree[index] {
                waiting.extend([*right as usize, *left as usize]);
                continue;
            }
            let place = places[index];
            self.leaves[place] = leaves;
            self.values[place * self.width..][..self.width].copy_from_slice(&value(index));
            leaves += 1;
        }
        for (index, node) in tree.iter().enumerate() {
            let Some((feature, decision, children)) = node else { continue };
            assert!((*feature as usize) < self.features, "a split of a feature that is not there");
            let child = places[children[0] as usize] as u32;
            self.nodes[places[index]] = match decision {
                Decision::AtMost { threshold, missing_left } => {
                    self.missing |= missing_left;
                    let missing = if *missing_left { MISSING_LEFT } else { 0 };
                    WalkNode { threshold: *threshold, feature: feature | missing, child }
                }
                Decision::In { left, categories, others_left } => {
                    let mut bits = vec![0; categories.div_ceil(64) as usize];
                    left.iter().for_each(|category| bits[*category as usize / 64] |= 1 << (category % 64));
                    self.sets.push(CategorySet { categories: *categories, bits, others_go_left: *others_left });
                    WalkNode { threshold: (self.sets.len() - 1) as f64, feature: feature | CATEGORICAL, child }
                }
            };
        }
    }

    /// Numbers that a tree gives a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds each tree's leaf values to `sums`, `[rows, width]`, tree after tree.
    ///
    /// `fill(row, slots)` writes a row's features into `slots`.
    pub fn add_values(&self, rows: usize, mut fill: impl FnMut(usize, &mut [f64]), sums: &mut [f64]) {
        self.tiles(rows, &mut fill, &mut |first, _, nodes| {
            for (sum, node) in sums[first * self.width..].chunks_exact_mut(self.width).zip(nodes) {
                let values = &self.values[*node as usize * self.width..][..self.width];
                sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
        });
    }

    /// The number of the leaf that each row reaches in each tree, `[rows, trees]`.
    pub fn leaf_numbers(&self, rows: usize, mut fill: impl FnMut(usize, &mut [f64])) -> Vec<f64> {
        let trees = self.roots.len();
        let mut numbers = vec![0.0; rows * trees];
        self.tiles(rows, &mut fill, &mut |first, tree, nodes| {
            for (row, node) in (first..rows).zip(nodes) {
                numbers[row * trees + tree] = f64::from(self.leaves[*node as usize]);
            }
        });
        numbers
    }

    /// Walks all rows, and calls `reached(first row, tree, leaves of the rows from it on)` in the order of trees.
    fn tiles(
        &self,
        rows: usize,
        fill: &mut impl FnMut(usize, &mut [f64]),
        reached: &mut impl FnMut(usize, usize, &[u32]),
    ) {
        let stride = self.features + 1;
        let abreast = if rows < ABREAST / 4 { 1 } else { ABREAST };
        let groups = (TILE / stride / abreast).clamp(1, rows.div_ceil(abreast).max(1));
        let mut tile = vec![0.0; groups * abreast * stride];
        for first in (0..rows).step_by(groups * abreast) {
            let in_tile = (rows - first).min(groups * abreast);
            for (row, slots) in tile.chunks_exact_mut(stride).take(in_tile).enumerate() {
                fill(first + row, &mut slots[..self.features]);
            }
            // Where nothing is missing, it does not matter where missing values go.
            let is_plain = self.sets.is_empty() && !(self.missing && tile.iter().any(|value| value.is_nan()));
            for (number, tree) in self.roots.iter().enumerate() {
                for (group, rows) in tile.chunks_exact(abreast * stride).take(in_tile.div_ceil(abreast)).enumerate() {
                    let (start, count) = (group * abreast, (in_tile - group * abreast).min(abreast));
                    let mut reached = |nodes: &[u32]| reached(first + start, number, &nodes[..count]);
                    match (abreast, is_plain) {
                        (1, true) => reached(&self.walk::<1, false>(tree, rows)),
                        (1, false) => reached(&self.walk::<1, true>(tree, rows)),
                        (_, true) => reached(&self.walk::<ABREAST, false>(tree, rows)),
                        (_, false) => reached(&self.walk::<ABREAST, true>(tree, rows)),
                    }
                }
            }
        }
    }

    /// The leaves that rows reach in a tree.
    #[inline]
    fn walk<const ROWS: usize, const SPECIAL: bool>(&self, tree: &Root, rows: &[f64]) -> [u32; ROWS] {
        let stride = self.features + 1;
        assert!(rows.len() >= ROWS * stride);
        let mut at = [tree.node; ROWS];
        for _ in 0..tree.depth {
            for (row, at) in at.iter_mut().enumerate() {
                // SAFETY: `at` is a root or was computed below from a node, so it is an index into `nodes` by the
                // invariant of `Walker`: child of a leaf for a value that is not above 0, which slot `features`
                // holds, or one of the two children of an inner node.
                let node = unsafe { self.nodes.get_unchecked(*at as usize) };
                let feature = (node.feature & !(CATEGORICAL | MISSING_LEFT)) as usize;
                // SAFETY: row < ROWS and feature ≤ features < stride, and the rows were asserted to be that long.
                let value = unsafe { *rows.get_unchecked(row * stride + feature) };
                let left = if SPECIAL && node.feature & CATEGORICAL != 0 {
                    self.sets[node.threshold as usize].goes_left(value)
                } else {
                    value <= node.threshold || (SPECIAL && node.feature & MISSING_LEFT != 0 && value.is_nan())
                };
                *at = node.child + u32::from(!left);
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::{Inner, Split};
    use super::*;

    fn tree() -> Tree {
        let leaf = |prediction: f64| Node { prediction, impurity: 0.0, sums: vec![], rows: 1, inner: None };
        let inner = |split, children| Node { inner: Some(Inner { gain: 1.0, split, children }), ..leaf(0.0) };
        Tree {
            nodes: vec![
                inner(Split::Continuous { feature: 1, threshold: 0.5 }, [1, 4]),
                inner(Split::Categorical { feature: 0, left: vec![0, 2], categories: 3 }, [2, 3]),
                leaf(10.0),
                leaf(20.0),
                leaf(30.0),
            ],
        }
    }

    #[test]
    fn rows_reach_their_leaves_alone_and_together() {
        let walker = Walker::new(&[tree(), tree()], 2, 1, |_, node| vec![tree().nodes[node].prediction]);
        let rows: Vec<([f64; 2], f64, f64)> = vec![
            ([0.0, 0.5], 10.0, 0.0),
            ([1.0, 0.0], 20.0, 1.0),
            ([2.0, -7.0], 10.0, 0.0),
            // No category: the larger side, here the left one of two of three.
            ([1.5, 0.0], 10.0, 0.0),
            ([9.0, 0.0], 10.0, 0.0),
            ([0.0, 0.6], 30.0, 2.0),
            ([0.0, f64::NAN], 30.0, 2.0),
        ];
        let together: Vec<_> = rows.iter().cycle().take(40).collect();
        let mut sums = vec![0.0; 40];
        walker.add_values(40, |row, slots| slots.copy_from_slice(&together[row].0), &mut sums);
        let leaves = walker.leaf_numbers(40, |row, slots| slots.copy_from_slice(&together[row].0));
        for (row, (features, value, leaf)) in together.iter().enumerate() {
            let mut alone = [0.0];
            walker.add_values(1, |_, slots| slots.copy_from_slice(features), &mut alone);
            assert_eq!((sums[row], alone[0]), (2.0 * value, 2.0 * value), "{features:?}");
            assert_eq!(leaves[2 * row..2 * row + 2], [*leaf; 2], "{features:?}");
        }
    }
}
