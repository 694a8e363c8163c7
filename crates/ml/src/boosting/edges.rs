//! How features are cut into bins: equal shares of the sampled rows, distinct values kept apart, a bin of its own for
//! missing values, and categories as they are.

use super::survey::Survey;
use crate::tree::bins::{FeatureBins, MAX_BINS};
use brickyard_error::{Failure, Result, codes};
use rayon::prelude::*;

/// The bins of every feature. A feature that lacks values somewhere has −∞ as its first threshold: bin 0 is for these.
///
/// # Errors
/// A categorical feature has more categories than bins.
pub fn bins_of(
    survey: &Survey,
    features: usize,
    categories: &[Option<usize>],
    max_bins: usize,
) -> Result<Vec<FeatureBins>> {
    let bins = |feature: usize| {
        let values = survey.sample.iter().skip(feature).step_by(features.max(1)).copied();
        if let Some(declared) = categories.get(feature).copied().flatten() {
            let largest = values.filter(|value| *value >= 0.0).fold(-1.0, f64::max);
            let categories = declared.max((largest + 1.0) as usize);
            if categories >= MAX_BINS {
                let text = format!(
                    "categorical feature {feature} has {categories} values, at most {} are supported; group the rare \
                     ones, or encode it by TargetEncoder",
                    MAX_BINS - 1
                );
                return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
            }
            return Ok(FeatureBins::CategoriesOrOther { categories });
        }
        let mut values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
        let mut thresholds = edges(&mut values, max_bins);
        if survey.incomplete.binary_search(&(feature as u32)).is_ok() {
            thresholds.insert(0, f64::NEG_INFINITY);
        }
        Ok(FeatureBins::Continuous { thresholds })
    };
    // Of several errors the first feature's.
    (0..features).into_par_iter().map(bins).collect::<Vec<_>>().into_iter().collect()
}

/// Whether bin 0 of a feature is for missing values.
pub fn has_missing_bin(bins: &FeatureBins) -> bool {
    matches!(bins, FeatureBins::Continuous { thresholds } if thresholds.first() == Some(&f64::NEG_INFINITY))
}

/// As by [`f64::total_cmp`], but as whole numbers of the same order, which sort several times as fast.
fn sort(values: &mut [f64]) {
    let flipped = |bits: i64| bits ^ ((bits >> 63) as u64 >> 1) as i64;
    let mut keys: Vec<i64> = values.iter().map(|value| flipped(value.to_bits() as i64)).collect();
    keys.sort_unstable();
    values.iter_mut().zip(keys).for_each(|(value, key)| *value = f64::from_bits(flipped(key) as u64));
}

/// Thresholds halfway between values, at most `max_bins` − 1: each bin closes once it has its share of the rows that are
/// left, so that frequent values do not starve the others.
fn edges(values: &mut [f64], max_bins: usize) -> Vec<f64> {
    sort(values);
    let mut distinct: Vec<(f64, usize)> = Vec::new();
    for value in values.iter() {
        match distinct.last_mut() {
            Some(last) if last.0 == *value => last.1 += 1,
            _ => distinct.push((*value, 1)),
        }
    }
    // Between neighbouring doubles the half may be the larger one: then the smaller one itself parts them.
    let halfway = |pair: &[(f64, usize)]| {
        let half = pair[0].0 + (pair[1].0 - pair[0].0) / 2.0;
        if half < pair[1].0 { half } else { pair[0].0 }
    };
    if distinct.len() <= max_bins {
        return distinct.windows(2).map(halfway).collect();
    }
    let (mut edges, mut in_bin, mut left, mut bins) = (Vec::with_capacity(max_bins - 1), 0, values.len(), max_bins);
    for pair in distinct.windows(2) {
        in_bin += pair[0].1;
        if in_bin * bins >= left {
            edges.push(halfway(pair));
            (left, in_bin, bins) = (left - in_bin, 0, bins - 1);
            if bins == 1 {
                break;
            }
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_sorted_in_their_total_order() {
        let mut values = [3.0, -0.0, f64::INFINITY, 0.0, -1e300, 5e-324, f64::NEG_INFINITY, -2.5, -2.5, 1e-300];
        let mut expected = values;
        expected.sort_by(f64::total_cmp);
        sort(&mut values);
        assert_eq!(values.map(f64::to_bits), expected.map(f64::to_bits));
    }

    #[test]
    fn edges_part_rows_evenly_and_keep_distinct_values_apart() {
        assert_eq!(edges(&mut [3.0, 1.0, 1.0, 2.0], 255), [1.5, 2.5]);
        assert_eq!(edges(&mut [7.0; 5], 4), [0.0; 0]);
        let mut many: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(edges(&mut many, 4), [249.5, 499.5, 749.5]);
        // One value has half the rows: the others still get the rest of the bins.
        let mut heavy: Vec<f64> = (0..500).map(|_| 0.0).chain((1..=500).map(f64::from)).collect();
        let found = edges(&mut heavy, 6);
        assert_eq!((found.len(), found[0]), (5, 0.5));
        assert!((90.0..110.0).contains(&(found[2] - found[1])));
    }
}
