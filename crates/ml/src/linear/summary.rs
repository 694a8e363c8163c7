//! The first pass of linear models: weighted moments of every feature and of the label, and the histogram of classes.
//!
//! Moments are Spark's `SummarizerBuffer`: rows of weight 0 are left out, variances are unbiased for reliability weights.

use super::rows::LabelledRows;
use crate::instances::{LabelKind, check_size, empty_dataset};
use crate::linalg::VectorRef;
use crate::{Block, Merge, Pass};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Checks the rows and sums them up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SummaryPass {
    pub labels: LabelKind,
}

/// What a training set looks like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows, whatever their weight.
    pub rows: u64,
    /// Vector size; `None` until a row was seen.
    pub width: Option<usize>,
    /// Another vector size that was seen, which is an error.
    other_width: Option<usize>,
    pub features: Moments,
    pub label: Moments,
    /// Sum of weights by class, as far as the highest label that was seen; empty for real labels.
    pub histogram: Vec<f64>,
}

impl Summary {
    /// The vector size, or the failure that there is none: no rows, or rows of unequal sizes.
    pub fn checked_width(&self) -> Result<usize> {
        match (self.width, self.other_width) {
            (Some(width), None) => Ok(width),
            (Some(width), Some(other)) => check_size(other, width).map(|()| width),
            (None, _) => Err(empty_dataset()),
        }
    }
}

impl Merge for Summary {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.other_width = self.other_width.or(other.other_width);
        match (self.width, other.width) {
            (Some(mine), Some(theirs)) if mine != theirs => {
                self.other_width = Some(theirs);
                return;
            }
            (mine, theirs) => self.width = mine.or(theirs),
        }
        self.features.merge(other.features);
        self.label.merge(other.label);
        if self.histogram.len() < other.histogram.len() {
            self.histogram.resize(other.histogram.len(), 0.0);
        }
        for (sum, weight) in self.histogram.iter_mut().zip(other.histogram) {
            *sum += weight;
        }
    }
}

impl Pass for SummaryPass {
    const NAME: &'static str = "linear-summary";
    type View = Block;
    type Memo = ();
    type Acc = Summary;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Summary {
        Summary::default()
    }

    fn update(&self, acc: &mut Summary, block: &Block, _: &mut ()) -> Result<()> {
        let rows = LabelledRows::of(block, self.labels)?;
        let Some(width) = rows.width() else { return Ok(()) };
        let weights: Vec<f64> = (0..rows.count()).map(|row| rows.weight(row)).collect();
        let label = |row: usize| VectorRef::Dense(&rows.labels[row..=row]);
        acc.merge(Summary {
            rows: rows.count() as u64,
            width: Some(width),
            other_width: None,
            features: Moments::of(width, &weights, |row| rows.vector(row)),
            label: Moments::of(1, &weights, label),
            histogram: histogram(self.labels, &rows.labels, &weights),
        });
        Ok(())
    }
}

/// Sums of weights by class; classes were checked to be few.
fn histogram(kind: LabelKind, labels: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut histogram = Vec::new();
    if kind == LabelKind::Real {
        return histogram;
    }
    for (label, weight) in labels.iter().zip(weights) {
        let class = *label as usize;
        if class >= histogram.len() {
            histogram.resize(class + 1, 0.0);
        }
        histogram[class] += weight;
    }
    histogram
}

/// Weighted first and second moments of vectors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Rows of positive weight.
    pub count: u64,
    pub weight: f64,
    pub squared_weight: f64,
    pub mean: Vec<f64>,
    /// Weighted sums of squared deviations from the mean.
    pub deviation: Vec<f64>,
}

