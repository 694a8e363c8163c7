//! `Summarizer`: weighted count, mean, variance, extremes and norms of every slot of a vector column.

use crate::fit::{Merge, Pass};
use crate::instances::check_weight;
use crate::linalg::{VectorColumn, VectorRef};
use crate::transform::invalid_row;
use crate::{Block, Value, Vector};
use arrow_array::{Array, Float64Array};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Spark's names of the metrics.
pub const METRICS: [&str; 10] =
    ["mean", "sum", "variance", "std", "count", "numNonZeros", "max", "min", "normL2", "normL1"];

/// Summarises the vectors of input 0, weighted by input 1 if there is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SummarizeVectors;

/// What is known after some rows; rows that weigh 0 are not counted.
///
/// Zeros that a sparse vector leaves out are added in the end, as in Spark's `SummarizerBuffer`: a slot's moments are
/// those of the values given, by West's weighted update (1979).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub count: u64,
    weight: f64,
    square_weight: f64,
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Slot {
    given: u64,
    weight: f64,
    mean: f64,
    /// Weighted sum of squared deviations from the mean.
    squares: f64,
    /// Weighted sums of squares, and of magnitudes.
    norm_two: f64,
    norm_one: f64,
    min: f64,
    max: f64,
}

const EMPTY: Slot = Slot {
    given: 0,
    weight: 0.0,
    mean: 0.0,
    squares: 0.0,
    norm_two: 0.0,
    norm_one: 0.0,
    min: f64::INFINITY,
    max: f64::NEG_INFINITY,
};

impl Slot {
    fn add(&mut self, value: f64, weight: f64) {
        if value == 0.0 {
            return;
        }
        let apart = value - self.mean;
        self.given += 1;
        self.weight += weight;
        self.mean += weight * apart / self.weight;
        self.squares += weight * (value - self.mean) * apart;
        self.norm_two += weight * value * value;
        self.norm_one += weight * value.abs();
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    fn merge(&mut self, other: &Slot) {
        let total = self.weight + other.weight;
        if total > 0.0 {
            let apart = other.mean - self.mean;
            self.mean += apart * other.weight / total;
            self.squares += other.squares + apart * apart * self.weight * other.weight / total;
        }
        self.weight = total;
        self.given += other.given;
        self.norm_two += other.norm_two;
        self.norm_one += other.norm_one;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

impl Summary {
    /// Adds the vectors of a column; null rows are left out. `weights` is as long as the column.
    ///
    /// # Errors
    /// A weight is null, negative or not finite, or a vector has another size than those before.
    pub fn add(&mut self, vectors: &VectorColumn<'_>, weights: Option<&Float64Array>) -> Result<()> {
        for row in 0..vectors.rows() {
            if vectors.is_null(row) {
                continue;
            }
            let weight = match weights {
                Some(weights) => check_weight(weights.is_valid(row).then(|| weights.value(row)))?,
                None => 1.0,
            };
            let vector = vectors.get(row);
            if self.slots.is_empty() {
                self.slots = vec![EMPTY; vector.size()];
            }
            if vector.size() != self.slots.len() {
                return Err(other_size(self.slots.len(), vector.size()));
            }
            if weight == 0.0 {
                continue;
            }
            self.count += 1;
            self.weight += weight;
            self.square_weight += weight * weight;
            match vector {
                VectorRef::Dense(values) => {
                    self.slots.iter_mut().zip(values).for_each(|(slot, value)| slot.add(*value, weight));
                }
                VectorRef::Sparse { indices, values, .. } => {
                    let entries = indices.iter().zip(values);
                    entries.for_each(|(slot, value)| self.slots[*slot as usize].add(*value, weight));
                }
            }
        }
        Ok(())
    }

    /// One of [`METRICS`].
    ///
    /// # Errors
    /// There is no such metric, or no row that weighs anything.
    pub fn metric(&self, name: &str) -> Result<Value> {
        if name == "count" {
            return Ok(Value::Int(self.count as i64));
        }
        if self.count == 0 {
            let text = "requirement failed: Nothing has been added to this summarizer.";
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, text));
        }
        let of_slots = |of: &dyn Fn(&Slot) -> f64| Value::Vector(Vector::Dense(self.slots.iter().map(of).collect()));
        let has_zero = |slot: &Slot| slot.given < self.count;
        Ok(match name {
            "mean" => of_slots(&|slot| self.mean(slot)),
            "sum" => of_slots(&|slot| slot.mean * slot.weight),
            "variance" => of_slots(&|slot| self.variance(slot)),
            "std" => of_slots(&|slot| self.variance(slot).sqrt()),
            "numNonZeros" => of_slots(&|slot| slot.given as f64),
            "max" => of_slots(&|slot| if has_zero(slot) { slot.max.max(0.0) } else { slot.max }),
            "min" => of_slots(&|slot| if has_zero(slot) { slot.min.min(0.0) } else { slot.min }),
            "normL2" => of_slots(&|slot| slot.norm_two.sqrt()),
            "normL1" => of_slots(&|slot| slot.norm_one),
            _ => {
                let text = format!("{name} is not among the metrics {}", METRICS.join(", "));
                return Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
            }
        })
    }

    /// Memory held, beside the value itself.
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    fn mean(&self, slot: &Slot) -> f64 {
        slot.mean * (slot.weight / self.weight)
    }

    /// Unbiased for weights that tell how reliable a row is.
    fn variance(&self, slot: &Slot) -> f64 {
        let degrees = self.weight - self.square_weight / self.weight;
        if degrees <= 0.0 {
            return 0.0;
        }
        let zeros = slot.mean * slot.mean * slot.weight * (self.weight - slot.weight) / self.weight;
        ((slot.squares + zeros) / degrees).max(0.0)
    }
}

fn other_size(expected: usize, found: usize) -> Failure {
    invalid_row(format!(
        "requirement failed: Dimensions mismatch when adding new sample. Expecting {expected} but got {found}."
    ))
}

impl Merge for Summary {
    const EXACT: bool = false;
    fn merge(&mut self, other: Self) {
        if self.slots.is_empty() {
            *self = other;
            return;
        }
        self.count += other.count;
        self.weight += other.weight;
        self.square_weight += other.square_weight;
        self.slots.iter_mut().zip(&other.slots).for_each(|(slot, more)| slot.merge(more));
    }
}

impl Pass for SummarizeVectors {
    const NAME: &'static str = "statistics/summary";
    type View = Block;
    type Memo = ();
    type Acc = Summary;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Summary {
        Summary::default()
    }

