//! Nearest neighbours, exactly: distances to all rows by blocked products in single precision, and the best of them
//! again in double precision.

mod fit;
mod model;
mod search;

pub use fit::NearestNeighbours;
pub use model::NearestNeighboursModel;

use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Operator, Params, Registry, Value};

/// Spark has no such class.
const NEIGHBOURS: &str = "brickyard.ml.neighbours.NearestNeighbours";
const NEIGHBOURS_MODEL: &str = "brickyard.ml.neighbours.NearestNeighboursModel";

const SPECS: &[ParamSpec] = &[
    ParamSpec::new(
        "distanceMeasure",
        Kind::Text,
        Default::Text("euclidean"),
        "The distance measure: euclidean or cosine",
    )
    .checked(|value| matches!(value, Value::Text(text) if ["euclidean", "cosine"].contains(&text.as_str()))),
    shared::FEATURES_COL,
    ParamSpec::new(
        "idCol",
        Kind::Text,
        Default::None,
        "column of whole numbers that name the rows; unset: their numbers",
    ),
    ParamSpec::new("k", Kind::Int, Default::Int(5), "The number of neighbours to find (> 0)").checked(check::positive),
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
