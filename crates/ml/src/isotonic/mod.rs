//! Isotonic regression: the monotone step function nearest to the labels, interpolated between its steps
//! (`org.apache.spark.ml.regression.IsotonicRegression`).

mod estimator;
mod model;
mod points;
mod pooling;

pub use estimator::IsotonicRegression;
pub use model::IsotonicRegressionModel;

use crate::{Operator, Params, Registry};

/// Adds the estimator, its model and its pass.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            estimator::CLASS,
            |uid| Operator::estimator(IsotonicRegression::new(Params::new(uid, &estimator::SPECS))),
            |_, saved| Ok(Operator::estimator(IsotonicRegression::new(saved.params(&estimator::SPECS)?))),
        )
        .loadable(model::CLASS, |_, saved| IsotonicRegressionModel::load(saved).map(Operator::transformer))
        .pass::<points::PointsPass>();
}
