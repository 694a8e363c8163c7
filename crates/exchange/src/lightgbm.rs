//! LightGBM's text: trees as lines of lists. Its thresholds are doubles and compare as ours do, so every row takes the
//! same way.

use crate::forest::{Forest, Objective, Sum, Test, Tree};
use crate::names;
use crate::stage::Stage;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use brickyard_ml::Transformer;
use std::fmt::Write;

/// Bits of `decision_type`.
const CATEGORICAL: u32 = 1;
const MISSING_LEFT: u32 = 2;
const NAN_IS_MISSING: u32 = 2 << 2;

pub fn export(model: &dyn Transformer, schema: Option<&Schema>) -> Result<Vec<u8>> {
    let stage = Stage::new(model)?;
    let forest = Forest::of(&stage)?.ok_or_else(|| not_trees(&stage))?;
    let book = Book::of(&forest);
    let names = names::features(&stage, schema, forest.features);
    let trees: Vec<String> = book.trees.iter().enumerate().map(|(number, tree)| tree_text(number, tree)).collect();
    let sizes: Vec<usize> = trees.iter().map(String::len).collect();
    let mut text = String::from("tree\nversion=v4\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "num_class={}\nnum_tree_per_iteration={}", book.outputs, book.outputs);
    let _ = writeln!(text, "label_index=0\nmax_feature_idx={}", forest.features.saturating_sub(1));
    if let Some(objective) = &book.objective {
        let _ = writeln!(text, "objective={objective}");
    }
    if book.is_average {
        text += "average_output\n";
    }
    let _ = writeln!(text, "feature_names={}", names.join(" "));
    let _ = writeln!(text, "feature_infos={}", feature_infos(&forest).join(" "));
    let _ = writeln!(text, "tree_sizes={}\n", list(sizes.iter()));
    trees.iter().for_each(|tree| text += tree);
    text += "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\npandas_categorical:null\n";
    Ok(text.into_bytes())
}

fn not_trees(stage: &Stage<'_>) -> Failure {
    stage.unsupported("LightGBM's files hold trees alone; export the stage that is a model of trees, or all to onnx")
}

/// The trees as LightGBM sums them: iteration by iteration, in each a tree an output.
struct Book {
    trees: Vec<Tree>,
    outputs: usize,
    /// What turns sums into predictions; `None` leaves them as they are.
    objective: Option<String>,
    is_average: bool,
}

impl Book {
    fn of(forest: &Forest) -> Self {
        match &forest.sum {
            // The probability of class 1 for two classes, else of every class.
            Sum::Classes { classes, .. } => {
                let first = if *classes == 2 { 1 } else { 0 };
                let share = |tree: &Tree, class: usize| {
                    tree.with_leaves(|leaf| {
                        let total: f64 = leaf.values.iter().sum();
                        if total == 0.0 { 0.0 } else { leaf.values[class] / total }
                    })
                };
                let trees = forest.trees.iter().flat_map(|tree| (first..*classes).map(move |class| share(tree, class)));
                Self { trees: trees.collect(), outputs: classes - first, objective: None, is_average: true }
            }
            Sum::Mean => {
                let trees = forest.trees.iter().map(|tree| tree.with_leaves(|leaf| leaf.prediction)).collect();
                Self { trees, outputs: 1, objective: Some("regression".to_owned()), is_average: true }
            }
            Sum::Margins { start, objective } => {
                let copies = forest.trees.iter().map(|tree| tree.with_leaves(|leaf| leaf.values[0]));
                let begins = if start.iter().all(|start| *start == 0.0) { &[][..] } else { start };
                let trees = begins.iter().map(|start| Tree::constant(*start)).chain(copies).collect();
                let objective = match objective {
                    Objective::Logistic { steepness } => format!("binary sigmoid:{steepness}"),
                    Objective::Softmax => format!("multiclass num_class:{}", start.len()),
                    Objective::Squared => "regression".to_owned(),
                    Objective::Quantile { level } => format!("quantile alpha:{level}"),
                    Objective::Poisson => "poisson".to_owned(),
                };
                Self { trees, outputs: start.len(), objective: Some(objective), is_average: false }
            }
        }
    }
}

/// A feature's range, which prediction does not read, or the categories it may have.
fn feature_infos(forest: &Forest) -> Vec<String> {
    let mut categories = vec![None; forest.features];
    let mut is_used = vec![false; forest.features];
    for split in forest.trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.split.as_ref()) {
        is_used[split.feature] = true;
        if let Test::In { categories: count, .. } = &split.test {
            categories[split.feature] = categories[split.feature].max(Some(*count));
        }
    }
    let info = |(count, is_used): (&Option<u32>, &bool)| match (count, is_used) {
        (Some(count), _) => (0..*count).map(|category| category.to_string()).collect::<Vec<_>>().join(":"),
        (None, true) => "[-inf:inf]".to_owned(),
        (None, false) => "none".to_owned(),
    };
    categories.iter().zip(&is_used).map(info).collect()
}

