//! Sums of outer products of factors: the work of alternating least squares, in tiles that stay in vector registers.

use crate::linear::vectorized::{Kernel, run};

/// Factors of a tile's side.
pub const TILE: usize = 8;

/// Factors that are summed up in single precision before they go into the double-precision sum.
const BATCH: usize = 64;

/// Factors of all ids of one side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Factors {
    /// Numbers an id.
    pub rank: usize,
    /// `[ids, rank]`, row by row.
    pub values: Vec<f32>,
}

impl Factors {
    pub fn of(&self, place: usize) -> &[f32] {
        &self.values[place * self.rank..][..self.rank]
    }
}

/// Σ weight · a aᵀ and Σ target · a over factors a, with memory that is used again.
#[derive(Debug, Clone)]
pub struct Gram {
    rank: usize,
    /// The rank rounded up to whole tiles.
    width: usize,
    /// `[width, width]`; tiles on and above the diagonal hold the sums.
    sums: Vec<f64>,
    targets: Vec<f64>,
    /// `[rows, width]` of the batch, zero behind the rank.
    rows: Vec<f32>,
    /// The same rows times their weights.
    weighted: Vec<f32>,
    filled: usize,
}

impl Gram {
    pub fn new(rank: usize) -> Self {
        let width = rank.div_ceil(TILE) * TILE;
        Self {
            rank,
            width,
            sums: vec![0.0; width * width],
            targets: vec![0.0; rank],
            rows: vec![0.0; BATCH * width],
            weighted: vec![0.0; BATCH * width],
            filled: 0,
        }
    }

    /// Starts again, from zero or from another sum.
    pub fn restart(&mut self, from: Option<&Gram>) {
        match from {
            Some(other) => self.sums.copy_from_slice(&other.sums),
            None => self.sums.fill(0.0),
        }
        self.targets.fill(0.0);
        self.filled = 0;
    }

    pub fn add(&mut self, factor: &[f32], weight: f32, target: f64) {
        let place = self.filled * self.width;
        self.rows[place..place + self.rank].copy_from_slice(factor);
        let weighted = &mut self.weighted[place..place + self.rank];
        weighted.iter_mut().zip(factor).for_each(|(weighted, value)| *weighted = value * weight);
        if target != 0.0 {
            self.targets.iter_mut().zip(factor).for_each(|(sum, value)| *sum += target * f64::from(*value));
        }
        self.filled += 1;
        if self.filled == BATCH {
            self.flush();
        }
    }

    /// Brings what was added into the sums.
    pub fn flush(&mut self) {
        let rows = self.filled * self.width;
        let (rows, weighted) = (&self.rows[..rows], &self.weighted[..rows]);
        run(Outer { width: self.width, rows, weighted, sums: &mut self.sums });
        self.filled = 0;
    }

    /// Adds the sums of another part.
    pub fn merge(&mut self, other: &Gram) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
    }

    /// The element of row `i` and column `j`, i ≤ j.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.sums[i * self.width + j]
    }

    pub fn targets(&self) -> &[f64] {
        &self.targets
    }
}

struct Outer<'a> {
    width: usize,
    rows: &'a [f32],
    weighted: &'a [f32],
    sums: &'a mut [f64],
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for top in (0..self.width).step_by(TILE) {
            for left in (top..self.width).step_by(TILE) {
                let mut tile = [[0.0f32; TILE]; TILE];
                for (row, weighted) in self.rows.chunks_exact(self.width).zip(self.weighted.chunks_exact(self.width)) {
                    let (mut across, mut down) = ([0.0f32; TILE], [0.0f32; TILE]);
                    across.copy_from_slice(&row[left..left + TILE]);
                    down.copy_from_slice(&weighted[top..top + TILE]);
                    for (sums, down) in tile.iter_mut().zip(down) {
                        for lane in 0..TILE {
                            sums[lane] += down * across[lane];
                        }
                    }
                }
                for (i, sums) in tile.iter().enumerate() {
                    let target = &mut self.sums[(top + i) * self.width + left..][..TILE];
                    for lane in 0..TILE {
                        target[lane] += f64::from(sums[lane]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_definition() {
        let rank = 11;
        let factors: Vec<Vec<f32>> =
            (0..150).map(|row| (0..rank).map(|i| ((row * 7 + i * 3) % 13) as f32 - 6.0).collect()).collect();
        let mut gram = Gram::new(rank);
        for (row, factor) in factors.iter().enumerate() {
            gram.add(factor, (row % 3) as f32, row as f64);
        }
        gram.flush();
        for i in 0..rank {
            let expected: f64 = factors.iter().enumerate().map(|(row, a)| row as f64 * f64::from(a[i])).sum();
            assert_eq!(gram.targets()[i], expected);
            for j in i..rank {
                let product = |(row, a): (usize, &Vec<f32>)| (row % 3) as f64 * f64::from(a[i]) * f64::from(a[j]);
                assert_eq!(gram.get(i, j), factors.iter().enumerate().map(product).sum::<f64>());
            }
        }
    }
}
