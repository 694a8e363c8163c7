//! Which rows are in which open node: the memo of a partition, brought up to date by replaying the broadcast splits.

use super::binned::BinnedPart;
use super::bootstrap::Sampling;
use super::histogram::Entry;
use super::parting::part;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The bins that go to the left child.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum LeftBins {
    UpTo(u8),
    Set([u64; 4]),
}

impl LeftBins {
    pub fn of_categories(categories: impl IntoIterator<Item = usize>) -> Self {
        let mut set = [0u64; 4];
        categories.into_iter().for_each(|category| set[category / 64] |= 1 << (category % 64));
        LeftBins::Set(set)
    }

    pub fn contains(&self, bin: u8) -> bool {
        match self {
            LeftBins::UpTo(last) => bin <= *last,
            LeftBins::Set(set) => set[usize::from(bin) / 64] >> (bin % 64) & 1 == 1,
        }
    }
}

/// Where the rows of an open node went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    pub feature: u32,
    pub left: LeftBins,
    /// Whether the left and the right child are open, so that their rows are still needed.
    pub open: [bool; 2],
}

/// The decided levels of a tree that is being grown: for each open node of a level its route, `None` for a leaf. The
/// open nodes of the next level are the open children, in order.
pub type Levels = Vec<Vec<Option<Route>>>;

/// The rows of a part in the trees that are grown together.
///
/// Invariant: an entry's row is below the number of rows of the part, and its class is that row's.
#[derive(Default)]
pub struct GroupRows {
    first_tree: Option<u32>,
    trees: Vec<TreeRows>,
    spare: Vec<Entry>,
}

#[derive(Default)]
struct TreeRows {
    /// Levels that were replayed.
    level: usize,
    entries: Vec<Entry>,
    /// Where the entries of each open node are.
    nodes: Vec<Range<usize>>,
}

impl GroupRows {
    /// Makes sure that the memo is of these trees; it may be behind, or start anew.
    pub fn begin(&mut self, first_tree: u32, trees: &[Levels], sampling: &Sampling, seed: u64, rows: &BinnedPart) {
        let behind = |memo: &TreeRows, levels: &Levels| memo.level <= levels.len();
        let usable = self.first_tree == Some(first_tree)
            && self.trees.len() == trees.len()
            && self.trees.iter().zip(trees).all(|(memo, levels)| behind(memo, levels));
        if !usable {
            self.first_tree = Some(first_tree);
            self.trees.resize_with(trees.len(), TreeRows::default);
            for (tree, number) in self.trees.iter_mut().zip(first_tree..) {
                tree.restart(sampling, seed, number, rows);
            }
        }
    }

    /// Replays the levels of a tree that the memo has not seen.
    pub fn catch_up(&mut self, tree: usize, levels: &Levels, rows: &BinnedPart) {
        let tree = &mut self.trees[tree];
        for level in &levels[tree.level..] {
            tree.descend(level, rows, &mut self.spare);
        }
    }

    /// The entries of an open node of a tree's deepest level.
    pub fn of(&self, tree: usize, node: usize) -> &[Entry] {
        let tree = &self.trees[tree];
        &tree.entries[tree.nodes[node].clone()]
    }
}

impl TreeRows {
    fn restart(&mut self, sampling: &Sampling, seed: u64, tree: u32, rows: &BinnedPart) {
        sampling.draw(seed, tree, rows, &mut self.entries);
        self.nodes.clear();
        self.nodes.push(0..self.entries.len());
        self.level = 0;
    }

    fn descend(&mut self, routes: &[Option<Route>], rows: &BinnedPart, spare: &mut Vec<Entry>) {
        let mut nodes = Vec::with_capacity(2 * routes.len());
        for (range, route) in self.nodes.iter().zip(routes) {
            let Some(route) = route else { continue };
            let entries = &mut self.entries[range.clone()];
            if route.open == [false, false] {
                continue;
            }
            let lefts = part(entries, spare, rows.column(route.feature), route.left);
            let middle = range.start + lefts;
            match route.open {
                [true, true] => nodes.extend([range.start..middle, middle..range.end]),
                [true, false] => nodes.push(range.start..middle),
                [false, true] => nodes.push(middle..range.end),
                [false, false] => {}
            }
        }
        self.nodes = nodes;
        self.level += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_bins() {
        let set = LeftBins::of_categories([0, 63, 64, 255]);
        let left: Vec<u8> = (0..=255).filter(|bin| set.contains(*bin)).collect();
        assert_eq!(left, [0, 63, 64, 255]);
    }
}
