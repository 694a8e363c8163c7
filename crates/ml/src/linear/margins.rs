//! Margins of rows under a linear map: the one implementation of prediction for batches and single rows, dense and sparse.

use crate::linalg::{VectorColumn, VectorRef};
use crate::transform::invalid_row;
use crate::{Matrix, Vector};
use arrow_array::Array;
use brickyard_error::Result;

/// The margins of every row, `[row][output]`: products with each row of `coefficients`, plus intercepts. Sums go from the
/// first feature to the last whatever the batch, so that a row alone gets the same bits.
pub fn margins(features: &dyn Array, coefficients: &Matrix, intercepts: &[f64]) -> Result<Vec<f64>> {
    let column = VectorColumn::new(features)?;
    let (outputs, width) = (coefficients.rows, coefficients.columns);
    let by_output = coefficients.to_row_major();
    let mut all = vec![0.0; column.rows() * outputs];
    if let Some(values) = column.as_dense(width).filter(|_| width > 0) {
        for (rows, out) in values.chunks(width * 4).zip(all.chunks_mut(outputs * 4)) {
            for (output, intercept) in intercepts.iter().enumerate() {
                let products = products(rows, &by_output[output * width..][..width]);
                for (row, out) in out.chunks_exact_mut(outputs).enumerate() {
                    out[output] = products[row] + intercept;
                }
            }
        }
        return Ok(all);
    }
    for (row, out) in all.chunks_exact_mut(outputs).enumerate() {
        if column.is_null(row) {
            return Err(invalid_row("a feature vector is null; drop or fill such rows before predicting"));
        }
        of_vector(column.get(row), &by_output, intercepts, out)?;
    }
    Ok(all)
}

/// The margins of one vector.
pub fn margins_of(vector: &Vector, coefficients: &Matrix, intercepts: &[f64]) -> Result<Vec<f64>> {
    let mut out = vec![0.0; coefficients.rows];
    let dense = vector.to_dense();
    of_vector(VectorRef::Dense(&dense), &coefficients.to_row_major(), intercepts, &mut out)?;
    Ok(out)
}

fn of_vector(vector: VectorRef<'_>, by_output: &[f64], intercepts: &[f64], out: &mut [f64]) -> Result<()> {
    let width = by_output.len() / intercepts.len().max(1);
    if vector.size() != width {
        let sizes = format!("x.size = {}, y.size = {width}", vector.size());
        return Err(invalid_row(format!(
            "requirement failed: BLAS.dot(x: Vector, y:Vector) was given Vectors with non-matching sizes: {sizes}"
        )));
    }
    for (output, (out, intercept)) in out.iter_mut().zip(intercepts).enumerate() {
        let coefficients = &by_output[output * width..][..width];
        let product = match vector {
            VectorRef::Dense(values) => products(values, coefficients)[0],
            VectorRef::Sparse { indices, values, .. } => {
                let mut sum = 0.0;
                for (index, value) in indices.iter().zip(values) {
                    sum += value * coefficients.get(*index as usize).copied().unwrap_or(f64::NAN);
                }
                sum
            }
        };
        *out = product + intercept;
    }
    Ok(())
}

/// The products of up to four rows with the coefficients, each summed in order; four at once keep the adders busy.
fn products(rows: &[f64], coefficients: &[f64]) -> [f64; 4] {
    let width = coefficients.len();
    let mut sums = [0.0; 4];
    if rows.len() == 4 * width {
        let (first, rest) = rows.split_at(width);
        let (second, rest) = rest.split_at(width);
        let (third, fourth) = rest.split_at(width);
        for ((((coefficient, a), b), c), d) in coefficients.iter().zip(first).zip(second).zip(third).zip(fourth) {
            for (sum, value) in sums.iter_mut().zip([a, b, c, d]) {
                *sum += value * coefficient;
            }
        }
        return sums;
    }
    for (sum, row) in sums.iter_mut().zip(rows.chunks_exact(width.max(1))) {
        for (value, coefficient) in row.iter().zip(coefficients) {
            *sum += value * coefficient;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{dense_column, vector_column};

    #[test]
    fn batches_rows_and_sparse_vectors_agree_to_the_bit() {
        let (rows, width) = (11, 7);
        let value =
            |index: usize| ((index * 37 % 101) as f64 / 7.0 - 6.0) * f64::from(u8::from(!index.is_multiple_of(3)));
        let values: Vec<f64> = (0..rows * width).map(value).collect();
        let coefficients = Matrix::row_major(2, width, (0..2 * width).map(|index| value(index + 5) * 0.1).collect());
        let intercepts = [0.3, -1.0];
        let batch = margins(dense_column(width, values.clone()).as_ref(), &coefficients, &intercepts).unwrap();
        for (row, values) in values.chunks(width).enumerate() {
            let expected = &batch[row * 2..][..2];
            assert_eq!(margins_of(&Vector::Dense(values.to_vec()), &coefficients, &intercepts).unwrap(), expected);
            let nonzero: Vec<usize> = (0..width).filter(|index| values[*index] != 0.0).collect();
            let sparse = Vector::Sparse {
                size: width,
                indices: nonzero.iter().map(|index| *index as u32).collect(),
                values: nonzero.iter().map(|index| values[*index]).collect(),
            };
            let column = vector_column([Some(&sparse)]);
            assert_eq!(margins(column.as_ref(), &coefficients, &intercepts).unwrap(), expected);
        }
    }
}
