//! Pearson's correlation of every pair of slots, and Spearman's, which is Pearson's of the ranks.

use super::covariance::{Covariance, Covary};
use super::gathered::{Gather, Gathered};
use super::{Statistic, merged};
use crate::fit::{AnyAcc, AnyPass};
use crate::linalg::{matrix_column, vector_column};
use crate::persist::{Column, table};
use crate::{Block, Input, Matrix, Pass, Vector};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// Variances up to this are those of constants.
const NO_VARIANCE: f64 = 1e-12;

/// `Correlation.corr` by this method.
///
/// # Errors
/// The method is neither `pearson` nor `spearman`.
pub fn statistic(column: &str, method: &str) -> Result<Box<dyn Statistic>> {
    let column = column.to_owned();
    match method {
        "pearson" => Ok(Box::new(Pearson { column })),
        "spearman" => Ok(Box::new(Spearman { column })),
        _ => {
            let text = format!("Unrecognized method name. Supported correlations: pearson, spearman, got {method}");
            Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
        }
    }
}

struct Pearson {
    column: String,
}

struct Spearman {
    column: String,
}

impl Statistic for Pearson {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        vector(&self.column, schema)
    }
    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(Covary { with_label: false })
    }
    fn finish(&self, acc: AnyAcc) -> Result<RecordBatch> {
        answer("pearson", &self.column, &correlations(&merged::<Covary>(acc)?)?)
    }
}

impl Statistic for Spearman {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        vector(&self.column, schema)
    }
    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(Gather)
    }
    fn finish(&self, acc: AnyAcc) -> Result<RecordBatch> {
        let ranks = ranks(merged::<Gather>(acc)?);
        let rows: Vec<Vector> = ranks.values.chunks(ranks.size.max(1)).map(|row| Vector::Dense(row.to_vec())).collect();
        let columns = vec![vector_column(rows.iter().map(Some))];
        let block = Block { partition: 0, first_row: 0, rows: rows.len(), columns };
        let pass = Covary { with_label: false };
        let mut covariance = Pass::zero(&pass);
        Pass::update(&pass, &mut covariance, &block, &mut ())?;
        answer("spearman", &self.column, &correlations(&covariance)?)
    }
}

fn vector(column: &str, schema: &Schema) -> Result<Vec<Input>> {
    let input = Input::vector(column);
    input.find(schema)?;
    Ok(vec![input])
}

fn answer(method: &str, column: &str, matrix: &Matrix) -> Result<RecordBatch> {
    table([Column::required(&format!("{method}({column})"), matrix_column([matrix]))])
}

/// NaN with a slot that does not vary, and 1 with itself even then.
fn correlations(covariance: &Covariance) -> Result<Matrix> {
    let size = covariance.size();
    if covariance.rows < 2 {
        let rows = covariance.rows;
        let text = format!(
            "RowMatrix.computeCovariance called on matrix with only {rows} rows. Cannot compute the covariance of a \
             RowMatrix with <= 1 row."
        );
        return Err(Failure::new(&codes::ml::EMPTY_DATASET, text));
    }
    let degrees = covariance.rows as f64 - 1.0;
    let deviation = |slot: usize| {
        let variance = covariance.product(slot, slot) / degrees;
        if variance.abs() <= NO_VARIANCE { 0.0 } else { variance.sqrt() }
    };
    let deviations: Vec<f64> = (0..size).map(deviation).collect();
    let entry = |one: usize, other: usize| match deviations[one] * deviations[other] {
        _ if one == other => 1.0,
        0.0 => f64::NAN,
        product => covariance.product(one, other) / degrees / product,
    };
    let entries = (0..size).flat_map(|column| (0..size).map(move |row| (row, column)));
    Ok(Matrix::column_major(size, size, entries.map(|(row, column)| entry(row, column)).collect()))
}

/// The rank of every value in its slot, from 1; equal values share the mean of theirs.
fn ranks(mut given: Gathered) -> Gathered {
    let (size, rows) = (given.size, given.rows());
    let mut order: Vec<u32> = Vec::new();
    let mut column = Vec::with_capacity(rows);
    for slot in 0..size {
        column.clear();
        column.extend((0..rows).map(|row| given.values[row * size + slot] + 0.0));
        order.clear();
        order.extend(0..rows as u32);
        order.sort_unstable_by(|a, b| column[*a as usize].total_cmp(&column[*b as usize]));
        let mut start = 0;
        for same in order.chunk_by(|a, b| column[*a as usize] == column[*b as usize]) {
            let rank = start as f64 + (same.len() as f64 + 1.0) / 2.0;
            same.iter().for_each(|row| given.values[*row as usize * size + slot] = rank);
            start += same.len();
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank() {
        let given = Gathered { size: 2, values: vec![3.0, 1.0, -1.0, 1.0, 3.0, 0.0, 9.0, -0.0] };
        assert_eq!(ranks(given).values, [2.5, 3.5, 1.0, 3.5, 2.5, 1.5, 4.0, 1.5]);
    }
}
