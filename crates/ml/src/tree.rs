//! Decision trees and random forests, for classes and for numbers.
//!
//! One training for all four learners: a survey of the rows finds candidate splits; then trees grow level by level, ten
//! at a time, from histograms in whole numbers that any partitioning sums to the same bits. Splits, gains, pruning and
//! texts are Spark's.

mod binned;
mod bins;
mod bootstrap;
mod cells;
mod family;
mod grow;
mod growing;
mod histogram;
mod impurity;
mod learner;
mod model;
mod node;
mod params;
mod rows;
mod save;
mod split;
mod survey;
mod walk;

pub use model::TreeModel;
pub use node::{Inner, Node, Split, Tree};

use crate::registry::Operator;
use crate::{Params, Registry};
use brickyard_error::Result;
use family::{FOREST_CLASSIFICATION, FOREST_REGRESSION, Family, TREE_CLASSIFICATION, TREE_REGRESSION};

/// Adds the four learners, their models and their passes.
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
        .loadable(TREE_CLASSIFICATION.model, |_, saved| save::load(&TREE_CLASSIFICATION, saved))
        .loadable(TREE_REGRESSION.model, |_, saved| save::load(&TREE_REGRESSION, saved))
        .loadable(FOREST_CLASSIFICATION.model, |_, saved| save::load(&FOREST_CLASSIFICATION, saved))
        .loadable(FOREST_REGRESSION.model, |_, saved| save::load(&FOREST_REGRESSION, saved))
        .pass::<survey::SurveyPass>()
        .pass::<grow::GrowPass>();
}

fn learner(family: &'static Family, uid: &str) -> Operator {
    Operator::estimator(learner::TreeLearner::new(family, Params::new(uid, family.specs)))
}

fn load_learner(family: &'static Family, saved: &crate::persist::Saved) -> Result<Operator> {
    Ok(Operator::estimator(learner::TreeLearner::new(family, saved.params(family.specs)?)))
}
