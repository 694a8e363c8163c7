//! Trees of Spark's models as the explanations see them.

use super::model::TreeModel;
use super::node::{Node, Split, Tree};
use super::shap::{Decision, OutputTree, ShapNode, ShapTree};
use super::walk::Deciding;

impl TreeModel {
    /// What is explained, and the trees: of a classifier the probability of each class, of boosted classes the margin, of
    /// a regression the prediction.
    pub(crate) fn explained(&self) -> (Vec<String>, Vec<OutputTree>) {
        let share = if self.is_boosted() { 1.0 } else { 1.0 / self.trees().len() as f64 };
        let classes = if self.is_boosted() { 0 } else { self.classes() };
        let of_leaf = |node: &Node, weight: f64| -> Vec<f64> {
            if classes == 0 {
                return vec![node.prediction * weight * share];
            }
            let total: f64 = node.sums.iter().sum();
            node.sums.iter().map(|sum| if total == 0.0 { 0.0 } else { sum / total * share }).collect()
        };
        let tree = |(tree, weight): (&Tree, &f64)| OutputTree {
            tree: ShapTree::new(
                tree.nodes.iter().map(|node| shap_node(node, classes)).collect(),
                tree.nodes.iter().flat_map(|node| of_leaf(node, *weight)).collect(),
                classes.max(1),
            ),
            first_output: 0,
        };
        let outputs = match (classes, self.classes()) {
            (0, 0) => vec!["prediction".to_owned()],
            (0, _) => vec!["margin".to_owned()],
            _ => (0..classes).map(|class| format!("probability of class {class}")).collect(),
        };
        (outputs, self.trees().iter().zip(self.tree_weights()).map(tree).collect())
    }
}

fn shap_node(node: &Node, classes: usize) -> ShapNode {
    let cover = if classes > 0 { node.sums.iter().sum() } else { node.sums[0] };
    ShapNode { cover, inner: node.decision() }
}

impl Node {
    /// Feature, decision and children of an inner node.
    pub(super) fn decision(&self) -> Deciding {
        let inner = self.inner.as_ref()?;
        let decision = match &inner.split {
            Split::Continuous { threshold, .. } => Decision::AtMost { threshold: *threshold, missing_left: false },
            Split::Categorical { left, categories, .. } => Decision::In {
                left: left.clone(),
                categories: *categories as u32,
                others_left: Split::unknown_goes_left(left, *categories),
            },
        };
        Some((inner.split.feature(), decision, inner.children))
    }
}
