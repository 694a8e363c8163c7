//! Training rows as they are, dense, in tiles.

use crate::instances::{LabelKind, check_size};
use crate::linear::rows::LabelledRows;
use crate::linear::standardized::{Features, Scaling, Standardized};
use crate::linear::vectorized::{LANES, Lanes};
use crate::{Block, View};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};

/// What the rows must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    pub width: usize,
    pub labels: LabelKind,
}

impl Spec {
    fn scaling(self) -> Scaling {
        Scaling::new(self.labels, &vec![0.0; self.width], &vec![1.0; self.width])
    }
}

/// One block's rows; features may be stored sparse.
pub struct PlainRows {
    pub rows: Standardized,
    pub count: usize,
    /// The global number of the first row.
    pub first_row: u64,
}

impl View for PlainRows {
    type Spec = Spec;

    fn key(spec: &Spec) -> u64 {
        Standardized::key(&spec.scaling())
    }

    fn build(block: &Block, spec: &Spec) -> Result<Self> {
        if let Some(width) = LabelledRows::of(block, spec.labels)?.width() {
            check_size(width, spec.width)?;
        }
        Ok(Self { rows: Standardized::build(block, &spec.scaling())?, count: block.rows, first_row: block.first_row })
    }

    fn bytes(&self) -> usize {
        self.rows.bytes()
    }
}

impl PlainRows {
    /// Rows of a tile; fewer in the last.
    pub fn lanes(&self, tile: usize) -> usize {
        LANES.min(self.count - tile * LANES)
    }

    /// Writes a tile's features, `[feature]` lanes; zeros beyond the last row.
    pub fn write_tile(&self, tile: usize, out: &mut [Lanes]) {
        match &self.rows.features {
            Features::Dense { width, tiles } => out.copy_from_slice(&tiles[tile * width..][..*width]),
            Features::Sparse { starts, indices, values } => {
                out.fill([0.0; LANES]);
                let rows = starts[tile * LANES..].windows(2).take(self.lanes(tile));
                for (lane, bounds) in rows.enumerate() {
                    let range = bounds[0]..bounds[1];
                    for (index, value) in indices[range.clone()].iter().zip(&values[range]) {
                        out[*index as usize][lane] = *value;
                    }
                }
            }
        }
    }
}
