//! Candidate splits: how each feature is cut into bins, as Spark's `RandomForest.findSplits` cuts it.

use crate::schema::{self, Attr, Slots};
use arrow_schema::Field;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// Bins that a feature may have: a bin is one byte.
pub const MAX_BINS: usize = 256;

/// How a feature's values become bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FeatureBins {
    /// Bin = number of thresholds below the value; a split after bin `b` is `value <= thresholds[b]`.
    Continuous { thresholds: Vec<f64> },
    /// Bin = category; categories are ordered by a statistic of each node, and cut once.
    Ordered { categories: usize },
    /// Bin = category; every way to part the categories in two is a candidate.
    Unordered { categories: usize },
    /// Bin = category, and one more bin for missing values and for what is no category.
    CategoriesOrOther { categories: usize },
}

impl FeatureBins {
    /// Number of bins, at least 1.
    pub fn count(&self) -> usize {
        match self {
            FeatureBins::Continuous { thresholds } => thresholds.len() + 1,
            FeatureBins::Ordered { categories } | FeatureBins::Unordered { categories } => (*categories).max(1),
            FeatureBins::CategoriesOrOther { categories } => categories + 1,
        }
    }

    /// The number of categories of a categorical feature.
    pub fn categories(&self) -> Option<usize> {
        match self {
            FeatureBins::Continuous { .. } => None,
            FeatureBins::Ordered { categories }
            | FeatureBins::Unordered { categories }
            | FeatureBins::CategoriesOrOther { categories } => Some(*categories),
        }
    }
}

/// The values of some training rows, zeros left out, and the weight of these rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub features: Vec<u32>,
    pub values: Vec<f64>,
    /// Empty when rows weigh 1.
    pub weights: Vec<f64>,
    /// Total weight of the sampled rows.
    pub weight: f64,
}

/// Rows that Spark looks at to find splits.
pub fn rows_for_splits(max_bins: usize) -> u64 {
    (max_bins as u64 * max_bins as u64).max(10_000)
}

/// The number of categories of each categorical feature, from the column's metadata; empty when it has none.
pub fn categories_of(field: &Field) -> Vec<Option<usize>> {
    match schema::slots(field) {
        Slots::Known(attrs) => attrs.iter().map(Attr::categories).collect(),
        Slots::Size(_) | Slots::Unknown => Vec::new(),
    }
}

/// The bins of every feature.
///
/// # Errors
/// A feature has more categories than bins are allowed.
pub fn bins_of(
    sample: &Sample,
    features: usize,
    categories: &[Option<usize>],
    classes: Option<usize>,
    max_bins: usize,
    rows: u64,
) -> Result<Vec<FeatureBins>> {
    let possible = max_bins.min(usize::try_from(rows).unwrap_or(usize::MAX)).max(1);
    let largest = categories.iter().enumerate().filter_map(|(feature, count)| Some(((*count)?, feature))).max();
    if let Some((count, feature)) = largest
        && count > possible
    {
        return Err(too_many_categories(feature, count, possible));
    }
    if largest.is_some_and(|(count, _)| count > MAX_BINS) {
        return Err(Failure::unsupported(format!("a categorical feature of a tree with more than {MAX_BINS} values")));
    }
    let mut values = values_by_feature(sample, features);
    let bins =
        values.iter_mut().enumerate().map(|(feature, values)| match categories.get(feature).copied().flatten() {
            Some(count)
                if classes.is_some_and(|classes| classes > 2) && count > 1 && count <= unordered_limit(possible) =>
            {
                FeatureBins::Unordered { categories: count }
            }
            Some(count) => FeatureBins::Ordered { categories: count },
            None => {
                FeatureBins::Continuous { thresholds: thresholds(values, sample.weight, possible.min(MAX_BINS) - 1) }
            }
        });
    Ok(bins.collect())
}

/// The largest number of categories for which all ways to part them fit in `max_bins`.
fn unordered_limit(max_bins: usize) -> usize {
    (((max_bins / 2 + 1) as f64).ln() / 2f64.ln() + 1.0).floor() as usize
}

