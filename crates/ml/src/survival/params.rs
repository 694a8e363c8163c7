//! Parameters of accelerated failure time models, shared by the estimator and its model.

use crate::Value;
use crate::param::{Default, Kind, ParamSpec, shared};

const CENSOR_COL: ParamSpec = ParamSpec::new(
    "censorCol",
    Kind::Text,
    Default::Text("censor"),
    "censor column name: 1 where the event has occurred, 0 where the life was longer than observed",
);
const QUANTILE_PROBABILITIES: ParamSpec = ParamSpec::new(
    "quantileProbabilities",
    Kind::Doubles,
    Default::Doubles(&[0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]),
    "probabilities of the predicted quantiles, each in (0, 1); at least one",
)
.checked(|value| {
    let Value::Doubles(probabilities) = value else { return false };
    !probabilities.is_empty() && probabilities.iter().all(|probability| *probability > 0.0 && *probability < 1.0)
});
const QUANTILES_COL: ParamSpec =
    ParamSpec::new("quantilesCol", Kind::Text, Default::None, "column name for quantiles; none when unset");

pub static SPECS: [ParamSpec; 11] = [
    shared::AGGREGATION_DEPTH,
    CENSOR_COL,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    shared::LABEL_COL,
    shared::MAX_BLOCK_SIZE_IN_MB,
    shared::max_iter(100),
    shared::PREDICTION_COL,
    QUANTILE_PROBABILITIES,
    QUANTILES_COL,
    shared::TOL,
];
