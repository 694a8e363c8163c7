//! Linear models: logistic and linear regression.
//!
//! Both look at the rows once for means and deviations, then minimise over standardised features; coefficients are those
//! of the original features.

mod cholesky;
mod descent;
pub(crate) mod exponential;
mod gradient;
mod gram;
mod logistic;
mod logistic_model;
mod logistic_params;
mod loss;
mod margins;
mod normal_equations;
mod regression;
mod regression_model;
mod rows;
mod standardized;
mod summary;
pub(crate) mod vectorized;

pub use logistic::LogisticRegression;
pub use logistic_model::LogisticRegressionModel;
pub use regression::LinearRegression;
pub use regression_model::LinearRegressionModel;
pub use summary::Moments;

use crate::Registry;

/// The report's key for the diagonal of the inverse normal matrix, from which standard errors follow.
pub const INVERSE_DIAGONAL: &str = "diagInvAtWA";

/// Adds the family's operators and passes.
pub fn register(registry: &mut Registry) {
    registry.pass::<summary::SummaryPass>().pass::<gradient::GradientPass>().pass::<gram::GramPass>();
    logistic::register(registry);
    regression::register(registry);
}
