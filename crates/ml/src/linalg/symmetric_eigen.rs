//! Eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction to three diagonals, then implicit QL
//! steps (Bowdler, Martin, Reinsch and Wilkinson, 1968; EISPACK's `tred2` and `tql2`).

use brickyard_error::{Failure, Result};

/// Eigenvalues descending, each with a vector of length 1 whose sign is arbitrary.
#[derive(Debug, Clone)]
pub struct SymmetricEigen {
    pub values: Vec<f64>,
    /// Vector of `values[i]` at `[i * size..(i + 1) * size]`.
    pub vectors: Vec<f64>,
}

/// QL steps for one eigenvalue; thirty is what EISPACK allows, and two are usual.
const MOST_STEPS: usize = 60;

impl SymmetricEigen {
    /// `matrix` is row-major `[size, size]`; only its lower triangle is read.
    ///
    /// # Errors
    /// An eigenvalue does not converge, which means that the matrix is not finite.
    pub fn of(size: usize, matrix: Vec<f64>) -> Result<Self> {
        if matrix.len() != size * size {
            return Err(Failure::internal("a matrix is not square"));
        }
        let mut work = Work { size, basis: matrix, diagonal: vec![0.0; size], beside: vec![0.0; size] };
        if size > 0 {
            work.reduce();
            work.diagonalize()?;
        }
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|a, b| work.diagonal[*b].total_cmp(&work.diagonal[*a]));
        let column = |column: usize| (0..size).map(move |row| (row, column));
        let vectors =
            order.iter().flat_map(|which| column(*which)).map(|(row, column)| work.basis[row * size + column]);
        Ok(Self { vectors: vectors.collect(), values: order.iter().map(|which| work.diagonal[*which]).collect() })
    }
}

struct Work {
    size: usize,
    /// The matrix at first, at last the eigenvectors as columns; row-major.
    basis: Vec<f64>,
    diagonal: Vec<f64>,
    /// The diagonal beside the main one.
    beside: Vec<f64>,
}

impl Work {
    fn at(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.basis[row * self.size + column]
    }

    fn get(&self, row: usize, column: usize) -> f64 {
        self.basis[row * self.size + column]
    }

    /// To three diagonals, with the product of the reflections in `basis`.
    fn reduce(&mut self) {
        let size = self.size;
        self.diagonal = (0..size).map(|column| self.get(size - 1, column)).collect();
        for last in (1..size).rev() {
            self.reflect(last);
        }
        self.collect_reflections();
    }

    /// One reflection, that makes row `last` zero left of the diagonal beside the main one.
    fn reflect(&mut self, last: usize) {
        let scale: f64 = self.diagonal[..last].iter().map(|value| value.abs()).sum();
        if scale == 0.0 {
            self.beside[last] = self.diagonal[last - 1];
            for column in 0..last {
                self.diagonal[column] = self.get(last - 1, column);
                *self.at(last, column) = 0.0;
                *self.at(column, last) = 0.0;
            }
            self.diagonal[last] = 0.0;
            return;
        }
        self.diagonal[..last].iter_mut().for_each(|value| *value /= scale);
        let mut square: f64 = self.diagonal[..last].iter().map(|value| value * value).sum();
        let pivot = self.diagonal[last - 1];
        let root = if pivot > 0.0 { -square.sqrt() } else { square.sqrt() };
        self.beside[last] = scale * root;
        square -= pivot * root;
        self.diagonal[last - 1] = pivot - root;
        self.beside[..last].fill(0.0);
        for column in 0..last {
            let value = self.diagonal[column];
            *self.at(column, last) = value;
            let mut sum = self.beside[column] + self.get(column, column) * value;
            for row in column + 1..last {
                sum += self.get(row, column) * self.diagonal[row];
                self.beside[row] += self.get(row, column) * value;
            }
            self.beside[column] = sum;
        }
        let mut product = 0.0;
        for column in 0..last {
            self.beside[column] /= square;
            product += self.beside[column] * self.diagonal[column];
        }
        let half = product / (square + square);
        for column in 0..last {
            self.beside[column] -= half * self.diagonal[column];
        }
        for column in 0..last {
            let (value, other) = (self.diagonal[column], self.beside[column]);
            for row in column..last {
                *self.at(row, column) -= value * self.beside[row] + other * self.diagonal[row];
            }
            self.diagonal[column] = self.get(last - 1, column);
            *self.at(last, column) = 0.0;
        }
        self.diagonal[last] = square;
    }

    fn collect_reflections(&mut self) {
        let size = self.size;
        for last in 0..size - 1 {
            *self.at(size - 1, last) = self.get(last, last);
            *self.at(last, last) = 1.0;
            let square = self.diagonal[last + 1];
            if square != 0.0 {
                for row in 0..=last {
                    self.diagonal[row] = self.get(row, last + 1) / square;
                }
                for column in 0..=last {
                    let product: f64 = (0..=last).map(|row| self.get(row, last + 1) * self.get(row, column)).sum();
                    for row in 0..=last {
                        *self.at(row, column) -= product * self.diagonal[row];
                    }
                }
            }
            (0..=last).for_each(|row| *self.at(row, last + 1) = 0.0);
        }
        for column in 0..size {
            self.diagonal[column] = self.get(size - 1, column);
            *self.at(size - 1, column) = 0.0;
        }
        *self.at(size - 1, size - 1) = 1.0;
        self.beside[0] = 0.0;
    }

