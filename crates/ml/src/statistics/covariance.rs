//! Means and products of every pair of slots of a vector column about their means, in one pass: the ground of `PCA`,
//! Pearson's correlation and the F test of a regression.
//!
//! Of a block of n rows and d slots n·d values are read once and turned into columns of 256 rows that stay in the cache;
//! n·d²/2 products are added there, four columns at a time.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::VectorColumn;
use crate::linear::vectorized::{Kernel, run};
use crate::transform::invalid_row;
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Rows of a column while products are added.
const CHUNK_ROWS: usize = 256;
/// Sums kept side by side, the same on every machine.
const LANES: usize = 8;

/// Looks at the vectors of input 0 and, if there is an input 1, at its numbers as one more slot behind the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Covary {
    pub with_label: bool,
}

/// What is known after some rows; blocks are summed about their own means and merged by Chan, Golub and LeVeque's
/// formula, so nothing cancels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Covariance {
    pub rows: u64,
    pub mean: Vec<f64>,
    /// Sums of products of deviations; slots (i, j ≤ i) at i(i + 1)/2 + j.
    products: Vec<f64>,
}

impl Covariance {
    pub fn size(&self) -> usize {
        self.mean.len()
    }

    /// The sum over rows of the products of two slots' deviations from their means.
    pub fn product(&self, one: usize, other: usize) -> f64 {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        self.products[high * (high + 1) / 2 + low]
    }
}

impl Merge for Covariance {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        if self.rows == 0 {
            *self = other;
            return;
        }
        if other.rows == 0 {
            return;
        }
        let total = (self.rows + other.rows) as f64;
        let (share, weight) = (other.rows as f64 / total, self.rows as f64 * other.rows as f64 / total);
        let apart: Vec<f64> = self.mean.iter().zip(&other.mean).map(|(own, its)| its - own).collect();
        let mut products = self.products.iter_mut().zip(&other.products);
        for high in 0..apart.len() {
            for (low, (own, its)) in (0..=high).zip(&mut products) {
                *own += its + apart[high] * apart[low] * weight;
            }
        }
        self.mean.iter_mut().zip(apart).for_each(|(mean, apart)| *mean += apart * share);
        self.rows += other.rows;
    }
}

impl Pass for Covary {
    const NAME: &'static str = "statistics/covariance";
    type View = Block;
    type Memo = ();
    type Acc = Covariance;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Covariance {
        Covariance::default()
    }

    fn update(&self, acc: &mut Covariance, rows: &Block, (): &mut ()) -> Result<()> {
        if rows.rows == 0 {
            return Ok(());
        }
        let block = Rows::of(rows, self.with_label)?.covariance();
        if acc.rows > 0 && acc.size() != block.size() {
            return Err(other_size(acc.size(), block.size()));
        }
        acc.merge(block);
        Ok(())
    }
}

fn other_size(expected: usize, found: usize) -> brickyard_error::Failure {
    invalid_row(format!("a vector of size {expected} was expected, found one of size {found}"))
}

/// The rows of a block, checked.
struct Rows<'a> {
    vectors: VectorColumn<'a>,
    labels: Option<Vec<f64>>,
    /// Slots of a vector.
    width: usize,
}

impl<'a> Rows<'a> {
    fn of(block: &'a Block, with_label: bool) -> Result<Self> {
        let vectors = block.vectors(0)?;
        for row in 0..block.rows {
            if vectors.is_null(row) {
                return Err(invalid_row("a row has no vector: it is null"));
            }
        }
        let width = vectors.get(0).size();
        for row in 0..block.rows {
            let found = vectors.get(row).size();
            if found != width {
                return Err(other_size(width, found));
            }
        }
        let labels = match with_label {
            true => Some(super::labels(block, 1)?),
            false => None,
        };
        Ok(Self { vectors, labels, width })
    }

    fn read(&self, row: usize, values: &mut [f64]) {
        self.vectors.get(row).write_dense(&mut values[..self.width]);
        if let Some(labels) = &self.labels {
            values[self.width] = labels[row];
        }
    }

