//! The operators for classical models: label encoders and trees.

use super::array::{Array, Data};
use super::{Node, broken};
use brickyard_error::Result;
use std::collections::HashMap;

pub fn label_encoder(node: &Node<'_>, given: &Array) -> Result<Array> {
    let shape = given.shape.clone();
    if let Data::Texts(texts) = &given.data {
        let keys = node.texts("keys_strings");
        let places: HashMap<&str, i64> =
            keys.iter().map(String::as_str).zip(node.ints("values_int64s").iter().copied()).collect();
        let unknown = node.int("default_int64", -1);
        return Ok(Array::ints(
            shape,
            texts.iter().map(|text| *places.get(text.as_str()).unwrap_or(&unknown)).collect(),
        ));
    }
    if let Data::Ints(numbers) = &given.data {
        let keys = node.ints("keys_int64s").iter();
        let places: HashMap<i64, i64> = keys.copied().zip(node.ints("values_int64s").iter().copied()).collect();
        let unknown = node.int("default_int64", -1);
        return Ok(Array::ints(shape, numbers.iter().map(|number| *places.get(number).unwrap_or(&unknown)).collect()));
    }
    let part = |name: &str| node.array(name)?.ok_or_else(|| broken(format!("{name} is missing")));
    let (keys, values, unknown) = (part("keys_tensor")?, part("values_tensor")?, part("default_tensor")?);
    let (keys, values) = (keys.as_doubles()?, values.as_ints()?);
    let unknown = unknown.as_ints()?.first().copied().unwrap_or(-1);
    let place = |number: &f64| keys.iter().position(|key| key == number).map_or(unknown, |place| values[place]);
    Ok(Array::ints(shape, given.as_doubles()?.iter().map(place).collect()))
}

/// Modes of nodes.
const AT_MOST: u8 = 0;
const MEMBER: u8 = 6;

pub fn tree_ensemble(node: &Node<'_>, given: &Array) -> Result<Array> {
    let [rows, width] = given.shape[..] else { return Err(broken("a matrix is expected")) };
    let part = |name: &str| node.array(name)?.ok_or_else(|| broken(format!("{name} is missing")));
    let (modes, splits, weights) = (part("nodes_modes")?, part("nodes_splits")?, part("leaf_weights")?);
    let Data::Bytes(modes) = modes.data else { return Err(broken("modes are bytes")) };
    let (splits, weights) = (splits.as_doubles()?, weights.as_doubles()?);
    let members = node.array("membership_values")?;
    let members = members.as_ref().map_or(Ok(&[][..]), Array::as_doubles)?;
    // The sets in the order of the nodes that ask for one.
    let mut sets = members.split(|member| member.is_nan());
    let set_of: Vec<&[f64]> =
        modes.iter().map(|mode| if *mode == MEMBER { sets.next().unwrap_or(&[]) } else { &[] }).collect();
    let features = node.ints("nodes_featureids");
    let (if_true, is_leaf_if_true) = (node.ints("nodes_truenodeids"), node.ints("nodes_trueleafs"));
    let (if_false, is_leaf_if_false) = (node.ints("nodes_falsenodeids"), node.ints("nodes_falseleafs"));
    let missing_is_true = node.ints("nodes_missing_value_tracks_true");
    let (roots, targets) = (node.ints("tree_roots"), node.ints("leaf_targetids"));
    let count = node.int("n_targets", 1).unsigned_abs() as usize;
    let leaf_of = |row: &[f64], root: usize| -> Result<usize> {
        let mut at = root;
        // No way is longer than there are nodes.
        for _ in 0..modes.len() {
            let value = row[features[at] as usize];
            let holds = match modes[at] {
                AT_MOST => value <= splits[at],
                MEMBER => set_of[at].contains(&value),
                mode => return Err(broken(format!("the mode {mode} of a node is not known"))),
            };
            let holds = holds || (value.is_nan() && missing_is_true[at] == 1);
            let (next, is_leaf) =
                if holds { (if_true[at], is_leaf_if_true[at]) } else { (if_false[at], is_leaf_if_false[at]) };
            if is_leaf == 1 {
                return Ok(next as usize);
            }
            at = next as usize;
        }
        Err(broken("a tree has a circle"))
    };
    let mut sums = vec![0.0; rows * count];
    for (row, sums) in given.as_doubles()?.chunks_exact(width.max(1)).zip(sums.chunks_exact_mut(count.max(1))) {
        for root in roots {
            let leaf = leaf_of(row, *root as usize)?;
            sums[targets[leaf] as usize] += weights[leaf];
        }
    }
    Ok(Array::doubles(vec![rows, count], sums))
}
