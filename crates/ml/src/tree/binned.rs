//! Training rows as bins, one byte a feature, twice: row by row for histograms, column by column for splitting.

use super::bins::FeatureBins;
use super::cells::Cell;
use crate::fit::View;
use crate::instances::{Features, check_size, number};
use crate::random::mix;
use crate::{Block, instances};
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How rows are binned, and what each brings to a histogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinSpec {
    /// Hash of the rest.
    pub key: u64,
    pub features: Vec<FeatureBins>,
    pub cell: Cell,
    pub weighted: bool,
    /// Whether features may be NaN: such a value has bin 0, or that of no category.
    pub missing: bool,
}

impl BinSpec {
    pub fn new(features: Vec<FeatureBins>, cell: Cell, weighted: bool) -> Self {
        let mut key = mix(features.len() as u64 ^ (u64::from(weighted) << 32));
        let mut add = |part: u64| key = mix(key ^ part);
        for feature in &features {
            match feature {
                FeatureBins::Continuous { thresholds } => thresholds.iter().for_each(|edge| add(edge.to_bits())),
                FeatureBins::Ordered { categories } => add(*categories as u64),
                FeatureBins::Unordered { categories } => add(1 << 32 | *categories as u64),
                FeatureBins::CategoriesOrOther { categories } => add(2 << 32 | *categories as u64),
            }
            add(u64::MAX);
        }
        match cell {
            Cell::Classes { classes } => add(classes as u64),
            Cell::WeightedClasses { classes, exponent } => add(classes as u64 ^ mix(exponent as u64)),
            Cell::Values { exponents } => exponents.into_iter().for_each(|exponent| add(exponent as u64)),
            Cell::WeightedValues { exponents } => exponents.into_iter().for_each(|exponent| add(exponent as u64)),
            // They are not in the view.
            Cell::Moments { .. } | Cell::Gradients => {}
        }
        Self { key, features, cell, weighted, missing: false }
    }

    /// The same for rows that may lack values.
    pub fn with_missing(self) -> Self {
        Self { key: mix(self.key ^ 1), missing: true, ..self }
    }

    pub fn bins(&self, feature: u32) -> usize {
        self.features[feature as usize].count()
    }
}

/// Rows of a part: an [`super::histogram::Entry`] numbers 65,536, and half of them stay in the cache.
pub const PART_ROWS: usize = 32_768;

/// A block's rows in bins, in parts.
pub struct Binned {
    pub parts: Vec<BinnedPart>,
}

/// Some rows of a block in bins.
///
/// Invariant: a bin of feature `f` is below `spec.bins(f)`, and a class below the cell's classes; the histogram kernels
/// rely on it.
#[derive(Default)]
pub struct BinnedPart {
    pub rows: usize,
    pub first_row: u64,
    /// Bytes of a row in a panel: bins and padding.
    pub stride: usize,
    /// Panels of up to 16 features side by side, each row-major: `[panels, rows, stride]`.
    pub panels: Vec<u8>,
    /// Column-major bins, `[features, rows]`, and [`READ_BEYOND`] bytes.
    pub columns: Vec<u8>,
    /// By row; empty for regression.
    pub classes: Vec<u8>,
    /// What each row brings beside its class, `[rows, cell.row_width()]`.
    pub values: Vec<i64>,
    /// Rows that no tree learns from; empty when there are none.
    pub held_out: Vec<bool>,
}

impl View for Binned {
    type Spec = BinSpec;

    fn key(spec: &BinSpec) -> u64 {
        spec.key
    }

    fn build(block: &Block, spec: &BinSpec) -> Result<Self> {
        let features = if spec.missing { Features::with_missing(block, 0)? } else { Features::of(block, 0)? };
        let count = spec.features.len();
        if block.rows > 0 {
            check_size(features.size(), count)?;
        }
        let part = |first: usize| BinnedPart::new(block, &features, spec, first..(first + PART_ROWS).min(block.rows));
        let parts = (0..block.rows).step_by(PART_ROWS).map(part).collect::<Result<_>>()?;
        Ok(Self { parts })
    }

    fn bytes(&self) -> usize {
        let of =
            |part: &BinnedPart| part.panels.len() + part.columns.len() + part.classes.len() + part.values.len() * 8;
        self.parts.iter().map(of).sum()
    }
}

/// Features of a panel at most.
pub const PANEL: usize = 16;

/// Bytes behind a column that may be read: bins are fetched four bytes at a time.
pub const READ_BEYOND: usize = 3;

/// Rows that are transposed at a time.
const TILE: usize = 256;

impl BinnedPart {
    fn new(block: &Block, features: &Features<'_>, spec: &BinSpec, rows: Range<usize>) -> Result<Self> {
        let count = spec.features.len();
        let stride = if count > PANEL / 2 { PANEL } else { PANEL / 2 };
        let mut part = Self {
            rows: rows.len(),
            first_row: block.first_row + rows.start as u64,
            stride,
            panels: vec![0; rows.len() * count.next_multiple_of(stride)],
            columns: vec![0; rows.len() * count + READ_BEYOND],
            classes: Vec::new(),
            values: Vec::with_capacity(rows.len() * spec.cell.row_width()),
            held_out: Vec::new(),
        };
        part.fill_bins(features, spec, rows.start)?;
        part.fill_targets(block, spec, rows)?;
        Ok(part)
    }

    /// The bins of a feature, by row, and [`READ_BEYOND`] bytes.
    pub fn column(&self, feature: u32) -> &[u8] {
        &self.columns[feature as usize * self.rows..][..self.rows + READ_BEYOND]
    }

