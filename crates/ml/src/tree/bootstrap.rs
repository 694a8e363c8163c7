//! Which rows a tree learns from, and how often each: a function of seed, tree and row number.

use super::binned::BinnedPart;
use super::histogram::Entry;
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

    /// The drawn rows of a part, in row order.
    pub fn draw(&self, seed: u64, tree: u32, rows: &BinnedPart, entries: &mut Vec<Entry>) {
        let key = mix(seed ^ mix(u64::from(tree)));
        let first = rows.first_row;
        match self {
            Sampling::All => drawn(rows, entries, |_| 1),
            Sampling::Fraction { below } => {
                drawn(rows, entries, |row| u8::from(hash(key, first + row as u64) < *below));
            }
            Sampling::Poisson { thresholds } => {
                let table = PoissonTable::new(thresholds);
                drawn(rows, entries, |row| table.draws(hash(key, first + row as u64)));
            }
        }
    }
}

/// 32 bits a row; two rows share a hash by their global number, so that a partition may start anywhere.
#[inline]
fn hash(key: u64, row: u64) -> u32 {
    let both = mix(key ^ (row >> 1));
    if row & 1 == 0 { both as u32 } else { (both >> 32) as u32 }
}

#[inline]
fn drawn(rows: &BinnedPart, entries: &mut Vec<Entry>, times: impl Fn(usize) -> u8) {
    entries.resize(rows.rows, Entry::default());
    let mut count = 0;
    for row in 0..rows.rows {
        let times = if rows.held_out.is_empty() || !rows.held_out[row] { times(row) } else { 0 };
        let class = if rows.classes.is_empty() { 0 } else { rows.classes[row] };
        entries[count] = Entry::new(row as u16, times, class);
        count += usize::from(times > 0);
    }
    entries.truncate(count);
}

/// Draws by the high bits of a hash, where they settle it.
struct PoissonTable<'a> {
    thresholds: &'a [u32; POISSON_TERMS],
    /// By the high 12 bits; [`UNSETTLED`] where a threshold falls between hashes that share them.
    draws: [u8; 1 << TABLE_BITS],
}

const TABLE_BITS: u32 = 12;
const UNSETTLED: u8 = u8::MAX;

impl<'a> PoissonTable<'a> {
    fn new(thresholds: &'a [u32; POISSON_TERMS]) -> Self {
        let draws = std::array::from_fn(|high| {
            let first = (high as u32) << (32 - TABLE_BITS);
            let (least, most) = (count(thresholds, first), count(thresholds, first | (u32::MAX >> TABLE_BITS)));
            if least == most { least } else { UNSETTLED }
        });
        Self { thresholds, draws }
    }

    #[inline]
    fn draws(&self, hash: u32) -> u8 {
        match self.draws[(hash >> (32 - TABLE_BITS)) as usize] {
            UNSETTLED => count(self.thresholds, hash),
            draws => draws,
        }
    }
}

fn count(thresholds: &[u32; POISSON_TERMS], hash: u32) -> u8 {
    thresholds.iter().map(|threshold| u8::from(*threshold <= hash)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(sampling: &Sampling, tree: u32, first_row: u64, rows: usize) -> Vec<Entry> {
        let rows = BinnedPart { rows, first_row, ..BinnedPart::default() };
        let mut entries = vec![Entry::default(); 3];
        sampling.draw(7, tree, &rows, &mut entries);
        entries
    }

    #[test]
    fn draws_have_the_right_distribution_and_do_not_depend_on_partitions() {
        let rows = 60_000;
        for (rate, drawn_share) in [(1.0, 1.0 - (-1.0f64).exp()), (0.4, 1.0 - (-0.4f64).exp())] {
            let entries = draw(&Sampling::new(true, rate), 3, 0, rows);
            let times: i64 = entries.iter().map(|entry| entry.drawn()).sum();
            assert!((times as f64 / rows as f64 - rate).abs() < 0.01);
            assert!((entries.len() as f64 / rows as f64 - drawn_share).abs() < 0.01);
        }
        let sampling = Sampling::new(true, 1.0);
        let whole = draw(&sampling, 3, 0, 1001);
        let second = draw(&sampling, 3, 333, 668);
        let second = second.iter().map(|entry| Entry::new(entry.row() as u16 + 333, entry.drawn() as u8, 0)).collect();
        assert_eq!([draw(&sampling, 3, 0, 333), second].concat(), whole);
        assert_ne!(draw(&sampling, 4, 0, 1001), whole);
    }

    #[test]
    fn without_replacement() {
        assert_eq!(Sampling::new(false, 1.0), Sampling::All);
        let entries = draw(&Sampling::new(false, 0.3), 0, 0, 50_000);
        assert!((entries.len() as f64 / 50_000.0 - 0.3).abs() < 0.01);
        assert!(entries.iter().all(|entry| entry.drawn() == 1));
    }
}
