//! Decision trees, random forests and Spark's boosted trees, for classes and for numbers.
//!
//! One training for all learners: a survey of the rows finds candidate splits; then trees grow level by level, ten
//! at a time, from histograms in whole numbers that any partitioning sums to the same bits. Splits, gains, pruning and
//! texts are Spark's.

pub(crate) mod binned;
pub(crate) mod bins;
pub(crate) mod boost;
mod bootstrap;
pub(crate) mod cells;
mod explained;
mod family;
mod grow;
pub(crate) mod grower;
mod growing;
pub(crate) mod histogram;
pub(crate) mod impurity;
mod learner;
mod model;
mod node;
mod params;
pub(crate) mod parting;
pub(crate) mod rows;
mod save;
pub(crate) mod shap;
mod split;
mod survey;
pub(crate) mod walk;
pub(crate) mod whole;

pub use boost::IterationErrors;
pub use model::TreeModel;
pub(crate) use model::predictions as predicted_classes;
pub use node::{Inner, Node, Split, Tree};

use crate::registry::Operator;
use crate::{Params, Registry};
use brickyard_error::Result;
use family::{
    BOOSTED_CLASSIFICATION, BOOSTED_REGRESSION, FOREST_CLASSIFICATION, FOREST_REGRESSION, Family, TREE_CLASSIFICATION,
    TREE_REGRESSION,
};

/// Adds the learners, their models and their passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            TREE_CLASSIFICATION.estimator,
            |uid| learner(&TREE_CLASSIFICATION, uid),
            |_, saved| load_learner(&TREE_CLASSIFICATION, saved),
        )
        .operator(
            TREE_REGRESSION.estimator,
            |uid| learner(&TREE_REGRESSION, uid),
            |_, saved| load_learner(&TREE_REGRESSION, saved),
        )
        .operator(
            FOREST_CLASSIFICATION.estimator,
            |uid| learner(&FOREST_CLASSIFICATION, uid),
            |_, saved| load_learner(&FOREST_CLASSIFICATION, saved),
        )
        .operator(
            FOREST_REGRESSION.estimator,
            |uid| learner(&FOREST_REGRESSION, uid),
            |_, saved| load_learner(&FOREST_REGRESSION, saved),
        )
        .operator(
            BOOSTED_CLASSIFICATION.estimator,
            |uid| learner(&BOOSTED_CLASSIFICATION, uid),
            |_, saved| load_learner(&BOOSTED_CLASSIFICATION, saved),
        )
        .operator(
            BOOSTED_REGRESSION.estimator,
            |uid| learner(&BOOSTED_REGRESSION, uid),
            |_, saved| load_learner(&BOOSTED_REGRESSION, saved),
        )
        .loadable(BOOSTED_CLASSIFICATION.model, |_, saved| save::load(&BOOSTED_CLASSIFICATION, saved))
        .loadable(BOOSTED_REGRESSION.model, |_, saved| save::load(&BOOSTED_REGRESSION, saved))
        .loadable(TREE_CLASSIFICATION.model, |_, saved| save::load(&TREE_CLASSIFICATION, saved))
        .loadable(TREE_REGRESSION.model, |_, saved| save::load(&TREE_REGRESSION, saved))
        .loadable(FOREST_CLASSIFICATION.model, |_, saved| save::load(&FOREST_CLASSIFICATION, saved))
        .loadable(FOREST_REGRESSION.model, |_, saved| save::load(&FOREST_REGRESSION, saved))
        .pass::<survey::SurveyPass>()
        .pass::<grow::GrowPass>()
        .pass::<boost::BoostPass>()
        .pass::<boost::IterationErrorsPass>();
}

fn learner(family: &'static Family, uid: &str) -> Operator {
    operator(family, Params::new(uid, family.specs))
}

fn load_learner(family: &'static Family, saved: &crate::persist::Saved) -> Result<Operator> {
    Ok(operator(family, saved.params(family.specs)?))
}

fn operator(family: &'static Family, params: Params) -> Operator {
    if family.boosted {
        return Operator::estimator(boost::BoostedLearner::new(family, params));
    }
    Operator::estimator(learner::TreeLearner::new(family, params))
}
