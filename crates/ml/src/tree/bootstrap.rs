//! Which rows a tree learns from, and how often each: a function of seed, tree and row number.

use super::histogram::entry;
use crate::random::mix;
use serde::{Deserialize, Serialize};

/// How a forest draws rows for a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Sampling {
    All,
    /// Without replacement: a row is drawn if a 32-bit hash is below this.
    Fraction {
        below: u32,
    },
    /// With replacement, the Poisson bootstrap: a row is drawn as often as thresholds are at or below a 32-bit hash.
    Poisson {
        thresholds: [u32; POISSON_TERMS],
    },
}

/// Draws beyond this have a probability below 2⁻³² at rate 1.
const POISSON_TERMS: usize = 12;

impl Sampling {
    pub fn new(bootstrap: bool, rate: f64) -> Self {
        let scale = (1u64 << 32) as f64;
        if !bootstrap {
            let below = (rate * scale) as u64;
            return u32::try_from(below).map_or(Sampling::All, |below| Sampling::Fraction { below });
        }
        let (mut probability, mut cumulative) = ((-rate).exp(), 0.0);
        let mut thresholds = [u32::MAX; POISSON_TERMS];
        for (times, threshold) in thresholds.iter_mut().enumerate() {
            cumulative += probability;
            *threshold = (cumulative * scale).min(f64::from(u32::MAX)) as u32;
            probability *= rate / (times + 1) as f64;
        }
        Sampling::Poisson { thresholds }
    }

    /// The drawn rows of a partition, as entries in row order.
    pub fn draw(&self, seed: u64, tree: u32, first_row: u64, rows: usize) -> Vec<u32> {
        let key = mix(seed ^ mix(u64::from(tree)));
        // Two rows share a hash, by global row number, so that partitions may start anywhere.
        let hash = |row: u64| {
            let both = mix(key ^ (row >> 1));
            if row & 1 == 0 { both as u32 } else { (both >> 32) as u32 }
        };
        let mut entries = vec![0u32; rows];
        let mut count = 0;
        let mut push = |row: usize, times: u32| {
            entries[count] = entry(row, times);
            count += usize::from(times > 0);
        };
        for row in 0..rows {
            let times = match self {
                Sampling::All => 1,
                Sampling::Fraction { below } => u32::from(hash(first_row + row as u64) < *below),
                Sampling::Poisson { thresholds } => {
                    let hash = hash(first_row + row as u64);
                    thresholds.iter().map(|threshold| u32::from(*threshold <= hash)).sum()
                }
            };
            push(row, times);
        }
        entries.truncate(count);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_right_distribution_and_do_not_depend_on_partitions() {
        let rows = 100_000;
        for (rate, drawn_share) in [(1.0, 1.0 - (-1.0f64).exp()), (0.4, 1.0 - (-0.4f64).exp())] {
            let entries = Sampling::new(true, rate).draw(7, 3, 0, rows);
            let times: u32 = entries.iter().map(|entry| entry >> 24).sum();
            assert!((f64::from(times) / rows as f64 - rate).abs() < 0.01);
            assert!((entries.len() as f64 / rows as f64 - drawn_share).abs() < 0.01);
        }
        let sampling = Sampling::new(true, 1.0);
        let whole = sampling.draw(7, 3, 0, 1001);
        let second: Vec<_> = sampling.draw(7, 3, 333, 668).iter().map(|entry| entry + 333).collect();
        assert_eq!([sampling.draw(7, 3, 0, 333), second].concat(), whole);
        assert_ne!(sampling.draw(7, 4, 0, 1001), whole);
    }

    #[test]
    fn without_replacement() {
        assert_eq!(Sampling::new(false, 1.0), Sampling::All);
        let entries = Sampling::new(false, 0.3).draw(1, 0, 0, 50_000);
        assert!((entries.len() as f64 / 50_000.0 - 0.3).abs() < 0.01);
        assert!(entries.iter().all(|entry| entry >> 24 == 1));
    }
}
