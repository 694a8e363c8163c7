//! Bisecting k-means: from one cluster of all rows, the divisible clusters of a level are split in two by k-means at
//! once.

mod cost;
mod fit;
mod hierarchy;
mod model;
mod split;

pub use fit::BisectingKMeans;
pub use model::BisectingKMeansModel;

use crate::param::shared::class_seed;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Operator, Params, Registry, Value};
use brickyard_error::Result;

const BISECTING: &str = "org.apache.spark.ml.clustering.BisectingKMeans";
const BISECTING_MODEL: &str = "org.apache.spark.ml.clustering.BisectingKMeansModel";

const SPECS: &[ParamSpec] = &[
    shared::FEATURES_COL,
    shared::PREDICTION_COL,
    shared::WEIGHT_COL,
    ParamSpec::new(
        "distanceMeasure",
        Kind::Text,
        Default::Text("euclidean"),
        "The distance measure: euclidean or cosine",
    )
    .checked(|value| matches!(value, Value::Text(text) if ["euclidean", "cosine"].contains(&text.as_str()))),
    ParamSpec::new("k", Kind::Int, Default::Int(4), "The desired number of leaf clusters (> 1)")
        .checked(|value| matches!(value, Value::Int(2..))),
    shared::max_iter(20),
    ParamSpec::new(
        "minDivisibleClusterSize",
        Kind::Double,
        Default::Double(1.0),
        "The minimum number of rows (if >= 1.0) or the minimum proportion of rows (if < 1.0) of a divisible cluster",
    )
    .checked(check::positive),
    shared::seed(class_seed(BISECTING)),
];

/// Adds the estimator, its model and its pass.
pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            BISECTING,
            |uid| Operator::estimator(BisectingKMeans::new(Params::new(uid, SPECS))),
            |_, saved| Ok(Operator::estimator(BisectingKMeans::new(saved.params(SPECS)?))),
        )
        .loadable(BISECTING_MODEL, |_, saved| Ok(Operator::transformer(BisectingKMeansModel::load(saved)?)))
        .pass::<split::SplitPass>()
        .pass::<cost::CostPass>();
}

/// The parameters of one training, read once.
#[derive(Debug, Clone, Copy)]
struct Settings {
    clusters: usize,
    max_iterations: u64,
    min_divisible: f64,
    cosine: bool,
    weighted: bool,
    seed: u64,
}

impl Settings {
    fn of(params: &Params) -> Result<Self> {
        Ok(Self {
            clusters: params.int("k")? as usize,
            max_iterations: params.int("maxIter")? as u64,
            min_divisible: params.double("minDivisibleClusterSize")?,
            cosine: params.text("distanceMeasure")? == "cosine",
            weighted: params.optional_text("weightCol").is_some(),
            seed: params.int("seed")? as u64,
        })
    }
}
