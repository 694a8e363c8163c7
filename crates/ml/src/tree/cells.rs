//! Histograms in whole numbers: exact sums of labels and weights, in any order of rows and any partitioning.
//!
//! A bin has `width` cells. Unweighted classes: one count a class. Weighted classes: the number of rows, then a
//! fixed-point weight a class. Regression: the number of rows, then each real sum as two limbs, a high and a low one of
//! 31 bits, of a 62-bit fixed-point number; sums come out of 128 bits correctly rounded. Boosting: rows and three sums of
//! one cell each.

use super::impurity::Stats;
use crate::fit::Merge;
use rayon::prelude::*;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Low limbs have this many bits.
const LOW_BITS: u32 = 31;

/// What the cells of a bin mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    Classes {
        classes: usize,
    },
    /// `exponent`: a weight is stored times 2^exponent.
    WeightedClasses {
        classes: usize,
        exponent: i32,
    },
    /// Exponents of label and label².
    Values {
        exponents: [i32; 2],
    },
    /// Exponents of weight, weight × label and weight × label².
    WeightedValues {
        exponents: [i32; 3],
    },
    /// For labels that change from tree to tree: one cell for the rows and for each sum, with exponents that keep sums
    /// below 2^61. The rows bring their four cells through the pass, not through the view.
    Moments {
        exponents: [i32; 3],
    },
    /// For second-order boosting, whose reader is [`crate::boosting`]: one cell for gradients, and one for curvatures with
    /// the rows in its low bits. The rows bring their two cells through the pass.
    Gradients,
}

impl Cell {
    /// Fixed-point numbers that a row brings, apart from its class.
    pub fn row_width(self) -> usize {
        match self {
            Cell::Classes { .. } | Cell::Moments { .. } | Cell::Gradients => 0,
            Cell::WeightedClasses { .. } => 1,
            Cell::Values { .. } => 2,
            Cell::WeightedValues { .. } => 3,
        }
    }

    /// Number of classes; 0 for regression.
    pub fn classes(self) -> usize {
        match self {
            Cell::Classes { classes } | Cell::WeightedClasses { classes, .. } => classes,
            Cell::Values { .. } | Cell::WeightedValues { .. } | Cell::Moments { .. } | Cell::Gradients => 0,
        }
    }

    /// Cells of a bin.
    pub fn width(self) -> usize {
        match self {
            Cell::Classes { classes } => classes,
            Cell::WeightedClasses { classes, .. } => 1 + classes,
            Cell::Values { .. } => 5,
            Cell::WeightedValues { .. } => 7,
            Cell::Moments { .. } => 4,
            Cell::Gradients => 2,
        }
    }

    /// Length of [`Stats::sums`].
    pub fn sums(self) -> usize {
        match self {
            Cell::Classes { classes } | Cell::WeightedClasses { classes, .. } => classes,
            Cell::Values { .. } | Cell::WeightedValues { .. } | Cell::Moments { .. } => 3,
            Cell::Gradients => 0,
        }
    }

    /// Writes what a row brings: `row_width` numbers.
    pub fn write_row(self, label: f64, weight: f64, out: &mut Vec<i64>) {
        match self {
            Cell::Classes { .. } | Cell::Moments { .. } | Cell::Gradients => {}
            Cell::WeightedClasses { exponent, .. } => out.push(fixed(weight, exponent)),
            Cell::Values { exponents } => {
                out.extend([fixed(label, exponents[0]), fixed(label * label, exponents[1])]);
            }
            Cell::WeightedValues { exponents } => {
                let moments = [weight, weight * label, weight * label * label];
                out.extend(moments.into_iter().zip(exponents).map(|(moment, exponent)| fixed(moment, exponent)));
            }
        }
    }

    /// Reads the sums of a bin into `sums`, and returns its number of rows.
    #[inline]
    pub fn read(self, cells: &[i64], sums: &mut [f64]) -> i64 {
        match self {
            Cell::Classes { .. } => {
                let mut rows = 0;
                for (sum, cell) in sums.iter_mut().zip(cells) {
                    *sum = *cell as f64;
                    rows += cell;
                }
                rows
            }
            Cell::WeightedClasses { exponent, .. } => {
                let unit = power_of_two(-exponent);
                sums.iter_mut().zip(&cells[1..]).for_each(|(sum, cell)| *sum = *cell as f64 * unit);
                cells[0]
            }
            Cell::Values { exponents } => {
                sums[0] = cells[0] as f64;
                sums[1] = real(cells[1], cells[2], exponents[0]);
                sums[2] = real(cells[3], cells[4], exponents[1]);
                cells[0]
            }
            Cell::WeightedValues { exponents } => {
                for (index, exponent) in exponents.into_iter().enumerate() {
                    sums[index] = real(cells[1 + 2 * index], cells[2 + 2 * index], exponent);
                }
                cells[0]
            }
            Cell::Moments { exponents } => {
                for (index, exponent) in exponents.into_iter().enumerate() {
                    sums[index] = cells[1 + index] as f64 * power_of_two(-exponent);
                }
                cells[0]
            }
            Cell::Gradients => 0,
        }
    }

