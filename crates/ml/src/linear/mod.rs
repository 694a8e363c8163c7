//! Linear models: logistic and linear regression.
//!
//! Both look at the rows once for means and deviations, then minimise over standardised features; coefficients are those
//! of the original features.

mod descent;
mod exponential;
mod gradient;
mod logistic;
mod logistic_model;
mod logistic_params;
mod loss;
mod margins;
mod rows;
mod standardized;
mod summary;
mod vectorized;

pub use logistic::LogisticRegression;
pub use logistic_model::LogisticRegressionModel;
pub use summary::Moments;

use crate::Registry;

/// Adds the family's operators and passes.
pub fn register(registry: &mut Registry) {
    registry.pass::<summary::SummaryPass>().pass::<gradient::GradientPass>();
    logistic::register(registry);
}
