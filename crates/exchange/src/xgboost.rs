//! XGBoost's JSON. Its values and thresholds are 32-bit floats that go left where they are *below* a threshold: each of
//! ours becomes the next float above it, so that a float takes the same way as with the double.

use crate::forest::{Forest, Node, Objective, Sum, Test, Tree};
use crate::names;
use crate::stage::Stage;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result};
use brickyard_ml::Transformer;
use serde_json::{Value as Json, json};

/// The parent of a root.
const NOBODY: i64 = 2_147_483_647;

pub fn export(model: &dyn Transformer, schema: Option<&Schema>) -> Result<Vec<u8>> {
    let stage = Stage::new(model)?;
    let forest = Forest::of(&stage)?.ok_or_else(|| {
        stage.unsupported("XGBoost's files hold trees alone; export the stage that is a model of trees, or all to onnx")
    })?;
    let book = Book::of(&stage, &forest)?;
    let trees: Vec<Json> =
        book.trees.iter().enumerate().map(|(id, tree)| tree_json(id, tree, forest.features)).collect();
    let outputs = book.outputs.max(1);
    let iterations = trees.len() / outputs;
    let model = json!({
        "learner": {
            "attributes": {},
            "feature_names": names::features(&stage, schema, forest.features),
            "feature_types": feature_types(&forest),
            "gradient_booster": {
                "model": {
                    "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": trees.len().to_string()},
                    "iteration_indptr": (0..=iterations).map(|iteration| iteration * outputs).collect::<Vec<_>>(),
                    "tree_info": (0..trees.len()).map(|tree| tree % outputs).collect::<Vec<_>>(),
                    "trees": trees,
                },
                "name": "gbtree",
            },
            "learner_model_param": {
                "base_score": book.base_score,
                "boost_from_average": "0",
                "num_class": if book.outputs > 1 { book.outputs.to_string() } else { "0".to_owned() },
                "num_feature": forest.features.to_string(),
                "num_target": "1",
            },
            "objective": book.objective,
        },
        "version": [3, 0, 0],
    });
    serde_json::to_vec(&model).map_err(|error| Failure::internal("writing JSON").because(error))
}

/// The trees as XGBoost sums them, and what it makes of the sums.
struct Book {
    trees: Vec<Tree>,
    outputs: usize,
    objective: Json,
    /// The prediction whose margin is 0.
    base_score: &'static str,
}

impl Book {
    fn of(stage: &Stage<'_>, forest: &Forest) -> Result<Self> {
        let count = forest.trees.len() as f64;
        let named = |name: &str| json!({"name": name, "reg_loss_param": {"scale_pos_weight": "1"}});
        Ok(match &forest.sum {
            Sum::Classes { classes: 2, .. } => {
                let share = |tree: &Tree| {
                    tree.with_leaves(|leaf| {
                        let total: f64 = leaf.values.iter().sum();
                        if total == 0.0 { 0.0 } else { leaf.values[1] / total / count }
                    })
                };
                // The sum is the probability of class 1.
                let trees = forest.trees.iter().map(share).collect();
                Self { trees, outputs: 1, objective: named("reg:squarederror"), base_score: "0E0" }
            }
            Sum::Classes { classes, .. } => {
                let text = format!("votes for {classes} classes, which XGBoost has no sum for; use lightgbm or onnx");
                return Err(stage.unsupported(text));
            }
            Sum::Mean => {
                let trees = forest.trees.iter().map(|tree| tree.with_leaves(|leaf| leaf.prediction / count)).collect();
                Self { trees, outputs: 1, objective: named("reg:squarederror"), base_score: "0E0" }
            }
            Sum::Margins { start, objective } => {
                let steepness = if let Objective::Logistic { steepness } = objective { *steepness } else { 1.0 };
                let begins = if start.iter().all(|start| *start == 0.0) { &[][..] } else { start };
                let begins = begins.iter().map(|start| Tree::constant(start * steepness));
                let grown = forest.trees.iter().map(|tree| tree.with_leaves(|leaf| leaf.values[0] * steepness));
                let (objective, base_score) = match objective {
                    Objective::Logistic { .. } => (named("binary:logistic"), "5E-1"),
                    Objective::Softmax => {
                        let classes = start.len().to_string();
                        let parameters = json!({"num_class": classes});
                        (json!({"name": "multi:softprob", "softmax_multiclass_param": parameters}), "0E0")
                    }
                    Objective::Squared => (named("reg:squarederror"), "0E0"),
                    Objective::Quantile { level } => {
                        let parameters = json!({"quantile_alpha": format!("[{level}]")});
                        (json!({"name": "reg:quantileerror", "quantile_loss_param": parameters}), "0E0")
                    }
                    Objective::Poisson => {
                        let parameters = json!({"max_delta_step": "0.7"});
                        (json!({"name": "count:poisson", "poisson_regression_param": parameters}), "1E0")
                    }
                };
                Self { trees: begins.chain(grown).collect(), outputs: start.len(), objective, base_score }
            }
        })
    }
}