fn list<T: std::fmt::Display>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(" ")
}

fn doubles(items: impl Iterator<Item = f64>) -> String {
    items.map(|item| format!("{item:?}")).collect::<Vec<_>>().join(" ")
}

/// A tree's lines. Inner nodes are numbered in the order of nodes, leaves too; a leaf as a child is the complement of its
/// number.
fn tree_text(number: usize, tree: &Tree) -> String {
    let mut text = format!("Tree={number}\nnum_leaves={}\n", tree.leaves());
    let mut places = Vec::with_capacity(tree.nodes.len());
    let (mut inner, mut leaf) = (0i64, 0i64);
    for node in &tree.nodes {
        let (place, count) = if node.split.is_some() { (inner, &mut inner) } else { (-1 - leaf, &mut leaf) };
        places.push(place);
        *count += 1;
    }
    let splits = || tree.nodes.iter().filter_map(|node| node.split.as_ref());
    let leaves = || tree.nodes.iter().filter(|node| node.split.is_none());
    let (mut thresholds, mut kinds, mut children) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
    let (mut bounds, mut words) = (vec![0usize], Vec::new());
    for split in splits() {
        let [mut left, mut right] = split.children.map(|child| places[child]);
        match &split.test {
            Test::AtMost { threshold, missing_left } => {
                // Where a side is for missing values alone, no number is at most the threshold.
                thresholds.push(threshold.max(f64::MIN));
                kinds.push(NAN_IS_MISSING | if *missing_left { MISSING_LEFT } else { 0 });
            }
            Test::In { left: members, categories, others_left } => {
                let (members, is_left) = Test::named_side(members, *categories, *others_left);
                if !is_left {
                    (left, right) = (right, left);
                }
                thresholds.push((bounds.len() - 1) as f64);
                kinds.push(CATEGORICAL | NAN_IS_MISSING);
                words.extend(bit_set(&members));
                bounds.push(words.len());
            }
        }
        children[0].push(left);
        children[1].push(right);
    }
    let sets = bounds.len() - 1;
    let mut line = |name: &str, items: String| {
        let _ = writeln!(text, "{name}={items}");
    };
    line("num_cat", sets.to_string());
    line("split_feature", list(splits().map(|split| split.feature)));
    line("split_gain", doubles(splits().map(|split| split.gain)));
    line("threshold", doubles(thresholds.into_iter()));
    line("decision_type", list(kinds.iter()));
    line("left_child", list(children[0].iter()));
    line("right_child", list(children[1].iter()));
    line("leaf_value", doubles(leaves().map(|leaf| leaf.values[0])));
    line("leaf_weight", doubles(leaves().map(|leaf| leaf.rows as f64)));
    line("leaf_count", list(leaves().map(|leaf| leaf.rows)));
    let inner = || tree.nodes.iter().filter(|node| node.split.is_some());
    line("internal_value", doubles(inner().map(|node| node.prediction)));
    line("internal_weight", doubles(inner().map(|node| node.rows as f64)));
    line("internal_count", list(inner().map(|node| node.rows)));
    if sets > 0 {
        line("cat_boundaries", list(bounds.iter()));
        line("cat_threshold", list(words.iter()));
    }
    text += "is_linear=0\nshrinkage=1\n\n\n";
    text
}

/// The categories as bits of 32-bit words; at least one word.
fn bit_set(members: &[u32]) -> Vec<u32> {
    let mut words = vec![0u32; members.last().map_or(1, |last| *last as usize / 32 + 1)];
    members.iter().for_each(|member| words[*member as usize / 32] |= 1 << (member % 32));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_words_of_32_bits() {
        for (members, expected) in
            [(vec![], vec![0]), (vec![0, 2], vec![5]), (vec![31, 33], vec![1 << 31, 2]), (vec![64], vec![0, 0, 1])]
        {
            assert_eq!(bit_set(&members), expected, "{members:?}");
        }
    }
}