    pub fn stats(self, cells: &[i64]) -> Stats {
        let mut sums = vec![0.0; self.sums()];
        let rows = self.read(cells, &mut sums);
        Stats { rows, sums }
    }
}

/// The exponent by which numbers up to `largest` fill 61 bits.
pub fn exponent_for(largest: f64) -> i32 {
    exponent_for_sum(largest, 1)
}

/// The exponent by which a sum of `count` numbers up to `largest` stays below 2^61.
pub fn exponent_for_sum(largest: f64, count: u64) -> i32 {
    if largest == 0.0 {
        return 0;
    }
    let bits = |number: f64| number.log2().ceil() as i32 + 1;
    (60 - bits(largest) - if count > 1 { bits(count as f64) } else { 0 }).clamp(-1000, 1000)
}

pub fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

fn fixed(value: f64, exponent: i32) -> i64 {
    (value * power_of_two(exponent)).round() as i64
}

/// The high and the low limb of a fixed-point number.
#[inline(always)]
pub fn limbs(fixed: i64) -> [i64; 2] {
    [fixed >> LOW_BITS, fixed & ((1 << LOW_BITS) - 1)]
}

fn real(high: i64, low: i64, exponent: i32) -> f64 {
    ((i128::from(high) << LOW_BITS) + i128::from(low)) as f64 * power_of_two(-exponent)
}

/// The histograms of the nodes that a pass builds, one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells(pub Vec<i64>);

impl Merge for Cells {
    const EXACT: bool = true;

    fn merge(&mut self, other: Self) {
        add(&mut self.0, &other.0);
    }
}

/// Cells that a thread adds at once.
const ADDED_AT_ONCE: usize = 1 << 15;

pub fn add(to: &mut [i64], from: &[i64]) {
    let chunks = to.par_chunks_mut(ADDED_AT_ONCE).zip(from.par_chunks(ADDED_AT_ONCE));
    chunks.for_each(|(to, from)| to.iter_mut().zip(from).for_each(|(to, from)| *to += from));
}

pub fn subtract(from: &mut [i64], part: &[i64]) {
    from.iter_mut().zip(part).for_each(|(from, part)| *from -= part);
}

/// Little-endian bytes: a hundred times faster than one varint a cell.
impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if cfg!(target_endian = "little") {
            return serializer.serialize_bytes(bytemuck::cast_slice(&self.0));
        }
        let bytes: Vec<u8> = self.0.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Cells;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the bytes of 64-bit cells")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Cells, E> {
                let (cells, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(E::invalid_length(bytes.len(), &self));
                }
                Ok(Cells(cells.iter().map(|cell| i64::from_le_bytes(*cell)).collect()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Wire;

    /// The sums of these (label, weight) rows, each drawn once.
    fn sums(cell: Cell, rows: &[(f64, f64)]) -> Stats {
        let mut cells = vec![0i64; cell.width()];
        for (label, weight) in rows {
            let mut row = Vec::new();
            cell.write_row(*label, *weight, &mut row);
            cells[0] += 1;
            let row = row.into_iter().flat_map(limbs);
            cells[1..].iter_mut().zip(row).for_each(|(cell, value)| *cell += value);
        }
        cell.stats(&cells)
    }

    #[test]
    fn real_sums_are_exact() {
        let exponents = [exponent_for(24.5), exponent_for(600.25)];
        let rows = [(24.1, 1.0), (-0.7, 1.0), (24.5, 1.0), (1e-7, 1.0)];
        let stats = sums(Cell::Values { exponents }, &rows);
        assert_eq!(stats.rows, 4);
        // 24.1 − 0.7 + 24.5 + 1e-7, rounded once.
        assert_eq!(stats.sums[1], 47.900_000_1);
        let single = sums(Cell::Values { exponents }, &rows[..1]);
        assert_eq!(single.sums, [1.0, 24.1, 24.1 * 24.1]);
        let reversed: Vec<_> = rows.iter().rev().copied().collect();
        assert_eq!(sums(Cell::Values { exponents }, &reversed), stats);
    }

    #[test]
    fn weighted_sums_and_tiny_numbers() {
        let exponents = [exponent_for(3.0), exponent_for(7.5), exponent_for(18.75)];
        let stats = sums(Cell::WeightedValues { exponents }, &[(2.5, 3.0), (-1.0, 0.5)]);
        assert_eq!(stats.sums, [3.5, 7.0, 19.25]);
        let tiny = exponent_for(1e-200);
        assert_eq!(sums(Cell::Values { exponents: [tiny, 0] }, &[(1e-200, 1.0)]).sums[1], 1e-200);
    }

    #[test]
    fn cells_travel_as_bytes() {
        let cells = Cells(vec![0, -1, i64::MAX, i64::MIN]);
        assert_eq!(Cells::decode(&cells.encode().unwrap()).unwrap(), cells);
        assert!(Cells::decode(&[3, 1, 2, 3]).is_err());
    }
}
