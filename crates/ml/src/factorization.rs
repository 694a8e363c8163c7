//! Factorization: alternating least squares over ratings, explicit or implicit, and recommendations from the factors.

mod als;
mod cholesky;
mod gram;
mod ids;
mod model;
mod nonnegative;
mod params;
mod ratings;
mod recommend;
mod solve;

pub use als::Als;
pub(crate) use gram::Factors;
pub use model::AlsModel;
pub(crate) use recommend::{Panels, best};

use crate::{Operator, Params, Registry};

/// Adds the estimator, its model and its passes.
pub fn register(registry: &mut Registry) {
    registry
        .operator(
            params::ALS,
            |uid| Operator::estimator(Als::new(Params::new(uid, params::SPECS))),
            |_, saved| Ok(Operator::estimator(Als::new(saved.params(params::SPECS)?))),
        )
        .loadable(params::ALS_MODEL, |_, saved| Ok(Operator::transformer(AlsModel::load(saved)?)))
        .pass::<ratings::RatingsPass>();
}
