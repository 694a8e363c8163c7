//! Cholesky factors of a positive definite matrix: solving and inverting.

/// A lower triangle `L` with `L Lᵀ` the matrix, row by row.
pub struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the symmetric matrix `entry(row, column)`; `None` where it is singular to working precision.
    pub fn new(size: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Self> {
        /// What rounding may leave of a pivot, relative to the diagonal.
        const NOTHING: f64 = 1e-13;
        let mut lower = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let (left, right) = (&lower[row * size..][..column], &lower[column * size..][..column]);
                let rest = entry(row, column) - crate::optimize::dot(left, right);
                lower[row * size + column] = if row > column {
                    rest / lower[column * size + column]
                } else if rest > NOTHING * entry(row, row) {
                    rest.sqrt()
                } else {
                    return None;
                };
            }
        }
        Some(Self { size, lower })
    }

    /// The solution of `matrix · x = right`.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for row in 0..self.size {
            let known = crate::optimize::dot(&self.lower[row * self.size..][..row], &x[..row]);
            x[row] = (x[row] - known) / self.lower[row * self.size + row];
        }
        for row in (0..self.size).rev() {
            let known: f64 = (row + 1..self.size).map(|below| self.lower[below * self.size + row] * x[below]).sum();
            x[row] = (x[row] - known) / self.lower[row * self.size + row];
        }
        x
    }

    /// The diagonal of the inverse.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let unit = |column: usize| (0..self.size).map(|row| f64::from(u8::from(row == column))).collect::<Vec<_>>();
        (0..self.size).map(|column| self.solve(&unit(column))[column]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_solves_inverts_and_notices_singularity() {
        let matrix = [[4.0, 2.0, 0.6], [2.0, 5.0, -1.0], [0.6, -1.0, 3.0]];
        let factors = Cholesky::new(3, |row, column| matrix[row][column]).unwrap();
        let x = factors.solve(&[1.0, 2.0, 3.0]);
        for (row, right) in matrix.iter().zip([1.0, 2.0, 3.0]) {
            assert!((crate::optimize::dot(row, &x) - right).abs() < 1e-14);
        }
        // By cofactors: (5·3 - 1) / det, det = 4·14 - 2·(6 + 0.6) + 0.6·(-2 - 3) = 39.8.
        assert!((factors.inverse_diagonal()[0] - 14.0 / 39.8).abs() < 1e-14);
        assert!(Cholesky::new(2, |_, _| 0.1).is_none());
        assert!(Cholesky::new(2, |row, column| f64::from(u8::from(row == column && row == 0))).is_none());
    }
}
