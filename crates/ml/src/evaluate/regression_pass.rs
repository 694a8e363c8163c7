//! One look at predictions of numbers, and the metrics that follow, as Spark's `RegressionMetrics`.

use crate::instances::{check_weight, number};
use crate::linalg::VectorRef;
use crate::linear::Moments;
use crate::{Block, Merge, Pass};
use arrow_array::Float64Array;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Inputs: prediction, label, and the weight if there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RegressionPass;

/// Weighted sums; rows of weight 0 count for nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionSums {
    /// Of label and prediction.
    moments: Moments,
    squared_labels: f64,
    squared_predictions: f64,
    squared_errors: f64,
    absolute_errors: f64,
    /// Least and greatest error times the root of the weight.
    lowest_residual: f64,
    highest_residual: f64,
}

impl Default for RegressionSums {
    fn default() -> Self {
        Self {
            moments: Moments::default(),
            squared_labels: 0.0,
            squared_predictions: 0.0,
            squared_errors: 0.0,
            absolute_errors: 0.0,
            lowest_residual: f64::INFINITY,
            highest_residual: f64::NEG_INFINITY,
        }
    }
}

impl Merge for RegressionSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.moments.merge(other.moments);
        self.squared_labels += other.squared_labels;
        self.squared_predictions += other.squared_predictions;
        self.squared_errors += other.squared_errors;
        self.absolute_errors += other.absolute_errors;
        self.lowest_residual = self.lowest_residual.min(other.lowest_residual);
        self.highest_residual = self.highest_residual.max(other.highest_residual);
    }
}

impl Pass for RegressionPass {
    const NAME: &'static str = "evaluate-regression";
    type View = Block;
    type Memo = ();
    type Acc = RegressionSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> RegressionSums {
        RegressionSums::default()
    }

    fn update(&self, acc: &mut RegressionSums, block: &Block, _: &mut ()) -> Result<()> {
        let column = |input: usize, what: &str| {
            let column = block.numbers(input)?;
            (0..block.rows).map(|row| required(column, row, what)).collect::<Result<Vec<f64>>>()
        };
        let (predictions, labels) = (column(0, "prediction")?, column(1, "label")?);
        let weights = match block.columns.len() {
            0..=2 => vec![1.0; block.rows],
            _ => {
                let weights = block.numbers(2)?;
                (0..block.rows).map(|row| check_weight(number(weights, row))).collect::<Result<_>>()?
            }
        };
        let pairs: Vec<[f64; 2]> = labels.iter().zip(&predictions).map(|(label, guess)| [*label, *guess]).collect();
        let moments = Moments::of(2, &weights, |row| VectorRef::Dense(&pairs[row]));
        let mut sums = RegressionSums { moments, ..RegressionSums::default() };
        for ([label, prediction], weight) in pairs.into_iter().zip(weights) {
            let error = label - prediction;
            sums.squared_labels += weight * label * label;
            sums.squared_predictions += weight * prediction * prediction;
            sums.squared_errors += weight * error * error;
            sums.absolute_errors += weight * error.abs();
            sums.lowest_residual = sums.lowest_residual.min(error * weight.sqrt());
            sums.highest_residual = sums.highest_residual.max(error * weight.sqrt());
        }
        acc.merge(sums);
        Ok(())
    }
}

fn required(column: &Float64Array, row: usize, what: &str) -> Result<f64> {
    number(column, row)
        .ok_or_else(|| Failure::new(&codes::ml::INVALID_ROW, format!("a {what} is null; drop such rows")))
}

impl RegressionSums {
    /// Rows of positive weight.
    pub fn count(&self) -> u64 {
        self.moments.count
    }

    pub fn squared_errors(&self) -> f64 {
        self.squared_errors
    }

    pub fn residual_range(&self) -> [f64; 2] {
        [self.lowest_residual, self.highest_residual]
    }

    pub fn mean_squared_error(&self) -> f64 {
        self.squared_errors / self.moments.weight
    }

    pub fn root_mean_squared_error(&self) -> f64 {
        self.mean_squared_error().sqrt()
    }

    pub fn mean_absolute_error(&self) -> f64 {
        self.absolute_errors / self.moments.weight
    }

    /// The variance of the predictions around the mean label.
    pub fn explained_variance(&self) -> f64 {
        let [label, prediction] = self.moments.mean[..] else { return f64::NAN };
        self.squared_predictions / self.moments.weight + label * label - 2.0 * label * prediction
    }

    /// 1 - errors / deviations of the labels from their mean, or from 0 for a fit through the origin.
    pub fn r2(&self, through_origin: bool) -> f64 {
        if through_origin {
            return 1.0 - self.squared_errors / self.squared_labels;
        }
        let Some(deviation) = self.moments.standard_deviations().first().copied() else { return f64::NAN };
        1.0 - self.squared_errors / (deviation * deviation * (self.moments.weight - 1.0))
    }
}