impl Moments {
    /// Of `weights.len()` vectors. Each coordinate is measured from its first value where every row has one: that keeps
    /// the digits of large numbers that differ little, and gives a constant a deviation of exactly zero.
    pub fn of<'a>(width: usize, weights: &[f64], vector: impl Fn(usize) -> VectorRef<'a>) -> Self {
        let kept = || (0..weights.len()).filter(|row| weights[*row] != 0.0);
        let weight: f64 = kept().map(|row| weights[row]).sum();
        if weight == 0.0 {
            return Self::default();
        }
        let shift = shifts(width, kept(), &vector);
        let (mut sums, mut squares) = (vec![0.0; width], vec![0.0; width]);
        for row in kept() {
            let weight = weights[row];
            match vector(row) {
                VectorRef::Dense(values) => {
                    let sums = sums.iter_mut().zip(&mut squares);
                    for ((value, shift), (sum, square)) in values.iter().zip(&shift).zip(sums) {
                        let difference = value - shift;
                        *sum += weight * difference;
                        *square += weight * difference * difference;
                    }
                }
                VectorRef::Sparse { indices, values, .. } => {
                    for (index, value) in indices.iter().zip(values) {
                        let index = *index as usize;
                        let difference = value - shift[index];
                        sums[index] += weight * difference;
                        squares[index] += weight * difference * difference;
                    }
                }
            }
        }
        let deviation = |(sum, square): (&f64, &f64)| (square - sum * (sum / weight)).max(0.0);
        Self {
            count: kept().count() as u64,
            weight,
            squared_weight: kept().map(|row| weights[row] * weights[row]).sum(),
            mean: sums.iter().zip(&shift).map(|(sum, shift)| shift + sum / weight).collect(),
            deviation: sums.iter().zip(&squares).map(deviation).collect(),
        }
    }

    /// Chan, Golub & LeVeque's pairwise update.
    pub fn merge(&mut self, other: Self) {
        if other.weight == 0.0 {
            return;
        }
        if self.weight == 0.0 {
            *self = other;
            return;
        }
        let total = self.weight + other.weight;
        let share = other.weight / total;
        let mine = self.mean.iter_mut().zip(&mut self.deviation);
        for ((mean, deviation), (other_mean, other_deviation)) in mine.zip(other.mean.iter().zip(other.deviation)) {
            let difference = other_mean - *mean;
            *deviation += other_deviation + difference * difference * self.weight * share;
            *mean += difference * share;
        }
        self.count += other.count;
        self.weight = total;
        self.squared_weight += other.squared_weight;
    }

    /// Unbiased standard deviations; 0 where there is too little weight to tell.
    pub fn standard_deviations(&self) -> Vec<f64> {
        let freedom = self.weight - self.squared_weight / self.weight;
        let one = |deviation: &f64| if freedom > 0.0 { (deviation / freedom).max(0.0).sqrt() } else { 0.0 };
        self.deviation.iter().map(one).collect()
    }

    /// Standard deviations of the rows as a population.
    pub fn population_deviations(&self) -> Vec<f64> {
        self.deviation.iter().map(|deviation| (deviation / self.weight).max(0.0).sqrt()).collect()
    }
}

/// A value to measure each coordinate from: its first value where every row has one, otherwise 0.
fn shifts<'a>(
    width: usize,
    rows: impl Iterator<Item = usize> + Clone,
    vector: &impl Fn(usize) -> VectorRef<'a>,
) -> Vec<f64> {
    if rows.clone().all(|row| matches!(vector(row), VectorRef::Dense(_))) {
        let Some(VectorRef::Dense(first)) = rows.map(vector).next() else { return vec![0.0; width] };
        return first.to_vec();
    }
    let mut shift = vec![0.0; width];
    let mut entries = vec![0usize; width];
    let mut count = 0;
    let mut see = |index: usize, value: f64| {
        if entries[index] == 0 {
            shift[index] = value;
        }
        entries[index] += 1;
    };
    for row in rows {
        count += 1;
        match vector(row) {
            VectorRef::Dense(values) => values.iter().enumerate().for_each(|(index, value)| see(index, *value)),
            VectorRef::Sparse { indices, values, .. } => {
                indices.iter().zip(values).for_each(|(index, value)| see(*index as usize, *value));
            }
        }
    }
    for (shift, entries) in shift.iter_mut().zip(entries) {
        if entries < count {
            *shift = 0.0;
        }
    }
    shift
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(rows: &[(f64, VectorRef<'_>)]) -> Moments {
        let weights: Vec<f64> = rows.iter().map(|row| row.0).collect();
        Moments::of(2, &weights, |row| rows[row].1)
    }

    #[test]
    fn sparse_and_dense_rows_have_the_same_moments_in_any_split() {
        let sparse = |indices, values| VectorRef::Sparse { size: 2, indices, values };
        let dense = [
            (1.0, VectorRef::Dense(&[1.0, 0.1])),
            (2.0, VectorRef::Dense(&[0.0, 0.1])),
            (0.0, VectorRef::Dense(&[9.0, 9.0])),
            (0.5, VectorRef::Dense(&[-3.0, 0.1])),
        ];
        let mixed = [
            (1.0, sparse(&[0, 1], &[1.0, 0.1])),
            (2.0, sparse(&[1], &[0.1])),
            (0.0, VectorRef::Dense(&[9.0, 9.0])),
            (0.5, sparse(&[0, 1], &[-3.0, 0.1])),
        ];
        let all = moments(&dense);
        assert_eq!(all.count, 3);
        assert_eq!(all.deviation[1], 0.0, "a constant has no deviation");
        assert_eq!(all.mean[1], 0.1);
        // By hand: mean -1/7, Σ w (x - mean)² = 38/7, unbiased variance (38/7) / (3.5 - 5.25/3.5).
        assert!((all.mean[0] + 1.0 / 7.0).abs() < 1e-15);
        assert!((all.standard_deviations()[0].powi(2) - 38.0 / 7.0 / 2.0).abs() < 1e-14);
        for split in 0..=4 {
            let mut merged = moments(&mixed[..split]);
            merged.merge(moments(&dense[split..]));
            assert!((merged.mean[0] - all.mean[0]).abs() < 1e-15);
            assert!((merged.deviation[0] - all.deviation[0]).abs() < 1e-14);
            assert_eq!((merged.count, merged.weight), (all.count, all.weight));
            assert_eq!(merged.deviation[1], 0.0);
        }
    }
}
