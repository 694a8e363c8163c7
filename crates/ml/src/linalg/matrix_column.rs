//! Matrices as an Arrow column (`MatrixUDT`): written dense, read dense or sparse.

use super::{MATRIX_FIELDS, Matrix, is_matrix_type};
use crate::persist::double_lists;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int8Array, Int32Array, ListArray, StructArray};
use arrow_schema::{DataType, Field};
use std::sync::Arc;

impl Matrix {
    /// From compressed columns, or compressed rows if `transposed`: `starts` has one entry more than there are columns
    /// (rows), `indices` are row (column) numbers. `None` where these do not fit together.
    pub fn from_compressed(
        rows: usize,
        columns: usize,
        transposed: bool,
        starts: &[i64],
        indices: &[i64],
        entries: &[f64],
    ) -> Option<Matrix> {
        let (lines, line_length) = if transposed { (rows, columns) } else { (columns, rows) };
        let mut values = vec![0.0; rows.checked_mul(columns)?];
        if starts.len() != lines + 1 || indices.len() != entries.len() {
            return None;
        }
        for line in 0..lines {
            let range = usize::try_from(starts[line]).ok()?..usize::try_from(starts[line + 1]).ok()?;
            for (index, entry) in indices.get(range.clone())?.iter().zip(entries.get(range)?) {
                let index = usize::try_from(*index).ok().filter(|index| *index < line_length)?;
                values[line * line_length + index] = *entry;
            }
        }
        Some(Matrix { rows, columns, values, transposed })
    }
}

/// Matrices as a column without nulls, each in its own storage order.
pub fn matrix_column<'a>(matrices: impl IntoIterator<Item = &'a Matrix>) -> ArrayRef {
    let matrices: Vec<&Matrix> = matrices.into_iter().collect();
    let ints = |number: fn(&Matrix) -> usize| {
        Arc::new(Int32Array::from_iter_values(matrices.iter().map(|matrix| number(matrix) as i32)))
    };
    let no_ints = ListArray::new_null(Arc::new(Field::new_list_field(DataType::Int32, false)), matrices.len());
    let no_ints: ArrayRef = Arc::new(no_ints);
    let transposed: Vec<bool> = matrices.iter().map(|matrix| matrix.transposed).collect();
    let children: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from_value(1, matrices.len())),
        ints(|matrix| matrix.rows),
        ints(|matrix| matrix.columns),
        no_ints.clone(),
        no_ints,
        double_lists(matrices.iter().map(|matrix| &matrix.values)),
        Arc::new(BooleanArray::from(transposed)),
    ];
    Arc::new(StructArray::new(MATRIX_FIELDS.clone(), children, None))
}

/// The matrices of a column, sparse ones made dense; `None` where the column does not hold well-formed matrices.
pub fn matrices_of(column: &dyn Array) -> Option<Vec<Matrix>> {
    if !is_matrix_type(column.data_type()) {
        return None;
    }
    let column = column.as_struct_opt()?;
    let kinds = arrow_cast::cast(column.column(0), &DataType::Int32).ok()?;
    let kinds = kinds.as_primitive_opt::<Int32Type>()?;
    let rows = column.column(1).as_primitive_opt::<Int32Type>()?;
    let columns = column.column(2).as_primitive_opt::<Int32Type>()?;
    let transposed = column.column(6).as_boolean_opt()?;
    let one = |row: usize| {
        let (rows, columns) = (usize::try_from(rows.value(row)).ok()?, usize::try_from(columns.value(row)).ok()?);
        let values = column.column(5).as_list_opt::<i32>()?.value(row);
        let values = values.as_primitive_opt::<Float64Type>()?.values();
        let transposed = transposed.value(row);
        if kinds.value(row) == 1 {
            let fits = values.len() == rows * columns;
            return fits.then(|| Matrix { rows, columns, values: values.to_vec(), transposed });
        }
        let ints = |index: usize| {
            let list = column.column(index).as_list_opt::<i32>()?.value(row);
            Some(
                list.as_primitive_opt::<Int32Type>()?
                    .values()
                    .iter()
                    .map(|value| i64::from(*value))
                    .collect::<Vec<_>>(),
            )
        };
        Matrix::from_compressed(rows, columns, transposed, &ints(3)?, &ints(4)?, values)
    };
    (0..column.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_round_trip_through_arrow() {
        let matrices = [Matrix::column_major(2, 1, vec![1.0, 2.0]), Matrix::row_major(1, 3, vec![0.0, -1.0, 4.5])];
        assert_eq!(matrices_of(matrix_column(&matrices).as_ref()), Some(matrices.to_vec()));
    }

    #[test]
    fn compressed_matrices_are_read_by_column_or_by_row() {
        let by_column = Matrix::from_compressed(2, 3, false, &[0, 1, 1, 2], &[1, 0], &[5.0, 6.0]).unwrap();
        assert_eq!(by_column.to_row_major(), [0.0, 0.0, 6.0, 5.0, 0.0, 0.0]);
        let by_row = Matrix::from_compressed(1, 4, true, &[0, 2], &[0, 3], &[5.0, 6.0]).unwrap();
        assert_eq!(by_row.to_row_major(), [5.0, 0.0, 0.0, 6.0]);
        assert_eq!(Matrix::from_compressed(1, 4, true, &[0, 2], &[0, 4], &[5.0, 6.0]), None);
    }
}
