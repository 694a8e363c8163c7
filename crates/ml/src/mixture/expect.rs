//! The pass of a Gaussian mixture: each row's shares of the components, and the components' moments.

use super::gaussian::{Gaussian, shares};
use crate::cluster::tiles::{LANES, Lanes, TileSpec, Tiles};
use crate::fit::{Merge, Pass};
use crate::instances::check_size;
use crate::linear::vectorized::{Kernel, run};
use brickyard_error::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    pub weights: Vec<f64>,
    pub gaussians: Vec<Gaussian>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExpectPass {
    pub weighted: bool,
    pub mixture: Arc<Mixture>,
}

/// Moments relative to the means that the pass had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Weight of the rows, by component.
    pub weights: Vec<f64>,
    /// `[components, size]`.
    pub firsts: Vec<f64>,
    /// `[components, size, size]`, on and below the diagonal.
    pub seconds: Vec<f64>,
    pub log_likelihood: f64,
    /// Rows by their largest share.
    pub sizes: Vec<u64>,
}

impl Merge for Moments {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        let add = |sums: &mut [f64], others: &[f64]| sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        add(&mut self.weights, &other.weights);
        add(&mut self.firsts, &other.firsts);
        add(&mut self.seconds, &other.seconds);
        self.log_likelihood += other.log_likelihood;
        self.sizes.iter_mut().zip(&other.sizes).for_each(|(size, other)| *size += other);
    }
}

impl Pass for ExpectPass {
    const NAME: &'static str = "mixture.expect";
    type View = Tiles;
    type Memo = ();
    type Acc = Moments;

    fn spec(&self) -> Arc<TileSpec> {
        Arc::new(TileSpec { unit_length: false, weighted: self.weighted })
    }

    fn zero(&self) -> Moments {
        let components = self.mixture.weights.len();
        let size = self.mixture.gaussians.first().map_or(0, |gaussian| gaussian.mean.len());
        Moments {
            weights: vec![0.0; components],
            firsts: vec![0.0; components * size],
            seconds: vec![0.0; components * size * size],
            log_likelihood: 0.0,
            sizes: vec![0; components],
        }
    }

    fn update(&self, acc: &mut Moments, rows: &Tiles, (): &mut ()) -> Result<()> {
        if rows.rows > 0 {
            check_size(rows.size, self.mixture.gaussians.first().map_or(0, |gaussian| gaussian.mean.len()))?;
        }
        run(Expect { mixture: &self.mixture, rows, acc });
        Ok(())
    }
}

struct Expect<'a> {
    mixture: &'a Mixture,
    rows: &'a Tiles,
    acc: &'a mut Moments,
}

impl Kernel for Expect<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Mixture { weights, gaussians } = self.mixture;
        let (components, size) = (weights.len(), self.rows.size);
        let mut share = vec![[0.0; LANES]; components];
        let mut centered = vec![[0.0; LANES]; components * size];
        for (first, count, tile) in self.rows.iter() {
            let densities = shares(weights, gaussians, tile, &mut share, &mut centered);
            for (lane, density) in densities.iter().enumerate().take(count) {
                self.acc.log_likelihood += self.rows.weight(first + lane) * density.ln();
                self.acc.sizes[largest(&share, lane)] += 1;
            }
            for component in 0..components {
                let mut part = [0.0; LANES];
                for lane in 0..count {
                    part[lane] = share[component][lane] * self.rows.weight(first + lane);
                }
                let centered = &centered[component * size..][..size];
                self.acc.weights[component] += part.iter().sum::<f64>();
                let firsts = &mut self.acc.firsts[component * size..][..size];
                let seconds = &mut self.acc.seconds[component * size * size..][..size * size];
                for (i, values) in centered.iter().enumerate() {
                    let mut weighted = [0.0; LANES];
                    for lane in 0..LANES {
                        weighted[lane] = part[lane] * values[lane];
                    }
                    firsts[i] += halves(&weighted);
                    for (j, others) in centered[..=i].iter().enumerate() {
                        let mut product = [0.0; LANES];
                        for lane in 0..LANES {
                            product[lane] = weighted[lane] * others[lane];
                        }
                        seconds[i * size + j] += halves(&product);
                    }
                }
            }
        }
    }
}

/// The first component with the largest share of a row.
pub fn largest(shares: &[Lanes], lane: usize) -> usize {
    (1..shares.len()).fold(0, |best, index| if shares[index][lane] > shares[best][lane] { index } else { best })
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn halves(lanes: &Lanes) -> f64 {
    let mut lanes = *lanes;
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        for lane in 0..count {
            lanes[lane] += lanes[lane + count];
        }
    }
    lanes[0]
}
