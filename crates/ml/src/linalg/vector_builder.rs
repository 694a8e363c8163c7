//! Builds a column of vectors row by row without an allocation a row; dense rows stay one contiguous buffer.

use super::{VECTOR_FIELDS, VectorRef};
use arrow_array::{ArrayRef, Float64Array, Int8Array, Int32Array, ListArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field};
use std::sync::Arc;

/// A vector column under construction.
#[derive(Debug)]
pub struct VectorBuilder {
    valid: Vec<bool>,
    types: Vec<i8>,
    /// Of sparse rows; 0 for dense ones.
    sizes: Vec<i32>,
    index_ends: Vec<i32>,
    indices: Vec<i32>,
    value_ends: Vec<i32>,
    values: Vec<f64>,
}

impl VectorBuilder {
    pub fn with_capacity(rows: usize, values: usize) -> Self {
        let ends = || {
            let mut ends = Vec::with_capacity(rows + 1);
            ends.push(0);
            ends
        };
        Self {
            valid: Vec::with_capacity(rows),
            types: Vec::with_capacity(rows),
            sizes: Vec::with_capacity(rows),
            index_ends: ends(),
            indices: Vec::new(),
            value_ends: ends(),
            values: Vec::with_capacity(values),
        }
    }

    pub fn push_dense(&mut self, values: impl IntoIterator<Item = f64>) {
        self.values.extend(values);
        self.end_row(1, 0, true);
    }

    /// Entries in the order of their indices.
    pub fn push_sparse(&mut self, size: usize, entries: impl IntoIterator<Item = (i32, f64)>) {
        for (index, value) in entries {
            self.indices.push(index);
            self.values.push(value);
        }
        self.end_row(0, size as i32, true);
    }

    pub fn push(&mut self, vector: VectorRef<'_>) {
        match vector {
            VectorRef::Dense(values) => self.push_dense(values.iter().copied()),
            VectorRef::Sparse { size, indices, values } => {
                self.push_sparse(size, indices.iter().copied().zip(values.iter().copied()));
            }
        }
    }

    pub fn push_null(&mut self) {
        self.end_row(1, 0, false);
    }

    fn end_row(&mut self, kind: i8, size: i32, valid: bool) {
        self.types.push(kind);
        self.sizes.push(size);
        self.valid.push(valid);
        self.index_ends.push(self.indices.len() as i32);
        self.value_ends.push(self.values.len() as i32);
    }

    pub fn finish(self) -> ArrayRef {
        let sparse: Vec<bool> = self.types.iter().map(|kind| *kind == 0).collect();
        let sparse = NullBuffer::from(sparse);
        let list = |kind: DataType, ends: Vec<i32>, items: ArrayRef, nulls| {
            let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
            ListArray::new(Arc::new(Field::new_list_field(kind, false)), ends, items, nulls)
        };
        let indices = Arc::new(Int32Array::from(self.indices));
        let indices = list(DataType::Int32, self.index_ends, indices, Some(sparse.clone()));
        let values = list(DataType::Float64, self.value_ends, Arc::new(Float64Array::from(self.values)), None);
        let children: Vec<ArrayRef> = vec![
            Arc::new(Int8Array::from(self.types)),
            Arc::new(Int32Array::new(ScalarBuffer::from(self.sizes), Some(sparse))),
            Arc::new(indices),
            Arc::new(values),
        ];
        let nulls = self.valid.contains(&false).then(|| NullBuffer::from(self.valid));
        Arc::new(StructArray::new(VECTOR_FIELDS.clone(), children, nulls))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{VectorColumn, vector_column};
    use super::*;
    use crate::Vector;

    #[test]
    fn it_builds_what_vector_column_builds() {
        let vectors = [
            Some(Vector::Dense(vec![1.0, 0.0])),
            None,
            Some(Vector::Sparse { size: 4, indices: vec![0, 3], values: vec![2.0, 5.0] }),
            Some(Vector::Sparse { size: 4, indices: vec![], values: vec![] }),
        ];
        let expected = vector_column(vectors.iter().map(Option::as_ref));
        let column = VectorColumn::new(expected.as_ref()).unwrap();
        let mut builder = VectorBuilder::with_capacity(4, 4);
        for row in 0..column.rows() {
            if column.is_null(row) { builder.push_null() } else { builder.push(column.get(row)) }
        }
        let found = builder.finish();
        let found = VectorColumn::new(found.as_ref()).unwrap();
        for (row, vector) in vectors.iter().enumerate() {
            assert_eq!((!found.is_null(row)).then(|| found.get(row).to_vector()), *vector);
        }
    }
}
