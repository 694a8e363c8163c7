//! Topics of documents: latent Dirichlet allocation, by online variational Bayes or by expectation and maximisation.

mod corpus;
mod distributed;
mod em;
mod estimator;
mod inference;
mod likelihood;
mod model;
mod online;
mod params;
mod special;
mod topic_terms;

pub use distributed::DistributedLdaModel;
pub use estimator::Lda;
pub use model::LocalLdaModel;

use crate::{Operator, Params, Registry};

/// Adds the estimator, its models and its passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            params::LDA,
            |uid| Operator::estimator(Lda::new(Params::new(uid, params::SPECS))),
            |_, saved| Ok(Operator::estimator(Lda::new(saved.params(params::SPECS)?))),
        )
        .loadable(params::LOCAL_MODEL, |_, saved| Ok(Operator::transformer(LocalLdaModel::load(saved)?)))
        .loadable(params::DISTRIBUTED_MODEL, |_, saved| Ok(Operator::transformer(DistributedLdaModel::load(saved)?)))
        .pass::<corpus::CorpusPass>()
        .pass::<likelihood::LikelihoodPass>()
        .pass::<online::OnlinePass>();
}
