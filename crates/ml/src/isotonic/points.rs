//! Collects feature, label and weight of the rows, one point a feature value.

use crate::instances::{LabelKind, check_indices, check_weight, number, raised};
use crate::linalg::{VectorColumn, VectorRef, is_vector_type};
use crate::{Block, Merge, Pass};
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Inputs: a number or a vector, the label, and the weight if there is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointsPass {
    /// The slot of a vector.
    pub slot: usize,
    /// 1, or -1 where the fit is to fall.
    pub sign: f64,
}

/// The rows that have one feature value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub feature: f64,
    pub weight: f64,
    /// Sum of weighted labels.
    pub weighted: f64,
}

/// Points of positive weight, in no order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    pub rows: u64,
    points: Vec<Point>,
}

impl Points {
    /// One point a feature value, ascending.
    pub fn unique(mut self) -> Vec<Point> {
        combine(&mut self.points);
        self.points
    }
}

fn combine(points: &mut Vec<Point>) {
    points.sort_by(|left, right| left.feature.total_cmp(&right.feature));
    points.dedup_by(|next, kept| {
        let equal = next.feature == kept.feature;
        if equal {
            kept.weight += next.weight;
            kept.weighted += next.weighted;
        }
        equal
    });
}

impl Merge for Points {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.points.extend(other.points);
    }
}

impl Pass for PointsPass {
    const NAME: &'static str = "isotonic-points";
    type View = Block;
    type Memo = ();
    type Acc = Points;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Points {
        Points::default()
    }

    fn update(&self, acc: &mut Points, block: &Block, _: &mut ()) -> Result<()> {
        let features = features(block, self.slot)?;
        let labels = block.numbers(1)?;
        let weights = (block.columns.len() > 2).then(|| block.numbers(2)).transpose()?;
        let mut points = Vec::with_capacity(block.rows);
        for (row, feature) in features.into_iter().enumerate() {
            let label = self.sign * LabelKind::Real.check(number(labels, row))?;
            let weight = weights.map_or(Ok(1.0), |weights| check_weight(number(weights, row)))?;
            if weight > 0.0 {
                points.push(Point { feature, weight, weighted: weight * label });
            }
        }
        combine(&mut points);
        acc.merge(Points { rows: block.rows as u64, points });
        Ok(())
    }
}

/// The feature of every row.
fn features(block: &Block, slot: usize) -> Result<Vec<f64>> {
    let column = block.column(0)?;
    if is_vector_type(column.data_type()) {
        let vectors = VectorColumn::new(column.as_ref())?;
        return (0..block.rows)
            .map(|row| (!vectors.is_null(row)).then(|| vectors.get(row)))
            .map(|v| checked(v, slot))
            .collect();
    }
    let numbers = block.numbers(0)?;
    (0..block.rows).map(|row| check_feature(number(numbers, row))).collect()
}

fn checked(vector: Option<VectorRef<'_>>, slot: usize) -> Result<f64> {
    let vector = vector.ok_or_else(|| raised(&codes::ml::INVALID_ROW, "Vectors MUST NOT be Null".to_owned()))?;
    check_indices(vector)?;
    crate::instances::check_finite(vector)?;
    slot_of(vector, slot)
}

/// One slot of a vector.
///
/// # Errors
/// The vector has no such slot.
pub fn slot_of(vector: VectorRef<'_>, slot: usize) -> Result<f64> {
    let value = match vector {
        VectorRef::Dense(values) => values.get(slot).copied(),
        VectorRef::Sparse { size, indices, values } => {
            let entry = indices.iter().position(|index| usize::try_from(*index) == Ok(slot));
            (slot < size).then(|| entry.and_then(|entry| values.get(entry)).copied().unwrap_or(0.0))
        }
    };
    value.ok_or_else(|| {
        let text = format!("featureIndex is {slot}, but a feature vector has size {}", vector.size());
        Failure::new(&codes::ml::INVALID_ROW, text)
    })
}

fn check_feature(feature: Option<f64>) -> Result<f64> {
    match feature {
        Some(feature) if feature.is_finite() => Ok(feature),
        Some(feature) if feature.is_infinite() => {
            let shown = crate::linalg::java_double(feature);
            let text = format!("Features MUST NOT be Infinity, but got {shown}");
            Err(raised(&codes::ml::INVALID_ROW, text))
        }
        _ => Err(raised(&codes::ml::INVALID_ROW, "Features MUST NOT be Null or NaN".to_owned())),
    }
}
