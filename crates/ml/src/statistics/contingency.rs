//! Pearson's chi-squared test of independence of every slot from a label, over tables of how often their values meet.

use super::distributions::chi_squared;
use super::{Layout, Statistic, TestResult, features_and_label, labels, merged, table_of_tests};
use crate::fit::{AnyAcc, AnyPass, Merge, Pass};
use crate::linalg::VectorRef;
use crate::transform::invalid_row;
use crate::{Block, Input};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Different values of a slot or label above which they are taken for no categories.
const MOST_VALUES: usize = 10_000;

/// Counts how often each value of a slot meets each label: input 0 holds vectors, input 1 labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CountPairs;

/// The counts; zeros of sparse vectors are those that are not spelled out.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PairCounts {
    /// Rows by the bits of their label.
    labels: HashMap<u64, u64>,
    /// For each slot, rows by the bits of (value, label), the value not being 0; empty before the first row.
    pairs: Vec<HashMap<(u64, u64), u64>>,
}

impl Merge for PairCounts {
    const EXACT: bool = true;
    fn merge(&mut self, other: Self) {
        if self.pairs.is_empty() {
            *self = other;
            return;
        }
        other.labels.into_iter().for_each(|(label, rows)| *self.labels.entry(label).or_default() += rows);
        for (known, more) in self.pairs.iter_mut().zip(other.pairs) {
            more.into_iter().for_each(|(pair, rows)| *known.entry(pair).or_default() += rows);
        }
    }
}

impl Pass for CountPairs {
    const NAME: &'static str = "statistics/pair-counts";
    type View = Block;
    type Memo = ();
    type Acc = PairCounts;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> PairCounts {
        PairCounts::default()
    }

    fn update(&self, acc: &mut PairCounts, rows: &Block, (): &mut ()) -> Result<()> {
        let vectors = rows.vectors(0)?;
        for (row, label) in labels(rows, 1)?.into_iter().enumerate() {
            if vectors.is_null(row) {
                return Err(invalid_row("Vectors MUST NOT be Null"));
            }
            let vector = vectors.get(row);
            if acc.pairs.is_empty() {
                acc.pairs = vec![HashMap::new(); vector.size()];
            }
            if vector.size() != acc.pairs.len() {
                let (expected, found) = (acc.pairs.len(), vector.size());
                return Err(invalid_row(format!("a feature vector has size {found}, expected {expected}")));
            }
            let label = (label + 0.0).to_bits();
            *acc.labels.entry(label).or_default() += 1;
            let mut count = |slot: usize, value: f64| {
                if value != 0.0 {
                    *acc.pairs[slot].entry((value.to_bits(), label)).or_default() += 1;
                }
            };
            match vector {
                VectorRef::Dense(values) => values.iter().enumerate().for_each(|(slot, value)| count(slot, *value)),
                VectorRef::Sparse { indices, values, .. } => {
                    indices.iter().zip(values).for_each(|(slot, value)| count(*slot as usize, *value));
                }
            }
        }
        Ok(())
    }
}

impl PairCounts {
    /// The test of every slot.
    ///
    /// # Errors
    /// There is no row, or a slot or the label has too many values to be categories.
    pub fn tests(&self) -> Result<Vec<TestResult>> {
        if self.pairs.is_empty() {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "Chi-square test was given no rows"));
        }
        check_values(self.labels.len(), "the label column")?;
        self.pairs.iter().enumerate().map(|(slot, pairs)| self.test(slot, pairs)).collect()
    }

    fn test(&self, slot: usize, pairs: &HashMap<(u64, u64), u64>) -> Result<TestResult> {
        let columns: BTreeMap<u64, usize> =
            self.labels.keys().enumerate().map(|(place, bits)| (*bits, place)).collect();
        let totals: Vec<u64> = self.labels.values().copied().collect();
        let mut table: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for ((value, label), rows) in pairs {
            table.entry(*value).or_insert_with(|| vec![0; totals.len()])[columns[label]] = *rows;
        }
        // The rows that are left have the value 0.
        let spelled_out = |column: usize| table.values().map(|row| row[column]).sum::<u64>();
        let zeros: Vec<u64> = totals.iter().enumerate().map(|(column, total)| total - spelled_out(column)).collect();
        if zeros.iter().any(|rows| *rows > 0) {
            table.insert(0, zeros);
        }
        check_values(table.len(), &format!("feature {slot}"))?;
        let degrees = (table.len() as i64 - 1) * (totals.len() as i64 - 1);
        if degrees == 0 {
            return Ok(TestResult { p_value: 1.0, degrees_of_freedom: 0, statistic: 0.0 });
        }
        let all = totals.iter().sum::<u64>() as f64;
        let term = |seen: u64, expected: f64| (seen as f64 - expected) * (seen as f64 - expected) / expected;
        let of_row = |row: &Vec<u64>| {
            let sum = row.iter().sum::<u64>() as f64;
            row.iter().zip(&totals).map(|(seen, total)| term(*seen, sum * *total as f64 / all)).collect::<Vec<f64>>()
        };
        // Sorted before they are added, so that the order of a hash table does not matter.
        let mut terms: Vec<f64> = table.values().flat_map(of_row).collect();
        terms.sort_by(f64::total_cmp);
        let statistic: f64 = terms.iter().sum();
        let p_value = 1.0 - chi_squared(statistic, degrees as f64);
        Ok(TestResult { p_value, degrees_of_freedom: degrees, statistic })
    }
}

fn check_values(found: usize, of: &str) -> Result<()> {
    if found <= MOST_VALUES {
        return Ok(());
    }
    let text = format!(
        "Chi-square test expect factors (categorical values) but found more than {MOST_VALUES} distinct values in {of}."
    );
    Err(Failure::new(&codes::ml::INVALID_ROW, text))
}

/// `ChiSquareTest.test`.
#[derive(Debug)]
pub struct ChiSquareTest {
    features: String,
    label: String,
    flatten: bool,
}

impl ChiSquareTest {
    pub fn new(features: &str, label: &str, flatten: bool) -> Self {
        Self { features: features.to_owned(), label: label.to_owned(), flatten }
    }
}

impl Statistic for ChiSquareTest {
    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        features_and_label(&self.features, &self.label, schema)
    }

    fn pass(&self) -> Arc<dyn AnyPass> {
        Arc::new(CountPairs)
    }

    fn finish(&self, acc: AnyAcc) -> Result<RecordBatch> {
        table_of_tests(&merged::<CountPairs>(acc)?.tests()?, Layout::ChiSquared, self.flatten)
    }
}
