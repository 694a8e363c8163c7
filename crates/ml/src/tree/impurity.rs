//! Impurity of a set of rows and what a node predicts, from sums over the rows (Spark's `ImpurityCalculator`s).

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Impurity {
    Gini,
    Entropy,
    Variance,
}

/// Sums over the rows of a node, in the order that Spark saves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stats {
    /// Rows without their weights, counted as often as the bootstrap drew them.
    pub rows: i64,
    /// Classification: weight of each class. Regression: weight, weighted sum of labels, and of their squares.
    pub sums: Vec<f64>,
}

impl Impurity {
    /// The total weight of the rows.
    pub fn weight(self, sums: &[f64]) -> f64 {
        match self {
            Impurity::Variance => sums[0],
            Impurity::Gini | Impurity::Entropy => sums.iter().sum(),
        }
    }

    /// The impurity; 0 without rows.
    #[inline]
    pub fn of(self, sums: &[f64]) -> f64 {
        let weight = self.weight(sums);
        if weight == 0.0 {
            return 0.0;
        }
        match self {
            Impurity::Gini => sums.iter().fold(1.0, |impurity, sum| {
                let frequency = sum / weight;
                impurity - frequency * frequency
            }),
            Impurity::Entropy => sums.iter().filter(|sum| **sum != 0.0).fold(0.0, |impurity, sum| {
                let frequency = sum / weight;
                impurity - frequency * (frequency.ln() / std::f64::consts::LN_2)
            }),
            Impurity::Variance => (sums[2] - (sums[1] * sums[1]) / weight) / weight,
        }
    }

    /// The most frequent class (the first of equals), or the mean label; 0 without rows.
    pub fn prediction(self, sums: &[f64]) -> f64 {
        match self {
            Impurity::Variance if sums[0] == 0.0 => 0.0,
            Impurity::Variance => sums[1] / sums[0],
            Impurity::Gini | Impurity::Entropy => index_of_largest(sums) as f64,
        }
    }
}

/// The index of the largest value, the first of equals; 0 for an empty slice.
pub fn index_of_largest(values: &[f64]) -> usize {
    let mut largest = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[largest] {
            largest = index;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impurities_and_predictions() {
        let rows: &[(Impurity, &[f64], f64, f64)] = &[
            (Impurity::Gini, &[2.0, 2.0], 0.5, 0.0),
            (Impurity::Gini, &[0.0, 0.0], 0.0, 0.0),
            (Impurity::Gini, &[0.0, 1.0, 3.0], 0.375, 2.0),
            (Impurity::Entropy, &[2.0, 2.0, 0.0], 1.0, 0.0),
            (Impurity::Variance, &[2.0, 4.0, 10.0], 1.0, 2.0),
            (Impurity::Variance, &[0.0, 0.0, 0.0], 0.0, 0.0),
        ];
        for (impurity, sums, expected, prediction) in rows {
            assert_eq!(impurity.of(sums), *expected, "{impurity:?} of {sums:?}");
            assert_eq!(impurity.prediction(sums), *prediction, "{impurity:?} of {sums:?}");
        }
    }
}
