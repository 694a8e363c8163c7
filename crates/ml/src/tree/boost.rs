//! Spark's gradient boosting: regression trees, each fitted to the negative gradient of the loss at the sum of those
//! before it (Friedman's stochastic gradient boosting, as Spark's `GradientBoostedTrees` runs it).
//!
//! Trees grow by the same passes as single ones; a partition's memo keeps the rows' margins, and replays the trees where it
//! has lost them.

mod errors;
mod fit;
mod learner;
mod loss;
pub(crate) mod margins;
mod pass;
pub(crate) mod view;

pub(crate) use errors::ErrorSums;
pub use errors::{IterationErrors, IterationErrorsPass};
pub use learner::BoostedLearner;
pub use loss::Loss;
pub use pass::BoostPass;
pub(crate) use pass::fixed;
