//! A multivariate normal distribution, ready to give densities (Spark's `MultivariateGaussian`).

use super::symmetric::eigen;
use crate::cluster::tiles::{LANES, Lanes};
use serde::{Deserialize, Serialize};

/// Mean, and what the density needs of the covariance; directions without variance do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gaussian {
    pub mean: Vec<f64>,
    /// `[size, size]`, row by row, symmetric.
    pub covariance: Vec<f64>,
    /// R with RᵀR the (pseudo-)inverse of the covariance, `[rank, size]`.
    root_inverse: Vec<f64>,
    /// The logarithm of the density at the mean.
    log_peak: f64,
}

impl Gaussian {
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Self {
        let size = mean.len();
        let (values, vectors) = eigen(&covariance, size);
        let most = values.iter().fold(0.0f64, |most, value| most.max(*value));
        let tolerance = f64::EPSILON * most * size as f64;
        let (mut root_inverse, mut log_determinant) = (Vec::with_capacity(size * size), 0.0);
        for (value, vector) in values.iter().zip(vectors.chunks_exact(size.max(1))) {
            if *value > tolerance {
                log_determinant += value.ln();
                root_inverse.extend(vector.iter().map(|entry| entry / value.sqrt()));
            }
        }
        let log_peak = -0.5 * (size as f64 * (2.0 * std::f64::consts::PI).ln() + log_determinant);
        Self { mean, covariance, root_inverse, log_peak }
    }

    /// The rows of a tile relative to the mean, and the logarithms of their densities.
    #[inline(always)]
    pub fn log_densities(&self, tile: &[Lanes], centered: &mut [Lanes]) -> Lanes {
        for ((centered, values), mean) in centered.iter_mut().zip(tile).zip(&self.mean) {
            for lane in 0..LANES {
                centered[lane] = values[lane] - mean;
            }
        }
        let mut squares = [0.0; LANES];
        for row in self.root_inverse.chunks_exact(self.mean.len().max(1)) {
            let mut product = [0.0; LANES];
            for (entry, values) in row.iter().zip(centered.iter()) {
                for lane in 0..LANES {
                    product[lane] += entry * values[lane];
                }
            }
            for lane in 0..LANES {
                squares[lane] += product[lane] * product[lane];
            }
        }
        squares.map(|square| self.log_peak - 0.5 * square)
    }
}

/// Each component's share of each row of a tile, `[components]`, and the density of the mixture there. A tiny constant
/// is added to every component, as in Spark, so that rows far from all still have shares.
#[inline(always)]
pub fn shares(
    weights: &[f64],
    gaussians: &[Gaussian],
    tile: &[Lanes],
    shares: &mut [Lanes],
    centered: &mut [Lanes],
) -> Lanes {
    let size = tile.len();
    let mut total = [0.0; LANES];
    for (index, (weight, gaussian)) in weights.iter().zip(gaussians).enumerate() {
        let log_densities = gaussian.log_densities(tile, &mut centered[index * size..][..size]);
        for lane in 0..LANES {
            shares[index][lane] = f64::EPSILON + weight * log_densities[lane].exp();
            total[lane] += shares[index][lane];
        }
    }
    for share in shares.iter_mut() {
        for lane in 0..LANES {
            share[lane] /= total[lane];
        }
    }
    total
}
