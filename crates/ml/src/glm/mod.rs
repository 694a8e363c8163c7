//! Generalized linear regression: families of distributions, link functions, offsets and weights, by iteratively
//! reweighted least squares (`org.apache.spark.ml.regression.GeneralizedLinearRegression`).

mod estimator;
mod family;
mod irls;
mod link;
mod model;
mod params;
mod residuals;
mod rows;
mod working;

pub use estimator::GeneralizedLinearRegression;
pub use family::Family;
pub use link::{Distribution, Link};
pub use model::GeneralizedLinearRegressionModel;
pub use residuals::Residuals;

use crate::{Operator, Registry};

/// The report's key for the names of the features, as far as the training rows told them.
pub const FEATURE_NAMES: &str = "featureNames";

/// Adds the estimator, its model and its passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            estimator::CLASS,
            |uid| Operator::estimator(GeneralizedLinearRegression::new(crate::Params::new(uid, &params::SPECS))),
            |_, saved| Ok(Operator::estimator(GeneralizedLinearRegression::new(saved.params(&params::SPECS)?))),
        )
        .loadable(model::CLASS, |_, saved| GeneralizedLinearRegressionModel::load(saved).map(Operator::transformer))
        .pass::<estimator::SummaryPass>()
        .pass::<working::WorkingPass>();
}
