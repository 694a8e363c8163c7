//! Log priors and class conditionals from the sums, and the constants that prediction wants of them.

use super::kind::Kind;
use super::sums::{BayesSums, ClassSums};
use crate::Matrix;

/// What is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Logarithms of the class priors.
    pub priors: Vec<f64>,
    /// `[class, feature]`: log probabilities; the negative ones of the other classes for complement; means for Gaussian.
    pub theta: Matrix,
    /// `[class, feature]`: variances for Gaussian, else empty.
    pub sigma: Matrix,
}

/// By class in the order of the labels that occur.
pub fn learn(kind: Kind, sums: &BayesSums, width: usize, smoothing: f64) -> Learned {
    let classes: Vec<&ClassSums> = sums.classes.values().collect();
    if kind == Kind::Gaussian {
        return gaussian(&classes, width);
    }
    let weight: f64 = classes.iter().map(|class| class.weight).sum();
    let denominator = (weight + classes.len() as f64 * smoothing).ln();
    let totals: Vec<f64> = (0..width).map(|feature| classes.iter().map(|class| class.sums[feature]).sum()).collect();
    let mut theta = Vec::with_capacity(classes.len() * width);
    for class in &classes {
        let counts: Vec<f64> = match kind {
            Kind::Complement => totals.iter().zip(&class.sums).map(|(total, own)| total - own).collect(),
            _ => class.sums.clone(),
        };
        let logarithm_of_all = match kind {
            Kind::Bernoulli => (class.weight + 2.0 * smoothing).ln(),
            _ => (counts.iter().sum::<f64>() + width as f64 * smoothing).ln(),
        };
        let sign = if kind == Kind::Complement { -1.0 } else { 1.0 };
        theta.extend(counts.iter().map(|count| sign * ((count + smoothing).ln() - logarithm_of_all)));
    }
    Learned {
        priors: classes.iter().map(|class| (class.weight + smoothing).ln() - denominator).collect(),
        theta: Matrix::row_major(classes.len(), width, theta),
        sigma: Matrix::column_major(0, 0, Vec::new()),
    }
}

/// Variances get a billionth of the largest one, as in scikit-learn: none of them is zero.
fn gaussian(classes: &[&ClassSums], width: usize) -> Learned {
    let weight: f64 = classes.iter().map(|class| class.weight).sum();
    let variance = |feature: usize| {
        let sum: f64 = classes.iter().map(|class| class.sums[feature]).sum();
        let squares: f64 = classes.iter().map(|class| class.squares[feature]).sum();
        squares / weight - sum * sum / weight / weight
    };
    let least = (0..width).map(variance).fold(f64::NEG_INFINITY, f64::max) * 1e-9;
    let (mut theta, mut sigma) = (Vec::new(), Vec::new());
    for class in classes {
        for (sum, square) in class.sums.iter().zip(&class.squares) {
            let mean = sum / class.weight;
            theta.push(mean);
            sigma.push(least + square / class.weight - mean * mean);
        }
    }
    Learned {
        priors: classes.iter().map(|class| class.weight.ln() - weight.ln()).collect(),
        theta: Matrix::row_major(classes.len(), width, theta),
        sigma: Matrix::row_major(classes.len(), width, sigma),
    }
}

/// Raw predictions as a linear map, but for Gaussian models.
#[derive(Debug)]
pub struct Scores {
    pub matrix: Matrix,
    pub intercepts: Vec<f64>,
}

impl Learned {
    pub fn classes(&self) -> usize {
        self.priors.len()
    }

    pub fn width(&self) -> usize {
        self.theta.columns
    }

    /// For Gaussian models the intercepts are the priors less half the logarithms of the variances, and the matrix means.
    pub fn scores(&self, kind: Kind) -> Scores {
        let (classes, width) = (self.classes(), self.width());
        let theta = self.theta.to_row_major();
        let rows = || theta.chunks(width.max(1));
        match kind {
            Kind::Multinomial => Scores { matrix: self.theta.clone(), intercepts: self.priors.clone() },
            Kind::Complement => Scores { matrix: self.theta.clone(), intercepts: vec![0.0; classes] },
            Kind::Bernoulli => {
                let without = |value: &f64| (-value.exp()).ln_1p();
                let values = theta.iter().map(|value| value - without(value)).collect();
                let nothing: Vec<f64> = rows().map(|row| row.iter().map(without).sum()).collect();
                let intercepts = self.priors.iter().zip(nothing).map(|(prior, nothing)| prior + nothing).collect();
                Scores { matrix: Matrix::row_major(classes, width, values), intercepts }
            }
            Kind::Gaussian => {
                let sigma = self.sigma.to_row_major();
                let logarithms = sigma.chunks(width.max(1)).map(|row| row.iter().map(|value| value.ln()).sum::<f64>());
                let intercepts = self.priors.iter().zip(logarithms).map(|(prior, sum)| prior - sum / 2.0).collect();
                Scores { matrix: self.theta.clone(), intercepts }
            }
        }
    }
}
