//! Link functions: how a linear predictor and a mean relate.

use super::family::Family;
use crate::linear::requirement_failed;
use crate::special::{normal_density, normal_probability, normal_quantile};
use crate::{Params, Value};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// A link function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Link {
    Identity,
    Log,
    Inverse,
    Logit,
    Probit,
    CLogLog,
    Sqrt,
    /// The mean to a power other than those above.
    Power(f64),
}

impl Link {
    pub const NAMES: [&str; 7] = ["identity", "log", "inverse", "logit", "probit", "cloglog", "sqrt"];

    fn named(name: &str) -> Option<Self> {
        let links = [Link::Identity, Link::Log, Link::Inverse, Link::Logit, Link::Probit, Link::CLogLog, Link::Sqrt];
        let place = Self::NAMES.iter().position(|known| *known == name.to_lowercase())?;
        Some(links[place])
    }

    fn power(power: f64) -> Self {
        match power {
            0.0 => Link::Log,
            1.0 => Link::Identity,
            -1.0 => Link::Inverse,
            0.5 => Link::Sqrt,
            power => Link::Power(power),
        }
    }

    /// The linear predictor of a mean.
    #[inline(always)]
    pub fn link(self, mean: f64) -> f64 {
        match self {
            Link::Identity => mean,
            Link::Log => mean.ln(),
            Link::Inverse => 1.0 / mean,
            Link::Logit => (mean / (1.0 - mean)).ln(),
            Link::Probit => normal_quantile(mean),
            Link::CLogLog => (-(-mean).ln_1p()).ln(),
            Link::Sqrt => mean.sqrt(),
            Link::Power(power) => mean.powf(power),
        }
    }

    /// The derivative of the linear predictor by the mean.
    #[inline(always)]
    pub fn derivative(self, mean: f64) -> f64 {
        match self {
            Link::Identity => 1.0,
            Link::Log => 1.0 / mean,
            Link::Inverse => -1.0 / (mean * mean),
            Link::Logit => 1.0 / (mean * (1.0 - mean)),
            Link::Probit => 1.0 / normal_density(normal_quantile(mean)),
            Link::CLogLog => 1.0 / ((mean - 1.0) * (-mean).ln_1p()),
            Link::Sqrt => 1.0 / (2.0 * mean.sqrt()),
            Link::Power(power) => power * mean.powf(power - 1.0),
        }
    }

    /// The mean of a linear predictor.
    #[inline(always)]
    pub fn unlink(self, predictor: f64) -> f64 {
        match self {
            Link::Identity => predictor,
            Link::Log => predictor.exp(),
            Link::Inverse => 1.0 / predictor,
            Link::Logit => 1.0 / (1.0 + (-predictor).exp()),
            Link::Probit => normal_probability(predictor),
            Link::CLogLog => 1.0 - (-predictor.exp()).exp(),
            Link::Sqrt => predictor * predictor,
            Link::Power(power) => predictor.powf(1.0 / power),
        }
    }
}

/// A family with a link that suits it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    pub family: Family,
    pub link: Link,
    /// The parameter `family` is binomial or poisson, whose dispersion is 1 by definition.
    pub has_unit_dispersion: bool,
}

impl Distribution {
    /// # Errors
    /// The family does not go with the link.
    pub fn of(params: &Params) -> Result<Self> {
        let name = params.text("family")?;
        let power = |name: &str| if let Some(Value::Double(power)) = params.get(name) { Some(power) } else { None };
        let family = match name.to_lowercase().as_str() {
            "gaussian" => Family::Gaussian,
            "binomial" => Family::Binomial,
            "poisson" => Family::Poisson,
            "gamma" => Family::Gamma,
            _ => {
                let family = Family::tweedie(power("variancePower").unwrap_or(0.0));
                let link = power("linkPower").map_or(family.default_link(), Link::power);
                return Ok(Self { family, link, has_unit_dispersion: false });
            }
        };
        let has_unit_dispersion = matches!(family, Family::Binomial | Family::Poisson);
        let Some(link_name) = params.optional_text("link") else {
            return Ok(Self { family, link: family.default_link(), has_unit_dispersion });
        };
        let link = Link::named(&link_name).ok_or_else(|| Failure::internal("an unknown link passed its check"))?;
        let suits = match family {
            Family::Binomial => matches!(link, Link::Logit | Link::Probit | Link::CLogLog),
            Family::Poisson => matches!(link, Link::Log | Link::Identity | Link::Sqrt),
            _ => matches!(link, Link::Identity | Link::Log | Link::Inverse),
        };
        if suits {
            return Ok(Self { family, link, has_unit_dispersion });
        }
        let text =
            format!("Generalized Linear Regression with {name} family does not support {link_name} link function.");
        Err(requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, &text))
    }

    /// Least squares: no reweighting is needed.
    pub fn is_linear(self) -> bool {
        self.family == Family::Gaussian && self.link == Link::Identity
    }

    /// The mean of a linear predictor, in the family's range.
    #[inline(always)]
    pub fn fitted(self, predictor: f64) -> f64 {
        self.family.project(self.link.unlink(predictor))
    }

    /// Working response and weight of a row, without its offset (McCullagh & Nelder, *Generalized Linear Models*, 2.5).
    #[inline(always)]
    pub fn working(self, y: f64, weight: f64, predictor: f64, offset: f64) -> (f64, f64) {
        let mean = self.fitted(predictor);
        let derivative = self.link.derivative(mean);
        let response = predictor - offset + (y - mean) * derivative;
        (response, weight / (derivative * derivative * self.family.variance(mean)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_have_inverses_and_derivatives() {
        let mut links = vec![Link::Power(-0.5), Link::Power(3.0)];
        links.extend(Link::NAMES.iter().filter_map(|name| Link::named(name)));
        for link in links {
            for mean in [0.05, 0.3, 0.5, 0.9] {
                assert!((link.unlink(link.link(mean)) - mean).abs() < 1e-12, "{link:?} {mean}");
                let slope = (link.link(mean + 1e-6) - link.link(mean - 1e-6)) / 2e-6;
                assert!((link.derivative(mean) / slope - 1.0).abs() < 1e-6, "{link:?} {mean}");
            }
        }
    }
}
