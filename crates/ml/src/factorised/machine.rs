//! What a factorisation machine has learned, and its value at a vector.

use crate::linalg::{VectorColumn, VectorRef};
use crate::persist::Rows;
use crate::transform::invalid_row;
use crate::{Matrix, Vector};
use arrow_array::Array;
use brickyard_error::Result;
use serde::{Deserialize, Serialize};

/// Which parts there are. All of them in one vector: factors `[feature, factor]`, linear, intercept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub width: usize,
    pub factors: usize,
    pub linear: bool,
    pub intercept: bool,
}

impl Shape {
    /// Where the linear part begins.
    pub fn linear_start(self) -> usize {
        self.width * self.factors
    }

    pub fn coefficients(self) -> usize {
        self.linear_start() + if self.linear { self.width } else { 0 } + usize::from(self.intercept)
    }
}

/// The learned parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    pub intercept: f64,
    pub linear: Vector,
    /// `[feature, factor]`, row-major.
    pub factors: Matrix,
}

impl Machine {
    pub fn of(shape: Shape, coefficients: &[f64]) -> Self {
        let (factors, rest) = coefficients.split_at(shape.linear_start());
        let linear = if shape.linear {
            Vector::Dense(rest[..shape.width].to_vec())
        } else {
            Vector::Sparse { size: shape.width, indices: Vec::new(), values: Vec::new() }
        };
        Self {
            intercept: if shape.intercept { rest.last().copied().unwrap_or(0.0) } else { 0.0 },
            linear,
            factors: Matrix::row_major(shape.width, shape.factors, factors.to_vec()),
        }
    }

    pub fn load(rows: &Rows) -> Result<Self> {
        let (intercept, linear, factors) = (rows.double("intercept")?, rows.vector("linear")?, rows.matrix("factors")?);
        if linear.size() != factors.rows {
            return Err(rows.damaged("the linear part and the factors do not fit together"));
        }
        let factors = Matrix::row_major(factors.rows, factors.columns, factors.to_row_major());
        Ok(Self { intercept, linear, factors })
    }

    pub fn width(&self) -> usize {
        self.factors.rows
    }

    /// The value at every vector, summed from the first feature to the last.
    pub fn values(&self, features: &dyn Array) -> Result<Vec<f64>> {
        let column = VectorColumn::new(features)?;
        let linear = self.linear.to_dense();
        let mut sums = vec![0.0; self.factors.columns];
        let mut squares = vec![0.0; self.factors.columns];
        (0..column.rows())
            .map(|row| {
                if column.is_null(row) {
                    return Err(invalid_row("a feature vector is null; drop or fill such rows before predicting"));
                }
                let vector = column.get(row);
                if vector.size() != self.width() {
                    let text = format!("a feature vector has size {}, expected {}", vector.size(), self.width());
                    return Err(invalid_row(text));
                }
                crate::instances::check_indices(vector)?;
                Ok(self.value(vector, &linear, &mut sums, &mut squares))
            })
            .collect()
    }

    fn value(&self, vector: VectorRef<'_>, linear: &[f64], sums: &mut [f64], squares: &mut [f64]) -> f64 {
        let size = self.factors.columns;
        sums.fill(0.0);
        squares.fill(0.0);
        let mut product = 0.0;
        let mut add = |index: usize, value: f64| {
            if value == 0.0 {
                return;
            }
            product += value * linear[index];
            let sums = sums.iter_mut().zip(squares.iter_mut());
            for (factor, (sum, square)) in self.factors.values[index * size..][..size].iter().zip(sums) {
                let term = factor * value;
                *sum += term;
                *square += term * term;
            }
        };
        match vector {
            VectorRef::Dense(values) => values.iter().enumerate().for_each(|(index, value)| add(index, *value)),
            VectorRef::Sparse { indices, values, .. } => {
                indices.iter().zip(values).for_each(|(index, value)| add(*index as usize, *value));
            }
        }
        let pairs = sums.iter().zip(squares.iter()).map(|(sum, square)| 0.5 * (sum * sum - square));
        pairs.fold(self.intercept + product, |value, pair| value + pair)
    }
}