fn too_many_categories(feature: usize, count: usize, possible: usize) -> Failure {
    let text = format!(
        "requirement failed: DecisionTree requires maxBins (= {possible}) to be at least as large as the number of \
         values in each categorical feature, but categorical feature {feature} has {count} values. Consider removing \
         this and other categorical features with a large number of values, or add more training examples."
    );
    crate::instances::illegal(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
}

/// (value, weight) of each feature's sampled non-zeros.
fn values_by_feature(sample: &Sample, features: usize) -> Vec<Vec<(f64, f64)>> {
    let mut values = vec![Vec::new(); features];
    for (entry, (feature, value)) in sample.features.iter().zip(&sample.values).enumerate() {
        values[*feature as usize].push((*value, sample.weights.get(entry).copied().unwrap_or(1.0)));
    }
    values
}

/// At most about `wanted` thresholds halfway between neighbouring distinct values; all of them if they are so few.
///
/// `values` lacks zeros: rows not listed are taken to be 0 (`findSplitsForContinuousFeature`).
fn thresholds(values: &mut [(f64, f64)], sampled_weight: f64, wanted: usize) -> Vec<f64> {
    if values.is_empty() || wanted == 0 {
        return Vec::new();
    }
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut distinct: Vec<(f64, f64)> = Vec::new();
    for (value, weight) in values.iter() {
        match distinct.last_mut() {
            Some(last) if last.0 == *value => last.1 += weight,
            _ => distinct.push((*value, *weight)),
        }
    }
    let zeros = sampled_weight - distinct.iter().map(|(_, weight)| weight).sum::<f64>();
    if zeros > f64::EPSILON * values.len() as f64 * 100.0 {
        let place = distinct.partition_point(|(value, _)| *value < 0.0);
        distinct.insert(place, (0.0, zeros));
    }
    let halfway = |pair: &[(f64, f64)]| (pair[0].0 + pair[1].0) / 2.0;
    if distinct.len() - 1 <= wanted {
        return distinct.windows(2).map(halfway).collect();
    }
    // A threshold goes where the running weight is closest to a multiple of the stride.
    let stride = sampled_weight / (wanted + 1) as f64;
    let (mut thresholds, mut weight, mut target) = (Vec::with_capacity(wanted), distinct[0].1, stride);
    for pair in distinct.windows(2) {
        let before = weight;
        weight += pair[1].1;
        if (before - target).abs() < (weight - target).abs() {
            thresholds.push(halfway(pair));
            target += stride;
        }
    }
    thresholds.truncate(MAX_BINS - 1);
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], wanted: usize) -> Vec<f64> {
        let mut nonzero: Vec<_> = values.iter().filter(|value| **value != 0.0).map(|value| (*value, 1.0)).collect();
        thresholds(&mut nonzero, values.len() as f64, wanted)
    }

    #[test]
    fn thresholds_of_spark() {
        // From Spark's RandomForestSuite.
        let rows: &[(&[f64], usize, &[f64])] = &[
            (&[0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0], 3, &[0.5]),
            (&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0], 5, &[1.5, 2.5]),
            (&[0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0, 5.0], 3, &[1.5, 2.5, 4.5]),
            (&[7.0, 7.0], 3, &[]),
            (&[0.0, 0.0], 3, &[]),
        ];
        for (values, wanted, expected) in rows {
            let found = of(values, *wanted);
            if values.len() == 12 {
                assert!(found.len() <= 3 && found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
            } else {
                assert_eq!(found, *expected, "{values:?}");
            }
        }
    }

    #[test]
    fn few_categories_are_unordered_only_for_many_classes() {
        let categories = [Some(2), Some(5), Some(6), Some(1), None];
        let kinds = |classes| {
            let bins = bins_of(&Sample::default(), 5, &categories, classes, 32, 1000).unwrap();
            bins.iter().map(|bins| matches!(bins, FeatureBins::Unordered { .. })).collect::<Vec<_>>()
        };
        assert_eq!(kinds(Some(3)), [true, true, false, false, false]);
        assert_eq!(kinds(Some(2)), [false; 5]);
        assert_eq!(kinds(None), [false; 5]);
        let failure = bins_of(&Sample::default(), 5, &categories, None, 5, 1000).unwrap_err();
        assert!(failure.message().contains("categorical feature 2 has 6 values"));
    }
}
