//! Loss and gradient of a factorisation machine. The interactions of a row need one sum a factor, not one a pair:
//! `Σ vᵢ·vⱼ xᵢxⱼ = ½ Σ_f ((Σ vᵢf xᵢ)² - Σ vᵢf² xᵢ²)`.

use super::machine::Shape;
use crate::instances::LabelKind;
use crate::linear::exponential::{exp, ln_1p_unit};
use crate::linear::standardized::Features;
use crate::linear::vectorized::{self, Kernel, LANES, Lanes};
use crate::perceptron::{PlainRows, RowsSpec};
use crate::random::{mix, unit};
use crate::{Merge, Pass};
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Objective {
    /// `(value - label)²`.
    Squared,
    /// Labels 0 and 1.
    Logistic,
}

/// Sums up loss and gradient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FactorPass {
    pub shape: Shape,
    pub objective: Objective,
    /// Laid out as [`Shape`] says.
    pub point: Vec<f64>,
    /// Rows are looked at with this probability, by a hash of their number and the key.
    pub fraction: f64,
    pub key: u64,
}

/// Sums over the rows that were looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorSums {
    /// All rows.
    pub rows: u64,
    pub batch: u64,
    pub loss: f64,
    pub gradient: Vec<f64>,
}

impl Merge for FactorSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.batch += other.batch;
        self.loss += other.loss;
        for (sum, value) in self.gradient.iter_mut().zip(other.gradient) {
            *sum += value;
        }
    }
}

impl Pass for FactorPass {
    const NAME: &'static str = "factorised-gradient";
    type View = PlainRows;
    type Memo = ();
    type Acc = FactorSums;

    fn spec(&self) -> Arc<RowsSpec> {
        let labels = match self.objective {
            Objective::Squared => LabelKind::Real,
            Objective::Logistic => LabelKind::Class { classes: 2 },
        };
        Arc::new(RowsSpec { width: self.shape.width, labels })
    }

    fn zero(&self) -> FactorSums {
        FactorSums { rows: 0, batch: 0, loss: 0.0, gradient: vec![0.0; self.point.len()] }
    }

    fn update(&self, acc: &mut FactorSums, rows: &PlainRows, _: &mut ()) -> Result<()> {
        if self.point.len() != self.shape.coefficients() {
            return Err(Failure::internal("coefficients do not fit their machine"));
        }
        let sums = match &rows.rows.features {
            Features::Dense { tiles, .. } => vectorized::run(Dense { pass: self, rows, tiles }),
            Features::Sparse { starts, indices, values } => self.sparse(rows, starts, indices, values),
        };
        acc.merge(sums);
        Ok(())
    }
}

impl FactorPass {
    /// 1 for a row that is looked at, else 0.
    #[inline(always)]
    fn share(&self, rows: &PlainRows, row: usize) -> f64 {
        if row >= rows.count {
            return 0.0;
        }
        let is_in = self.fraction >= 1.0 || unit(mix(self.key ^ mix(rows.first_row + row as u64))) < self.fraction;
        f64::from(u8::from(is_in))
    }

    /// A row's loss, and its derivative by the machine's value.
    #[inline(always)]
    fn loss(&self, value: f64, label: f64) -> (f64, f64) {
        match self.objective {
            Objective::Squared => ((value - label) * (value - label), 2.0 * (value - label)),
            Objective::Logistic => {
                let tail = exp(-value.abs());
                let above = if value >= 0.0 { 1.0 } else { tail };
                (value.max(0.0) - label * value + ln_1p_unit(tail), above / (1.0 + tail) - label)
            }
        }
    }

    fn intercept(&self) -> f64 {
        if self.shape.intercept { self.point.last().copied().unwrap_or(0.0) } else { 0.0 }
    }

    fn sparse(&self, rows: &PlainRows, starts: &[usize], indices: &[u32], values: &[f64]) -> FactorSums {
        let (size, linear) = (self.shape.factors, self.shape.linear_start());
        let mut all = FactorSums { rows: rows.count as u64, ..Pass::zero(self) };
        let (mut sums, mut squares) = (vec![0.0; size], vec![0.0; size]);
        for row in 0..rows.count {
            if self.share(rows, row) == 0.0 {
                continue;
            }
            sums.fill(0.0);
            squares.fill(0.0);
            let mut value = self.intercept();
            let entries = || {
                let range = starts[row]..starts[row + 1];
                indices[range.clone()].iter().map(|index| *index as usize).zip(values[range].iter().copied())
            };
            for (index, x) in entries() {
                if self.shape.linear {
                    value += self.point[linear + index] * x;
                }
                for (factor, (sum, square)) in
                    self.point[index * size..][..size].iter().zip(sums.iter_mut().zip(&mut squares))
                {
                    *sum += factor * x;
                    *square += factor * x * factor * x;
                }
            }
            value += sums.iter().zip(&squares).map(|(sum, square)| 0.5 * (sum * sum - square)).sum::<f64>();
            let (loss, slope) = self.loss(value, rows.rows.labels[row / LANES][row % LANES]);
            all.batch += 1;
            all.loss += loss;
            for (index, x) in entries() {
                if self.shape.linear {
                    all.gradient[linear + index] += slope * x;
                }
                let weights = &self.point[index * size..][..size];
                let gradient = &mut all.gradient[index * size..][..size];
                for ((slot, weight), sum) in gradient.iter_mut().zip(weights).zip(&sums) {
                    *slot += slope * (x * sum - weight * x * x);
                }
            }
            if let Some(intercept) = all.gradient.last_mut().filter(|_| self.shape.intercept) {
                *intercept += slope;
            }
        }
        all
    }
}

