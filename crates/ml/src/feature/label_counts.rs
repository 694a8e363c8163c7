//! How often each text occurs in each column: the pass behind `StringIndexer`.

use super::text::as_text;
use crate::Block;
use crate::fit::{Merge, Pass};
use arrow_array::Array;
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Counts the texts of every input; nulls are left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CountLabels {
    /// Names of the inputs, for messages.
    pub columns: Vec<String>,
}

/// A count a text, for each input.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LabelCounts(pub Vec<HashMap<String, u64>>);

impl Merge for LabelCounts {
    const EXACT: bool = true;
    fn merge(&mut self, other: Self) {
        for (counts, more) in self.0.iter_mut().zip(other.0) {
            for (label, count) in more {
                *counts.entry(label).or_default() += count;
            }
        }
    }
}

impl Pass for CountLabels {
    const NAME: &'static str = "feature/label-counts";
    type View = Block;
    type Memo = ();
    type Acc = LabelCounts;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> LabelCounts {
        LabelCounts(vec![HashMap::new(); self.columns.len()])
    }

    fn update(&self, acc: &mut LabelCounts, rows: &Block, (): &mut ()) -> Result<()> {
        for ((column, counts), name) in rows.columns.iter().zip(&mut acc.0).zip(&self.columns) {
            let texts = as_text(name, column)?;
            let mut block: HashMap<&str, u64> = HashMap::new();
            (0..texts.len())
                .filter(|row| texts.is_valid(*row))
                .for_each(|row| *block.entry(texts.value(row)).or_default() += 1);
            for (label, count) in block {
                match counts.get_mut(label) {
                    Some(total) => *total += count,
                    None => drop(counts.insert(label.to_owned(), count)),
                }
            }
        }
        Ok(())
    }
}
