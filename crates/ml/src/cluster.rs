//! Clustering by Euclidean or cosine distance: k-means, started by k-means|| or at random, bisecting k-means,
//! and power iteration over a graph of similarities.

mod bisecting;
mod centers;
mod kmeans;
mod lloyd;
mod model;
mod params;
mod power;
mod seed;
pub(crate) mod tiles;

pub use bisecting::{BisectingKMeans, BisectingKMeansModel};
pub use kmeans::KMeans;
pub use model::KMeansModel;
pub use power::PowerIterationClustering;
pub(crate) use tiles::scale_to_unit;

use crate::{Operator, Params, Registry};

/// Adds the estimators, their models and their passes.
pub fn register(registry: &mut Registry) {
    bisecting::register(registry);
    power::register(registry);
    registry
        .operator(
            params::KMEANS,
            |uid| Operator::estimator(KMeans::new(Params::new(uid, params::SPECS))),
            |_, saved| Ok(Operator::estimator(KMeans::new(saved.params(params::SPECS)?))),
        )
        .loadable(params::KMEANS_MODEL, |_, saved| Ok(Operator::transformer(KMeansModel::load(saved)?)))
        .pass::<seed::StartPass>()
        .pass::<seed::SeedPass>()
        .pass::<lloyd::LloydPass>();
}