    /// QL steps with implicit shifts until the diagonal beside the main one is gone.
    fn diagonalize(&mut self) -> Result<()> {
        let size = self.size;
        self.beside.rotate_left(1);
        self.beside[size - 1] = 0.0;
        let (mut shift, mut largest) = (0.0, 0.0_f64);
        for first in 0..size {
            largest = largest.max(self.diagonal[first].abs() + self.beside[first].abs());
            let small = |value: f64| value.abs() <= f64::EPSILON * largest;
            let Some(end) = (first..size).find(|place| small(self.beside[*place])) else {
                return Err(Failure::internal("the eigenvalues of a matrix that is not finite"));
            };
            let mut steps = 0;
            while end > first && !(steps > 0 && small(self.beside[first])) {
                steps += 1;
                if steps > MOST_STEPS {
                    return Err(Failure::internal("an eigenvalue did not converge"));
                }
                shift += self.step(first, end);
            }
            self.diagonal[first] += shift;
            self.beside[first] = 0.0;
        }
        Ok(())
    }

    /// One step on the rows `first..=end`; what it shifted the diagonal by.
    fn step(&mut self, first: usize, end: usize) -> f64 {
        let before = self.diagonal[first];
        let middle = (self.diagonal[first + 1] - before) / (2.0 * self.beside[first]);
        let root = if middle < 0.0 { -middle.hypot(1.0) } else { middle.hypot(1.0) };
        self.diagonal[first] = self.beside[first] / (middle + root);
        self.diagonal[first + 1] = self.beside[first] * (middle + root);
        let second = self.diagonal[first + 1];
        let shifted = before - self.diagonal[first];
        self.diagonal[first + 2..].iter_mut().for_each(|value| *value -= shifted);

        let mut moving = self.diagonal[end];
        let (mut cosine, mut cosine_2, mut cosine_3) = (1.0, 1.0, 1.0);
        let beside_first = self.beside[first + 1];
        let (mut sine, mut sine_2) = (0.0, 0.0);
        for place in (first..end).rev() {
            cosine_3 = cosine_2;
            cosine_2 = cosine;
            sine_2 = sine;
            let one = cosine * self.beside[place];
            let other = cosine * moving;
            let length = moving.hypot(self.beside[place]);
            self.beside[place + 1] = sine * length;
            sine = self.beside[place] / length;
            cosine = moving / length;
            moving = cosine * self.diagonal[place] - sine * one;
            self.diagonal[place + 1] = other + sine * (cosine * one + sine * self.diagonal[place]);
            for row in self.basis.chunks_exact_mut(self.size) {
                let (left, right) = (row[place], row[place + 1]);
                row[place + 1] = sine * left + cosine * right;
                row[place] = cosine * left - sine * right;
            }
        }
        moving = -sine * sine_2 * cosine_3 * beside_first * self.beside[first] / second;
        self.beside[first] = sine * moving;
        self.diagonal[first] = cosine * moving;
        shifted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Draws;

    #[test]
    fn the_vectors_are_orthogonal_and_give_the_matrix_back() {
        for size in [1, 2, 3, 8, 40] {
            let mut draws = Draws::new(size as u64);
            let mut matrix = vec![0.0; size * size];
            for row in 0..size {
                for column in 0..=row {
                    matrix[row * size + column] = draws.unit() - 0.5;
                    matrix[column * size + row] = matrix[row * size + column];
                }
            }
            let eigen = SymmetricEigen::of(size, matrix.clone()).unwrap();
            assert!(eigen.values.windows(2).all(|pair| pair[0] >= pair[1]));
            for row in 0..size {
                for column in 0..size {
                    let sum = |term: &dyn Fn(usize) -> f64| (0..size).map(term).sum::<f64>();
                    let vector = |which: usize, slot: usize| eigen.vectors[which * size + slot];
                    let again = sum(&|k| eigen.values[k] * vector(k, row) * vector(k, column));
                    assert!((again - matrix[row * size + column]).abs() < 1e-12, "{size}");
                    let product = sum(&|k| vector(row, k) * vector(column, k));
                    assert!((product - f64::from(row == column)).abs() < 1e-12, "{size}");
                }
            }
        }
    }

    #[test]
    fn degenerate_matrices() {
        let zero = SymmetricEigen::of(3, vec![0.0; 9]).unwrap();
        assert_eq!(zero.values, [0.0; 3]);
        let diagonal = SymmetricEigen::of(2, vec![1.0, 0.0, 0.0, 5.0]).unwrap();
        assert_eq!(diagonal.values, [5.0, 1.0]);
        assert!(SymmetricEigen::of(2, vec![f64::NAN; 4]).is_err());
        assert_eq!(SymmetricEigen::of(0, vec![]).unwrap().values, [0.0; 0]);
    }
}
