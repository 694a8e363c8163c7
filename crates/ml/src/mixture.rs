//! Gaussian mixtures by expectation and maximisation.

mod estimator;
mod expect;
mod gaussian;
mod model;
mod symmetric;

pub use estimator::GaussianMixture;
pub use model::GaussianMixtureModel;

use crate::param::shared::class_seed;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::{Operator, Params, Registry, Value};

const MIXTURE: &str = "org.apache.spark.ml.clustering.GaussianMixture";
const MIXTURE_MODEL: &str = "org.apache.spark.ml.clustering.GaussianMixtureModel";

const SPECS: &[ParamSpec] = &[
    shared::AGGREGATION_DEPTH,
    shared::FEATURES_COL,
    ParamSpec::new("k", Kind::Int, Default::Int(2), "Number of independent Gaussians in the mixture model (> 1)")
        .checked(|value| matches!(value, Value::Int(2..))),
    shared::max_iter(100),
    shared::PREDICTION_COL,
    shared::PROBABILITY_COL,
    shared::seed(class_seed(MIXTURE)),
    ParamSpec::new(
        "tol",
        Kind::Double,
        Default::Double(0.01),
        "the change of the log-likelihood that ends the training",
    )
    .checked(crate::param::check::at_least_zero),
    shared::WEIGHT_COL,
];

/// Adds the estimator, its model and its passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            MIXTURE,
            |uid| Operator::estimator(GaussianMixture::new(Params::new(uid, SPECS))),
            |_, saved| Ok(Operator::estimator(GaussianMixture::new(saved.params(SPECS)?))),
        )
        .loadable(MIXTURE_MODEL, |_, saved| Ok(Operator::transformer(GaussianMixtureModel::load(saved)?)))
        .pass::<estimator::SamplePass>()
        .pass::<expect::ExpectPass>();
}
