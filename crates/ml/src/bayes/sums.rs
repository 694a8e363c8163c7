//! Weights, sums and sums of squares of every feature by class: all that naive Bayes learns from.

use super::kind::Kind;
use crate::instances::{LabelKind, check_indices, check_size, check_weight, empty_dataset, number, raised};
use crate::linalg::{VectorColumn, VectorRef};
use crate::{Block, Merge, Pass};
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sums up the rows by class. Inputs: features, label, and the weight if there is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BayesPass {
    pub kind: Kind,
    /// How many classes there may be.
    pub classes: Option<u32>,
}

/// The sums by class; classes that never occur have none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BayesSums {
    pub width: Option<usize>,
    /// Another vector size that was seen, which is an error.
    other_width: Option<usize>,
    pub classes: BTreeMap<u32, ClassSums>,
}

/// The sums of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSums {
    pub weight: f64,
    /// Weighted, by feature.
    pub sums: Vec<f64>,
    /// Weighted squares, by feature; empty unless the model is Gaussian.
    pub squares: Vec<f64>,
}

impl ClassSums {
    fn new(kind: Kind, width: usize) -> Self {
        let squares = if kind == Kind::Gaussian { vec![0.0; width] } else { Vec::new() };
        Self { weight: 0.0, sums: vec![0.0; width], squares }
    }

    fn add(&mut self, vector: VectorRef<'_>, weight: f64) {
        self.weight += weight;
        match vector {
            VectorRef::Dense(values) => {
                for (sum, value) in self.sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
                for (square, value) in self.squares.iter_mut().zip(values) {
                    *square += weight * value * value;
                }
            }
            VectorRef::Sparse { indices, values, .. } => {
                for (index, value) in indices.iter().zip(values) {
                    self.sums[*index as usize] += weight * value;
                    if let Some(square) = self.squares.get_mut(*index as usize) {
                        *square += weight * value * value;
                    }
                }
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.weight += other.weight;
        for (sum, value) in self.sums.iter_mut().zip(other.sums) {
            *sum += value;
        }
        for (sum, value) in self.squares.iter_mut().zip(other.squares) {
            *sum += value;
        }
    }
}

impl BayesSums {
    /// The vector size, or the failure that there is none: no rows, or rows of unequal sizes.
    pub fn checked_width(&self) -> Result<usize> {
        match (self.width, self.other_width) {
            (Some(width), None) => Ok(width),
            (Some(width), Some(other)) => check_size(other, width).map(|()| width),
            (None, _) => Err(empty_dataset()),
        }
    }
}

impl Merge for BayesSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.other_width = self.other_width.or(other.other_width);
        match (self.width, other.width) {
            (Some(mine), Some(theirs)) if mine != theirs => {
                self.other_width = Some(theirs);
                return;
            }
            (mine, theirs) => self.width = mine.or(theirs),
        }
        for (class, sums) in other.classes {
            match self.classes.get_mut(&class) {
                Some(mine) => mine.merge(sums),
                None => drop(self.classes.insert(class, sums)),
            }
        }
    }
}

impl Pass for BayesPass {
    const NAME: &'static str = "bayes-sums";
    type View = Block;
    type Memo = ();
    type Acc = BayesSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> BayesSums {
        BayesSums::default()
    }

    fn update(&self, acc: &mut BayesSums, block: &Block, _: &mut ()) -> Result<()> {
        let vectors: VectorColumn<'_> = block.vectors(0)?;
        let labels = block.numbers(1)?;
        let weights = (block.columns.len() > 2).then(|| block.numbers(2)).transpose()?;
        let mut sums = BayesSums::default();
        for row in 0..block.rows {
            let label = self.check_label(number(labels, row))?;
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            if vectors.is_null(row) {
                return Err(raised(&codes::ml::INVALID_ROW, "Vectors MUST NOT be Null".to_owned()));
            }
            let vector = vectors.get(row);
            check_indices(vector)?;
            self.kind.check_training(vector)?;
            let width = *sums.width.get_or_insert(vector.size());
            check_size(vector.size(), width)?;
            sums.classes.entry(label).or_insert_with(|| ClassSums::new(self.kind, width)).add(vector, weight);
        }
        acc.merge(sums);
        Ok(())
    }
}

impl BayesPass {
    /// A class index: below the number of classes where that is known, otherwise any whole number from 0.
    fn check_label(&self, label: Option<f64>) -> Result<u32> {
        if let Some(classes) = self.classes {
            return LabelKind::Class { classes }.check(label).map(|label| label as u32);
        }
        let Some(label) = label.filter(|label| !label.is_nan()) else {
            return Err(raised(&codes::ml::LABEL_INVALID, "Labels MUST NOT be Null or NaN".to_owned()));
        };
        let shown = crate::linalg::java_double(label);
        if label < 0.0 || label >= f64::from(u32::MAX) {
            let text = format!("Labels MUST NOT be Negative, but got {shown}");
            return Err(raised(&codes::ml::LABEL_INVALID, text));
        }
        if label.fract() != 0.0 {
            return Err(raised(&codes::ml::LABEL_INVALID, format!("Labels MUST be Integers, but got {shown}")));
        }
        Ok(label as u32)
    }
}
