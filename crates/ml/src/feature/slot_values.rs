//! The different values of every slot of a vector column, up to a number: the pass behind `VectorIndexer`.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::VectorRef;
use crate::transform::invalid_row;
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Collects the values of the vectors of input 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CollectValues {
    /// A slot of more values is a number.
    pub most: usize,
}

/// The values of every slot; empty before the first row.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotValues(pub Vec<ValueSet>);

/// The values of a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueSet {
    most: usize,
    /// Bits of the values, -0 being 0; `None` once there are too many.
    bits: Option<BTreeSet<u64>>,
}

impl ValueSet {
    fn insert(&mut self, bits: u64) {
        let Some(known) = &mut self.bits else { return };
        if known.insert(bits) && known.len() > self.most {
            self.bits = None;
        }
    }

    /// The values, if they are not too many.
    pub fn ascending(self) -> Option<Vec<f64>> {
        let mut values: Vec<f64> = self.bits?.into_iter().map(f64::from_bits).collect();
        values.sort_by(f64::total_cmp);
        Some(values)
    }
}

impl Merge for SlotValues {
    const EXACT: bool = true;
    fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            *self = other;
            return;
        }
        for (known, more) in self.0.iter_mut().zip(other.0) {
            match more.bits {
                Some(bits) => bits.into_iter().for_each(|bits| known.insert(bits)),
                None => known.bits = None,
            }
        }
    }
}

impl Pass for CollectValues {
    const NAME: &'static str = "feature/slot-values";
    type View = Block;
    type Memo = ();
    type Acc = SlotValues;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> SlotValues {
        SlotValues::default()
    }

    fn update(&self, acc: &mut SlotValues, rows: &Block, (): &mut ()) -> Result<()> {
        let vectors = rows.vectors(0)?;
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("VectorIndexer met a null vector"));
            }
            let vector = vectors.get(row);
            if acc.0.is_empty() {
                let none = ValueSet { most: self.most, bits: Some(BTreeSet::new()) };
                acc.0 = vec![none; vector.size()];
            }
            if vector.size() != acc.0.len() {
                return Err(other_size(acc.0.len(), vector.size()));
            }
            match vector {
                VectorRef::Dense(values) => {
                    acc.0.iter_mut().zip(values).for_each(|(slot, value)| slot.insert((value + 0.0).to_bits()));
                }
                VectorRef::Sparse { indices, values, .. } => {
                    let mut given = indices.iter().zip(values).peekable();
                    for (slot, known) in acc.0.iter_mut().enumerate() {
                        let value =
                            given.next_if(|(index, _)| **index as usize == slot).map_or(0.0, |(_, value)| *value);
                        known.insert((value + 0.0).to_bits());
                    }
                }
            }
        }
        Ok(())
    }
}

fn other_size(expected: usize, found: usize) -> Failure {
    invalid_row(format!(
        "requirement failed: VectorIndexer expected {expected} features but found vector of size {found}."
    ))
}
