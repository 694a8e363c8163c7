//! Clustering: k-means, started by k-means|| or at random, by Euclidean or cosine distance.

mod centers;
mod kmeans;
mod lloyd;
mod model;
mod params;
mod seed;
mod tiles;

pub use kmeans::KMeans;
pub use model::KMeansModel;

use crate::{Operator, Params, Registry};

/// Adds the estimators, their models and their passes.
pub fn register(registry: &mut Registry) {
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
