//! `RFormula`: columns named by an R formula to a features vector and a label, by way of the stages that each needs.

mod encode;
mod estimator;
mod model;
mod parse;
mod plumbing;
mod resolve;
mod survey;
mod term;

use crate::Registry;

pub fn register(registry: &mut Registry) {
    estimator::register(registry);
    model::register(registry);
    plumbing::register(registry);
}
