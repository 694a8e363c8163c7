//! One evaluation of a linear model's objective as a pass: loss and gradient over standardised rows.

use super::loss::{Binomial, Hinge, Loss, Multinomial, Squared, Total};
use super::scale_loss::{Huber, Survival};
use super::standardized::{Features, Scaling, Standardized};
use super::vectorized::{self, Kernel, LANES, Lanes};
use crate::{Merge, Pass};
use brickyard_error::{Failure, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is minimised, with what the loss needs beside margins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Objective {
    Binomial {
        intercept: Intercept,
    },
    Multinomial {
        classes: usize,
        intercept: Intercept,
    },
    /// Labels 0 and 1 as -1 and 1.
    Hinge {
        intercept: Intercept,
    },
    /// Labels are standardised; with an intercept they are centred too, which makes it zero.
    Squared {
        label_mean: f64,
        label_deviation: f64,
        intercept: bool,
    },
    /// Squared near the label, absolute beyond `epsilon` scales; the scale is searched for.
    Huber {
        epsilon: f64,
        intercept: Intercept,
    },
    /// Weibull life times; weights tell who died (1) and who was last seen alive (0). The logarithm of the scale is
    /// searched for.
    Survival {
        intercept: Intercept,
    },
}

/// Whether an intercept is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intercept {
    None,
    /// Of centred features: quicker, but not the model's own.
    Centred,
    /// Of features as they are.
    Plain,
}

impl Intercept {
    pub fn centred(is_fitted: bool) -> Self {
        if is_fitted { Intercept::Centred } else { Intercept::None }
    }
}

impl Objective {
    /// Coefficients of one feature.
    pub fn margins(&self) -> usize {
        if let Objective::Multinomial { classes, .. } = self { *classes } else { 1 }
    }

    fn intercept(&self) -> Intercept {
        match self {
            Objective::Binomial { intercept }
            | Objective::Multinomial { intercept, .. }
            | Objective::Hinge { intercept }
            | Objective::Huber { intercept, .. }
            | Objective::Survival { intercept } => *intercept,
            Objective::Squared { .. } => Intercept::None,
        }
    }

    /// Rows are wanted centred.
    fn is_centred(&self) -> bool {
        self.intercept() == Intercept::Centred || matches!(self, Objective::Squared { intercept: true, .. })
    }

    fn has_scale(&self) -> bool {
        matches!(self, Objective::Huber { .. } | Objective::Survival { .. })
    }

    /// Numbers of a point: `[feature][margin]`, then the intercepts and the scale where they are searched for.
    pub fn dimensions(&self, width: usize) -> usize {
        let intercepts = usize::from(self.intercept() != Intercept::None);
        self.margins() * (width + intercepts) + usize::from(self.has_scale())
    }
}

/// Loss and gradient at a point, in the space of standardised features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GradientPass {
    pub scaling: Arc<Scaling>,
    pub objective: Objective,
    /// Laid out as [`Objective::dimensions`] says.
    pub point: Vec<f64>,
}

/// Weighted sums over rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossSum {
    pub loss: f64,
    pub weight: f64,
    /// Laid out as the point.
    pub gradient: Vec<f64>,
}

impl Merge for LossSum {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.loss += other.loss;
        self.weight += other.weight;
        for (sum, value) in self.gradient.iter_mut().zip(other.gradient) {
            *sum += value;
        }
    }
}

impl Pass for GradientPass {
    const NAME: &'static str = "linear-gradient";
    type View = Standardized;
    type Memo = ();
    type Acc = LossSum;

    fn spec(&self) -> Arc<Scaling> {
        self.scaling.clone()
    }

    fn zero(&self) -> LossSum {
        LossSum { loss: 0.0, weight: 0.0, gradient: vec![0.0; self.point.len()] }
    }

