//! One failure type for every room: a stable code, a message that says the next step, and, where Spark has a name for
//! the situation, Spark's error condition. It survives wrapping: [`Failure::find`] takes it out of any error chain.

mod catalogue;
mod condition;
mod failure;

/// The table of codes, a module for each area, kept beside the pages in `docs/errors/`.
pub mod codes;

pub use catalogue::{Code, Retry, Status};
pub use condition::{Condition, SparkException};
pub use failure::{Failure, Result};