    /// The panel that has a feature, `[rows, stride]`, and the feature's place in it.
    #[inline(always)]
    pub fn panel(&self, feature: u32) -> (&[u8], usize) {
        let (panel, place) = (feature as usize / PANEL, feature as usize % PANEL);
        (&self.panels[panel * self.rows * self.stride..][..self.rows * self.stride], place)
    }

    fn fill_bins(&mut self, features: &Features<'_>, spec: &BinSpec, start: usize) -> Result<()> {
        let cuts: Vec<Cut> = spec.features.iter().map(Cut::of).collect();
        let mut tile = vec![0.0; TILE * cuts.len()];
        for first in (0..self.rows).step_by(TILE) {
            let rows = (self.rows - first).min(TILE);
            for row in 0..rows {
                let slots = &mut tile[row * cuts.len()..][..cuts.len()];
                features.row(start + first + row).write_dense(slots);
            }
            for (feature, cut) in cuts.iter().enumerate() {
                let column = &mut self.columns[feature * self.rows + first..][..rows];
                let values = tile.iter().skip(feature).step_by(cuts.len());
                match cut {
                    Cut::Continuous { table, steps } => {
                        column.iter_mut().zip(values).for_each(|(bin, value)| *bin = bin_of(table, *steps, *value));
                    }
                    Cut::Categories(categories) => {
                        for (bin, value) in column.iter_mut().zip(values) {
                            *bin = category(feature, *value, *categories)?;
                        }
                    }
                    Cut::CategoriesOrOther(categories) => {
                        for (bin, value) in column.iter_mut().zip(values) {
                            let known = *value as usize as f64 == *value && *value < *categories as f64;
                            *bin = if known { *value as u8 } else { *categories as u8 };
                        }
                    }
                }
                let panel = &mut self.panels[feature / PANEL * self.rows * self.stride + feature % PANEL..];
                for (row, bin) in column.iter().enumerate() {
                    panel[(first + row) * self.stride] = *bin;
                }
            }
        }
        Ok(())
    }

    fn fill_targets(&mut self, block: &Block, spec: &BinSpec, rows: Range<usize>) -> Result<()> {
        let labels = block.numbers(1)?;
        let weights = if spec.weighted { Some(block.numbers(2)?) } else { None };
        let classes = spec.cell.classes();
        for row in rows {
            let label = instances::LabelKind::Real.check(number(labels, row))?;
            let weight = weights.map_or(Ok(1.0), |weights| instances::check_weight(number(weights, row)))?;
            if classes > 0 {
                let label = instances::LabelKind::Class { classes: classes as u32 }.check(Some(label))?;
                self.classes.push(label as u8);
            }
            spec.cell.write_row(label, weight, &mut self.values);
        }
        Ok(())
    }
}

/// A feature's way into bins, ready for the inner loop.
enum Cut {
    /// Thresholds padded with infinity to one less than 2^steps.
    Continuous {
        table: Vec<f64>,
        steps: u32,
    },
    Categories(usize),
    CategoriesOrOther(usize),
}

impl Cut {
    fn of(bins: &FeatureBins) -> Self {
        match bins {
            FeatureBins::Continuous { thresholds } => {
                let steps = (thresholds.len() + 1).next_power_of_two().trailing_zeros();
                let mut table = thresholds.clone();
                table.resize((1 << steps) - 1, f64::INFINITY);
                Cut::Continuous { table, steps }
            }
            FeatureBins::Ordered { categories } | FeatureBins::Unordered { categories } => Cut::Categories(*categories),
            FeatureBins::CategoriesOrOther { categories } => Cut::CategoriesOrOther(*categories),
        }
    }
}

/// The number of thresholds below a value: a binary search without branches.
#[inline]
fn bin_of(table: &[f64], steps: u32, value: f64) -> u8 {
    let mut below = 0;
    for step in (0..steps).rev() {
        let half = 1 << step;
        below += half * usize::from(table[below + half - 1] < value);
    }
    below as u8
}

fn category(feature: usize, value: f64, categories: usize) -> Result<u8> {
    if value >= 0.0 && value < categories as f64 {
        return Ok(value as u8);
    }
    let text = format!(
        "DecisionTree given invalid data: Feature {feature} is categorical with values in {{0,...,{}, but a data point \
         gives it value {}.",
        categories as i64 - 1,
        crate::linalg::java_double(value)
    );
    Err(instances::illegal(&codes::ml::INVALID_ROW, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_count_the_thresholds_below() {
        for thresholds in [vec![], vec![0.5], vec![-1.0, 0.0, 2.5], (0..255).map(f64::from).collect()] {
            let Cut::Continuous { table, steps } = Cut::of(&FeatureBins::Continuous { thresholds: thresholds.clone() })
            else {
                panic!()
            };
            for value in [-5.0, -1.0, -0.0, 0.0, 0.5, 2.4, 2.5, 2.6, 17.0, 253.5, 254.0, 255.0, f64::MAX] {
                let below = thresholds.iter().filter(|threshold| **threshold < value).count();
                assert_eq!(usize::from(bin_of(&table, steps, value)), below, "{value} in {thresholds:?}");
            }
        }
    }

    #[test]
    fn categories_are_checked() {
        assert_eq!(category(0, 3.0, 4).unwrap(), 3);
        for value in [-1.0, 4.0, f64::NAN] {
            assert!(category(0, value, 4).unwrap_err().message().contains("in {0,...,3, but"), "{value}");
        }
    }
}
