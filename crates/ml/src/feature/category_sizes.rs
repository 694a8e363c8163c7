//! The largest index of each column: the pass behind `OneHotEncoder`, where metadata does not tell it.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::java_double;
use arrow_array::Array;
use brickyard_error::{Condition, Failure, Result, SparkException, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Finds the largest index of every input; each must hold whole numbers from 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LargestIndices {
    /// Names of the inputs; `None` where the number of categories is known already, and values are not looked at.
    pub columns: Vec<Option<String>>,
}

/// The largest index of every input, 0 for those without rows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Largest(pub Vec<u32>);

impl Merge for Largest {
    const EXACT: bool = true;
    fn merge(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(largest, other)| *largest = (*largest).max(other));
    }
}

impl Pass for LargestIndices {
    const NAME: &'static str = "feature/largest-indices";
    type View = Block;
    type Memo = ();
    type Acc = Largest;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Largest {
        Largest(vec![0; self.columns.len()])
    }

    fn update(&self, acc: &mut Largest, rows: &Block, (): &mut ()) -> Result<()> {
        for (input, (name, largest)) in self.columns.iter().zip(&mut acc.0).enumerate() {
            let Some(name) = name else { continue };
            let indices = rows.numbers(input)?;
            for row in 0..indices.len() {
                // Spark reads a null as 0 here.
                let index = if indices.is_null(row) { 0.0 } else { indices.value(row) };
                *largest = (*largest).max(checked(name, index)?);
            }
        }
        Ok(())
    }
}

fn checked(column: &str, index: f64) -> Result<u32> {
    if index >= 0.0 && index.fract() == 0.0 && index <= f64::from(i32::MAX) {
        return Ok(index as u32);
    }
    let shown = java_double(index);
    let text = if index > f64::from(i32::MAX) {
        format!("OneHotEncoder only supports up to {} indices, but got {shown}.", i32::MAX)
    } else {
        format!("Values from column {column} must be indices, but got {shown}.")
    };
    let text = format!("java.lang.AssertionError: assertion failed: {text}");
    let condition = Condition::new("_LEGACY_ERROR_TEMP_3103", "XXKST", SparkException::Spark);
    Err(Failure::new(&codes::ml::INVALID_ROW, &text).with_condition(condition.with("message", text)))
}
