//! One id's least squares: by the normal equations, by the smaller system of its ratings, or nonnegative.

use super::cholesky::{self, stride};
use super::gram::{Factors, Gram};
use super::nonnegative;
use super::params::Settings;
use super::ratings::Side;
use crate::linear::vectorized::{Kernel, run};
use rayon::prelude::*;

/// Ids that a thread takes at once; also the parts whose sums are merged in order.
const IDS_AT_ONCE: usize = 64;

/// The factors of one side that fit its ratings best, given those of the other: Spark's `computeFactors`.
pub fn factors_of(side: &Side, others: &Factors, settings: &Settings) -> Factors {
    let rank = others.rank;
    let everything = settings.alpha.map(|_| gram_of_all(others));
    let task = Task { side, others, everything: everything.as_ref(), settings };
    let mut values = vec![0.0f32; side.ids.len() * rank];
    values.par_chunks_mut(IDS_AT_ONCE * rank).enumerate().for_each_init(
        || Solver::new(rank),
        |solver, (chunk, values)| run(Ids { task: &task, first: chunk * IDS_AT_ONCE, solver, values }),
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

/// What all ids of a side have in common.
struct Task<'a> {
    side: &'a Side,
    others: &'a Factors,
    /// Of implicit preferences: the sum over all factors.
    everything: Option<&'a Gram>,
    settings: &'a Settings,
}

/// Ids that are solved one after the other.
struct Ids<'a> {
    task: &'a Task<'a>,
    first: usize,
    solver: &'a mut Solver,
    /// `[ids, rank]`, to be written.
    values: &'a mut [f32],
}

impl Kernel for Ids<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let settings = self.task.settings;
        let can_be_small = settings.alpha.is_none() && !settings.nonnegative && settings.regularization > 0.0;
        for (index, factor) in self.values.chunks_exact_mut(self.task.others.rank).enumerate() {
            let (places, ratings) = self.task.side.of(self.first + index);
            // The system of the ratings costs n²·rank, the other one rank²·n at half the precision.
            if can_be_small && places.len() * 2 <= self.task.others.rank {
                self.solver.solve_by_ratings(self.task, places, ratings, factor);
            } else {
                self.solver.solve(self.task, places, ratings, factor);
            }
        }
    }
}

/// Memory that is used again from id to id.
struct Solver {
    gram: Gram,
    /// A system's upper triangle, in rows of the system's stride.
    matrix: Vec<f64>,
    vector: Vec<f64>,
    solution: Vec<f64>,
}

impl Solver {
    fn new(rank: usize) -> Self {
        let zeros = || vec![0.0; stride(rank)];
        Self { gram: Gram::new(rank), matrix: vec![0.0; rank * stride(rank)], vector: zeros(), solution: zeros() }
    }

    #[inline(always)]
    fn solve(&mut self, task: &Task<'_>, places: &[u32], ratings: &[f32], factor: &mut [f32]) {
        let (rank, settings) = (task.others.rank, task.settings);
        self.gram.restart(task.everything);
        let mut positive = 0;
        for (place, rating) in places.iter().zip(ratings) {
            let other = task.others.of(*place as usize);
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
        self.gram.add_to_diagonal(settings.regularization * count as f64);
        let (sums, targets) = self.gram.system();
        if settings.nonnegative {
            let solution = nonnegative::solve(sums, stride(rank), targets);
            factor.iter_mut().zip(&solution).for_each(|(factor, value)| *factor = *value as f32);
        } else {
            cholesky::solve(sums, stride(rank), targets, rank);
            factor.iter_mut().zip(targets).for_each(|(factor, value)| *factor = *value as f32);
        }
    }

    /// (AᵀA + λI)⁻¹Aᵀb = Aᵀ(AAᵀ + λI)⁻¹b: the right side is cheaper when A has fewer rows than columns.
    #[inline(always)]
    fn solve_by_ratings(&mut self, task: &Task<'_>, places: &[u32], ratings: &[f32], factor: &mut [f32]) {
        let (count, others) = (places.len(), task.others);
        let stride = stride(count);
        for (i, place) in places.iter().enumerate() {
            let (row, entries) = (others.of(*place as usize), &mut self.matrix[i * stride..][..stride]);
            entries.fill(0.0);
            for (entry, other) in entries[i..].iter_mut().zip(&places[i..]) {
                *entry = dot(row, others.of(*other as usize));
            }
            entries[i] += task.settings.regularization * count as f64;
            self.vector[i] = f64::from(ratings[i]);
        }
        cholesky::solve(&mut self.matrix[..count * stride], stride, &mut self.vector[..count], count);
        self.solution.fill(0.0);
        for (place, x) in places.iter().zip(&self.vector) {
            let row = others.of(*place as usize);
            self.solution.iter_mut().zip(row).for_each(|(sum, value)| *sum += x * f64::from(*value));
        }
        factor.iter_mut().zip(&self.solution).for_each(|(factor, value)| *factor = *value as f32);
    }
}

/// In double precision, in eight lanes.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    let halves = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    (halves[0] + halves[2]) + (halves[1] + halves[3]) + rest
}
