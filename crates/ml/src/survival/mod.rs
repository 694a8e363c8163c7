//! Accelerated failure time models of Weibull life times, some of them censored
//! (`org.apache.spark.ml.regression.AFTSurvivalRegression`).

mod estimator;
mod model;
mod params;

pub use estimator::AftSurvivalRegression;
pub use model::AftSurvivalRegressionModel;

use crate::{Operator, Params, Registry};

/// Adds the estimator, its model and its pass.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            estimator::CLASS,
            |uid| Operator::estimator(AftSurvivalRegression::new(Params::new(uid, &params::SPECS))),
            |_, saved| Ok(Operator::estimator(AftSurvivalRegression::new(saved.params(&params::SPECS)?))),
        )
        .loadable(model::CLASS, |_, saved| AftSurvivalRegressionModel::load(saved).map(Operator::transformer))
        .pass::<estimator::LifetimePass>();
}
