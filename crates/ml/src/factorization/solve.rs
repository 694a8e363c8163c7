//! One id's least squares: by the normal equations, by the smaller system of its ratings, or nonnegative.

use super::gram::{Factors, Gram};
use super::nonnegative;
use super::params::Settings;
use super::ratings::Side;
use rayon::prelude::*;

/// Ids that a thread takes at once; also the parts whose sums are merged in order.
const IDS_AT_ONCE: usize = 64;

/// The factors of one side that fit its ratings best, given those of the other: Spark's `computeFactors`.
pub fn factors_of(side: &Side, others: &Factors, settings: &Settings) -> Factors {
    let rank = others.rank;
    let everything = settings.alpha.map(|_| gram_of_all(others));
    let mut values = vec![0.0f32; side.ids.len() * rank];
    values.par_chunks_mut(IDS_AT_ONCE * rank).enumerate().for_each_init(
        || Solver::new(rank),
        |solver, (chunk, values)| {
            for (index, factor) in values.chunks_exact_mut(rank).enumerate() {
                let (places, ratings) = side.of(chunk * IDS_AT_ONCE + index);
                solver.solve(places, ratings, others, everything.as_ref(), settings, factor);
            }
        },
    );
    Factors { rank, values }
}

/// Σ a aᵀ over all factors, in parts of a fixed size merged in order.
fn gram_of_all(factors: &Factors) -> Gram {
    let part = |rows: &[f32]| {
        let mut gram = Gram::new(factors.rank);
        rows.chunks_exact(factors.rank).for_each(|factor| gram.add(factor, 1.0, 0.0));
        gram.flush();
        gram
    };
    let parts: Vec<Gram> = factors.values.par_chunks(1024 * factors.rank).map(part).collect();
    let mut sum = Gram::new(factors.rank);
    parts.iter().for_each(|part| sum.merge(part));
    sum
}

/// Memory that is used again from id to id.
struct Solver {
    gram: Gram,
    /// `[rank, rank]`, the lower triangle.
    matrix: Vec<f64>,
    vector: Vec<f64>,
}

impl Solver {
    fn new(rank: usize) -> Self {
        Self { gram: Gram::new(rank), matrix: vec![0.0; rank * rank], vector: vec![0.0; rank] }
    }

    fn solve(
        &mut self,
        places: &[u32],
        ratings: &[f32],
        others: &Factors,
        everything: Option<&Gram>,
        settings: &Settings,
        factor: &mut [f32],
    ) {
        let rank = others.rank;
        let is_small = places.len() < rank && settings.regularization > 0.0;
        if settings.alpha.is_none() && !settings.nonnegative && is_small {
            return self.solve_by_ratings(places, ratings, others, settings.regularization, factor);
        }
        self.gram.restart(everything);
        let mut positive = 0;
        for (place, rating) in places.iter().zip(ratings) {
            let other = others.of(*place as usize);
            match settings.alpha {
                None => self.gram.add(other, 1.0, f64::from(*rating)),
                Some(alpha) => {
                    let confidence = alpha * f64::from(rating.abs());
                    let target = if *rating > 0.0 { 1.0 + confidence } else { 0.0 };
                    positive += usize::from(*rating > 0.0);
                    self.gram.add(other, confidence as f32, target);
                }
            }
        }
        self.gram.flush();
        let count = if settings.alpha.is_some() { positive } else { places.len() };
        let penalty = settings.regularization * count as f64;
        for i in 0..rank {
            for j in 0..=i {
                self.matrix[i * rank + j] = self.gram.get(j, i);
            }
            self.matrix[i * rank + i] += penalty;
        }
        self.vector.copy_from_slice(self.gram.targets());
        if settings.nonnegative {
            self.vector = nonnegative::solve(&self.matrix, &self.vector);
        } else {
            cholesky_solve(&mut self.matrix, &mut self.vector, rank);
        }
        factor.iter_mut().zip(&self.vector).for_each(|(factor, value)| *factor = *value as f32);
    }

    /// (AᵀA + λI)⁻¹Aᵀb = Aᵀ(AAᵀ + λI)⁻¹b: the right side is cheaper when A has fewer rows than columns.
    fn solve_by_ratings(&mut self, places: &[u32], ratings: &[f32], others: &Factors, scale: f64, factor: &mut [f32]) {
        let count = places.len();
        for i in 0..count {
            let row = others.of(places[i] as usize);
            for (entry, place) in self.matrix[i * count..].iter_mut().zip(&places[..=i]) {
                *entry = dot(row, others.of(*place as usize));
            }
            self.matrix[i * count + i] += scale * count as f64;
            self.vector[i] = f64::from(ratings[i]);
        }
        cholesky_solve(&mut self.matrix[..count * count], &mut self.vector[..count], count);
        for (index, value) in factor.iter_mut().enumerate() {
            let terms = places.iter().zip(&self.vector);
            *value = terms.map(|(place, x)| x * f64::from(others.of(*place as usize)[index])).sum::<f64>() as f32;
        }
    }
}

/// In double precision, in eight lanes.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0f64; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f64::from(*a) * f64::from(*b);
        }
    }
    lanes.iter().sum()
}

/// Solves M x = v for a symmetric positive definite M, given by its lower triangle, which becomes the factor; `vector`
/// becomes x. Directions without any weight (a pivot that is not positive) get 0.
pub fn cholesky_solve(matrix: &mut [f64], vector: &mut [f64], size: usize) {
    for i in 0..size {
        let (above, row) = matrix.split_at_mut(i * size);
        for j in 0..i {
            let other = &above[j * size..j * size + j + 1];
            let sum: f64 = dot_doubles(&row[..j], &other[..j]);
            row[j] = if other[j] > 0.0 { (row[j] - sum) / other[j] } else { 0.0 };
        }
        let pivot = row[i] - dot_doubles(&row[..i], &row[..i]);
        row[i] = if pivot > 0.0 { pivot.sqrt() } else { 0.0 };
    }
    for i in 0..size {
        let (row, pivot) = (&matrix[i * size..i * size + i], matrix[i * size + i]);
        let value = vector[i] - dot_doubles(row, &vector[..i]);
        vector[i] = if pivot > 0.0 { value / pivot } else { 0.0 };
    }
    for i in (0..size).rev() {
        let pivot = matrix[i * size + i];
        vector[i] = if pivot > 0.0 { vector[i] / pivot } else { 0.0 };
        let value = vector[i];
        let row = &matrix[i * size..i * size + i];
        vector[..i].iter_mut().zip(row).for_each(|(other, entry)| *other -= entry * value);
    }
}

#[inline]
fn dot_doubles(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a_chunks, b_chunks) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_solved() {
        // [[4, 2, 0], [2, 5, 1], [0, 1, 3]] x = [8, 15, 11]
        let mut matrix = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 0.0, 1.0, 3.0];
        let mut vector = [8.0, 15.0, 11.0];
        cholesky_solve(&mut matrix, &mut vector, 3);
        for (found, expected) in vector.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{vector:?}");
        }
    }
}
