//! Parameters of generalized linear regression, shared by the estimator and its model.

use super::link::Link;
use crate::Value;
use crate::param::{Default, Kind, ParamSpec, shared};

const FAMILY: ParamSpec = ParamSpec::new(
    "family",
    Kind::Text,
    Default::Text("gaussian"),
    "error distribution: gaussian, binomial, poisson, gamma or tweedie",
)
.checked(|value| {
    let Value::Text(family) = value else { return false };
    ["gaussian", "binomial", "poisson", "gamma", "tweedie"].contains(&family.to_lowercase().as_str())
});
const LINK: ParamSpec = ParamSpec::new(
    "link",
    Kind::Text,
    Default::None,
    "link function: identity, log, inverse, logit, probit, cloglog or sqrt; unset means the family's own",
)
.checked(|value| matches!(value, Value::Text(link) if Link::NAMES.contains(&link.to_lowercase().as_str())));
const LINK_POWER: ParamSpec = ParamSpec::new(
    "linkPower",
    Kind::Double,
    Default::None,
    "the power of the tweedie family's link; unset means 1 - variancePower",
);
const LINK_PREDICTION_COL: ParamSpec = ParamSpec::new(
    "linkPredictionCol",
    Kind::Text,
    Default::None,
    "column name for the linear predictor; none when unset",
);
const OFFSET_COL: ParamSpec =
    ParamSpec::new("offsetCol", Kind::Text, Default::None, "offset column name; unset means every offset is 0");
const SOLVER: ParamSpec =
    ParamSpec::new("solver", Kind::Text, Default::Text("irls"), "irls: iteratively reweighted least squares")
        .checked(|value| matches!(value, Value::Text(solver) if solver == "irls"));
const VARIANCE_POWER: ParamSpec = ParamSpec::new(
    "variancePower",
    Kind::Double,
    Default::Double(0.0),
    "the power of the tweedie family's variance function: 0, or at least 1",
)
.checked(|value| matches!(value, Value::Double(power) if *power >= 1.0 || *power == 0.0));

pub static SPECS: [ParamSpec; 16] = [
    shared::AGGREGATION_DEPTH,
    FAMILY,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    shared::LABEL_COL,
    LINK,
    LINK_POWER,
    LINK_PREDICTION_COL,
    shared::max_iter(25),
    OFFSET_COL,
    shared::PREDICTION_COL,
    shared::REG_PARAM,
    SOLVER,
    shared::TOL,
    VARIANCE_POWER,
    shared::WEIGHT_COL,
];