    fn update(&self, acc: &mut LossSum, rows: &Standardized, _: &mut ()) -> Result<()> {
        if self.point.len() != self.objective.dimensions(self.scaling.width()) {
            return Err(Failure::internal("a point does not fit its objective"));
        }
        let scale = self.point.last().copied().unwrap_or(1.0);
        let sums = match self.objective {
            Objective::Binomial { .. } => self.sums(rows, Binomial::new()),
            Objective::Multinomial { .. } => self.sums(rows, Multinomial::new()),
            Objective::Hinge { .. } => self.sums(rows, Hinge::new()),
            Objective::Squared { label_mean, label_deviation, intercept } => {
                self.sums(rows, Squared::new(if intercept { label_mean } else { 0.0 }, label_deviation))
            }
            Objective::Huber { epsilon, .. } => self.sums(rows, Huber::new(scale, epsilon)),
            Objective::Survival { .. } => self.sums(rows, Survival::new(scale)),
        };
        acc.merge(sums);
        Ok(())
    }
}

impl GradientPass {
    fn sums<L: Loss>(&self, rows: &Standardized, loss: L) -> LossSum {
        let (margins, width) = (self.objective.margins(), self.scaling.width());
        let scaled_mean = self.scaling.scaled_mean();
        let coefficients: Vec<f64> =
            (0..margins).flat_map(|margin| (0..width).map(move |j| self.point[j * margins + margin])).collect();
        let has_intercept = self.objective.intercept() != Intercept::None;
        let is_centred = matches!(rows.features, Features::Dense { .. });
        // What is stored may be centred where rows are not wanted so, and the other way round.
        let shift = f64::from(i8::from(is_centred) - i8::from(self.objective.is_centred()));
        let offsets: Vec<f64> = (0..margins)
            .map(|margin| {
                let intercept = if has_intercept { self.point[width * margins + margin] } else { 0.0 };
                let along_mean = crate::optimize::dot(&coefficients[margin * width..][..width], &scaled_mean);
                intercept + shift * along_mean
            })
            .collect();

        let work = Work { rows, coefficients: &coefficients, offsets: &offsets, width, loss };
        let (loss, by_margin, multipliers) = vectorized::run(work);

        let mut gradient = vec![0.0; self.point.len()];
        for margin in 0..margins {
            for (feature, mean) in scaled_mean.iter().enumerate() {
                gradient[feature * margins + margin] =
                    by_margin[margin * width + feature] + shift * multipliers[margin] * mean;
            }
            if has_intercept {
                gradient[width * margins + margin] = multipliers[margin];
            }
        }
        if let Some(scale) = gradient.last_mut().filter(|_| self.objective.has_scale()) {
            *scale = loss.by_scale;
        }
        LossSum { loss: loss.loss, weight: loss.rows.unwrap_or(rows.weight), gradient }
    }
}

/// Tiles whose margins are computed before their gradients are added: they stay in the nearest cache.
const PANEL: usize = 4;

struct Work<'a, L> {
    rows: &'a Standardized,
    /// `[margin][feature]`
    coefficients: &'a [f64],
    offsets: &'a [f64],
    width: usize,
    loss: L,
}

impl<L: Loss> Kernel for Work<'_, L> {
    /// The loss, the gradient `[margin][feature]` and the sum of multipliers `[margin]`.
    type Output = (Total, Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn run(mut self) -> Self::Output {
        let margins = self.offsets.len();
        let mut multipliers = vec![[0.0; LANES]; PANEL * margins];
        let mut multiplier_sums = vec![[0.0; LANES]; margins];
        let mut gradient = vec![0.0; margins * self.width];
        let tiles = self.rows.tiles();
        for first in (0..tiles).step_by(PANEL) {
            let panel = first..tiles.min(first + PANEL);
            for (tile, margin_tile) in panel.clone().zip(multipliers.chunks_exact_mut(margins)) {
                match &self.rows.features {
                    Features::Dense { width, tiles } => {
                        dense_margins(&tiles[tile * width..][..*width], self.coefficients, self.offsets, margin_tile);
                    }
                    Features::Sparse { starts, indices, values } => {
                        let entries = Entries { starts, indices, values };
                        entries.margins(tile, self.width, self.coefficients, self.offsets, margin_tile);
                    }
                }
                let weights = self.rows.weights.as_ref().map(|weights| &weights[tile]);
                self.loss.tile(margin_tile, &self.rows.labels[tile], weights);
                for (sum, multiplier) in multiplier_sums.iter_mut().zip(margin_tile.iter()) {
                    add(sum, multiplier);
                }
            }
            let multipliers = &multipliers[..panel.len() * margins];
            match &self.rows.features {
                Features::Dense { width, tiles } => {
                    let tiles = &tiles[panel.start * width..panel.end * width];
                    add_dense_gradient(tiles, *width, multipliers, margins, &mut gradient);
                }
                Features::Sparse { starts, indices, values } => {
                    let entries = Entries { starts, indices, values };
                    entries.add_gradient(panel.start, self.width, multipliers, margins, &mut gradient);
                }
            }
        }
        (self.loss.total(), gradient, multiplier_sums.iter().map(vectorized::sum).collect())
    }
}

