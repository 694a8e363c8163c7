//! The first pass of a training: checks every row, sizes features, labels and weights, and samples values for splits.

use super::bins::Sample;
use crate::fit::{Merge, Pass};
use crate::instances::{Features, LabelKind, check_weight, number};
use crate::linalg::VectorRef;
use crate::random::mix;
use crate::{Block, instances};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the survey asks of a row, and which rows it samples. Inputs are features, label and, if weighted, weight.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SurveySpec {
    pub label: LabelKind,
    pub weighted: bool,
    /// The input that is not 0 for rows to validate with, and null for rows to leave out: both are only checked.
    pub indicator: Option<usize>,
    pub seed: u64,
    /// A row is sampled if its hash is at most this; all rows are at `u64::MAX`.
    pub sampled_up_to: u64,
}

/// What the rows of a block, or of all blocks, are like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Rows to learn from.
    pub rows: u64,
    /// With those to validate with.
    pub all_rows: u64,
    /// The size of the feature vectors; `None` without rows.
    pub features: Option<usize>,
    /// A second size that was met, which is an error.
    pub other_size: Option<usize>,
    pub weight: f64,
    pub largest_label: f64,
    pub largest_weight: f64,
    /// The largest magnitude of a label.
    pub largest_magnitude: f64,
    /// The largest magnitudes of weight × label and weight × label².
    pub largest_moments: [f64; 2],
    pub sample: Sample,
}

impl Survey {
    fn of(block: &Block, spec: &SurveySpec) -> Result<Self> {
        let features = Features::of(block, 0)?;
        let labels = block.numbers(1)?;
        let weights = if spec.weighted { Some(block.numbers(2)?) } else { None };
        let indicator = spec.indicator.map(|input| block.numbers(input)).transpose()?;
        let mut survey = Self { features: (block.rows > 0).then(|| features.size()), ..Self::default() };
        survey.all_rows = block.rows as u64;
        for row in 0..block.rows {
            let label = spec.label.check(number(labels, row))?;
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            survey.largest_weight = survey.largest_weight.max(weight);
            survey.largest_magnitude = survey.largest_magnitude.max(label.abs());
            if indicator.is_some_and(|indicator| number(indicator, row) != Some(0.0)) {
                continue;
            }
            survey.rows += 1;
            survey.weight += weight;
            survey.largest_label = survey.largest_label.max(label);
            let moments = [(weight * label).abs(), weight * label * label];
            survey.largest_moments = [0, 1].map(|moment| survey.largest_moments[moment].max(moments[moment]));
            if mix(spec.seed ^ mix(block.first_row + row as u64)) <= spec.sampled_up_to {
                survey.sample.add(features.row(row), weights.map(|_| weight));
            }
        }
        Ok(survey)
    }

    /// # Errors
    /// There are no rows, or vectors of different sizes.
    pub fn checked(self) -> Result<Self> {
        match (self.features, self.other_size) {
            (Some(size), Some(other)) => instances::check_size(other, size).map(|()| self),
            _ => Ok(self),
        }
    }
}

impl Sample {
    fn add(&mut self, vector: VectorRef<'_>, weight: Option<f64>) {
        self.weight += weight.unwrap_or(1.0);
        let mut add = |feature: usize, value: f64| {
            if value != 0.0 {
                self.features.push(feature as u32);
                self.values.push(value);
                self.weights.extend(weight);
            }
        };
        match vector {
            VectorRef::Dense(values) => values.iter().enumerate().for_each(|(feature, value)| add(feature, *value)),
            VectorRef::Sparse { indices, values, .. } => {
                indices.iter().zip(values).for_each(|(feature, value)| add(*feature as usize, *value));
            }
        }
    }
}

impl Merge for Survey {
    /// Weights are sums of doubles.
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.all_rows += other.all_rows;
        self.other_size = self.other_size.or(other.other_size);
        match (self.features, other.features) {
            (Some(ours), Some(theirs)) if ours != theirs => self.other_size = Some(theirs),
            (ours, theirs) => self.features = ours.or(theirs),
        }
        self.weight += other.weight;
        self.largest_label = self.largest_label.max(other.largest_label);
        self.largest_weight = self.largest_weight.max(other.largest_weight);
        self.largest_magnitude = self.largest_magnitude.max(other.largest_magnitude);
        self.largest_moments = [0, 1].map(|moment| self.largest_moments[moment].max(other.largest_moments[moment]));
        self.sample.features.extend(other.sample.features);
        self.sample.values.extend(other.sample.values);
        self.sample.weights.extend(other.sample.weights);
        self.sample.weight += other.sample.weight;
    }
}

/// The pass that surveys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SurveyPass {
    pub spec: SurveySpec,
}

impl Pass for SurveyPass {
    const NAME: &'static str = "tree.survey";
    type View = Block;
    type Memo = ();
    type Acc = Survey;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }
    fn zero(&self) -> Survey {
        Survey::default()
    }
    fn update(&self, acc: &mut Survey, rows: &Block, (): &mut ()) -> Result<()> {
        acc.merge(Survey::of(rows, &self.spec)?);
        Ok(())
    }
}
