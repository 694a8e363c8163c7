//! Sums of outer products of factors: the work of alternating least squares, in tiles that stay in vector registers.

use crate::linear::vectorized::{Kernel, run};

/// Factors of a tile across, which are added up side by side, and down.
const ACROSS: usize = super::cholesky::LANES;
const DOWN: usize = 4;

/// Factors that are summed up in single precision before they go into the double-precision sum.
const BATCH: usize = 64;

/// Neighbouring factors, which one vector register holds; a cache line, so that none is read from two.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Across([f32; ACROSS]);

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
    sums: Vec<[f64; ACROSS]>,
    targets: Vec<f64>,
    /// `[rows, width]` of the batch, zero behind the rank.
    rows: Vec<Across>,
    /// The same rows times their weights.
    weighted: Vec<Across>,
    filled: usize,
}

impl Gram {
    pub fn new(rank: usize) -> Self {
        let width = super::cholesky::stride(rank);
        Self {
            rank,
            width,
            sums: vec![[0.0; ACROSS]; width * width / ACROSS],
            targets: vec![0.0; rank],
            rows: vec![Across([0.0; ACROSS]); BATCH * width / ACROSS],
            weighted: vec![Across([0.0; ACROSS]); BATCH * width / ACROSS],
            filled: 0,
        }
    }

    /// Starts again, from zero or from another sum.
    #[inline(always)]
    pub fn restart(&mut self, from: Option<&Gram>) {
        match from {
            Some(other) => self.sums.copy_from_slice(&other.sums),
            None => self.sums.fill([0.0; ACROSS]),
        }
        self.targets.fill(0.0);
        self.filled = 0;
    }

    #[inline(always)]
    pub fn add(&mut self, factor: &[f32], weight: f32, target: f64) {
        let panels = self.width / ACROSS;
        let place = self.filled * panels;
        let slots = self.rows[place..place + panels].iter_mut().zip(&mut self.weighted[place..place + panels]);
        for ((row, weighted), factors) in slots.zip(factor.chunks(ACROSS)) {
            for ((row, weighted), value) in row.0.iter_mut().zip(&mut weighted.0).zip(factors) {
                *row = *value;
                *weighted = value * weight;
            }
        }
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
        let tiles = self.filled * self.width / ACROSS;
        let (rows, weighted) = (&self.rows[..tiles], &self.weighted[..tiles]);
        run(Outer { width: self.width, rows, weighted, sums: &mut self.sums });
        self.filled = 0;
    }

    /// Adds the sums of another part.
    pub fn merge(&mut self, other: &Gram) {
        let sums = self.sums.as_flattened_mut().iter_mut();
        sums.zip(other.sums.as_flattened()).for_each(|(sum, other)| *sum += other);
    }

    pub fn add_to_diagonal(&mut self, penalty: f64) {
        let sums = self.sums.as_flattened_mut();
        (0..self.rank).for_each(|i| sums[i * self.width + i] += penalty);
    }

    /// The sums as the upper triangle of a system of equations, in rows of [`stride`](super::cholesky::stride), and the
    /// targets.
    pub fn system(&mut self) -> (&mut [f64], &mut [f64]) {
        (self.sums.as_flattened_mut(), &mut self.targets)
    }
}

struct Outer<'a> {
    width: usize,
    rows: &'a [Across],
    weighted: &'a [Across],
    sums: &'a mut [[f64; ACROSS]],
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let panels = self.width / ACROSS;
        for top in (0..self.width).step_by(DOWN) {
            let (from, within) = (top / ACROSS, top % ACROSS);
            for panel in from..panels {
                let mut tile = [[0.0f32; ACROSS]; DOWN];
                for (row, weighted) in self.rows.chunks_exact(panels).zip(self.weighted.chunks_exact(panels)) {
                    let (across, down) = (&row[panel].0, &weighted[from].0);
                    for (index, sums) in tile.iter_mut().enumerate() {
                        let factor = down[within + index];
                        for lane in 0..ACROSS {
                            sums[lane] += factor * across[lane];
                        }
                    }
                }
                for (index, sums) in tile.iter().enumerate() {
                    let target = &mut self.sums[(top + index) * panels + panel];
                    let before = *target;
                    *target = std::array::from_fn(|lane| before[lane] + f64::from(sums[lane]));
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
        let stride = gram.width;
        let (sums, targets) = gram.system();
        for i in 0..rank {
            let expected: f64 = factors.iter().enumerate().map(|(row, a)| row as f64 * f64::from(a[i])).sum();
            assert_eq!(targets[i], expected);
            for j in i..rank {
                let product = |(row, a): (usize, &Vec<f32>)| (row % 3) as f64 * f64::from(a[i]) * f64::from(a[j]);
                assert_eq!(sums[i * stride + j], factors.iter().enumerate().map(product).sum::<f64>());
            }
        }
    }
}
