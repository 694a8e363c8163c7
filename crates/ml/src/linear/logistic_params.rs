//! Parameters of logistic regression, shared by the estimator and its model.

use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::{Failure, Result, codes};

const FAMILY: ParamSpec = ParamSpec::new(
    "family",
    Kind::Text,
    Default::Text("auto"),
    "label distribution: auto, binomial or multinomial; auto is binomial for one or two classes",
)
.checked(|value| {
    let Value::Text(family) = value else { return false };
    ["auto", "binomial", "multinomial"].contains(&family.to_lowercase().as_str())
});
const THRESHOLD: ParamSpec = ParamSpec::new(
    "threshold",
    Kind::Double,
    Default::Double(0.5),
    "binary classification predicts 1 where the probability of 1 is above this, in [0, 1]",
)
.checked(check::fraction);
const THRESHOLDS: ParamSpec = shared::THRESHOLDS.checked(|value| {
    let Value::Doubles(thresholds) = value else { return false };
    thresholds.iter().all(|value| *value >= 0.0) && thresholds.iter().filter(|value| **value == 0.0).count() <= 1
});

const fn bounds(name: &'static str, kind: Kind) -> ParamSpec {
    ParamSpec::new(name, kind, Default::None, "bounds within which the optimum is searched for, a row or value a class")
}

pub const BOUNDS: [ParamSpec; 4] = [
    bounds("lowerBoundsOnCoefficients", Kind::Matrix),
    bounds("upperBoundsOnCoefficients", Kind::Matrix),
    bounds("lowerBoundsOnIntercepts", Kind::Vector),
    bounds("upperBoundsOnIntercepts", Kind::Vector),
];

pub static SPECS: [ParamSpec; 21] = [
    shared::AGGREGATION_DEPTH,
    shared::ELASTIC_NET_PARAM,
    FAMILY,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    shared::LABEL_COL,
    BOUNDS[0],
    BOUNDS[1],
    BOUNDS[2],
    BOUNDS[3],
    shared::MAX_BLOCK_SIZE_IN_MB,
    shared::max_iter(100),
    shared::PREDICTION_COL,
    shared::PROBABILITY_COL,
    shared::RAW_PREDICTION_COL,
    shared::REG_PARAM,
    shared::STANDARDIZATION,
    THRESHOLD,
    THRESHOLDS,
    shared::TOL,
    shared::WEIGHT_COL,
];

/// Thresholds of the classes, if set.
pub fn thresholds(params: &Params) -> Option<Vec<f64>> {
    if let Some(Value::Doubles(thresholds)) = params.get("thresholds") { Some(thresholds) } else { None }
}

/// The probability of class 1 above which a binary model predicts 1: `thresholds` as a single number, or `threshold`.
pub fn binary_threshold(params: &Params) -> Result<f64> {
    let threshold = params.double("threshold")?;
    let Some(thresholds) = thresholds(params) else { return Ok(threshold) };
    let [zero, one] = thresholds[..] else {
        let text = format!("thresholds must have 2 values for binary classification, but has {}", thresholds.len());
        return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
    };
    let equivalent = 1.0 / (1.0 + zero / one);
    if params.is_set("threshold") && (threshold - equivalent).abs() >= 1e-5 {
        let text =
            format!("threshold ({threshold}) and thresholds (equivalent to {equivalent}) differ; set one of them");
        return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
    }
    Ok(equivalent)
}
