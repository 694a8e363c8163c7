//! Naive Bayes: multinomial, complement, Bernoulli and Gaussian, from one look at the rows
//! (`org.apache.spark.ml.classification.NaiveBayes`).

mod estimator;
mod kind;
mod learned;
mod model;
mod sums;

pub use estimator::NaiveBayes;
pub use model::NaiveBayesModel;

use crate::{Operator, Params, Registry};

/// Adds the estimator, its model and its pass.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            estimator::CLASS,
            |uid| Operator::estimator(NaiveBayes::new(Params::new(uid, &estimator::SPECS))),
            |_, saved| Ok(Operator::estimator(NaiveBayes::new(saved.params(&estimator::SPECS)?))),
        )
        .loadable(model::CLASS, |_, saved| NaiveBayesModel::load(saved).map(Operator::transformer))
        .pass::<sums::BayesPass>();
}
