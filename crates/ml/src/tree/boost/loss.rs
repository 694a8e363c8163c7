//! The losses that Spark's boosting minimises (`mllib.tree.loss`).

use crate::linear::exponential::{exp, ln_1p_unit};
use serde::{Deserialize, Serialize};

/// Labels of [`Loss::Logistic`] are −1 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    Logistic,
    Squared,
    Absolute,
}

impl Loss {
    /// By Spark's name in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "logistic" => Some(Loss::Logistic),
            "squared" => Some(Loss::Squared),
            "absolute" => Some(Loss::Absolute),
            _ => None,
        }
    }

    /// The label that is learnt: classes 0 and 1 are −1 and 1.
    pub fn label(self, label: f64) -> f64 {
        if self == Loss::Logistic { 2.0 * label - 1.0 } else { label }
    }

    /// Minus the derivative of the error by the margin: what the next tree learns.
    #[inline(always)]
    pub fn negative_gradient(self, margin: f64, label: f64) -> f64 {
        match self {
            Loss::Logistic => 4.0 * label / (1.0 + exp(2.0 * label * margin)),
            Loss::Squared => 2.0 * (label - margin),
            Loss::Absolute if label - margin < 0.0 => -1.0,
            Loss::Absolute => 1.0,
        }
    }

    #[inline(always)]
    pub fn error(self, margin: f64, label: f64) -> f64 {
        match self {
            Loss::Logistic => {
                let exponent = -2.0 * label * margin;
                2.0 * (exponent.max(0.0) + ln_1p_unit(exp(-exponent.abs())))
            }
            Loss::Squared => (label - margin) * (label - margin),
            Loss::Absolute => (label - margin).abs(),
        }
    }

    /// The largest magnitude of a gradient where |label − margin| is at most `distance`.
    pub fn largest_gradient(self, distance: f64) -> f64 {
        match self {
            Loss::Logistic => 4.0,
            Loss::Squared => 2.0 * distance,
            Loss::Absolute => 1.0,
        }
    }

    /// The largest error where |label − margin| is at most `distance`.
    pub fn largest_error(self, distance: f64) -> f64 {
        match self {
            Loss::Logistic => 2.0 * (2.0 * distance + 1.0),
            Loss::Squared => distance * distance,
            Loss::Absolute => distance,
        }
    }

    /// The probability of class 1 at a margin.
    pub fn probability(margin: f64) -> f64 {
        1.0 / (1.0 + (-2.0 * margin).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_derivatives_of_errors() {
        for loss in [Loss::Logistic, Loss::Squared, Loss::Absolute] {
            for (margin, label) in [(0.3, 1.0), (-1.7, 1.0), (2.0, -1.0), (0.0, -1.0), (30.0, -1.0), (-400.0, 1.0)] {
                let step = 1e-6;
                let slope = (loss.error(margin + step, label) - loss.error(margin - step, label)) / (2.0 * step);
                let gradient = loss.negative_gradient(margin, label);
                assert!((slope + gradient).abs() < 1e-6 * slope.abs().max(1.0), "{loss:?} {margin} {label}: {slope}");
                let distance = (label - margin).abs();
                assert!(gradient.abs() <= loss.largest_gradient(distance), "{loss:?}");
                assert!(loss.error(margin, label) <= loss.largest_error(distance), "{loss:?}");
            }
        }
    }
}
