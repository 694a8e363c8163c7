//! Nearest neighbours: exactly, by distances to all rows in blocked products, or approximately, by walks through a graph.

mod fit;
mod graph;
mod model;
mod search;

pub use fit::NearestNeighbours;
pub use model::NearestNeighboursModel;

use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Operator, Params, Registry, Value};

/// Spark has no such class.
const NEIGHBOURS: &str = "com.brickyard.ml.NearestNeighbours";
const NEIGHBOURS_MODEL: &str = "com.brickyard.ml.NearestNeighboursModel";

const SPECS: &[ParamSpec] = &[
    ParamSpec::new(
        "algorithm",
        Kind::Text,
        Default::Text("exact"),
        "exact: distances to all rows; hnsw: walks through a graph of near rows, much faster and nearly as good",
    )
    .checked(|value| matches!(value, Value::Text(text) if ["exact", "hnsw"].contains(&text.as_str()))),
    ParamSpec::new(
        "distanceMeasure",
        Kind::Text,
        Default::Text("euclidean"),
        "The distance measure: euclidean or cosine",
    )
    .checked(|value| matches!(value, Value::Text(text) if ["euclidean", "cosine"].contains(&text.as_str()))),
    ParamSpec::new(
        "efConstruction",
        Kind::Int,
        Default::Int(100),
        "hnsw: near rows that are looked at for the links of a row (> 0)",
    )
    .checked(check::positive),
    ParamSpec::new(
        "efSearch",
        Kind::Int,
        Default::Int(64),
        "hnsw: near rows that a query looks at; more find more of the nearest, and take longer (> 0)",
    )
    .checked(check::positive),
    shared::FEATURES_COL,
    ParamSpec::new(
        "idCol",
        Kind::Text,
        Default::None,
        "column of whole numbers that name the rows; unset: their numbers",
    ),
    ParamSpec::new("k", Kind::Int, Default::Int(5), "The number of neighbours to find (> 0)").checked(check::positive),
    ParamSpec::new("m", Kind::Int, Default::Int(16), "hnsw: links of a row on a layer, in [2, 256]")
        .checked(|value| matches!(value, Value::Int(2..=256))),
    ParamSpec::new("outputCol", Kind::Text, Default::Text("neighbours"), "output column: neighbours, nearest first"),
];

/// Adds the estimator, its model and its pass.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            NEIGHBOURS,
            |uid| Operator::estimator(NearestNeighbours::new(Params::new(uid, SPECS))),
            |_, saved| Ok(Operator::estimator(NearestNeighbours::new(saved.params(SPECS)?))),
        )
        .loadable(NEIGHBOURS_MODEL, |_, saved| Ok(Operator::transformer(NearestNeighboursModel::load(saved)?)))
        .pass::<fit::PointsPass>();
}
