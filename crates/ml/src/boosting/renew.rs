//! Leaves as quantiles of residuals, where the loss has no curvature: found exactly, by counting.
//!
//! A double's bits, put in order, are read from the top, 12 at a time: each round counts the residuals of every leaf by the
//! next 12 bits, and keeps the bucket in which the quantile lies. Three rounds tell 24 bits of the mantissa.

use crate::tree::boost::margins::BinnedTree;
use crate::tree::boost::view::BoostPart;
use crate::tree::cells::power_of_two;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const BITS: u32 = 12;
const BUCKETS: usize = 1 << BITS;
const ROUNDS: u32 = 3;

/// A round for all leaves of a tree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Renewal {
    /// Gives each row the number of its leaf.
    numbered: Arc<BinnedTree>,
    /// By leaf: the bits that are known, from the top.
    prefixes: Vec<u64>,
    /// By leaf: weight of residuals below the known bits, and what the quantile's weight is; after the first round.
    below: Vec<(f64, f64)>,
    round: u32,
    level: f64,
    weight_exponent: i32,
}

impl Renewal {
    pub fn new(numbered: Arc<BinnedTree>, leaves: usize, level: f64, weight_exponent: i32) -> Self {
        Self { numbered, prefixes: vec![0; leaves], below: vec![(0.0, 0.0); leaves], round: 0, level, weight_exponent }
    }

    pub fn cells(&self) -> usize {
        self.prefixes.len() * BUCKETS
    }

    pub fn add(&self, rows: &BoostPart, margins: &[f64], cells: &mut [i64]) {
        let mut numbers = vec![0.0; rows.binned.rows];
        self.numbered.add(&rows.binned, &mut numbers);
        let unit = power_of_two(self.weight_exponent);
        let shift = 64 - BITS * (self.round + 1);
        let held_out = &rows.binned.held_out;
        for (row, number) in numbers.into_iter().enumerate() {
            if !held_out.is_empty() && held_out[row] {
                continue;
            }
            let leaf = number as usize;
            let bits = ordered(rows.labels[row] - margins[row]);
            if self.round > 0 && bits >> (shift + BITS) != self.prefixes[leaf] {
                continue;
            }
            let weight = if rows.weights.is_empty() { 1.0 } else { rows.weights[row] };
            let bucket = (bits >> shift) as usize & (BUCKETS - 1);
            cells[leaf * BUCKETS + bucket] += (weight * unit).round() as i64;
        }
    }

    /// Takes a round's counts; the quantile of every leaf after the last one.
    pub fn absorb(mut self, cells: &[i64]) -> Result<Vec<f64>, Self> {
        for (leaf, counts) in cells.chunks_exact(BUCKETS).enumerate() {
            let (mut below, mut wanted) = self.below[leaf];
            if self.round == 0 {
                wanted = self.level * counts.iter().sum::<i64>() as f64;
            }
            let mut chosen = 0;
            for (bucket, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                chosen = bucket;
                if below + *count as f64 >= wanted {
                    break;
                }
                below += *count as f64;
            }
            self.prefixes[leaf] = self.prefixes[leaf] << BITS | chosen as u64;
            self.below[leaf] = (below, wanted);
        }
        self.round += 1;
        if self.round < ROUNDS {
            return Err(self);
        }
        let known = BITS * ROUNDS;
        Ok(self.prefixes.iter().map(|prefix| number(prefix << (64 - known))).collect())
    }
}

/// The bits of a double such that a larger number has larger bits.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn number(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_bits_is_order_of_numbers() {
        let numbers = [-1e300, -2.5, -1e-300, 0.0, 1e-300, 1.0, 2.5, 1e300];
        assert!(numbers.windows(2).all(|pair| ordered(pair[0]) < ordered(pair[1])));
        assert!(numbers.iter().all(|value| number(ordered(*value)) == *value));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }

    #[test]
    fn quantiles_are_found_by_counting() {
        let values: Vec<f64> = (0..1001).map(|index| f64::from(index * 7919 % 1001) / 8.0 - 40.0).collect();
        for (level, expected) in [(0.5, 22.5), (0.9, 72.5), (0.001, -39.875)] {
            let tree = BinnedTree::of_nodes([(None, 0.0)]);
            let mut renewal = Renewal::new(Arc::new(tree), 1, level, 0);
            let found = loop {
                let mut cells = vec![0; renewal.cells()];
                let shift = 64 - BITS * (renewal.round + 1);
                for bits in values.iter().map(|value| ordered(*value)) {
                    if renewal.round == 0 || bits >> (shift + BITS) == renewal.prefixes[0] {
                        cells[(bits >> shift) as usize & (BUCKETS - 1)] += 1;
                    }
                }
                match renewal.absorb(&cells) {
                    Ok(found) => break found[0],
                    Err(next) => renewal = next,
                }
            };
            assert!((found - expected).abs() <= 0.125 + 1e-5, "{level}: {found}, expected {expected}");
        }
    }
}