/// The kernel of dense rows, a tile at a time.
struct Dense<'a> {
    pass: &'a FactorPass,
    rows: &'a PlainRows,
    tiles: &'a [Lanes],
}

impl Kernel for Dense<'_> {
    type Output = FactorSums;

    #[inline(always)]
    fn run(self) -> FactorSums {
        let Shape { width, factors, linear, intercept } = self.pass.shape;
        let point = &self.pass.point;
        let linear_start = self.pass.shape.linear_start();
        let mut all = FactorSums { rows: self.rows.count as u64, ..Pass::zero(self.pass) };
        let mut sums = vec![[0.0; LANES]; factors];
        for (number, labels) in self.rows.rows.labels.iter().enumerate() {
            let tile = &self.tiles[number * width..][..width];
            let mut values = [self.pass.intercept(); LANES];
            for factor in 0..factors {
                let (mut sum, mut squares) = ([0.0; LANES], [0.0; LANES]);
                for (index, feature) in tile.iter().enumerate() {
                    let weight = point[index * factors + factor];
                    for lane in 0..LANES {
                        let term = weight * feature[lane];
                        sum[lane] += term;
                        squares[lane] += term * term;
                    }
                }
                for lane in 0..LANES {
                    values[lane] += 0.5 * (sum[lane] * sum[lane] - squares[lane]);
                }
                sums[factor] = sum;
            }
            if linear {
                for (feature, weight) in tile.iter().zip(&point[linear_start..]) {
                    for lane in 0..LANES {
                        values[lane] += weight * feature[lane];
                    }
                }
            }
            let mut slopes = [0.0; LANES];
            for lane in 0..LANES {
                let share = self.pass.share(self.rows, number * LANES + lane);
                let (loss, slope) = self.pass.loss(values[lane], labels[lane]);
                if share != 0.0 {
                    all.batch += 1;
                    all.loss += loss;
                    slopes[lane] = slope;
                }
            }
            for (index, feature) in tile.iter().enumerate() {
                let (mut scaled, mut squares) = ([0.0; LANES], [0.0; LANES]);
                for lane in 0..LANES {
                    scaled[lane] = slopes[lane] * feature[lane];
                    squares[lane] = scaled[lane] * feature[lane];
                }
                let square = vectorized::sum(&squares);
                let weights = &point[index * factors..][..factors];
                let gradient = &mut all.gradient[index * factors..][..factors];
                for ((slot, weight), sum) in gradient.iter_mut().zip(weights).zip(&sums) {
                    let mut products = [0.0; LANES];
                    for lane in 0..LANES {
                        products[lane] = scaled[lane] * sum[lane];
                    }
                    *slot += vectorized::sum(&products) - weight * square;
                }
                if linear {
                    all.gradient[linear_start + index] += vectorized::sum(&scaled);
                }
            }
            if let Some(slot) = all.gradient.last_mut().filter(|_| intercept) {
                *slot += vectorized::sum(&slopes);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{Vector, dense_column, vector_column};
    use crate::{Block, View};
    use arrow_array::{ArrayRef, Float64Array};

    const WIDTH: usize = 20;
    const ROWS: usize = 70;

    fn sums(features: &ArrayRef, pass: &FactorPass) -> FactorSums {
        let labels: Float64Array = (0..ROWS).map(|row| f64::from(u8::from(row % 3 == 0))).collect();
        let columns = vec![features.clone(), Arc::new(labels) as ArrayRef];
        let block = Block { partition: 0, first_row: 100, rows: ROWS, columns };
        let mut sums = Pass::zero(pass);
        pass.update(&mut sums, &PlainRows::build(&block, &pass.spec()).unwrap(), &mut ()).unwrap();
        sums
    }

    #[test]
    fn gradients_are_differences_of_losses_and_sparse_rows_are_dense_ones() {
        let value = |place: usize| if place.is_multiple_of(7) { (place * 37 % 23) as f64 / 11.0 - 1.0 } else { 0.0 };
        let values: Vec<f64> = (0..ROWS * WIDTH).map(value).collect();
        let vectors: Vec<Vector> = values.chunks(WIDTH).map(|row| Vector::compressed(row.to_vec())).collect();
        let (dense, sparse) = (dense_column(WIDTH, values), vector_column(vectors.iter().map(Some)));
        let shape = Shape { width: WIDTH, factors: 3, linear: true, intercept: true };
        for (objective, fraction) in [(Objective::Squared, 1.0), (Objective::Logistic, 1.0), (Objective::Logistic, 0.5)]
        {
            let point: Vec<f64> =
                (0..shape.coefficients()).map(|place| (place * 13 % 17) as f64 / 20.0 - 0.4).collect();
            let pass = FactorPass { shape, objective, point, fraction, key: 3 };
            let (at, other) = (sums(&dense, &pass), sums(&sparse, &pass));
            assert_eq!((at.rows, at.batch), (other.rows, other.batch));
            assert_eq!(at.batch == at.rows, fraction == 1.0);
            for place in (0..pass.point.len()).step_by(5) {
                let moved = |by: f64| {
                    let mut pass = pass.clone();
                    pass.point[place] += by;
                    sums(&dense, &pass).loss
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((slope - at.gradient[place]).abs() < 1e-5, "{place}: {slope} {}", at.gradient[place]);
                assert!((other.gradient[place] - at.gradient[place]).abs() < 1e-10, "{place}");
            }
        }
    }
}
