//! Spark's names for what went wrong: error condition, SQLSTATE, message parameters and the exception class by which
//! clients choose what to raise.

use std::collections::BTreeMap;

/// The exception a Spark client raises for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SparkException {
    Analysis,
    Parse,
    Arithmetic,
    NumberFormat,
    DateTime,
    IllegalArgument,
    ArrayIndexOutOfBounds,
    UnsupportedOperation,
    SparkRuntime,
    SparkNoSuchElement,
    Spark,
    Python,
}

/// An error condition of Spark, for example `UNRESOLVED_COLUMN.WITH_SUGGESTION` with SQLSTATE `42703`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub class: String,
    pub sql_state: String,
    pub exception: SparkException,
    pub parameters: BTreeMap<String, String>,
}

impl Condition {
    pub fn new(class: impl Into<String>, sql_state: impl Into<String>, exception: SparkException) -> Self {
        Self { class: class.into(), sql_state: sql_state.into(), exception, parameters: BTreeMap::new() }
    }

    /// Adds a message parameter, by Spark's name for it.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }
}
