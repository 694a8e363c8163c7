//! Vectors minus a center, times a scale, slot by slot: what `StandardScaler` and `RobustScaler` do with what they
//! learned.

use super::moments::other_size;
use crate::linalg::{VectorBuilder, VectorColumn, VectorRef, dense_column};
use crate::transform::invalid_row;
use arrow_array::ArrayRef;
use brickyard_error::Result;

/// A center and a scale for every slot.
#[derive(Debug)]
pub struct Centering {
    pub center: Vec<f64>,
    /// What is divided by; a slot where it is 0 becomes 0.
    pub width: Vec<f64>,
    /// 1 / width; 0 where the width is 0.
    scale: Vec<f64>,
}

impl Centering {
    pub fn new(center: Vec<f64>, width: Vec<f64>) -> Self {
        let scale = width.iter().map(|width| if *width == 0.0 { 0.0 } else { 1.0 / width }).collect();
        Self { center, width, scale }
    }

    pub fn size(&self) -> usize {
        self.center.len()
    }

    /// The vectors of a column, centered and scaled as asked; sparse ones stay sparse unless they are centered.
    pub fn column(&self, input: &ArrayRef, centers: bool, scales: bool) -> Result<ArrayRef> {
        let (center, scale, size) = (&self.center, &self.scale, self.size());
        let moved = |slot: usize, value: f64| match (centers, scales) {
            (true, true) => (value - center[slot]) * scale[slot],
            (true, false) => value - center[slot],
            (false, true) => value * scale[slot],
            (false, false) => value,
        };
        let vectors = VectorColumn::new(input.as_ref())?;
        if let Some(dense) = vectors.as_dense(size).filter(|_| size > 0) {
            let rows = dense.chunks_exact(size);
            let values = rows.flat_map(|row| row.iter().enumerate().map(|(slot, value)| moved(slot, *value)));
            return Ok(dense_column(size, values.collect()));
        }
        let mut builder = VectorBuilder::with_capacity(vectors.rows(), 0);
        let mut dense = vec![0.0; size];
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                return Err(invalid_row("a row cannot be scaled: its vector is null"));
            }
            let vector = vectors.get(row);
            if vector.size() != size {
                return Err(other_size(size, vector.size()));
            }
            match vector {
                VectorRef::Sparse { indices, values, .. } if !centers => {
                    let entries = indices.iter().zip(values);
                    builder.push_sparse(size, entries.map(|(slot, value)| (*slot, moved(*slot as usize, *value))));
                }
                vector => {
                    vector.write_dense(&mut dense);
                    builder.push_dense(dense.iter().enumerate().map(|(slot, value)| moved(slot, *value)));
                }
            }
        }
        Ok(builder.finish())
    }
}
