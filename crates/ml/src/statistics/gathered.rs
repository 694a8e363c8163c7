//! All values of a column of numbers or vectors in one place, for statistics of their order.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::is_vector_type;
use crate::transform::invalid_row;
use arrow_array::Array;
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Gathers input 0: numbers that are not null, or vectors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Gather;

/// Rows in their order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Gathered {
    /// Slots of a row; 1 for numbers, 0 before the first row.
    pub size: usize,
    /// Row by row.
    pub values: Vec<f64>,
}

impl Gathered {
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.size).unwrap_or(0)
    }
}

impl Merge for Gathered {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        if self.size == 0 {
            *self = other;
        } else {
            self.values.extend(other.values);
        }
    }
}

impl Pass for Gather {
    const NAME: &'static str = "statistics/gathered";
    type View = Block;
    type Memo = ();
    type Acc = Gathered;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Gathered {
        Gathered::default()
    }

    fn update(&self, acc: &mut Gathered, rows: &Block, (): &mut ()) -> Result<()> {
        if !is_vector_type(rows.column(0)?.data_type()) {
            acc.size = 1;
            acc.values.extend(rows.numbers(0)?.iter().flatten());
            return Ok(());
        }
        let vectors = rows.vectors(0)?;
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("Vectors MUST NOT be Null"));
            }
            let vector = vectors.get(row);
            if acc.size == 0 {
                acc.size = vector.size();
            }
            if vector.size() != acc.size {
                let (expected, found) = (acc.size, vector.size());
                return Err(invalid_row(format!("a vector has size {found}, expected {expected}")));
            }
            let start = acc.values.len();
            acc.values.resize(start + acc.size, 0.0);
            vector.write_dense(&mut acc.values[start..]);
        }
        Ok(())
    }
}