    fn covariance(&self) -> Covariance {
        let (rows, size) = (self.vectors.rows(), self.width + usize::from(self.labels.is_some()));
        let mut values = vec![0.0; size];
        let mut mean = vec![0.0; size];
        for row in 0..rows {
            self.read(row, &mut values);
            mean.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
        }
        mean.iter_mut().for_each(|sum| *sum /= rows as f64);
        let mut products = vec![0.0; size * (size + 1) / 2];
        let mut columns = vec![0.0; size * CHUNK_ROWS];
        for start in (0..rows).step_by(CHUNK_ROWS) {
            let count = CHUNK_ROWS.min(rows - start);
            columns.fill(0.0);
            for place in 0..count {
                self.read(start + place, &mut values);
                for (slot, (value, mean)) in values.iter().zip(&mean).enumerate() {
                    columns[slot * CHUNK_ROWS + place] = value - mean;
                }
            }
            run(Products { columns: &columns, size, products: &mut products });
        }
        Covariance { rows: rows as u64, mean, products }
    }
}

/// Adds the products of every pair of columns of one chunk.
struct Products<'a> {
    columns: &'a [f64],
    size: usize,
    products: &'a mut [f64],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let column = |slot: usize| &self.columns[slot * CHUNK_ROWS..(slot + 1) * CHUNK_ROWS];
        for high in 0..self.size {
            let own = column(high);
            let first = high * (high + 1) / 2;
            let mut low = 0;
            while low + 4 <= high + 1 {
                let sums = four(own, [column(low), column(low + 1), column(low + 2), column(low + 3)]);
                (0..4).for_each(|which| self.products[first + low + which] += sums[which]);
                low += 4;
            }
            while low <= high {
                self.products[first + low] += four(own, [column(low); 4])[0];
                low += 1;
            }
        }
    }
}

#[inline(always)]
fn four(own: &[f64], others: [&[f64]; 4]) -> [f64; 4] {
    let mut sums = [[0.0; LANES]; 4];
    for start in (0..CHUNK_ROWS).step_by(LANES) {
        for (sums, other) in sums.iter_mut().zip(&others) {
            let pairs = own[start..start + LANES].iter().zip(&other[start..start + LANES]);
            for (sum, (a, b)) in sums.iter_mut().zip(pairs) {
                *sum += a * b;
            }
        }
    }
    sums.map(|lanes| ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vector;
    use crate::linalg::vector_column;
    use crate::random::Draws;

    #[test]
    fn products_are_about_the_means_however_rows_are_parted() {
        let mut draws = Draws::new(5);
        let rows: Vec<Vector> = (0..700)
            .map(|_| Vector::Dense((0..6).map(|slot| 1e6 * f64::from(slot) + draws.unit()).collect()))
            .collect();
        let block = |rows: &[Vector]| Block {
            partition: 0,
            first_row: 0,
            rows: rows.len(),
            columns: vec![vector_column(rows.iter().map(Some))],
        };
        let pass = Covary { with_label: false };
        let (mut whole, mut parted) = (pass.zero(), pass.zero());
        pass.update(&mut whole, &block(&rows), &mut ()).unwrap();
        for part in rows.chunks(97) {
            pass.update(&mut parted, &block(part), &mut ()).unwrap();
        }
        let dense: Vec<Vec<f64>> = rows.iter().map(Vector::to_dense).collect();
        let mean = |slot: usize| dense.iter().map(|row| row[slot] - 1e6 * slot as f64).sum::<f64>() / 700.0;
        let deviation = |row: &[f64], slot: usize| row[slot] - 1e6 * slot as f64 - mean(slot);
        for high in 0..6 {
            for low in 0..=high {
                let expected: f64 = dense.iter().map(|row| deviation(row, high) * deviation(row, low)).sum();
                for found in [&whole, &parted] {
                    assert!((found.product(low, high) - expected).abs() < 1e-6, "{low} {high}");
                }
            }
        }
    }
}
