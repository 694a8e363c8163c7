//! The F test of a one-way analysis of variance: whether a slot's mean differs between classes.

use super::distributions::f;
use super::{Layout, Statistic, TestResult, features_and_label, labels, merged, table_of_tests};
use crate::fit::{AnyAcc, AnyPass, Merge, Pass};
use crate::linalg::VectorRef;
use crate::transform::invalid_row;
use crate::{Block, Input};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adds up slots by class: input 0 holds vectors, input 1 classes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SumByClass;

/// Sums by class, and of squares.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ClassSums {
    /// By the bits of the class: rows, and the sum of every slot.
    classes: BTreeMap<u64, (u64, Vec<f64>)>,
    /// Sum of the squares of every slot; empty before the first row.
    squares: Vec<f64>,
}

impl Merge for ClassSums {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        if self.classes.is_empty() {
            *self = other;
            return;
        }
        self.squares.iter_mut().zip(other.squares).for_each(|(sum, more)| *sum += more);
        for (class, (rows, sums)) in other.classes {
            match self.classes.get_mut(&class) {
                Some((known, of)) => {
                    *known += rows;
                    of.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
                }
                None => drop(self.classes.insert(class, (rows, sums))),
            }
        }
    }
}

impl Pass for SumByClass {
    const NAME: &'static str = "statistics/class-sums";
    type View = Block;
    type Memo = ();
    type Acc = ClassSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> ClassSums {
        ClassSums::default()
    }

    fn update(&self, acc: &mut ClassSums, rows: &Block, (): &mut ()) -> Result<()> {
        let vectors = rows.vectors(0)?;
        for (row, label) in labels(rows, 1)?.into_iter().enumerate() {
            if vectors.is_null(row) {
                return Err(invalid_row("Vectors MUST NOT be Null"));
            }
            let vector = vectors.get(row);
            if acc.classes.is_empty() {
                acc.squares = vec![0.0; vector.size()];
            }
            let size = acc.squares.len();
            if vector.size() != size {
                let found = vector.size();
                return Err(invalid_row(format!("a feature vector has size {found}, expected {size}")));
            }
            let (count, sums) = acc.classes.entry((label + 0.0).to_bits()).or_insert_with(|| (0, vec![0.0; size]));
            *count += 1;
            match vector {
                VectorRef::Dense(values) => {
                    for ((sum, square), value) in sums.iter_mut().zip(&mut acc.squares).zip(values) {
                        *sum += value;
                        *square += value * value;
                    }
                }
                VectorRef::Sparse { indices, values, .. } => {
                    for (slot, value) in indices.iter().zip(values) {
                        sums[*slot as usize] += value;
                        acc.squares[*slot as usize] += value * value;
                    }
                }
            }
        }
        Ok(())
    }
}

impl ClassSums {
    /// The test of every slot.
    ///
    /// # Errors
    /// There is no row.
    pub fn tests(&self) -> Result<Vec<TestResult>> {
        if self.classes.is_empty() {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "ANOVA test was given no rows"));
        }
        Ok((0..self.squares.len()).map(|slot| self.test(slot)).collect())
    }

    /// The variance between classes over that within them.
    fn test(&self, slot: usize) -> TestResult {
        let rows: u64 = self.classes.values().map(|(rows, _)| rows).sum();
        let sum: f64 = self.classes.values().map(|(_, sums)| sums[slot]).sum();
        let square_of_sum = sum * sum / rows as f64;
        let of_classes: f64 = self.classes.values().map(|(rows, sums)| sums[slot] * sums[slot] / *rows as f64).sum();
        let (whole, between) = (self.squares[slot] - square_of_sum, of_classes - square_of_sum);
        let within = whole - between;
        let (degrees_between, degrees_within) =
            (self.classes.len() as i64 - 1, rows as i64 - self.classes.len() as i64);
        let statistic = (between / degrees_between as f64) / (within / degrees_within as f64);
        let p_value = 1.0 - f(statistic, degrees_between as f64, degrees_within as f64);
        TestResult { p_value, degrees_of_freedom: degrees_between + degrees_within, statistic }
    }
}

/// Spark's `ANOVATest.test`.
#[derive(Debug)]
pub struct AnalysisOfVariance {
    features: String,
    label: String,
    flatten: bool,
}

impl AnalysisOfVariance {
    pub fn new(features: &str, label: &str, flatten: bool) -> Self {
        Self { features: features.to_owned(), label: label.to_owned(), flatten }
    }
}

impl Statistic for AnalysisOfVariance {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        features_and_label(&self.features, &self.label, schema)
    }

    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(SumByClass)
    }

    fn finish(&self, acc: AnyAcc) -> Result<RecordBatch> {
        table_of_tests(&merged::<SumByClass>(acc)?.tests()?, Layout::FValues, self.flatten)
    }
}