    fn update(&self, acc: &mut Summary, rows: &Block, (): &mut ()) -> Result<()> {
        let weights = if rows.columns.len() > 1 { Some(rows.numbers(1)?) } else { None };
        acc.add(&rows.vectors(0)?, weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::vector_column;

    #[test]
    fn metrics_count_zeros_and_weights() {
        let rows = [
            Vector::Dense(vec![2.0, 0.0, 1.0]),
            Vector::Sparse { size: 3, indices: vec![0], values: vec![-4.0] },
            Vector::Dense(vec![9.0, 9.0, 9.0]),
        ];
        let column = vector_column(rows.iter().map(Some));
        let weights = Float64Array::from(vec![1.0, 3.0, 0.0]);
        let mut summary = Summary::default();
        let mut rest = Summary::default();
        summary.add(&VectorColumn::new(column.slice(0, 1).as_ref()).unwrap(), Some(&weights.slice(0, 1))).unwrap();
        rest.add(&VectorColumn::new(column.slice(1, 2).as_ref()).unwrap(), Some(&weights.slice(1, 2))).unwrap();
        summary.merge(rest);
        let expected = [
            ("mean", vec![-2.5, 0.0, 0.25]),
            ("sum", vec![-10.0, 0.0, 1.0]),
            ("variance", vec![18.0, 0.0, 0.5]),
            ("std", vec![18.0_f64.sqrt(), 0.0, 0.5_f64.sqrt()]),
            ("numNonZeros", vec![2.0, 0.0, 1.0]),
            ("max", vec![2.0, 0.0, 1.0]),
            ("min", vec![-4.0, 0.0, 0.0]),
            ("normL2", vec![52.0_f64.sqrt(), 0.0, 1.0]),
            ("normL1", vec![14.0, 0.0, 1.0]),
        ];
        for (name, values) in expected {
            let Value::Vector(Vector::Dense(found)) = summary.metric(name).unwrap() else { panic!("{name}") };
            assert!(found.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-12), "{name}: {found:?}");
        }
        assert_eq!(summary.metric("count").unwrap(), Value::Int(2));
        assert!(summary.metric("median").is_err());
        assert!(Summary::default().metric("mean").is_err());
    }
}
