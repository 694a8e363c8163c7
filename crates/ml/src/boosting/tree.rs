//! A boosted tree: nodes with what they give, how they part rows, and what that gained.

use crate::linalg::java_double;
use crate::tree::boost::margins::BinnedTree;
use crate::tree::rows::LeftBins;
use crate::tree::shap::{Decision, ShapNode, ShapTree};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What a leaf adds to the margin, shrunk by the step size.
    pub value: f64,
    pub rows: i64,
    pub inner: Option<Inner>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inner {
    pub feature: u32,
    pub decision: Decision,
    pub gain: f64,
    /// Left and right; they come later than their parent.
    pub children: [u32; 2],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

impl Tree {
    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.inner.is_none()).count()
    }

    /// The tree for binned rows; `left_bins` has the bins that go left, by node.
    pub fn binned(&self, left_bins: &[Option<LeftBins>]) -> BinnedTree {
        BinnedTree::of_nodes(self.nodes.iter().zip(left_bins).map(|(node, left)| {
            let inner = node.inner.as_ref().zip(*left);
            (inner.map(|(inner, left)| (inner.feature, left, inner.children)), node.value)
        }))
    }

    pub fn explained(&self) -> ShapTree {
        let node = |node: &Node| ShapNode {
            cover: node.rows as f64,
            inner: node.inner.as_ref().map(|inner| (inner.feature, inner.decision.clone(), inner.children)),
        };
        ShapTree::new(self.nodes.iter().map(node).collect(), self.nodes.iter().map(|node| node.value).collect(), 1)
    }

    /// The lines of a tree in words.
    pub fn write_text(&self, node: u32, indent: usize, text: &mut String) {
        let space = " ".repeat(indent);
        let Node { value, inner, .. } = &self.nodes[node as usize];
        // Writing to a string cannot fail.
        let Some(inner) = inner else {
            let _ = writeln!(text, "{space}Predict: {}", java_double(*value));
            return;
        };
        for (word, side) in [("If", 0), ("Else", 1)] {
            let _ = writeln!(text, "{space}{word} ({})", condition(inner, side == 0));
            self.write_text(inner.children[side], indent + 1, text);
        }
    }
}

fn condition(inner: &Inner, is_left: bool) -> String {
    let feature = inner.feature;
    match &inner.decision {
        Decision::AtMost { threshold, missing_left } => {
            let missing = if *missing_left == is_left { " or missing" } else { "" };
            format!("feature {feature} {} {}{missing}", if is_left { "<=" } else { ">" }, java_double(*threshold))
        }
        Decision::In { left, .. } => {
            let left: Vec<String> = left.iter().map(|category| format!("{category}.0")).collect();
            format!("feature {feature} {} {{{}}}", if is_left { "in" } else { "not in" }, left.join(","))
        }
    }
}
