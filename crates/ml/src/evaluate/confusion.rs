//! Metrics of class predictions from a confusion matrix, as Spark's `MulticlassMetrics`.

use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums of weights by true label and prediction. Both are any numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    cells: BTreeMap<(Key, Key), f64>,
}

/// A number as a key that sorts as the number does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key(u64);

impl Key {
    const SIGN: u64 = 1 << 63;

    fn of(number: f64) -> Self {
        let bits = number.to_bits();
        Self(if bits & Self::SIGN == 0 { bits | Self::SIGN } else { !bits })
    }

    fn number(self) -> f64 {
        f64::from_bits(if self.0 & Self::SIGN == 0 { !self.0 } else { self.0 & !Self::SIGN })
    }
}

impl Confusion {
    pub fn add(&mut self, label: f64, prediction: f64, weight: f64) {
        *self.cells.entry((Key::of(label), Key::of(prediction))).or_insert(0.0) += weight;
    }

    pub fn merge(&mut self, other: Confusion) {
        for (cell, weight) in other.cells {
            *self.cells.entry(cell).or_insert(0.0) += weight;
        }
    }

    /// The true labels that occur, ascending.
    pub fn labels(&self) -> Vec<f64> {
        let mut labels: Vec<f64> = self.cells.keys().map(|(label, _)| label.number()).collect();
        labels.dedup();
        labels
    }

    fn sum(&self, wanted: impl Fn(f64, f64) -> bool) -> f64 {
        let cells = self.cells.iter().filter(|((label, prediction), _)| wanted(label.number(), prediction.number()));
        cells.map(|(_, weight)| weight).sum()
    }

    fn total(&self) -> f64 {
        self.sum(|_, _| true)
    }

    fn with_label(&self, wanted: f64) -> f64 {
        self.sum(|label, _| label == wanted)
    }

    fn hits(&self, wanted: f64) -> f64 {
        self.sum(|label, prediction| label == wanted && prediction == wanted)
    }

    fn false_alarms(&self, wanted: f64) -> f64 {
        self.sum(|label, prediction| label != wanted && prediction == wanted)
    }

    pub fn accuracy(&self) -> f64 {
        self.sum(|label, prediction| label == prediction) / self.total()
    }

    // ---- by label; the label must be one of `labels`

    /// A metric of one label, which must occur.
    pub fn by_label(&self, label: f64, metric: impl Fn(&Self, f64) -> f64) -> Result<f64> {
        if self.labels().contains(&label) {
            return Ok(metric(self, label));
        }
        Err(unknown_label(label))
    }

    pub fn false_positive_rate(&self, label: f64) -> f64 {
        self.false_alarms(label) / (self.total() - self.with_label(label))
    }

    pub fn precision(&self, label: f64) -> f64 {
        let (hits, false_alarms) = (self.hits(label), self.false_alarms(label));
        if hits + false_alarms == 0.0 { 0.0 } else { hits / (hits + false_alarms) }
    }

    /// Also called the true positive rate.
    pub fn recall(&self, label: f64) -> f64 {
        self.hits(label) / self.with_label(label)
    }

    pub fn f_measure(&self, label: f64, beta: f64) -> f64 {
        let (precision, recall) = (self.precision(label), self.recall(label));
        let square = beta * beta;
        if precision + recall == 0.0 {
            return 0.0;
        }
        (1.0 + square) * precision * recall / (square * precision + recall)
    }

    /// A metric's mean over the labels, weighted by how often they occur.
    pub fn weighted(&self, metric: impl Fn(&Self, f64) -> f64) -> f64 {
        let total = self.total();
        self.labels().iter().map(|label| metric(self, *label) * self.with_label(*label) / total).sum()
    }
}

/// A metric was asked for a label that no row has.
pub fn unknown_label(label: f64) -> Failure {
    let text = format!("key not found: {label:?}; no row has this label");
    Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_numbers() {
        let numbers = [f64::NEG_INFINITY, -2.0, -0.5, 0.0, 1e-300, 1.0, 2.0, f64::INFINITY];
        assert!(numbers.windows(2).all(|pair| Key::of(pair[0]) < Key::of(pair[1])));
        assert!(numbers.iter().all(|number| Key::of(*number).number() == *number));
    }
}
