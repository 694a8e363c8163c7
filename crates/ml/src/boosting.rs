//! Gradient boosting of our own, at the quality of the specialised libraries: trees grown leaf by leaf on second-order
//! gradients, with missing values, native categories, monotone constraints, L1 and L2, one-side sampling and early stopping;
//! for two or more classes, for means, medians, quantiles and counts, and for orders.
//!
//! Histograms are sums of whole numbers, so threads, partitions and machines never change a model.

mod edges;
mod errors;
mod fit;
mod gains;
mod grower;
mod learner;
mod memo;
mod model;
mod objective;
mod params;
mod pass;
mod ranking;
mod renew;
mod save;
mod split;
mod survey;
mod tree;

pub use model::BoostingModel;

use crate::registry::Operator;
use crate::{Params, Registry};
use learner::BoostingLearner;
use model::{CLASSIFICATION, Family, RANKING, REGRESSION};

/// Adds the estimators, their models and their passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASSIFICATION.estimator,
            |uid| learner(&CLASSIFICATION, Params::new(uid, CLASSIFICATION.specs)),
            |_, saved| Ok(learner(&CLASSIFICATION, saved.params(CLASSIFICATION.specs)?)),
        )
        .operator(
            REGRESSION.estimator,
            |uid| learner(&REGRESSION, Params::new(uid, REGRESSION.specs)),
            |_, saved| Ok(learner(&REGRESSION, saved.params(REGRESSION.specs)?)),
        )
        .operator(
            RANKING.estimator,
            |uid| learner(&RANKING, Params::new(uid, RANKING.specs)),
            |_, saved| Ok(learner(&RANKING, saved.params(RANKING.specs)?)),
        )
        .loadable(CLASSIFICATION.model, |_, saved| save::load(&CLASSIFICATION, saved))
        .loadable(REGRESSION.model, |_, saved| save::load(&REGRESSION, saved))
        .loadable(RANKING.model, |_, saved| save::load(&RANKING, saved))
        .pass::<survey::SurveyPass>()
        .pass::<pass::BoostingPass>()
        .pass::<errors::BoostingErrorsPass>();
}

fn learner(family: &'static Family, params: Params) -> Operator {
    Operator::estimator(BoostingLearner::new(family, params))
}
