//! One look at the predictions of a generalized linear model: deviances, and what Akaike's criterion needs.

use crate::glm::{Distribution, Family, Link};
use crate::instances::{check_weight, number};
use crate::linalg::VectorRef;
use crate::linear::Moments;
use crate::special::ln_gamma;
use crate::{Block, Merge, Pass};
use arrow_array::Float64Array;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Inputs: prediction, label, then weight and offset where the model has them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GeneralizedPass {
    pub distribution: Distribution,
    pub weighted: bool,
    pub offset: bool,
}

/// Sums over rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GeneralizedSums {
    pub count: u64,
    pub weight: f64,
    pub deviance: f64,
    /// Weighted squared Pearson residuals.
    pub pearson: f64,
    /// Of the label less the offset.
    pub centered: Moments,
    /// Weighted labels.
    pub labels: f64,
    /// The part of the deviance that depends on labels alone.
    pub deviance_of_labels: f64,
    /// The deviance at a linear predictor that is the offset alone.
    pub deviance_at_offsets: f64,
    /// The weighted log likelihood, for families where it needs no dispersion.
    pub log_likelihood: f64,
    pub log_weights: f64,
    /// Weighted logarithms of labels, and of means; weighted ratios of label and mean.
    pub log_labels: f64,
    pub log_means: f64,
    pub ratios: f64,
}

impl Merge for GeneralizedSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.centered.merge(other.centered);
        for (sum, value) in [
            (&mut self.weight, other.weight),
            (&mut self.deviance, other.deviance),
            (&mut self.pearson, other.pearson),
            (&mut self.labels, other.labels),
            (&mut self.deviance_of_labels, other.deviance_of_labels),
            (&mut self.deviance_at_offsets, other.deviance_at_offsets),
            (&mut self.log_likelihood, other.log_likelihood),
            (&mut self.log_weights, other.log_weights),
            (&mut self.log_labels, other.log_labels),
            (&mut self.log_means, other.log_means),
            (&mut self.ratios, other.ratios),
        ] {
            *sum += value;
        }
    }
}

impl Pass for GeneralizedPass {
    const NAME: &'static str = "evaluate-generalized";
    type View = Block;
    type Memo = ();
    type Acc = GeneralizedSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> GeneralizedSums {
        GeneralizedSums::default()
    }

    fn update(&self, acc: &mut GeneralizedSums, block: &Block, _: &mut ()) -> Result<()> {
        let (means, labels) = (block.numbers(0)?, block.numbers(1)?);
        let weights = self.weighted.then(|| block.numbers(2)).transpose()?;
        let offsets = self.offset.then(|| block.numbers(2 + usize::from(self.weighted))).transpose()?;
        let family = self.distribution.family;
        let mut sums = GeneralizedSums::default();
        let (mut all_weights, mut centered) = (Vec::with_capacity(block.rows), Vec::with_capacity(block.rows));
        for row in 0..block.rows {
            let (mean, y) = (required(means, row, "prediction")?, required(labels, row, "label")?);
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            let offset = offsets.map_or(Ok(0.0), |offsets| required(offsets, row, "offset"))?;
            sums.count += 1;
            sums.weight += weight;
            sums.deviance += family.deviance(y, mean, weight);
            sums.pearson += (y - mean) * (y - mean) * weight / family.variance(mean);
            sums.labels += weight * y;
            sums.deviance_of_labels += weight * family.deviance_of_label(y);
            sums.deviance_at_offsets += family.deviance(y, self.distribution.link.unlink(offset), weight);
            sums.log_likelihood += log_likelihood(family, y, mean, weight);
            if family == Family::Gaussian {
                sums.log_weights += weight.ln();
            }
            if family == Family::Gamma {
                sums.log_labels += weight * y.ln();
                sums.log_means += weight * mean.ln();
                sums.ratios += weight * y / mean;
            }
            all_weights.push(weight);
            centered.push(y - offset);
        }
        sums.centered = Moments::of(1, &all_weights, |row| VectorRef::Dense(&centered[row..=row]));
        acc.merge(sums);
        Ok(())
    }
}

fn required(column: &Float64Array, row: usize, what: &str) -> Result<f64> {
    number(column, row)
        .ok_or_else(|| Failure::new(&codes::ml::INVALID_ROW, format!("a {what} is null; drop such rows")))
}

/// Of counts; weights of the binomial family are numbers of trials.
fn log_likelihood(family: Family, y: f64, mean: f64, weight: f64) -> f64 {
    match family {
        Family::Binomial => {
            let (trials, hits) = (weight.round(), (y * weight).round());
            if trials == 0.0 {
                return 0.0;
            }
            let ways = ln_gamma(trials + 1.0) - ln_gamma(hits + 1.0) - ln_gamma(trials - hits + 1.0);
            ways + hits * mean.ln() + (trials - hits) * (1.0 - mean).ln()
        }
        Family::Poisson => {
            let count = y.trunc();
            weight * (count * mean.ln() - mean - ln_gamma(count + 1.0))
        }
        _ => 0.0,
    }
}

impl GeneralizedSums {
    /// Akaike's criterion but for twice the number of coefficients; `None` for the tweedie family, whose density has no
    /// closed form.
    pub fn aic(&self, family: Family) -> Option<f64> {
        let count = self.count as f64;
        match family {
            Family::Gaussian => {
                let spread = (self.deviance / count * std::f64::consts::TAU).ln() + 1.0;
                Some(count * spread + 2.0 - self.log_weights)
            }
            Family::Binomial | Family::Poisson => Some(-2.0 * self.log_likelihood),
            Family::Gamma => {
                let dispersion = self.deviance / self.weight;
                let shape = 1.0 / dispersion;
                let normalizer = ln_gamma(shape) + shape * dispersion.ln();
                let density = (shape - 1.0) * self.log_labels
                    - self.ratios / dispersion
                    - shape * self.log_means
                    - normalizer * self.weight;
                Some(-2.0 * density + 2.0)
            }
            Family::Tweedie(_) => None,
        }
    }

    /// The deviance of a model without features; `None` where offsets make its intercept unknown.
    pub fn null_deviance(&self, pass: &GeneralizedPass, intercept: bool) -> Option<f64> {
        let Distribution { family, link, .. } = pass.distribution;
        if !intercept {
            return Some(self.deviance_at_offsets);
        }
        let [mean] = self.centered.mean[..] else { return None };
        if family == Family::Gaussian && (link == Link::Identity || !pass.offset) {
            return Some(self.centered.deviation[0]);
        }
        if pass.offset {
            return None;
        }
        if family == Family::Binomial && (mean <= 0.0 || mean >= 1.0) {
            return Some(0.0); // every label is the same
        }
        Some(self.deviance_of_labels + family.slope(mean) * self.labels + family.level(mean) * self.weight)
    }
}