fn feature_types(forest: &Forest) -> Vec<&'static str> {
    let mut types = vec!["float"; forest.features];
    for split in forest.trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.split.as_ref()) {
        if let Test::In { .. } = split.test {
            types[split.feature] = "c";
        }
    }
    types
}

/// A tree as lists by node. XGBoost takes it for granted that a right child follows its left sibling.
fn tree_json(id: usize, tree: &Tree, features: usize) -> Json {
    let ordered = by_level(tree);
    let count = ordered.len();
    let (mut left, mut right, mut parents) = (vec![-1i64; count], vec![-1i64; count], vec![NOBODY; count]);
    let (mut conditions, mut indices) = (vec![0.0f32; count], vec![0usize; count]);
    let (mut default_left, mut types) = (vec![0u8; count], vec![0u8; count]);
    let (mut sets, mut set_nodes, mut set_starts, mut set_sizes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, Placed { node, first_child }) in ordered.iter().enumerate() {
        let Some(split) = &node.split else {
            conditions[place] = node.values.first().copied().unwrap_or(0.0) as f32;
            continue;
        };
        indices[place] = split.feature;
        match &split.test {
            Test::AtMost { threshold, missing_left } => {
                conditions[place] = next_float_above(*threshold);
                default_left[place] = u8::from(*missing_left);
            }
            // The categories of a set go right; all others, and missing values, left.
            Test::In { left: members, categories, others_left } => {
                let (members, _) = Test::named_side(members, *categories, *others_left);
                types[place] = 1;
                default_left[place] = 1;
                set_nodes.push(place);
                set_starts.push(sets.len());
                set_sizes.push(members.len());
                sets.extend(members);
            }
        }
        (left[place], right[place]) = (*first_child as i64, *first_child as i64 + 1);
        parents[*first_child..*first_child + 2].fill(place as i64);
    }
    let nodes = || ordered.iter().map(|placed| placed.node);
    json!({
        "base_weights": nodes().map(|node| node.prediction as f32).collect::<Vec<_>>(),
        "categories": sets,
        "categories_nodes": set_nodes,
        "categories_segments": set_starts,
        "categories_sizes": set_sizes,
        "default_left": default_left,
        "id": id,
        "left_children": left,
        "loss_changes": nodes().map(|node| node.split.as_ref().map_or(0.0, |split| split.gain as f32)).collect::<Vec<_>>(),
        "parents": parents,
        "right_children": right,
        "split_conditions": conditions,
        "split_indices": indices,
        "split_type": types,
        "sum_hessian": nodes().map(|node| node.rows as f32).collect::<Vec<_>>(),
        "tree_param": {
            "num_deleted": "0",
            "num_feature": features.to_string(),
            "num_nodes": count.to_string(),
            "size_leaf_vector": "1",
        },
    })
}

/// A node, and where its left child stands.
struct Placed<'a> {
    node: &'a Node,
    first_child: usize,
}

/// The nodes level by level, so that siblings stand side by side: XGBoost's left child first.
fn by_level(tree: &Tree) -> Vec<Placed<'_>> {
    let mut numbers = vec![0];
    let mut ordered = Vec::with_capacity(tree.nodes.len());
    while let Some(node) = numbers.get(ordered.len()).map(|number: &usize| &tree.nodes[*number]) {
        ordered.push(Placed { node, first_child: numbers.len() });
        let Some(split) = &node.split else { continue };
        let mut sides = split.children;
        if let Test::In { left, categories, others_left } = &split.test
            && Test::named_side(left, *categories, *others_left).1
        {
            sides.reverse();
        }
        numbers.extend(sides);
    }
    ordered
}

/// The least finite float above a double: a float is below it exactly if it is at most the double.
fn next_float_above(threshold: f64) -> f32 {
    let near = threshold.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
    let above = if f64::from(near) > threshold { near } else { near.next_up() };
    above.min(f32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_part_as_doubles_do() {
        for threshold in [0.1, -0.1, 0.5, -0.5, 1e-50, -1e-50, 16_777_217.0, 0.0, 1e30, -1e30] {
            let above = next_float_above(threshold);
            assert!(f64::from(above) > threshold, "{threshold}");
            assert!(f64::from(above.next_down()) <= threshold, "{threshold}");
        }
        assert_eq!(next_float_above(f64::NEG_INFINITY), f32::MIN);
        assert_eq!(next_float_above(1e300), f32::MAX);
    }
}
