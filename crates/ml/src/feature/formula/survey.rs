//! What a formula must know of the rows: the categories of columns of text, and the sizes of vectors.

use crate::Block;
use crate::feature::label_counts::{CountLabels, LabelCounts};
use crate::fit::{Merge, Pass};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Looks at columns of text first, then at columns of vectors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Survey {
    pub texts: CountLabels,
    /// Number of columns of vectors.
    pub vectors: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Surveyed {
    pub labels: LabelCounts,
    /// The size of the first vector that is not null, for each column of vectors.
    pub sizes: Vec<Option<u32>>,
}

impl Merge for Surveyed {
    // The first vector is that of the first partition.
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        self.labels.merge(other.labels);
        self.sizes.iter_mut().zip(other.sizes).for_each(|(size, other)| *size = size.or(other));
    }
}

impl Pass for Survey {
    const NAME: &'static str = "feature/formula-survey";
    type View = Block;
    type Memo = ();
    type Acc = Surveyed;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Surveyed {
        Surveyed { labels: self.texts.zero(), sizes: vec![None; self.vectors] }
    }

    fn update(&self, acc: &mut Surveyed, rows: &Block, memo: &mut ()) -> Result<()> {
        // Columns and counts are paired, so that the vectors behind the texts are not counted.
        self.texts.update(&mut acc.labels, rows, memo)?;
        for (place, size) in acc.sizes.iter_mut().enumerate().filter(|(_, size)| size.is_none()) {
            let vectors = rows.vectors(self.texts.columns.len() + place)?;
            let first = (0..vectors.rows()).find(|row| !vectors.is_null(*row));
            *size = first.map(|row| vectors.get(row).size() as u32);
        }
        Ok(())
    }
}
