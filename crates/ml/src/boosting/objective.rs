//! What is minimised: gradient and curvature of each row's loss by its margin, the loss, and the margin to start from.

use crate::linear::exponential::{exp, ln_1p_unit};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Objective {
    /// Labels 0 and 1; the margin is the logarithm of the odds.
    Logistic,
    /// Labels 0 to classes − 1; a margin a class.
    Softmax {
        classes: usize,
    },
    Squared,
    /// The pinball loss; its leaves are set to quantiles of residuals.
    Quantile {
        level: f64,
    },
    /// Labels at least 0; the margin is the logarithm of the mean.
    Poisson,
    /// Labels are grades; only the order of the margins of a query counts. A row alone is in order: what the rows of
    /// queries bring is a [`super::ranking::Ranking`]'s.
    Order,
}

/// Added to the margin in the Poisson curvature, so that steps stay small (LightGBM's `poisson_max_delta_step`).
const POISSON_CAUTION: f64 = 0.7;

impl Objective {
    /// Margins of a row.
    pub fn margins(self) -> usize {
        if let Objective::Softmax { classes } = self { classes } else { 1 }
    }

    /// 0 for regression.
    pub fn classes(self) -> usize {
        match self {
            Objective::Logistic => 2,
            Objective::Softmax { classes } => classes,
            Objective::Squared | Objective::Quantile { .. } | Objective::Poisson | Objective::Order => 0,
        }
    }

    /// The quantile of residuals that leaves are set to, where Newton steps would not do.
    pub fn leaf_quantile(self) -> Option<f64> {
        if let Objective::Quantile { level } = self { Some(level) } else { None }
    }

    /// Gradient and curvature by the margin of `class`; `normalizer` is the logarithm of the sum of exponentials of the
    /// row's margins, for softmax alone.
    #[inline(always)]
    pub fn derivatives(self, margin: f64, normalizer: f64, label: f64, class: usize) -> [f64; 2] {
        match self {
            Objective::Logistic => {
                let probability = 1.0 / (1.0 + exp(-margin));
                [probability - label, probability * (1.0 - probability)]
            }
            Objective::Softmax { classes } => {
                let probability = exp(margin - normalizer);
                let own = if label == class as f64 { 1.0 } else { 0.0 };
                // Friedman's factor: the margins have one degree of freedom too many.
                let factor = classes as f64 / (classes as f64 - 1.0);
                [probability - own, factor * probability * (1.0 - probability)]
            }
            Objective::Squared => [margin - label, 1.0],
            Objective::Quantile { level } => [if margin > label { 1.0 - level } else { -level }, 1.0],
            Objective::Poisson => {
                let mean = exp(margin);
                [mean - label, mean * POISSON_CAUTION.exp()]
            }
            Objective::Order => [0.0; 2],
        }
    }

    /// The largest magnitudes of [`Self::derivatives`], where they do not depend on the margins.
    pub fn bounds(self) -> Option<[f64; 2]> {
        match self {
            Objective::Logistic => Some([1.0, 0.25]),
            Objective::Softmax { .. } => Some([1.0, 0.5]),
            Objective::Quantile { .. } => Some([1.0, 1.0]),
            Objective::Squared | Objective::Poisson | Objective::Order => None,
        }
    }

    /// The loss of a row, at least 0; `margins` are the row's.
    pub fn loss(self, margins: &[f64], label: f64) -> f64 {
        let margin = margins[0];
        match self {
            Objective::Logistic => {
                let wrong = if label > 0.5 { -margin } else { margin };
                wrong.max(0.0) + ln_1p_unit(exp(-wrong.abs()))
            }
            Objective::Softmax { .. } => normalizer(margins) - margins[label as usize],
            Objective::Squared => (margin - label) * (margin - label),
            Objective::Quantile { level } if label >= margin => level * (label - margin),
            Objective::Quantile { level } => (1.0 - level) * (margin - label),
            // Without the part that does not depend on the margin, and never negative: the deviance is twice this.
            Objective::Poisson if label > 0.0 => exp(margin) - label - label * (margin - label.ln()),
            Objective::Poisson => exp(margin),
            Objective::Order => 0.0,
        }
    }

    /// What a margin predicts of a number.
    pub fn prediction(self, margin: f64) -> f64 {
        if self == Objective::Poisson { margin.exp() } else { margin }
    }
}

/// The logarithm of the sum of exponentials.
pub fn normalizer(margins: &[f64]) -> f64 {
    let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = margins.iter().map(|margin| exp(margin - largest)).sum();
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_loss() {
        let objectives = [
            Objective::Logistic,
            Objective::Softmax { classes: 3 },
            Objective::Squared,
            Objective::Quantile { level: 0.8 },
            Objective::Poisson,
        ];
        for objective in objectives {
            for (margins, label) in [([0.3, -1.0, 0.2], 1.0), ([-1.4, 2.0, 0.0], 0.0), ([2.5, 0.1, -0.7], 1.0)] {
                let margins = &margins[..objective.margins()];
                for class in 0..margins.len() {
                    let shifted = |by: f64| {
                        let mut shifted = margins.to_vec();
                        shifted[class] += by;
                        objective.loss(&shifted, label)
                    };
                    let slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
                    let factor = if objective == Objective::Squared { 2.0 } else { 1.0 };
                    let [gradient, curvature] =
                        objective.derivatives(margins[class], normalizer(margins), label, class);
                    assert!((slope - factor * gradient).abs() < 1e-5, "{objective:?} {margins:?} {label}");
                    assert!(curvature > 0.0);
                    if let Some(bounds) = objective.bounds() {
                        assert!(gradient.abs() <= bounds[0] && curvature <= bounds[1], "{objective:?}");
                    }
                }
                assert!(objective.loss(margins, label) >= 0.0, "{objective:?}");
            }
        }
    }
}
