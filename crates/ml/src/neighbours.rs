//! Nearest neighbours: exactly, by distances to all rows in blocked products, or approximately, by walks through a graph.

mod fit;
mod graph;
mod model;
mod search;

pub use fit::NearestNeighbours;
pub use model::NearestNeighboursModel;

use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::pipeline::PipelineModel;
use crate::{Operator, Params, Registry, Transformer, Value};
use brickyard_error::{Failure, Result, codes};

/// Spark has no such class.
const NEIGHBOURS: &str = "brickyard.ml.NearestNeighbours";
const NEIGHBOURS_MODEL: &str = "brickyard.ml.NearestNeighboursModel";

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

/// The model, or the pipeline that ends in one, so that it finds this many neighbours, or as many as it was made to find.
///
/// # Errors
/// The model finds no neighbours, or their number is not positive.
pub fn finding(model: &dyn Transformer, wanted: Option<i64>) -> Result<Box<dyn Transformer>> {
    if let Some((last, before)) = model.stages().split_last() {
        let before = before.iter().map(|stage| stage.boxed());
        let stages = before.chain([finding(last.as_ref(), wanted)?]).collect();
        return Ok(Box::new(PipelineModel::new(model.params().uid(), stages)));
    }
    if model.class() != NEIGHBOURS_MODEL {
        let text =
            format!("a {} finds no neighbours: make the model with model_type = 'NearestNeighbours'", model.class());
        return Err(Failure::new(&codes::ml::OPERATOR_UNKNOWN, text));
    }
    let mut model = model.boxed();
    if let Some(wanted) = wanted {
        model.params_mut().set("k", Value::Int(wanted))?;
    }
    Ok(model)
}
