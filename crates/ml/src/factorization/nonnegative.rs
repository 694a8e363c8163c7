//! Least squares over x ≥ 0 by an active set (Lawson and Hanson 1974, in Bro and de Jong's form on normal equations):
//! the exact optimum, which is unique for a positive definite matrix.

use super::cholesky;

/// min ½ xᵀMx - vᵀx over x ≥ 0; `matrix` is the upper triangle of M in rows of `stride`.
pub fn solve(matrix: &[f64], stride: usize, vector: &[f64]) -> Vec<f64> {
    let size = vector.len();
    let entry = |i: usize, j: usize| matrix[i.min(j) * stride + i.max(j)];
    let scale = vector.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    let tolerance = 1e-12 * scale;
    let mut x = vec![0.0; size];
    let mut is_free = vec![false; size];
    // Every outer step lowers the objective, so no set of free places comes twice; the bound is for rounding alone.
    for _ in 0..3 * size {
        let slope = |i: usize| vector[i] - (0..size).map(|j| entry(i, j) * x[j]).sum::<f64>();
        let steepest = (0..size).filter(|i| !is_free[*i]).map(|i| (i, slope(i))).max_by(|a, b| a.1.total_cmp(&b.1));
        match steepest {
            Some((place, slope)) if slope > tolerance => is_free[place] = true,
            _ => return x,
        }
        loop {
            let free: Vec<usize> = (0..size).filter(|i| is_free[*i]).collect();
            let target = restricted(&free, &entry, vector);
            let step = free.iter().zip(&target).filter(|(_, target)| **target <= 0.0);
            let step = step.map(|(i, target)| x[*i] / (x[*i] - target)).fold(f64::INFINITY, f64::min);
            if step == f64::INFINITY || step.is_nan() {
                free.iter().zip(&target).for_each(|(i, target)| x[*i] = *target);
                break;
            }
            for (i, target) in free.iter().zip(&target) {
                x[*i] += step * (target - x[*i]);
                if *target <= 0.0 && x[*i] <= tolerance.min(1e-12) {
                    x[*i] = 0.0;
                    is_free[*i] = false;
                }
            }
            if free.iter().all(|i| is_free[*i]) {
                // Rounding kept the blocking place above zero: let it go.
                let least = free.iter().min_by(|a, b| x[**a].total_cmp(&x[**b]));
                least.iter().for_each(|i| {
                    x[**i] = 0.0;
                    is_free[**i] = false;
                });
            }
        }
    }
    x
}

/// The unconstrained optimum over the free places.
fn restricted(free: &[usize], entry: &impl Fn(usize, usize) -> f64, vector: &[f64]) -> Vec<f64> {
    let count = free.len();
    let stride = cholesky::stride(count);
    let mut matrix = vec![0.0; count * stride];
    for (row, i) in matrix.chunks_exact_mut(stride.max(1)).zip(free) {
        row.iter_mut().zip(free).for_each(|(slot, j)| *slot = entry(*i, *j));
    }
    let mut target: Vec<f64> = free.iter().map(|i| vector[*i]).collect();
    cholesky::solve(&mut matrix, stride, &mut target, count);
    target
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;

    #[test]
    fn the_optimum_meets_its_conditions() {
        let mut draws = Draws::new(3);
        for size in [1, 2, 5, 12] {
            for _ in 0..20 {
                let a: Vec<f64> = (0..size * size).map(|_| draws.unit() - 0.5).collect();
                let product = |i: usize, j: usize| (0..size).map(|k| a[i * size + k] * a[j * size + k]).sum::<f64>();
                let matrix: Vec<f64> = (0..size * size)
                    .map(|at| product(at / size, at % size) + if at / size == at % size { 0.05 } else { 0.0 })
                    .collect();
                let vector: Vec<f64> = (0..size).map(|_| draws.unit() - 0.4).collect();
                let x = solve(&matrix, size, &vector);
                for i in 0..size {
                    let slope = vector[i] - (0..size).map(|j| matrix[i * size + j] * x[j]).sum::<f64>();
                    let is_met = if x[i] > 0.0 { slope.abs() < 1e-9 } else { x[i] == 0.0 && slope < 1e-9 };
                    assert!(is_met, "{size}: {x:?} {slope}");
                }
            }
        }
    }
}
