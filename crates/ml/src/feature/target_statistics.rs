//! How many rows, and which target, each category has: the pass behind `TargetEncoder`.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::instances::raised;
use crate::linalg::java_double;
use arrow_array::Array;
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Counts the categories of every input but the last, which is the target.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CountTargets {
    /// Columns of categories.
    pub columns: usize,
    /// Targets are 0 or 1.
    pub binary: bool,
}

/// Rows, and the sum of their targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    pub rows: f64,
    pub sum: f64,
}

impl Targets {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sum += other.sum;
    }
}

/// Of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnTargets {
    /// By category; `None` is the category of nulls.
    pub categories: BTreeMap<Option<u32>, Targets>,
    pub all: Targets,
}

/// For each column; rows without a target are left out.
#[derive(Debug, Serialize, Deserialize)]
pub struct TargetStatistics {
    pub columns: Vec<ColumnTargets>,
}

impl Merge for TargetStatistics {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        for (known, more) in self.columns.iter_mut().zip(other.columns) {
            for (category, targets) in more.categories {
                known.categories.entry(category).or_default().add(targets);
            }
            known.all.add(more.all);
        }
    }
}

impl Pass for CountTargets {
    const NAME: &'static str = "feature/target-statistics";
    type View = Block;
    type Memo = ();
    type Acc = TargetStatistics;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> TargetStatistics {
        TargetStatistics { columns: vec![ColumnTargets::default(); self.columns] }
    }

    fn update(&self, acc: &mut TargetStatistics, rows: &Block, (): &mut ()) -> Result<()> {
        let targets = rows.numbers(self.columns)?;
        for row in 0..rows.rows {
            let target = targets.value(row);
            if targets.is_null(row) || target.is_nan() {
                continue;
            }
            if self.binary && target != 0.0 && target != 1.0 {
                let text = format!("Labels for TARGET_BINARY must be {{0, 1}}, but got {}", java_double(target));
                return Err(raised(&codes::ml::LABEL_INVALID, text));
            }
            let target = Targets { rows: 1.0, sum: target };
            for (input, known) in acc.columns.iter_mut().enumerate() {
                let values = rows.numbers(input)?;
                let category = values.is_valid(row).then(|| category(values.value(row))).transpose()?;
                known.categories.entry(category).or_default().add(target);
                known.all.add(target);
            }
        }
        Ok(())
    }
}

fn category(value: f64) -> Result<u32> {
    if value >= 0.0 && value.fract() == 0.0 && value < f64::from(i32::MAX) {
        return Ok(value as u32);
    }
    let text = match value.is_nan() {
        true => "Values MUST NOT be NaN".to_owned(),
        false => format!("Values MUST be non-negative integers, but got {}", java_double(value)),
    };
    Err(raised(&codes::ml::INVALID_ROW, text))
}
