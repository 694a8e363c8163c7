//! Metrics over predictions: Spark's evaluators, and the metrics of training summaries.
//!
//! Each is one aggregate over the predictions (the silhouette: two) and a final formula; what is summed up is shared,
//! so that an evaluator and a summary of the same frame give the same numbers.

mod binary;
mod classification_pass;
mod clustering;
mod confusion;
mod curve;
mod generalized_pass;
mod lists;
mod multiclass;
mod multilabel;
mod ranking;
mod regression;
mod regression_pass;
mod silhouette;
mod student;
mod summary;

pub use summary::{MetricsSummary, SummaryKind};

use crate::{AnyAcc, Registry};
use brickyard_error::{Failure, Result};

/// Adds the evaluators and their passes.
pub fn register(registry: &mut Registry) {
    registry.pass::<classification_pass::ClassificationPass>().pass::<regression_pass::RegressionPass>();
    registry.pass::<summary::ClusteringPass>().pass::<generalized_pass::GeneralizedPass>();
    binary::register(registry);
    clustering::register(registry);
    multiclass::register(registry);
    multilabel::register(registry);
    ranking::register(registry);
    regression::register(registry);
}

/// The accumulator of an evaluation's own pass.
fn sums_of<T: 'static>(merged: AnyAcc) -> Result<T> {
    merged.downcast().map(|sums| *sums).map_err(|_| Failure::internal("an evaluation got another pass's accumulator"))
}
