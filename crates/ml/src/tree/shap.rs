//! Exact Shapley values of trees: what each feature adds to a prediction, over all orders of features, where an unknown
//! feature is averaged over the training rows that reached a node (TreeSHAP, Lundberg et al. 2020, Algorithm 2).
//!
//! Operations a row and tree: leaves × depth². The path is a stack in one buffer, so nothing is allocated per row.

use serde::{Deserialize, Serialize};

/// Which child a value goes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Decision {
    /// Left if value ≤ threshold; a missing value (NaN) goes left or right.
    AtMost { threshold: f64, missing_left: bool },
    /// Left if the value is one of these categories, which increase; other values, and missing ones, go left or right.
    In { left: Vec<u32>, categories: u32, others_left: bool },
}

impl Decision {
    pub fn goes_left(&self, value: f64) -> bool {
        match self {
            Decision::AtMost { missing_left, .. } if value.is_nan() => *missing_left,
            Decision::AtMost { threshold, .. } => value <= *threshold,
            Decision::In { left, categories, others_left } => {
                let category = value as u32;
                if f64::from(category) != value || category >= *categories {
                    return *others_left;
                }
                left.binary_search(&category).is_ok()
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct ShapNode {
    /// Weight of the training rows that reached the node.
    pub cover: f64,
    /// Feature, decision, and the indices of left and right child; `None` for a leaf.
    pub inner: Option<(u32, Decision, [u32; 2])>,
}

/// A tree whose leaves give `width` numbers each. Children come after their parents.
#[derive(Debug, Clone)]
pub struct ShapTree {
    nodes: Vec<ShapNode>,
    /// `[nodes, width]`; those of inner nodes are not read.
    values: Vec<f64>,
    width: usize,
    /// Number of edges from the root to the deepest leaf.
    depth: usize,
}

impl ShapTree {
    pub fn new(nodes: Vec<ShapNode>, values: Vec<f64>, width: usize) -> Self {
        let mut depths = vec![0; nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            for child in node.inner.iter().flat_map(|(_, _, children)| children) {
                depths[*child as usize] = depths[index] + 1;
            }
        }
        let depth = depths.into_iter().max().unwrap_or(0);
        Self { nodes, values, width, depth }
    }

    /// The mean of the leaves' values, weighted by their cover.
    pub fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.width];
        let total = self.nodes[0].cover;
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.inner.is_none()) {
            let share = if total > 0.0 { node.cover / total } else { 0.0 };
            let values = &self.values[index * self.width..][..self.width];
            mean.iter_mut().zip(values).for_each(|(mean, value)| *mean += share * value);
        }
        mean
    }

    /// Adds the row's Shapley values to `out`, `[width, stride]` with the features first in each line.
    pub fn add(&self, row: &[f64], stride: usize, path: &mut Path, out: &mut [f64]) {
        path.steps.resize((self.depth + 2) * (self.depth + 3) / 2, PathStep::default());
        let start = Visit { node: 0, length: 0, offset: 0, zero: 1.0, one: 1.0, feature: None };
        self.visit(row, stride, start, &mut path.steps, out);
    }

    fn visit(&self, row: &[f64], stride: usize, visit: Visit, steps: &mut [PathStep], out: &mut [f64]) {
        let Visit { node, length, offset, .. } = visit;
        extend(&mut steps[offset..], length, visit.zero, visit.one, visit.feature);
        let path = &steps[offset..=offset + length];
        let Some((feature, decision, children)) = &self.nodes[node].inner else {
            let values = &self.values[node * self.width..][..self.width];
            for place in 1..=length {
                let weight = unwound_sum(path, place) * (path[place].one - path[place].zero);
                let Some(feature) = path[place].feature else { continue };
                for (output, value) in values.iter().enumerate() {
                    out[output * stride + feature as usize] += weight * value;
                }
            }
            return;
        };
        let left = decision.goes_left(row[*feature as usize]);
        let [hot, cold] = if left { *children } else { [children[1], children[0]] };
        // A feature that is on the path already counts once, with the product of its fractions.
        let seen = (1..=length).find(|place| path[*place].feature == Some(*feature));
        let (zero, one) = seen.map_or((1.0, 1.0), |place| (path[place].zero, path[place].one));
        let cover = self.nodes[node].cover;
        let share = |child: u32| if cover > 0.0 { self.nodes[child as usize].cover / cover } else { 0.0 };
        // Children work on copies of this node's path, behind it in the buffer.
        let next = offset + length + 1;
        for (child, one) in [(hot, one), (cold, 0.0)] {
            steps.copy_within(offset..next, next);
            let mut kept = length;
            if let Some(place) = seen {
                unwind(&mut steps[next..], length, place);
                kept -= 1;
            }
            let visit = Visit {
                node: child as usize,
                length: kept + 1,
                offset: next,
                zero: zero * share(child),
                one,
                feature: Some(*feature),
            };
            self.visit(row, stride, visit, steps, out);
        }
    }
}

/// A tree that gives some of the outputs.
#[derive(Debug)]
pub struct OutputTree {
    pub tree: ShapTree,
    /// The output that the tree's first number is of; the others follow.
    pub first_output: usize,
}

/// Scratch of one thread.
#[derive(Debug, Default)]
pub struct Path {
    steps: Vec<PathStep>,
}

struct Visit {
    node: usize,
    /// Steps on the path before this one.
    length: usize,
    offset: usize,
    zero: f64,
    one: f64,
    feature: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct PathStep {
    feature: Option<u32>,
    /// Share of rows that go this way where the feature is unknown.
    zero: f64,
    /// 1 if the row goes this way.
    one: f64,
    /// Permutation weight of subsets of this size.
    weight: f64,
}

fn extend(path: &mut [PathStep], length: usize, zero: f64, one: f64, feature: Option<u32>) {
    path[length] = PathStep { feature, zero, one, weight: if length == 0 { 1.0 } else { 0.0 } };
    let of = (length + 1) as f64;
    for place in (0..length).rev() {
        path[place + 1].weight += one * path[place].weight * (place + 1) as f64 / of;
        path[place].weight *= zero * (length - place) as f64 / of;
    }
}

/// Takes a step off a path whose last index is `length`.
fn unwind(path: &mut [PathStep], length: usize, place: usize) {
    let PathStep { one, zero, .. } = path[place];
    let mut next = path[length].weight;
    let of = (length + 1) as f64;
    for index in (0..length).rev() {
        if one != 0.0 {
            let weight = path[index].weight;
            path[index].weight = next * of / ((index + 1) as f64 * one);
            next = weight - path[index].weight * zero * (length - index) as f64 / of;
        } else if zero != 0.0 {
            path[index].weight = path[index].weight * of / (zero * (length - index) as f64);
        } else {
            path[index].weight = 0.0;
        }
    }
    for index in place..length {
        path[index] = PathStep { weight: path[index].weight, ..path[index + 1] };
    }
}

/// The sum of weights of the path without a step.
fn unwound_sum(path: &[PathStep], place: usize) -> f64 {
    let length = path.len() - 1;
    let PathStep { one, zero, .. } = path[place];
    let (mut next, mut total) = (path[length].weight, 0.0);
    let of = (length + 1) as f64;
    for index in (0..length).rev() {
        if one != 0.0 {
            let weight = next * of / ((index + 1) as f64 * one);
            total += weight;
            next = path[index].weight - weight * zero * (length - index) as f64 / of;
        } else if zero != 0.0 {
            total += path[index].weight / (zero * (length - index) as f64 / of);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(cover: f64) -> ShapNode {
        ShapNode { cover, inner: None }
    }

    fn cut(cover: f64, feature: u32, threshold: f64, children: [u32; 2]) -> ShapNode {
        ShapNode { cover, inner: Some((feature, Decision::AtMost { threshold, missing_left: true }, children)) }
    }

    /// Feature 0 is cut twice on one path; covers are uneven.
    fn tree() -> ShapTree {
        let nodes = vec![
            cut(100.0, 0, 0.5, [1, 2]),
            cut(70.0, 1, 1.5, [3, 4]),
            cut(30.0, 2, 0.0, [5, 6]),
            cut(20.0, 0, -1.0, [7, 8]),
            leaf(50.0),
            leaf(18.0),
            leaf(12.0),
            leaf(5.0),
            leaf(15.0),
        ];
        let values = (0..9).flat_map(|node| [f64::from(node * node), -3.0 * f64::from(node)]).collect();
        ShapTree::new(nodes, values, 2)
    }

    /// The prediction where only features in `known` (a bit set) are known.
    fn conditional(tree: &ShapTree, row: &[f64], known: usize, node: usize, output: usize) -> f64 {
        let Some((feature, decision, children)) = &tree.nodes[node].inner else {
            return tree.values[node * tree.width + output];
        };
        let of = |child: u32| conditional(tree, row, known, child as usize, output);
        if known >> feature & 1 == 1 {
            return of(children[usize::from(!decision.goes_left(row[*feature as usize]))]);
        }
        let share = |child: u32| tree.nodes[child as usize].cover / tree.nodes[node].cover;
        children.iter().map(|child| share(*child) * of(*child)).sum()
    }

    #[test]
    fn values_are_those_of_the_definition() {
        let (tree, features) = (tree(), 3);
        let factorial = |n: usize| (1..=n).product::<usize>() as f64;
        for row in [[0.0, 0.0, 1.0], [-2.0, 1.0, 0.0], [0.7, 2.0, -1.0], [0.7, 0.0, 5.0], [f64::NAN, 9.0, 0.0]] {
            let mut found = vec![0.0; 2 * features];
            tree.add(&row, features, &mut Path::default(), &mut found);
            for output in 0..2 {
                let mut sum = tree.mean()[output];
                for feature in 0..features {
                    let others = (0..1usize << features).filter(|set| set >> feature & 1 == 0);
                    let expected: f64 = others
                        .map(|set| {
                            let size = set.count_ones() as usize;
                            let weight = factorial(size) * factorial(features - size - 1) / factorial(features);
                            let with = conditional(&tree, &row, set | 1 << feature, 0, output);
                            weight * (with - conditional(&tree, &row, set, 0, output))
                        })
                        .sum();
                    let value = found[output * features + feature];
                    assert!((value - expected).abs() < 1e-10, "{row:?} {feature}: {value}, expected {expected}");
                    sum += value;
                }
                let prediction = conditional(&tree, &row, 7, 0, output);
                assert!((sum - prediction).abs() < 1e-10, "{row:?}: {sum}, predicted {prediction}");
            }
        }
    }
}
