//! A summary of the quantiles of every column of numbers, or of every slot of a vector: the pass behind
//! `QuantileDiscretizer` and `RobustScaler`.

use super::moments::other_size;
use super::quantile_summary::QuantileSummary;
use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::VectorRef;
use crate::transform::invalid_row;
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Summarises the inputs; nulls and NaN are left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SummarizeQuantiles {
    pub of: Summarized,
    /// Allowed error of a rank, as a share of the values.
    pub relative_error: f64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Summarized {
    /// Every input is a column of numbers.
    Numbers { columns: usize },
    /// Input 0 is a column of vectors.
    Slots,
}

/// One summary a column, or one a slot; empty before the first vector.
#[derive(Debug, Serialize, Deserialize)]
pub struct Summaries(pub Vec<QuantileSummary>);

impl Merge for Summaries {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            *self = other;
            return;
        }
        self.0.iter_mut().zip(other.0).for_each(|(summary, more)| summary.merge(more));
    }
}

impl Pass for SummarizeQuantiles {
    const NAME: &'static str = "feature/quantiles";
    type View = Block;
    type Memo = ();
    type Acc = Summaries;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Summaries {
        match self.of {
            Summarized::Numbers { columns } => self.summaries(columns),
            Summarized::Slots => Summaries(Vec::new()),
        }
    }

    fn update(&self, acc: &mut Summaries, rows: &Block, (): &mut ()) -> Result<()> {
        if let Summarized::Slots = self.of {
            self.update_slots(acc, rows)?;
        } else {
            for (column, summary) in acc.0.iter_mut().enumerate() {
                let values = rows.numbers(column)?.iter().flatten();
                values.filter(|value| !value.is_nan()).for_each(|value| summary.insert(value));
            }
        }
        acc.0.iter_mut().for_each(QuantileSummary::compress);
        Ok(())
    }
}

impl SummarizeQuantiles {
    fn summaries(&self, count: usize) -> Summaries {
        Summaries(vec![QuantileSummary::new(self.relative_error); count])
    }

    fn update_slots(&self, acc: &mut Summaries, rows: &Block) -> Result<()> {
        let vectors = rows.vectors(0)?;
        let mut dense = Vec::new();
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("a vector of the training data is null"));
            }
            let vector = vectors.get(row);
            if acc.0.is_empty() {
                *acc = self.summaries(vector.size());
            }
            if vector.size() != acc.0.len() {
                return Err(other_size(acc.0.len(), vector.size()));
            }
            let values = match vector {
                VectorRef::Dense(values) => values,
                sparse => {
                    dense.resize(acc.0.len(), 0.0);
                    sparse.write_dense(&mut dense);
                    &dense
                }
            };
            let given = acc.0.iter_mut().zip(values).filter(|(_, value)| !value.is_nan());
            given.for_each(|(summary, value)| summary.insert(*value));
        }
        Ok(())
    }
}
