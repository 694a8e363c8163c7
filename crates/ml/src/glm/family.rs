//! Families of error distributions: starting values, variance functions and deviances, as Spark's.

use super::link::Link;
use crate::linear::requirement_failed;
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};

/// An exponential family.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Family {
    Gaussian,
    Binomial,
    Poisson,
    Gamma,
    /// The power of the variance function; neither 0, 1 nor 2, which are families of their own.
    Tweedie(f64),
}

/// Means are kept this far from the borders of their range.
const EPSILON: f64 = 1e-16;
/// Stands for a response of 0 where a positive one is needed.
pub const DELTA: f64 = 0.1;

impl Family {
    pub fn tweedie(variance_power: f64) -> Self {
        match variance_power {
            0.0 => Family::Gaussian,
            1.0 => Family::Poisson,
            2.0 => Family::Gamma,
            power => Family::Tweedie(power),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Family::Gaussian => "gaussian",
            Family::Binomial => "binomial",
            Family::Poisson => "poisson",
            Family::Gamma => "gamma",
            Family::Tweedie(_) => "tweedie",
        }
    }

    pub fn default_link(self) -> Link {
        match self {
            Family::Gaussian => Link::Identity,
            Family::Binomial => Link::Logit,
            Family::Poisson => Link::Log,
            Family::Gamma => Link::Inverse,
            Family::Tweedie(power) => Link::Power(1.0 - power),
        }
    }

    /// The mean that a row starts from.
    ///
    /// # Errors
    /// The family has no such response.
    pub fn initialize(self, y: f64, weight: f64) -> Result<f64> {
        let outside = |name: &str, must: &str| {
            let shown = crate::linalg::java_double(y);
            let text = format!("The response variable of {name} family should be {must}, but got {shown}");
            Err(requirement_failed(&codes::ml::LABEL_INVALID, &text))
        };
        match self {
            Family::Gaussian => Ok(y),
            Family::Binomial => {
                let mean = (weight * y + 0.5) / (weight + 1.0);
                if mean > 0.0 && mean < 1.0 {
                    return Ok(mean);
                }
                let text = format!("The response variable of Binomial familyshould be in range (0, 1), but got {mean}");
                Err(requirement_failed(&codes::ml::LABEL_INVALID, &text))
            }
            Family::Poisson if y < 0.0 => outside("Poisson", "non-negative"),
            Family::Poisson => Ok(y.max(DELTA)),
            Family::Gamma if y <= 0.0 => outside("Gamma", "positive"),
            Family::Gamma => Ok(y),
            Family::Tweedie(power) if power < 2.0 && y < 0.0 => {
                outside(&format!("tweedie({})", crate::linalg::java_double(power)), "non-negative")
            }
            Family::Tweedie(power) if power >= 2.0 && y <= 0.0 => {
                outside(&format!("tweedie({})", crate::linalg::java_double(power)), "positive")
            }
            Family::Tweedie(_) => Ok(if y == 0.0 { DELTA } else { y }),
        }
    }

    /// The variance of a response of this mean, but for the dispersion.
    #[inline(always)]
    pub fn variance(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian => 1.0,
            Family::Binomial => mean * (1.0 - mean),
            Family::Poisson => mean,
            Family::Gamma => mean * mean,
            Family::Tweedie(power) => mean.powf(power),
        }
    }

    /// The mean, moved into the family's range.
    #[inline(always)]
    pub fn project(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian if mean == f64::NEG_INFINITY => f64::MIN,
            Family::Gaussian if mean == f64::INFINITY => f64::MAX,
            Family::Gaussian => mean,
            _ if mean < EPSILON => EPSILON,
            Family::Binomial if mean > 1.0 - EPSILON => 1.0 - EPSILON,
            Family::Binomial => mean,
            _ if mean.is_infinite() => f64::MAX,
            _ => mean,
        }
    }

    /// A row's part of the deviance.
    pub fn deviance(self, y: f64, mean: f64, weight: f64) -> f64 {
        if self == Family::Gaussian {
            return weight * (y - mean) * (y - mean);
        }
        let [of_label, by_label, by_weight] = [self.deviance_of_label(y), self.slope(mean), self.level(mean)];
        if y == mean { 0.0 } else { weight * (of_label + by_label * y + by_weight) }
    }

    /// The deviance is `of_label(y) + slope(mean) · y + level(mean)`: this is the part of the label alone. The Gaussian
    /// family is told by squares instead.
    pub fn deviance_of_label(self, y: f64) -> f64 {
        match self {
            Family::Gaussian => f64::NAN,
            Family::Binomial => 2.0 * (y_log_y(y) + y_log_y(1.0 - y)),
            Family::Poisson => 2.0 * (y_log_y(y) - y),
            Family::Gamma => -2.0 * (y.ln() + 1.0),
            Family::Tweedie(power) => {
                // As Spark: a response of 0 counts as the starting value.
                let raised = if (1.0..2.0).contains(&power) { y.max(DELTA) } else { y };
                2.0 * (y * raised.powf(1.0 - power) / (1.0 - power) - y.powf(2.0 - power) / (2.0 - power))
            }
        }
    }

    /// The deviance's slope by the label, at a mean.
    pub fn slope(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian => f64::NAN,
            Family::Binomial => -2.0 * (mean.ln() - (1.0 - mean).ln()),
            Family::Poisson => -2.0 * mean.ln(),
            Family::Gamma => 2.0 / mean,
            Family::Tweedie(power) => -2.0 * mean.powf(1.0 - power) / (1.0 - power),
        }
    }

    /// The deviance's part of the mean alone.
    pub fn level(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian => f64::NAN,
            Family::Binomial => -2.0 * (1.0 - mean).ln(),
            Family::Poisson => 2.0 * mean,
            Family::Gamma => 2.0 * mean.ln(),
            Family::Tweedie(power) => 2.0 * mean.powf(2.0 - power) / (2.0 - power),
        }
    }
}

fn y_log_y(y: f64) -> f64 {
    if y == 0.0 { 0.0 } else { y * y.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviances_vanish_at_the_label_and_grow_from_it() {
        let table =
            [(Family::Binomial, 0.3), (Family::Poisson, 4.0), (Family::Gamma, 2.5), (Family::Tweedie(1.5), 3.0)];
        for (family, y) in table {
            assert!(family.deviance(y, y * (1.0 + 1e-9), 1.0).abs() < 1e-12, "{family:?}");
            assert!(family.deviance(y, y * 1.2, 2.0) > family.deviance(y, y * 1.1, 2.0), "{family:?}");
            assert!(family.deviance(y, y * 0.9, 1.0) > 0.0, "{family:?}");
        }
        // By hand: 2 · (4 ln(4/3) - 1).
        assert!((Family::Poisson.deviance(4.0, 3.0, 1.0) - 2.0 * (4.0 * f64::ln(4.0 / 3.0) - 1.0)).abs() < 1e-14);
    }
}
