//! Losses with a scale that is searched for beside the coefficients: Huber's, and that of Weibull life times.

use super::exponential::exp;
use super::loss::{Loss, Total};
use super::vectorized::{LANES, Lanes, sum};

/// Huber's loss with a scale of its own (Owen, 2007): `scale + l² / scale` near the label, linear beyond.
pub struct Huber {
    scale: f64,
    epsilon: f64,
    sums: Lanes,
    by_scale: Lanes,
}

impl Huber {
    pub fn new(scale: f64, epsilon: f64) -> Self {
        Self { scale, epsilon, sums: [0.0; LANES], by_scale: [0.0; LANES] }
    }
}

impl Loss for Huber {
    #[inline(always)]
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>) {
        let [margins] = margins else { return };
        let weights = weights.unwrap_or(&[1.0; LANES]);
        let (scale, epsilon) = (self.scale, self.epsilon);
        for lane in 0..LANES {
            let error = labels[lane] - margins[lane];
            let ratio = error / scale;
            let is_near = error.abs() <= scale * epsilon;
            let far = scale + 2.0 * epsilon * error.abs() - scale * epsilon * epsilon;
            let loss = if is_near { scale + error * ratio } else { far };
            let by_scale = if is_near { 1.0 - ratio * ratio } else { 1.0 - epsilon * epsilon };
            let slope = if is_near { -ratio } else { -epsilon * error.signum() };
            self.sums[lane] += 0.5 * weights[lane] * loss;
            self.by_scale[lane] += 0.5 * weights[lane] * by_scale;
            margins[lane] = weights[lane] * slope;
        }
    }

    fn total(&self) -> Total {
        Total { loss: sum(&self.sums), by_scale: sum(&self.by_scale), rows: None }
    }
}

/// Minus the log likelihood of Weibull life times, of which some are only known to be longer. Weights tell which are known;
/// the parameter is the logarithm of the scale. Life times are positive, so a label of 0 stands for no row.
pub struct Survival {
    log_scale: f64,
    sums: Lanes,
    by_scale: Lanes,
    rows: u64,
}

impl Survival {
    pub fn new(log_scale: f64) -> Self {
        Self { log_scale, sums: [0.0; LANES], by_scale: [0.0; LANES], rows: 0 }
    }
}

impl Loss for Survival {
    #[inline(always)]
    fn tile(&mut self, margins: &mut [Lanes], labels: &Lanes, weights: Option<&Lanes>) {
        let [margins] = margins else { return };
        let events = weights.unwrap_or(&[1.0; LANES]);
        let scale = exp(self.log_scale);
        for lane in 0..LANES {
            if labels[lane] <= 0.0 {
                margins[lane] = 0.0;
                continue;
            }
            let (event, ratio) = (events[lane], (labels[lane].ln() - margins[lane]) / scale);
            let hazard = exp(ratio);
            self.rows += 1;
            self.sums[lane] += event * (self.log_scale - ratio) + hazard;
            self.by_scale[lane] += event + (event - hazard) * ratio;
            margins[lane] = (event - hazard) / scale;
        }
    }

    fn total(&self) -> Total {
        Total { loss: sum(&self.sums), by_scale: sum(&self.by_scale), rows: Some(self.rows as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loss, slope by the margin and slope by the scale of one row.
    fn one<L: Loss>(mut loss: L, margin: f64, label: f64, weight: f64) -> [f64; 3] {
        let lanes = |value: f64| {
            let mut lanes = [0.0; LANES];
            lanes[0] = value;
            lanes
        };
        let mut margins = [lanes(margin)];
        loss.tile(&mut margins, &lanes(label), Some(&lanes(weight)));
        [loss.total().loss, margins[0][0], loss.total().by_scale]
    }

    #[test]
    fn slopes_are_differences_of_losses() {
        type Row = fn(f64, f64) -> [f64; 3];
        let table: [(&str, Row, f64); 4] = [
            ("near", |margin, scale| one(Huber::new(scale, 1.35), margin, 1.2, 2.0), 0.9),
            ("far", |margin, scale| one(Huber::new(scale, 1.35), margin, 9.0, 2.0), 0.9),
            ("dead", |margin, scale| one(Survival::new(scale), margin, 1.7, 1.0), 0.3),
            ("alive", |margin, scale| one(Survival::new(scale), margin, 1.7, 0.0), 0.3),
        ];
        for (name, row, scale) in table {
            let [_, by_margin, by_scale] = row(0.5, scale);
            let difference = |up: [f64; 3], down: [f64; 3]| (up[0] - down[0]) / 2e-6;
            assert!((difference(row(0.5 + 1e-6, scale), row(0.5 - 1e-6, scale)) - by_margin).abs() < 1e-7, "{name}");
            assert!((difference(row(0.5, scale + 1e-6), row(0.5, scale - 1e-6)) - by_scale).abs() < 1e-7, "{name}");
        }
    }
}
