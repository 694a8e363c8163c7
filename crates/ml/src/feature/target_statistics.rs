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

/// Rows, and the sum of their targets where those are 0 or 1, else the mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    /// The number of the first row.
    pub first: u64,
    pub rows: f64,
    pub statistic: f64,
}

impl Targets {
    fn from(first: u64) -> Self {
        Self { first, rows: 0.0, statistic: 0.0 }
    }

    /// Spark's running mean: sets of values come in the order of their last digits.
    fn add(&mut self, target: f64, binary: bool) {
        self.rows += 1.0;
        self.statistic += if binary { target } else { (target - self.statistic) / self.rows };
    }

    /// As Spark's aggregate of one partition, which is merged into an empty one twice.
    pub fn folded(self, binary: bool) -> Self {
        let merged = |targets: Self| {
            let mut empty = Self::from(targets.first);
            empty.merge(targets, binary);
            empty
        };
        merged(merged(self))
    }

    fn merge(&mut self, other: Self, binary: bool) {
        let rows = self.rows + other.rows;
        self.first = self.first.min(other.first);
        self.statistic = match binary {
            true => self.statistic + other.statistic,
            false => (self.rows * self.statistic + other.rows * other.statistic) / rows,
        };
        self.rows = rows;
    }
}

/// Of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnTargets {
    /// By category; `None` is the category of nulls.
    pub categories: BTreeMap<Option<u32>, Targets>,
    /// Of all rows; `None` before the first.
    pub all: Option<Targets>,
}

/// For each column; rows without a target are left out.
#[derive(Debug, Serialize, Deserialize)]
pub struct TargetStatistics {
    binary: bool,
    pub columns: Vec<ColumnTargets>,
}

impl Merge for TargetStatistics {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        for (known, more) in self.columns.iter_mut().zip(other.columns) {
            let merge = |into: &mut Targets, from: Targets| into.merge(from, other.binary);
            for (category, targets) in more.categories {
                merge(known.categories.entry(category).or_insert(Targets::from(targets.first)), targets);
            }
            if let Some(targets) = more.all {
                merge(known.all.get_or_insert(Targets::from(targets.first)), targets);
            }
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
        TargetStatistics { binary: self.binary, columns: vec![ColumnTargets::default(); self.columns] }
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
            let number = rows.first_row + row as u64;
            for (input, known) in acc.columns.iter_mut().enumerate() {
                let values = rows.numbers(input)?;
                let category = values.is_valid(row).then(|| category(values.value(row))).transpose()?;
                known.categories.entry(category).or_insert(Targets::from(number)).add(target, self.binary);
                known.all.get_or_insert(Targets::from(number)).add(target, self.binary);
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
