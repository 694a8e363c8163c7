//! Factorisation machines: a linear model with pairwise interactions of factorised strength (Rendle, 2010), as
//! `FMClassifier` and `FMRegressor`.

mod classifier;
mod descent;
mod gradient;
mod machine;
mod params;
mod regressor;

pub use classifier::{FmClassificationModel, FmClassifier};
pub use regressor::{FmRegressionModel, FmRegressor};

use crate::Registry;

/// Adds the estimators, their models and their pass.
pub fn register(registry: &mut Registry) {
    registry.pass::<gradient::FactorPass>();
    classifier::register(registry);
    regressor::register(registry);
}
