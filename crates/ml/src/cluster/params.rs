//! The parameters of k-means: Spark's names, defaults and checks.

use crate::param::shared::class_seed;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Params, Value};
use brickyard_error::Result;

pub const KMEANS: &str = "org.apache.spark.ml.clustering.KMeans";
pub const KMEANS_MODEL: &str = "org.apache.spark.ml.clustering.KMeansModel";

pub const SPECS: &[ParamSpec] = &[
    shared::FEATURES_COL,
    shared::PREDICTION_COL,
    shared::WEIGHT_COL,
    ParamSpec::new("k", Kind::Int, Default::Int(2), "The number of clusters to create (> 1)")
        .checked(|value| matches!(value, Value::Int(2..))),
    ParamSpec::new(
        "distanceMeasure",
        Kind::Text,
        Default::Text("euclidean"),
        "The distance measure: euclidean or cosine",
    )
    .checked(|value| one_of(value, &["euclidean", "cosine"])),
    ParamSpec::new("initMode", Kind::Text, Default::Text("k-means||"), "How to start: random or k-means||")
        .checked(|value| one_of(value, &["random", "k-means||"])),
    ParamSpec::new("initSteps", Kind::Int, Default::Int(2), "The number of steps of k-means|| (> 0)")
        .checked(check::positive),
    ParamSpec::new("solver", Kind::Text, Default::Text("auto"), "auto, row or block; accepted, rows come in tiles")
        .checked(|value| one_of(value, &["auto", "row", "block"])),
    shared::max_iter(20),
    ParamSpec::new("tol", Kind::Double, Default::Double(1e-4), "the distance by which every center may still move")
        .checked(check::at_least_zero),
    shared::seed(class_seed(KMEANS)),
    shared::MAX_BLOCK_SIZE_IN_MB,
];

fn one_of(value: &Value, allowed: &[&str]) -> bool {
    matches!(value, Value::Text(text) if allowed.contains(&text.as_str()))
}

/// The parameters of one training, read once.
#[derive(Debug, Clone)]
pub struct Settings {
    pub clusters: usize,
    pub cosine: bool,
    pub random_start: bool,
    pub start_steps: u64,
    pub max_iterations: u64,
    pub tolerance: f64,
    pub seed: u64,
    pub weighted: bool,
}

impl Settings {
    pub fn of(params: &Params) -> Result<Self> {
        Ok(Self {
            clusters: params.int("k")? as usize,
            cosine: params.text("distanceMeasure")? == "cosine",
            random_start: params.text("initMode")? == "random",
            start_steps: params.int("initSteps")? as u64,
            max_iterations: params.int("maxIter")? as u64,
            tolerance: params.double("tol")?,
            seed: params.int("seed")? as u64,
            weighted: params.optional_text("weightCol").is_some(),
        })
    }
}