#[inline(always)]
fn add(sum: &mut Lanes, lanes: &Lanes) {
    for (sum, lane) in sum.iter_mut().zip(lanes) {
        *sum += lane;
    }
}

#[inline(always)]
fn add_products(sum: &mut Lanes, left: &Lanes, right: &Lanes) {
    for ((sum, left), right) in sum.iter_mut().zip(left).zip(right) {
        *sum += left * right;
    }
}

/// Margins of one tile: the offset, then feature by feature.
#[inline(always)]
fn dense_margins(tile: &[Lanes], coefficients: &[f64], offsets: &[f64], out: &mut [Lanes]) {
    for (index, (margin, offset)) in out.iter_mut().zip(offsets).enumerate() {
        *margin = [*offset; LANES];
        for (feature, coefficient) in tile.iter().zip(&coefficients[index * tile.len()..]) {
            for (margin, value) in margin.iter_mut().zip(feature) {
                *margin += coefficient * value;
            }
        }
    }
}

/// Adds multiplier times feature over the tiles of a panel.
#[inline(always)]
fn add_dense_gradient(tiles: &[Lanes], width: usize, multipliers: &[Lanes], margins: usize, gradient: &mut [f64]) {
    for feature in 0..width {
        for margin in 0..margins {
            let mut sum = [0.0; LANES];
            for (tile, multipliers) in tiles.chunks_exact(width).zip(multipliers.chunks_exact(margins)) {
                add_products(&mut sum, &multipliers[margin], &tile[feature]);
            }
            gradient[margin * width + feature] += vectorized::sum(&sum);
        }
    }
}

/// Sparse rows; see [`Features::Sparse`].
struct Entries<'a> {
    starts: &'a [usize],
    indices: &'a [u32],
    values: &'a [f64],
}

impl Entries<'_> {
    /// The entries of a row; none beyond the last row.
    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = if row + 1 < self.starts.len() { self.starts[row]..self.starts[row + 1] } else { 0..0 };
        self.indices[range.clone()].iter().zip(&self.values[range]).map(|(index, value)| (*index as usize, *value))
    }

    fn margins(&self, tile: usize, width: usize, coefficients: &[f64], offsets: &[f64], out: &mut [Lanes]) {
        for (margin, (out, offset)) in out.iter_mut().zip(offsets).enumerate() {
            let coefficients = &coefficients[margin * width..][..width];
            *out = std::array::from_fn(|lane| {
                self.row(tile * LANES + lane).fold(*offset, |sum, (index, value)| sum + coefficients[index] * value)
            });
        }
    }

    fn add_gradient(&self, first: usize, width: usize, multipliers: &[Lanes], margins: usize, gradient: &mut [f64]) {
        for (tile, multipliers) in multipliers.chunks_exact(margins).enumerate() {
            for (margin, multipliers) in multipliers.iter().enumerate() {
                let gradient = &mut gradient[margin * width..][..width];
                for (lane, multiplier) in multipliers.iter().enumerate() {
                    for (index, value) in self.row((first + tile) * LANES + lane) {
                        gradient[index] += multiplier * value;
                    }
                }
            }
        }
    }
}
