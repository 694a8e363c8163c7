//! The normal equations' left and right hand sides in one pass: products of every pair of standardised columns, the label
//! being the last column.

use super::standardized::{Features, Scaling, Standardized};
use super::vectorized::{self, Kernel, LANES, Lanes};
use crate::{Merge, Pass};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Sums up the products.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GramPass {
    pub scaling: Arc<Scaling>,
    pub label_mean: f64,
    /// 1 / deviation of the label.
    pub inverse_label_deviation: f64,
}

/// Weighted sums over rows of centred columns: features, then the label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gram {
    pub weight: f64,
    pub sums: Vec<f64>,
    /// Upper triangle, column by column: see [`Gram::index`].
    pub products: Vec<f64>,
}

impl Gram {
    pub fn zero(columns: usize) -> Self {
        Self { weight: 0.0, sums: vec![0.0; columns], products: vec![0.0; columns * (columns + 1) / 2] }
    }

    /// Where the product of two columns stands.
    pub fn index(one: usize, other: usize) -> usize {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        high * (high + 1) / 2 + low
    }

    /// The weighted covariance of two columns, times the weight.
    pub fn covariance(&self, one: usize, other: usize) -> f64 {
        self.products[Self::index(one, other)] - self.sums[one] * self.sums[other] / self.weight
    }

    /// Moves the origin of every column to `center`.
    fn center(&mut self, center: &[f64]) {
        for high in 0..center.len() {
            for low in 0..=high {
                self.products[Self::index(low, high)] += self.weight * center[low] * center[high]
                    - self.sums[low] * center[high]
                    - self.sums[high] * center[low];
            }
        }
        for (sum, center) in self.sums.iter_mut().zip(center) {
            *sum -= self.weight * center;
        }
    }
}

impl Merge for Gram {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.weight += other.weight;
        for (sum, value) in self.sums.iter_mut().zip(other.sums) {
            *sum += value;
        }
        for (sum, value) in self.products.iter_mut().zip(other.products) {
            *sum += value;
        }
    }
}

impl Pass for GramPass {
    const NAME: &'static str = "linear-gram";
    type View = Standardized;
    type Memo = ();
    type Acc = Gram;

    fn spec(&self) -> Arc<Scaling> {
        self.scaling.clone()
    }

    fn zero(&self) -> Gram {
        Gram::zero(self.scaling.width() + 1)
    }

    fn update(&self, acc: &mut Gram, rows: &Standardized, _: &mut ()) -> Result<()> {
        let in_units = |lane: &f64| (lane - self.label_mean) * self.inverse_label_deviation;
        let labels: Vec<Lanes> = rows.labels.iter().map(|lanes| lanes.each_ref().map(in_units)).collect();
        acc.merge(Gram::of(&rows.features, &labels, rows.weights.as_deref(), rows.weight, &self.scaling));
        Ok(())
    }
}

impl Gram {
    /// The products of a block's features and these labels; every row weighs 1 where there are no weights.
    pub fn of(
        features: &Features,
        labels: &[Lanes],
        weights: Option<&[Lanes]>,
        weight: f64,
        scaling: &Scaling,
    ) -> Self {
        let mut gram = match features {
            Features::Dense { width, tiles } => vectorized::run(Dense { labels, weights, width: *width, tiles }),
            Features::Sparse { starts, indices, values } => {
                let mut gram = sparse(scaling.width(), (starts, indices, values), labels, weights);
                gram.weight = weight;
                let mut center = scaling.scaled_mean();
                center.push(0.0);
                gram.center(&center);
                gram
            }
        };
        gram.weight = weight;
        gram
    }
}

type Entries<'a> = (&'a [usize], &'a [u32], &'a [f64]);

fn sparse(width: usize, (starts, indices, values): Entries<'_>, labels: &[Lanes], weights: Option<&[Lanes]>) -> Gram {
    let mut gram = Gram::zero(width + 1);
    for row in 0..starts.len() - 1 {
        let (tile, lane) = (row / LANES, row % LANES);
        let weight = weights.map_or(1.0, |weights| weights[tile][lane]);
        let label = labels[tile][lane];
        let range = starts[row]..starts[row + 1];
        for (at, (index, value)) in indices[range.clone()].iter().zip(&values[range.clone()]).enumerate() {
            let (index, value) = (*index as usize, weight * value);
            gram.sums[index] += value;
            gram.products[Gram::index(index, width)] += value * label;
            let rest = range.start + at..range.end;
            for (other, factor) in indices[rest.clone()].iter().zip(&values[rest]) {
                gram.products[Gram::index(index, *other as usize)] += value * factor;
            }
        }
        gram.sums[width] += weight * label;
        gram.products[Gram::index(width, width)] += weight * label * label;
    }
    gram
}

/// The dense kernel, a panel of tiles at a time.
struct Dense<'a> {
    labels: &'a [Lanes],
    weights: Option<&'a [Lanes]>,
    width: usize,
    tiles: &'a [Lanes],
}

impl Kernel for Dense<'_> {
    type Output = Gram;

    #[inline(always)]
    fn run(self) -> Gram {
        const PANEL: usize = 8;
        let last = self.width;
        let mut gram = Gram::zero(last + 1);
        let mut weighted = vec![[0.0; LANES]; PANEL];
        for first in (0..self.labels.len()).step_by(PANEL) {
            let panel = first..self.labels.len().min(first + PANEL);
            let column = |column: usize, tile: usize| {
                if column == last { &self.labels[tile] } else { &self.tiles[tile * last + column] }
            };
            for low in 0..=last {
                let mut sum = [0.0; LANES];
                for (out, tile) in weighted.iter_mut().zip(panel.clone()) {
                    *out = *column(low, tile);
                    if let Some(weights) = self.weights {
                        for (out, weight) in out.iter_mut().zip(&weights[tile]) {
                            *out *= weight;
                        }
                    }
                    for (sum, out) in sum.iter_mut().zip(out.iter()) {
                        *sum += out;
                    }
                }
                gram.sums[low] += vectorized::sum(&sum);
                for high in low..=last {
                    let mut sum = [0.0; LANES];
                    for (left, tile) in weighted.iter().zip(panel.clone()) {
                        for ((sum, left), right) in sum.iter_mut().zip(left).zip(column(high, tile)) {
                            *sum += left * right;
                        }
                    }
                    gram.products[Gram::index(low, high)] += vectorized::sum(&sum);
                }
            }
        }
        gram
    }
}
