//! A fitted tree: nodes in pre-order with what Spark saves of each, its text, and the importances of its features.

use super::impurity::Impurity;
use crate::Vector;
use crate::linalg::java_double;
use std::fmt::Write;

/// How an inner node parts rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Split {
    /// Left if value ≤ threshold.
    Continuous { feature: u32, threshold: f64 },
    /// Left if the category is one of `left`, which increases; `categories` is how many there are.
    Categorical { feature: u32, left: Vec<u32>, categories: usize },
}

impl Split {
    pub fn feature(&self) -> u32 {
        match self {
            Split::Continuous { feature, .. } | Split::Categorical { feature, .. } => *feature,
        }
    }

    /// Whether values that are no category go left: Spark keeps the smaller side as a set, the rest is the other.
    pub fn unknown_goes_left(left: &[u32], categories: usize) -> bool {
        left.len() > categories / 2
    }

    /// The condition of the left child or of the right one, as Spark prints it.
    fn text(&self, is_left: bool) -> String {
        match self {
            Split::Continuous { feature, threshold } => {
                format!("feature {feature} {} {}", if is_left { "<=" } else { ">" }, java_double(*threshold))
            }
            Split::Categorical { feature, left, .. } => {
                let left: Vec<String> = left.iter().map(|category| format!("{category}.0")).collect();
                format!("feature {feature} {} {{{}}}", if is_left { "in" } else { "not in" }, left.join(","))
            }
        }
    }
}

/// Whether a value goes to the left child of a categorical split.
pub fn goes_left(value: f64, left: &[u32], categories: usize) -> bool {
    let category = value as u32;
    if f64::from(category) != value || category as usize >= categories {
        return Split::unknown_goes_left(left, categories);
    }
    left.binary_search(&category).is_ok()
}

/// A node; children come later in pre-order.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub prediction: f64,
    /// −1 where Spark says so: a leaf that could not be split.
    pub impurity: f64,
    /// [`super::impurity::Stats::sums`].
    pub sums: Vec<f64>,
    /// Rows without weights, as the bootstrap drew them.
    pub rows: i64,
    pub inner: Option<Inner>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Inner {
    pub gain: f64,
    pub split: Split,
    /// Indices of the left and the right child.
    pub children: [u32; 2],
}

/// A tree; node 0 is the root.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

impl Tree {
    /// Number of edges from the root to the deepest leaf.
    pub fn depth(&self) -> usize {
        self.depths().into_iter().max().unwrap_or(0)
    }

    /// The depth of every node.
    pub fn depths(&self) -> Vec<usize> {
        let mut depths = vec![0; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for child in node.inner.iter().flat_map(|inner| inner.children) {
                depths[child as usize] = depths[index] + 1;
            }
        }
        depths
    }

    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.inner.is_none()).count()
    }

    /// The lines of `toDebugString` below its header.
    pub fn write_text(&self, indent: usize, text: &mut String) {
        self.write_node(0, indent, text);
    }

    fn write_node(&self, index: u32, indent: usize, text: &mut String) {
        let node = &self.nodes[index as usize];
        let space = " ".repeat(indent);
        // Writing to a string cannot fail.
        let Some(inner) = &node.inner else {
            let _ = writeln!(text, "{space}Predict: {}", java_double(node.prediction));
            return;
        };
        for (child, (word, is_left)) in inner.children.into_iter().zip([("If", true), ("Else", false)]) {
            let _ = writeln!(text, "{space}{word} ({})", inner.split.text(is_left));
            self.write_node(child, indent + 1, text);
        }
    }

    /// Gain × weight by feature; zero where a feature is not used, which `used` tells from a gain of zero.
    fn importances(&self, impurity: Impurity, importances: &mut [f64], used: &mut [bool]) {
        for node in &self.nodes {
            let Some(inner) = &node.inner else { continue };
            let feature = inner.split.feature() as usize;
            importances[feature] += inner.gain * impurity.weight(&node.sums);
            used[feature] = true;
        }
    }
}

/// Importances of the features, which sum to 1: over trees the sum of gains × weights, each tree's sum scaled to 1 first
/// where `each_alike` (Spark's `TreeEnsembleModel.featureImportances`; boosting does not scale).
pub fn feature_importances(trees: &[Tree], features: usize, impurity: Impurity, each_alike: bool) -> Vector {
    let mut total = vec![0.0; features];
    let mut ever_used = vec![false; features];
    for tree in trees {
        let (mut of_tree, mut used) = (vec![0.0; features], vec![false; features]);
        tree.importances(impurity, &mut of_tree, &mut used);
        let norm: f64 = if each_alike { of_tree.iter().sum() } else { 1.0 };
        if norm == 0.0 {
            continue;
        }
        for feature in (0..features).filter(|feature| used[*feature]) {
            total[feature] += of_tree[feature] / norm;
            ever_used[feature] = true;
        }
    }
    let norm: f64 = total.iter().sum();
    let indices: Vec<u32> = (0..features as u32).filter(|feature| ever_used[*feature as usize]).collect();
    let values = indices.iter().map(|feature| total[*feature as usize] / norm).collect();
    Vector::Sparse { size: features, indices, values }
}
