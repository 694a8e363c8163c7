//! A tree while it grows, and what becomes of it (Spark's `LearningNode` and its pruning).

use super::impurity::{Impurity, Stats};
use super::node::{Inner, Node, Split, Tree};
use super::rows::Route;
use super::split::{Child, Examined};

/// A tree whose nodes are appended as they are met; node 0 is the root.
#[derive(Default)]
pub struct Growing {
    nodes: Vec<GrowingNode>,
}

#[derive(Default)]
struct GrowingNode {
    stats: Stats,
    impurity: f64,
    /// False where a split was sought, and none satisfied the rules.
    is_splittable: bool,
    split: Option<(f64, Split, [usize; 2])>,
}

impl Growing {
    /// Splits a node or closes it, by what its histogram says; the route its rows take.
    pub fn settle(&mut self, node: usize, examined: Examined, depth: usize, max_depth: usize) -> Option<Route> {
        if self.nodes.is_empty() {
            self.nodes.push(GrowingNode::default());
        }
        let first_child = self.nodes.len();
        let settled = &mut self.nodes[node];
        settled.stats = examined.stats;
        settled.impurity = examined.impurity;
        settled.is_splittable = examined.best.is_some();
        let best = examined.best.filter(|best| best.gain > 0.0 && depth < max_depth)?;
        let feature = best.split.feature();
        settled.split = Some((best.gain, best.split, [first_child, first_child + 1]));
        let is_pure = |child: &Child| child.impurity.abs() < f64::EPSILON;
        let open = best.children.each_ref().map(|child| depth + 1 < max_depth && !is_pure(child));
        self.nodes.extend(best.children.map(|child| GrowingNode {
            stats: child.stats,
            impurity: child.impurity,
            is_splittable: true,
            split: None,
        }));
        Some(Route { feature, left: best.left_bins, open })
    }

    pub fn children(&self, node: usize) -> Option<[usize; 2]> {
        self.nodes[node].split.as_ref().map(|(_, _, children)| *children)
    }

    pub fn rows(&self, node: usize) -> i64 {
        self.nodes[node].stats.rows
    }

    /// The tree in pre-order; two leaves of one prediction become one.
    pub fn finish(mut self, impurity: Impurity) -> Tree {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        self.append(0, impurity, &mut nodes);
        Tree { nodes }
    }

    fn append(&mut self, index: usize, impurity: Impurity, nodes: &mut Vec<Node>) {
        let growing = std::mem::take(&mut self.nodes[index]);
        let place = nodes.len();
        nodes.push(Node {
            prediction: impurity.prediction(&growing.stats.sums),
            impurity: if growing.is_splittable { growing.impurity } else { -1.0 },
            sums: growing.stats.sums,
            rows: growing.stats.rows,
            inner: None,
        });
        let Some((gain, split, [left, right])) = growing.split else { return };
        self.append(left, impurity, nodes);
        let right_place = nodes.len();
        self.append(right, impurity, nodes);
        let are_leaves = nodes.len() == place + 3;
        if are_leaves && nodes[place + 1].prediction == nodes[place + 2].prediction {
            let prediction = nodes[place + 1].prediction;
            nodes.truncate(place + 1);
            nodes[place].prediction = prediction;
        } else {
            let children = [place as u32 + 1, right_place as u32];
            nodes[place].inner = Some(Inner { gain, split, children });
        }
    }
}
