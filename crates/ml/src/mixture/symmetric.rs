//! Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations: slow for large matrices, exact for small
//! ones.

/// Eigenvalues, and for each its eigenvector as a row: `[size, size]`.
pub fn eigen(matrix: &[f64], size: usize) -> (Vec<f64>, Vec<f64>) {
    const SWEEPS: usize = 60;
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|i| vectors[i * size + i] = 1.0);
    for _ in 0..SWEEPS {
        let off: f64 = (0..size).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * size + j].powi(2)).sum();
        let all: f64 = a.iter().map(|value| value * value).sum();
        if off <= 1e-32 * all {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut a, &mut vectors, size, p, q);
            }
        }
    }
    ((0..size).map(|i| a[i * size + i]).collect(), vectors)
}

/// Makes the entry of row `p` and column `q` zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let entry = a[p * size + q];
    if entry == 0.0 {
        return;
    }
    let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * entry);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for k in 0..size {
        let (left, right) = (a[k * size + p], a[k * size + q]);
        a[k * size + p] = cosine * left - sine * right;
        a[k * size + q] = sine * left + cosine * right;
    }
    for k in 0..size {
        let (left, right) = (a[p * size + k], a[q * size + k]);
        a[p * size + k] = cosine * left - sine * right;
        a[q * size + k] = sine * left + cosine * right;
        let (left, right) = (vectors[p * size + k], vectors[q * size + k]);
        vectors[p * size + k] = cosine * left - sine * right;
        vectors[q * size + k] = sine * left + cosine * right;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_put_together_from_its_eigenvectors() {
        let matrix = [4.0, 1.0, -2.0, 1.0, 2.0, 0.0, -2.0, 0.0, 3.0];
        let (values, vectors) = eigen(&matrix, 3);
        for i in 0..3 {
            for j in 0..3 {
                let sum: f64 = (0..3).map(|v| values[v] * vectors[v * 3 + i] * vectors[v * 3 + j]).sum();
                assert!((sum - matrix[i * 3 + j]).abs() < 1e-12, "{values:?} {vectors:?}");
            }
        }
    }
}
