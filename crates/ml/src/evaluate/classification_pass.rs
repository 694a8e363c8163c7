//! One look at class predictions: confusion, scores and log loss, whichever are asked for.

use super::confusion::Confusion;
use super::curve::{ScoreCount, combine};
use crate::instances::{check_weight, number};
use crate::linalg::{VectorColumn, VectorRef, is_vector_type};
use crate::{Block, Merge, Pass};
use arrow_array::Float64Array;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which input is what, and what to sum up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassificationPass {
    pub label: usize,
    /// Rows weigh 1 where there is no such input.
    pub weight: Option<usize>,
    /// Asks for the confusion matrix.
    pub prediction: Option<usize>,
    /// Asks for scores of class 1: a number, or the second value of a vector.
    pub score: Option<usize>,
    /// Asks for log loss: probabilities, clipped to this far from 0 and 1.
    pub probability: Option<(usize, f64)>,
}

/// The sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassificationSums {
    pub confusion: Confusion,
    /// As [`combine`] leaves them, for each partition.
    scores: Vec<ScoreCount>,
    pub weight: f64,
    pub log_loss: f64,
}

impl ClassificationSums {
    /// All scores, highest first, each once.
    pub fn scores(mut self) -> Vec<ScoreCount> {
        combine(&mut self.scores);
        self.scores
    }
}

impl Merge for ClassificationSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.confusion.merge(other.confusion);
        self.scores.extend(other.scores);
        self.weight += other.weight;
        self.log_loss += other.log_loss;
    }
}

impl Pass for ClassificationPass {
    const NAME: &'static str = "evaluate-classification";
    type View = Block;
    type Memo = ();
    type Acc = ClassificationSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> ClassificationSums {
        ClassificationSums::default()
    }

    fn update(&self, acc: &mut ClassificationSums, block: &Block, _: &mut ()) -> Result<()> {
        let labels = block.numbers(self.label)?;
        let weight = self.weight.filter(|input| *input < block.columns.len());
        let weights = weight.map(|input| block.numbers(input)).transpose()?;
        let predictions = self.prediction.map(|input| block.numbers(input)).transpose()?;
        let scores = self.score.map(|input| scores(block, input)).transpose()?;
        let probabilities = self.probability.map(|(input, _)| block.vectors(input)).transpose()?;

        let mut sums = ClassificationSums::default();
        for row in 0..block.rows {
            let label = required(labels, row, "label")?;
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            sums.weight += weight;
            if let Some(predictions) = predictions {
                sums.confusion.add(label, required(predictions, row, "prediction")?, weight);
            }
            if let Some(scores) = &scores {
                let (positive, negative) = if label > 0.5 { (weight, 0.0) } else { (0.0, weight) };
                sums.scores.push(ScoreCount { score: scores[row], positive, negative });
            }
            if let (Some(probabilities), Some((_, clip))) = (probabilities, self.probability) {
                sums.log_loss += weight * log_loss(probability_of(probabilities, row, label)?, clip);
            }
        }
        combine(&mut sums.scores);
        acc.merge(sums);
        Ok(())
    }
}

fn required(column: &Float64Array, row: usize, what: &str) -> Result<f64> {
    number(column, row)
        .ok_or_else(|| Failure::new(&codes::ml::INVALID_ROW, format!("a {what} is null; drop such rows")))
}

fn scores(block: &Block, input: usize) -> Result<Vec<f64>> {
    let column = block.column(input)?;
    if !is_vector_type(column.data_type()) {
        let column = block.numbers(input)?;
        return (0..block.rows).map(|row| required(column, row, "score")).collect();
    }
    let column = VectorColumn::new(column.as_ref())?;
    (0..block.rows).map(|row| value_at(column, row, 1, "score")).collect()
}

fn probability_of(probabilities: VectorColumn<'_>, row: usize, label: f64) -> Result<f64> {
    if label < 0.0 || label.fract() != 0.0 {
        return Err(Failure::new(&codes::ml::LABEL_INVALID, format!("Invalid label {label:?}")));
    }
    value_at(probabilities, row, label as usize, "probability")
}

/// One value of a row's vector.
fn value_at(column: VectorColumn<'_>, row: usize, index: usize, what: &str) -> Result<f64> {
    let value = match (column.is_null(row), column.get(row)) {
        (true, _) => None,
        (false, VectorRef::Dense(values)) => values.get(index).copied(),
        (false, VectorRef::Sparse { size, indices, values }) => {
            let entry = indices.iter().position(|at| usize::try_from(*at) == Ok(index));
            (index < size).then(|| entry.and_then(|entry| values.get(entry)).copied().unwrap_or(0.0))
        }
    };
    value.ok_or_else(|| {
        Failure::new(&codes::ml::INVALID_ROW, format!("a {what} vector is null or has no value for class {index}"))
    })
}

fn log_loss(probability: f64, clip: f64) -> f64 {
    if probability < clip {
        -clip.ln()
    } else if probability > 1.0 - clip {
        -(-clip).ln_1p()
    } else {
        -probability.ln()
    }
}
