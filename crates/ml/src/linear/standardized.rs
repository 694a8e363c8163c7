//! The view that gradients are taken over: features centred and scaled to unit deviation, as dense tiles, or
//! scaled only and sparse where most values are zero.

use super::rows::LabelledRows;
use super::vectorized::{LANES, Lanes};
use crate::instances::LabelKind;
use crate::linalg::VectorRef;
use crate::{Block, View, Wire};
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};

/// How features are standardised: from the means and deviations of the whole training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    pub labels: LabelKind,
    pub mean: Vec<f64>,
    /// 1 / deviation; 0 for a feature that is constant.
    pub inverse_deviation: Vec<f64>,
}

impl Scaling {
    pub fn new(labels: LabelKind, mean: &[f64], deviations: &[f64]) -> Self {
        let inverse = |deviation: &f64| if *deviation != 0.0 { 1.0 / deviation } else { 0.0 };
        Self { labels, mean: mean.to_vec(), inverse_deviation: deviations.iter().map(inverse).collect() }
    }

    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// The means in units of the deviations.
    pub fn scaled_mean(&self) -> Vec<f64> {
        self.mean.iter().zip(&self.inverse_deviation).map(|(mean, inverse)| mean * inverse).collect()
    }
}

/// One block's rows, ready for gradients.
pub struct Standardized {
    pub features: Features,
    /// Labels, tile by tile; 0 beyond the last row.
    pub labels: Vec<Lanes>,
    /// Weights likewise; `None` where every row weighs 1 and the last tile is full.
    pub weights: Option<Vec<Lanes>>,
    /// Sum of weights.
    pub weight: f64,
}

pub enum Features {
    /// Centred and scaled: for each tile, `width` lanes.
    Dense { width: usize, tiles: Vec<Lanes> },
    /// Scaled only: the entries of row `r` are `starts[r]..starts[r + 1]`.
    Sparse { starts: Vec<usize>, indices: Vec<u32>, values: Vec<f64> },
}

impl Standardized {
    pub fn tiles(&self) -> usize {
        self.labels.len()
    }
}

impl View for Standardized {
    type Spec = Scaling;

    fn key(spec: &Scaling) -> u64 {
        // FNV-1a over the wire form.
        let bytes = spec.encode().unwrap_or_default();
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn build(block: &Block, scaling: &Scaling) -> Result<Self> {
        let rows = LabelledRows::of(block, scaling.labels)?;
        if rows.width().is_some_and(|width| width != scaling.width()) {
            return Err(Failure::internal("the training rows changed their width between passes"));
        }
        let count = rows.count();
        let in_tiles = |value: &dyn Fn(usize) -> f64| -> Vec<Lanes> {
            let lane = |row: usize| if row < count { value(row) } else { 0.0 };
            (0..count.div_ceil(LANES)).map(|tile| std::array::from_fn(|index| lane(tile * LANES + index))).collect()
        };
        let all_equal = rows.weights.is_none() && count.is_multiple_of(LANES);
        Ok(Self {
            features: if is_sparse(&rows) { sparse(&rows, scaling) } else { dense(&rows, scaling) },
            labels: in_tiles(&|row| rows.labels[row]),
            weights: (!all_equal).then(|| in_tiles(&|row| rows.weight(row))),
            weight: (0..count).map(|row| rows.weight(row)).sum(),
        })
    }

    fn bytes(&self) -> usize {
        let lanes = self.labels.len() + self.weights.as_ref().map_or(0, Vec::len);
        let features = match &self.features {
            Features::Dense { tiles, .. } => size_of_val(tiles.as_slice()),
            Features::Sparse { starts, indices, values } => {
                size_of_val(starts.as_slice()) + size_of_val(indices.as_slice()) + size_of_val(values.as_slice())
            }
        };
        features + lanes * size_of::<Lanes>()
    }
}

/// Sparse where tiles would take over four times the room.
fn is_sparse(rows: &LabelledRows<'_>) -> bool {
    let width = rows.width().unwrap_or_default();
    let entries = |row: usize| match rows.vector(row) {
        VectorRef::Dense(values) => values.len(),
        VectorRef::Sparse { values, .. } => values.len(),
    };
    width > 16 && 4 * (0..rows.count()).map(entries).sum::<usize>() < width * rows.count()
}

fn dense(rows: &LabelledRows<'_>, scaling: &Scaling) -> Features {
    let width = scaling.width();
    let mut tiles = vec![[0.0; LANES]; rows.count().div_ceil(LANES) * width];
    let mut scratch = vec![0.0; width];
    for row in 0..rows.count() {
        let values = match rows.vector(row) {
            VectorRef::Dense(values) => values,
            sparse => {
                sparse.write_dense(&mut scratch);
                &scratch
            }
        };
        let (tile, lane) = (row / LANES, row % LANES);
        let tile = &mut tiles[tile * width..][..width];
        let scales = scaling.mean.iter().zip(&scaling.inverse_deviation);
        for ((cell, value), (mean, inverse)) in tile.iter_mut().zip(values).zip(scales) {
            cell[lane] = (value - mean) * inverse;
        }
    }
    Features::Dense { width, tiles }
}

fn sparse(rows: &LabelledRows<'_>, scaling: &Scaling) -> Features {
    let (mut starts, mut all_indices, mut all_values) = (vec![0], Vec::new(), Vec::new());
    let mut push = |index: usize, value: f64| {
        if value != 0.0 && scaling.inverse_deviation[index] != 0.0 {
            all_indices.push(index as u32);
            all_values.push(value * scaling.inverse_deviation[index]);
        }
        all_indices.len()
    };
    for row in 0..rows.count() {
        let mut end = starts[row];
        match rows.vector(row) {
            VectorRef::Dense(values) => values.iter().enumerate().for_each(|(index, value)| end = push(index, *value)),
            VectorRef::Sparse { indices, values, .. } => {
                indices.iter().zip(values).for_each(|(index, value)| end = push(*index as usize, *value));
            }
        }
        starts.push(end);
    }
    Features::Sparse { starts, indices: all_indices, values: all_values }
}
