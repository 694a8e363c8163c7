//! Cholesky factors of small systems, in place: rows of the upper triangle are eliminated in whole vectors.

/// Numbers side by side; rows are a whole number of them long.
pub const LANES: usize = 16;

/// A row's length for a system of this size.
pub const fn stride(size: usize) -> usize {
    size.div_ceil(LANES) * LANES
}

/// Solves M x = v for a symmetric positive definite M, given by its upper triangle in rows of `stride`, which becomes the
/// factor; what is left of the diagonal is never read. `vector` becomes x. Directions without any weight (a pivot that is
/// not positive) get 0.
#[inline(always)]
pub fn solve(matrix: &mut [f64], stride: usize, vector: &mut [f64], size: usize) {
    for k in 0..size {
        let (above, below) = matrix.split_at_mut((k + 1) * stride);
        let pivot_row = &mut above[k * stride..];
        let pivot = pivot_row[k];
        if pivot <= 0.0 || pivot.is_nan() {
            pivot_row.fill(0.0);
            continue;
        }
        let scale = 1.0 / pivot.sqrt();
        pivot_row[k / LANES * LANES..].iter_mut().for_each(|entry| *entry *= scale);
        for (row, i) in below.chunks_exact_mut(stride).zip(k + 1..size) {
            let (first, factor) = (i / LANES * LANES, pivot_row[i]);
            let (row, pivot) = (&mut row[first..], &pivot_row[first..stride]);
            for (row, pivot) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(pivot.as_chunks::<LANES>().0) {
                // Copies, so that the compiler sees that the one is not the other.
                let (before, pivot) = (*row, *pivot);
                *row = std::array::from_fn(|lane| before[lane] - factor * pivot[lane]);
            }
        }
    }
    for k in 0..size {
        let row = &matrix[k * stride..][..size];
        let value = if row[k] > 0.0 { vector[k] / row[k] } else { 0.0 };
        vector[k] = value;
        vector[k + 1..size].iter_mut().zip(&row[k + 1..]).for_each(|(other, entry)| *other -= entry * value);
    }
    for k in (0..size).rev() {
        let row = &matrix[k * stride..][..size];
        let rest = dot(&row[k + 1..], &vector[k + 1..size]);
        vector[k] = if row[k] > 0.0 { (vector[k] - rest) / row[k] } else { 0.0 };
    }
}

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let halves = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    (halves[0] + halves[2]) + (halves[1] + halves[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;

    #[test]
    fn systems_are_solved() {
        let mut draws = Draws::new(2);
        for size in [1, 3, 8, 13, 32] {
            let roots: Vec<f64> = (0..size * size).map(|_| draws.unit() - 0.5).collect();
            let root = |i: usize, k: usize| roots[i * size + k] + if i == k { 1.0 } else { 0.0 };
            let entry = |i: usize, j: usize| (0..size).map(|k| root(i, k) * root(j, k)).sum::<f64>();
            let stride = stride(size);
            // Below the diagonal stands what must never be read.
            let mut matrix = vec![f64::MAX; size * stride];
            for i in 0..size {
                (i..stride).for_each(|j| matrix[i * stride + j] = if j < size { entry(i, j) } else { 0.0 });
            }
            let expected: Vec<f64> = (0..size).map(|_| draws.unit()).collect();
            let mut vector: Vec<f64> = (0..size).map(|i| (0..size).map(|j| entry(i, j) * expected[j]).sum()).collect();
            solve(&mut matrix, stride, &mut vector, size);
            for (found, expected) in vector.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-7, "{size}: {found} {expected}");
            }
        }
    }

    #[test]
    fn directions_without_weight_get_nothing() {
        let mut matrix = vec![0.0; 2 * stride(2)];
        matrix[0] = 4.0;
        let mut vector = [8.0, 0.0];
        solve(&mut matrix, stride(2), &mut vector, 2);
        assert_eq!(vector, [2.0, 0.0]);
    }
}
