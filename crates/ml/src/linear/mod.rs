//! Linear models: logistic and linear regression, support vector machines.
//!
//! All look at the rows once for means and deviations, then minimise over standardised features; coefficients are those
//! of the original features.

mod cholesky;
pub(crate) mod descent;
pub(crate) mod exponential;
pub(crate) mod gradient;
pub(crate) mod gram;
mod logistic;
mod logistic_bounds;
mod logistic_model;
mod logistic_params;
mod loss;
pub(crate) mod margins;
pub(crate) mod normal_equations;
mod regression;
mod regression_model;
pub(crate) mod rows;
mod scale_loss;
pub(crate) mod standardized;
pub(crate) mod summary;
mod support_vector;
mod support_vector_model;
pub(crate) mod vectorized;

pub use logistic::LogisticRegression;
pub use logistic_model::LogisticRegressionModel;
pub use regression::LinearRegression;
pub use regression_model::LinearRegressionModel;
pub use summary::Moments;
pub use support_vector::LinearSvc;
pub use support_vector_model::LinearSvcModel;

pub(crate) use rows::requirement_failed;

use crate::Registry;

/// The report's key for the diagonal of the inverse normal matrix, from which standard errors follow.
pub const INVERSE_DIAGONAL: &str = "diagInvAtWA";

/// Adds the family's operators and passes.
pub fn register(registry: &mut Registry) {
    registry.pass::<summary::SummaryPass>().pass::<gradient::GradientPass>().pass::<gram::GramPass>();
    logistic::register(registry);
    regression::register(registry);
    support_vector::register(registry);
}
