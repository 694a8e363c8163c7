//! Training rows of generalized linear models: standardised features with labels, weights and offsets.

use crate::instances::{number, raised};
use crate::linear::standardized::{Scaling, Standardized};
use crate::linear::vectorized::{LANES, Lanes};
use crate::{Block, View};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};

/// Which inputs there are: features, label, then weight and offset where they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    pub weighted: bool,
    pub offset: bool,
}

impl Inputs {
    /// The block without the offset column: what other linear models read.
    pub fn labelled(self, block: &Block) -> Block {
        let columns = block.columns.iter().take(2 + usize::from(self.weighted)).cloned().collect();
        Block { columns, ..block.clone() }
    }

    fn offsets(self, block: &Block) -> Result<Option<Vec<f64>>> {
        if !self.offset {
            return Ok(None);
        }
        let column = block.numbers(2 + usize::from(self.weighted))?;
        (0..block.rows).map(|row| check_offset(number(column, row))).collect::<Result<_>>().map(Some)
    }
}

/// # Errors
/// An offset is null, NaN or infinite.
fn check_offset(offset: Option<f64>) -> Result<f64> {
    match offset {
        Some(offset) if offset.is_finite() => Ok(offset),
        Some(offset) if offset.is_infinite() => {
            let shown = crate::linalg::java_double(offset);
            let text = format!("Offsets MUST NOT be Infinity, but got {shown}");
            Err(raised(&codes::ml::INVALID_ROW, text))
        }
        _ => Err(raised(&codes::ml::INVALID_ROW, "Offsets MUST NOT be Null or NaN".to_owned())),
    }
}

/// How the view is built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    pub scaling: Scaling,
    pub inputs: Inputs,
}

/// One block's rows.
pub struct OffsetRows {
    pub rows: Standardized,
    pub count: usize,
    /// Tile by tile; `None` where every offset is 0.
    offsets: Option<Vec<Lanes>>,
}

impl OffsetRows {
    /// Label, weight and offset of a row.
    #[inline(always)]
    pub fn row(&self, tile: usize, lane: usize) -> (f64, f64, f64) {
        let weight = self.rows.weights.as_ref().map_or(1.0, |weights| weights[tile][lane]);
        let offset = self.offsets.as_ref().map_or(0.0, |offsets| offsets[tile][lane]);
        (self.rows.labels[tile][lane], weight, offset)
    }
}

impl View for OffsetRows {
    type Spec = Spec;

    fn key(spec: &Spec) -> u64 {
        let inputs = u64::from(spec.inputs.weighted) + 2 * u64::from(spec.inputs.offset);
        Standardized::key(&spec.scaling).rotate_left(8) ^ inputs
    }

    fn build(block: &Block, spec: &Spec) -> Result<Self> {
        let rows = Standardized::build(&spec.inputs.labelled(block), &spec.scaling)?;
        if rows.tiles() != block.rows.div_ceil(LANES) {
            return Err(Failure::internal("a block has other tiles than its rows fill"));
        }
        let offsets = spec.inputs.offsets(block)?.map(|offsets| {
            let lane = |row: usize| offsets.get(row).copied().unwrap_or(0.0);
            (0..rows.tiles()).map(|tile| std::array::from_fn(|index| lane(tile * LANES + index))).collect()
        });
        Ok(Self { rows, count: block.rows, offsets })
    }

    fn bytes(&self) -> usize {
        self.rows.bytes() + self.offsets.as_ref().map_or(0, |offsets| size_of_val(offsets.as_slice()))
    }
}
