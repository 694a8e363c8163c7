//! Multilayer perceptrons: layers of sigmoids under a softmax, by batched matrix products
//! (`org.apache.spark.ml.classification.MultilayerPerceptronClassifier`).

mod estimator;
mod gradient;
mod layers;
mod model;
mod rows;

pub use estimator::MultilayerPerceptronClassifier;
pub use model::MultilayerPerceptronClassificationModel;

pub(crate) use rows::{PlainRows, Spec as RowsSpec};

use crate::{Operator, Params, Registry};

/// Adds the estimator, its model and its pass.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            estimator::CLASS,
            |uid| Operator::estimator(MultilayerPerceptronClassifier::new(Params::new(uid, &estimator::SPECS))),
            |_, saved| Ok(Operator::estimator(MultilayerPerceptronClassifier::new(saved.params(&estimator::SPECS)?))),
        )
        .loadable(model::CLASS, |_, saved| {
            MultilayerPerceptronClassificationModel::load(saved).map(Operator::transformer)
        })
        .pass::<gradient::PerceptronPass>();
}
