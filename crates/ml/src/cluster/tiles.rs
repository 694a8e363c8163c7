//! Rows in tiles, feature by feature, so that distances of many rows are computed side by side.

use crate::fit::View;
use crate::instances::{Features, check_weight, number};
use crate::{Block, instances};
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};

/// Rows of a tile.
pub const LANES: usize = 16;

/// One number of each row of a tile.
pub type Lanes = [f64; LANES];

/// How rows become tiles. Inputs are features and, if weighted, weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSpec {
    /// Rows are scaled to length 1, for the cosine distance.
    pub unit_length: bool,
    pub weighted: bool,
}

/// A block's rows.
pub struct Tiles {
    pub first_row: u64,
    pub rows: usize,
    /// 0 without rows.
    pub size: usize,
    /// `[tiles, size]`; the last tile is filled up with zeros.
    pub values: Vec<Lanes>,
    /// Empty when rows weigh 1.
    pub weights: Vec<f64>,
}

impl View for Tiles {
    type Spec = TileSpec;

    fn key(spec: &TileSpec) -> u64 {
        u64::from(spec.unit_length) | u64::from(spec.weighted) << 1
    }

    fn build(block: &Block, spec: &TileSpec) -> Result<Self> {
        let features = Features::of(block, 0)?;
        let mut tiles = Self {
            first_row: block.first_row,
            rows: block.rows,
            size: features.size(),
            values: vec![[0.0; LANES]; block.rows.div_ceil(LANES) * features.size()],
            weights: Vec::new(),
        };
        let mut row_values = vec![0.0; tiles.size];
        for row in 0..block.rows {
            features.row(row).write_dense(&mut row_values);
            if spec.unit_length {
                scale_to_unit(&mut row_values)?;
            }
            tiles.write(row, &row_values);
        }
        if spec.weighted {
            let weights = block.numbers(1)?;
            tiles.weights = (0..block.rows).map(|row| check_weight(number(weights, row))).collect::<Result<_>>()?;
        }
        Ok(tiles)
    }

    fn bytes(&self) -> usize {
        self.values.len() * size_of::<Lanes>() + self.weights.len() * 8
    }
}

impl Tiles {
    /// Rows of their own, unweighted: `[rows, size]`, row by row.
    pub fn of(values: &[f64], size: usize) -> Self {
        let rows = values.len() / size.max(1);
        let mut tiles = Self {
            first_row: 0,
            rows,
            size,
            values: vec![[0.0; LANES]; rows.div_ceil(LANES) * size],
            weights: Vec::new(),
        };
        values.chunks_exact(size.max(1)).enumerate().for_each(|(row, values)| tiles.write(row, values));
        tiles
    }

    fn write(&mut self, row: usize, values: &[f64]) {
        let tile = &mut self.values[row / LANES * self.size..][..self.size];
        tile.iter_mut().zip(values).for_each(|(lanes, value)| lanes[row % LANES] = *value);
    }

    /// Each tile with the number of its first row and of its rows.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, &[Lanes])> {
        let tiles = self.values.chunks_exact(self.size.max(1)).enumerate();
        tiles.map(|(tile, values)| (tile * LANES, (self.rows - tile * LANES).min(LANES), values))
    }

    /// The values of one row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f64> {
        self.values[row / LANES * self.size..][..self.size].iter().map(move |lanes| lanes[row % LANES])
    }

    pub fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }
}

/// Divides a vector by its length.
///
/// # Errors
/// Its length is 0.
pub fn scale_to_unit(vector: &mut [f64]) -> Result<()> {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length == 0.0 {
        let text = "assertion failed: Cosine distance is not defined for zero-length vectors.";
        return Err(instances::illegal(&codes::ml::INVALID_ROW, text.to_owned()));
    }
    vector.iter_mut().for_each(|value| *value /= length);
    Ok(())
}
