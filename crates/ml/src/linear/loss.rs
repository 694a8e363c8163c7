//! Losses of linear models, a tile of rows at a time: margins become multipliers (the loss's derivatives by the margin), and
//! the loss is summed up.

use super::exponential::{exp, ln_1p_unit, ln_from_one};
use super::vectorized::{LANES, Lanes, sum};

/// A loss as a function of a row's margins and label.
pub trait Loss {
    /// Turns a tile's margins into weighted multipliers and adds the loss. Must be `#[inline(always)]`.
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>);
    /// The sums over all tiles.
    fn total(&self) -> Total;
}

/// What a loss comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Weighted.
    pub loss: f64,
    /// The derivative by the scale, for losses that have one.
    pub by_scale: f64,
    /// Rows, where they count instead of their weights.
    pub rows: Option<f64>,
}

impl Total {
    fn loss(loss: f64) -> Self {
        Self { loss, by_scale: 0.0, rows: None }
    }
}

/// Logistic loss of labels 0 and 1: `ln(1 + exp(-margin))`, or of minus the margin.
pub struct Binomial {
    sums: Lanes,
    /// `Σ ln(1 + e) = ln Π (1 + e)`: one logarithm for many unweighted rows.
    products: Lanes,
    factors: usize,
}

impl Binomial {
    /// Each factor is in [1, 2], so this many cannot overflow.
    const MAX_FACTORS: usize = 512;

    pub fn new() -> Self {
        Self { sums: [0.0; LANES], products: [1.0; LANES], factors: 0 }
    }

    #[inline(always)]
    fn take_logarithms(&mut self) {
        for (sum, product) in self.sums.iter_mut().zip(&mut self.products) {
            *sum += ln_from_one(*product);
            *product = 1.0;
        }
        self.factors = 0;
    }
}

impl Loss for Binomial {
    #[inline(always)]
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>) {
        let [margins] = margins else { return };
        let mut tails = [0.0; LANES];
        for (tail, margin) in tails.iter_mut().zip(margins.iter()) {
            *tail = exp(-margin.abs());
        }
        let mut hinges = [0.0; LANES];
        for lane in 0..LANES {
            let (margin, label, tail) = (margins[lane], labels[lane], tails[lane]);
            let above = if margin >= 0.0 { 1.0 } else { tail };
            hinges[lane] = margin.max(0.0) - label * margin;
            margins[lane] = above / (1.0 + tail) - label;
        }
        let Some(weights) = weights else {
            for lane in 0..LANES {
                self.sums[lane] += hinges[lane];
                self.products[lane] *= 1.0 + tails[lane];
            }
            self.factors += 1;
            if self.factors == Self::MAX_FACTORS {
                self.take_logarithms();
            }
            return;
        };
        for lane in 0..LANES {
            self.sums[lane] += weights[lane] * (hinges[lane] + ln_1p_unit(tails[lane]));
            margins[lane] *= weights[lane];
        }
    }

    fn total(&self) -> Total {
        let mut rest = Self { sums: self.sums, products: self.products, factors: self.factors };
        rest.take_logarithms();
        Total::loss(sum(&rest.sums))
    }
}

/// Cross entropy of the softmax of several margins.
pub struct Multinomial {
    sums: Lanes,
}

impl Multinomial {
    pub fn new() -> Self {
        Self { sums: [0.0; LANES] }
    }
}

impl Loss for Multinomial {
    #[inline(always)]
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>) {
        let mut highest = [f64::NEG_INFINITY; LANES];
        let mut of_label = [0.0; LANES];
        for (class, margins) in margins.iter().enumerate() {
            for lane in 0..LANES {
                highest[lane] = if margins[lane] > highest[lane] { margins[lane] } else { highest[lane] };
                of_label[lane] = if labels[lane] == class as f64 { margins[lane] } else { of_label[lane] };
            }
        }
        let mut totals = [0.0; LANES];
        for margins in margins.iter_mut() {
            for lane in 0..LANES {
                margins[lane] = exp(margins[lane] - highest[lane]);
                totals[lane] += margins[lane];
            }
        }
        let weights = weights.unwrap_or(&[1.0; LANES]);
        for lane in 0..LANES {
            let loss = ln_from_one(totals[lane]) - (of_label[lane] - highest[lane]);
            self.sums[lane] += weights[lane] * loss;
        }
        for (class, margins) in margins.iter_mut().enumerate() {
            for lane in 0..LANES {
                let hit = if labels[lane] == class as f64 { 1.0 } else { 0.0 };
                margins[lane] = weights[lane] * (margins[lane] / totals[lane] - hit);
            }
        }
    }

    fn total(&self) -> Total {
        Total::loss(sum(&self.sums))
    }
}

/// Hinge loss of labels 0 and 1, which stand for -1 and 1: `max(0, 1 - label · margin)`.
pub struct Hinge {
    sums: Lanes,
}

impl Hinge {
    pub fn new() -> Self {
        Self { sums: [0.0; LANES] }
    }
}

impl Loss for Hinge {
    #[inline(always)]
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>) {
        let [margins] = margins else { return };
        let weights = weights.unwrap_or(&[1.0; LANES]);
        for lane in 0..LANES {
            let label = 2.0 * labels[lane] - 1.0;
            let loss = 1.0 - label * margins[lane];
            let is_inside = loss > 0.0;
            self.sums[lane] += if is_inside { weights[lane] * loss } else { 0.0 };
            margins[lane] = if is_inside { -label * weights[lane] } else { 0.0 };
        }
    }

    fn total(&self) -> Total {
        Total::loss(sum(&self.sums))
    }
}

/// Half the squared error of labels that are standardised on the way.
pub struct Squared {
    label_mean: f64,
    inverse_label_deviation: f64,
    sums: Lanes,
}

impl Squared {
    pub fn new(label_mean: f64, label_deviation: f64) -> Self {
        Self { label_mean, inverse_label_deviation: 1.0 / label_deviation, sums: [0.0; LANES] }
    }
}

impl Loss for Squared {
    #[inline(always)]
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>) {
        let [margins] = margins else { return };
        let weights = weights.unwrap_or(&[1.0; LANES]);
        for lane in 0..LANES {
            let error = margins[lane] - (labels[lane] - self.label_mean) * self.inverse_label_deviation;
            self.sums[lane] += weights[lane] * error * error / 2.0;
            margins[lane] = weights[lane] * error;
        }
    }

    fn total(&self) -> Total {
        Total::loss(sum(&self.sums))
    }
}
