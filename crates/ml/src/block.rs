//! The rows a pass reads: one block of one partition, as Arrow columns in the order the estimator asked for.

use crate::linalg::VectorColumn;
use arrow_array::{Array, ArrayRef, Float64Array, cast::AsArray};
use brickyard_error::{Failure, Result};

/// What an estimator wants a column to be when it reads it; the driver casts once, before the first pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Spark's VectorUDT, never null.
    Vector,
    /// Any numeric or boolean column, cast to `f64`; nulls stay null.
    Number,
    /// The column as it is.
    Any,
}

/// A column that an operator reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub column: String,
    pub kind: InputKind,
}

impl Input {
    pub fn vector(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Vector }
    }
    pub fn number(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Number }
    }
    pub fn any(column: &str) -> Self {
        Self { column: column.to_owned(), kind: InputKind::Any }
    }
}

/// Consecutive training rows of one partition.
///
/// Partitions are numbered from 0 in row order and `first_row` is the global number of the first row, so sampling by a
/// hash of the row number gives the same rows under any partitioning.
#[derive(Debug, Clone)]
pub struct Block {
    pub partition: u32,
    pub first_row: u64,
    pub rows: usize,
    /// One array per [`Input`], in that order, each of length `rows`.
    pub columns: Vec<ArrayRef>,
}

impl Block {
    /// Input `index` as vectors.
    pub fn vectors(&self, index: usize) -> Result<VectorColumn<'_>> {
        VectorColumn::new(self.column(index)?.as_ref())
    }

    /// Input `index` as numbers.
    pub fn numbers(&self, index: usize) -> Result<&Float64Array> {
        let column = self.column(index)?;
        column
            .as_primitive_opt()
            .ok_or_else(|| Failure::internal(format!("input {index} is {}, expected Float64", column.data_type())))
    }

    pub fn column(&self, index: usize) -> Result<&ArrayRef> {
        self.columns
            .get(index)
            .ok_or_else(|| Failure::internal(format!("a pass asked for input {index}, which is absent")))
    }
}
