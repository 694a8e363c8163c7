//! Count, mean, variance and range of every slot of a vector column, in one pass.

use crate::Block;
use crate::fit::{Merge, Pass};
use crate::linalg::VectorRef;
use crate::transform::invalid_row;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Summarises the vectors of input 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summarize;

/// What is known of the slots after some rows.
///
/// Means and squared deviations are merged by Chan, Golub and LeVeque's formula; a block is summed about its own mean,
/// so nothing cancels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    pub rows: u64,
    pub mean: Vec<f64>,
    /// Sum of squared deviations from the mean.
    squares: Vec<f64>,
    pub min: Vec<f64>,
    pub max: Vec<f64>,
}

impl Moments {
    pub fn size(&self) -> usize {
        self.mean.len()
    }

    /// Sample standard deviation; 0 for a single row.
    pub fn standard_deviation(&self) -> Vec<f64> {
        self.variance().into_iter().map(f64::sqrt).collect()
    }

    /// Sample variance; 0 for a single row.
    pub fn variance(&self) -> Vec<f64> {
        let degrees = (self.rows as f64 - 1.0).max(1.0);
        self.squares.iter().map(|squares| (squares / degrees).max(0.0)).collect()
    }

    /// # Errors
    /// There was no row.
    pub fn of_some_rows(self) -> Result<Self> {
        if self.rows > 0 {
            return Ok(self);
        }
        let text = "requirement failed: Nothing has been added to this summarizer.";
        Err(Failure::new(&codes::ml::EMPTY_DATASET, text))
    }
}

impl Merge for Moments {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        if self.rows == 0 {
            *self = other;
            return;
        }
        if other.rows == 0 {
            return;
        }
        let (rows, more) = (self.rows as f64, other.rows as f64);
        let total = rows + more;
        for slot in 0..self.size().min(other.size()) {
            let apart = other.mean[slot] - self.mean[slot];
            self.mean[slot] += apart * (more / total);
            self.squares[slot] += other.squares[slot] + apart * apart * (rows * more / total);
            self.min[slot] = self.min[slot].min(other.min[slot]);
            self.max[slot] = self.max[slot].max(other.max[slot]);
        }
        self.rows += other.rows;
    }
}

impl Pass for Summarize {
    const NAME: &'static str = "feature/moments";
    type View = Block;
    type Memo = ();
    type Acc = Moments;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Moments {
        Moments::default()
    }

    fn update(&self, acc: &mut Moments, rows: &Block, (): &mut ()) -> Result<()> {
        let block = of_block(rows)?;
        if acc.rows > 0 && block.rows > 0 && acc.size() != block.size() {
            return Err(other_size(acc.size(), block.size()));
        }
        acc.merge(block);
        Ok(())
    }
}

fn of_block(rows: &Block) -> Result<Moments> {
    if rows.rows == 0 {
        return Ok(Moments::default());
    }
    let vectors = rows.vectors(0)?;
    if let Some(row) = (0..rows.rows).find(|row| vectors.is_null(*row)) {
        return Err(invalid_row(format!("row {row} of the training data has no vector: it is null")));
    }
    let size = vectors.get(0).size();
    let mut mean = vec![0.0; size];
    let (mut min, mut max) = (vec![f64::INFINITY; size], vec![f64::NEG_INFINITY; size]);
    let mut given = vec![0usize; size];
    for row in 0..rows.rows {
        let vector = vectors.get(row);
        if vector.size() != size {
            return Err(other_size(size, vector.size()));
        }
        each_given(vector, |slot, value| {
            mean[slot] += value;
            min[slot] = min[slot].min(value);
            max[slot] = max[slot].max(value);
            given[slot] += 1;
        });
    }
    let count = rows.rows as f64;
    mean.iter_mut().for_each(|sum| *sum /= count);
    let mut squares = vec![0.0; size];
    for row in 0..rows.rows {
        each_given(vectors.get(row), |slot, value| squares[slot] += (value - mean[slot]) * (value - mean[slot]));
    }
    for slot in 0..size {
        let zeros = rows.rows - given[slot];
        if zeros > 0 {
            squares[slot] += zeros as f64 * mean[slot] * mean[slot];
            min[slot] = min[slot].min(0.0);
            max[slot] = max[slot].max(0.0);
        }
    }
    Ok(Moments { rows: rows.rows as u64, mean, squares, min, max })
}

/// The values that a vector spells out; the others are 0.
fn each_given(vector: VectorRef<'_>, mut given: impl FnMut(usize, f64)) {
    match vector {
        VectorRef::Dense(values) => values.iter().enumerate().for_each(|(slot, value)| given(slot, *value)),
        VectorRef::Sparse { indices, values, .. } => {
            indices.iter().zip(values).for_each(|(slot, value)| given(*slot as usize, *value));
        }
    }
}

/// The failure for a vector of another size than expected.
pub fn other_size(expected: usize, found: usize) -> Failure {
    invalid_row(format!("a vector of size {expected} was expected, found one of size {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vector;
    use crate::linalg::vector_column;

    fn block(vectors: &[Vector]) -> Block {
        Block {
            partition: 0,
            first_row: 0,
            rows: vectors.len(),
            columns: vec![vector_column(vectors.iter().map(Some))],
        }
    }

    #[test]
    fn dense_and_sparse_rows_in_any_partition_give_the_same_moments() {
        let sparse = |index, value| Vector::Sparse { size: 2, indices: vec![index], values: vec![value] };
        let rows = [
            Vector::Dense(vec![1e9 + 1.0, 0.0]),
            sparse(0, 1e9 + 2.0),
            Vector::Dense(vec![1e9 + 3.0, 5.0]),
            sparse(1, -1.0),
        ];
        let whole = of_block(&block(&rows[..3])).unwrap();
        assert_eq!(whole.standard_deviation()[0], 1.0);
        let mut merged = of_block(&block(&rows[..1])).unwrap();
        merged.merge(Moments::default());
        merged.merge(of_block(&block(&rows[1..])).unwrap());
        assert_eq!(
            (merged.rows, merged.mean[1], merged.min.clone(), merged.max[0]),
            (4, 1.0, vec![0.0, -1.0], 1e9 + 3.0)
        );
        let squares: f64 = [0.0_f64, 0.0, 5.0, -1.0].iter().map(|value| (value - 1.0).powi(2)).sum();
        assert!((merged.standard_deviation()[1] - (squares / 3.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn rows_of_other_sizes_fail() {
        let rows = [Vector::Dense(vec![1.0]), Vector::Dense(vec![1.0, 2.0])];
        let mut acc = Moments::default();
        assert!(Summarize.update(&mut acc, &block(&rows), &mut ()).is_err());
        Summarize.update(&mut acc, &block(&rows[..1]), &mut ()).unwrap();
        assert!(Summarize.update(&mut acc, &block(&rows[1..]), &mut ()).is_err());
    }
}
