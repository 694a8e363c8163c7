//! The L-BFGS approximation of the inverse Hessian from the last steps and gradient changes
//! (Nocedal & Wright, *Numerical Optimization*, algorithm 7.4).

use super::dot;
use std::collections::VecDeque;

/// The pairs remembered, newest first.
#[derive(Debug, Clone)]
pub struct InverseHessian {
    memory: usize,
    pairs: VecDeque<Pair>,
}

#[derive(Debug, Clone)]
struct Pair {
    step: Vec<f64>,
    gradient_change: Vec<f64>,
    /// The scalar product of the two.
    curvature: f64,
}

impl InverseHessian {
    pub fn new(memory: usize) -> Self {
        Self { memory, pairs: VecDeque::with_capacity(memory) }
    }

    pub fn remember(&mut self, step: Vec<f64>, gradient_change: Vec<f64>) {
        self.pairs.truncate(self.memory.saturating_sub(1));
        let curvature = dot(&step, &gradient_change);
        self.pairs.push_front(Pair { step, gradient_change, curvature });
    }

    /// The quasi-Newton direction for this gradient; `None` where the memory is no positive definite matrix.
    pub fn descent(&self, gradient: &[f64]) -> Option<Vec<f64>> {
        let mut direction = gradient.to_vec();
        let Some(newest) = self.pairs.front() else {
            direction.iter_mut().for_each(|value| *value *= -1.0);
            return Some(direction);
        };
        if newest.curvature < 0.0 || newest.curvature.is_nan() {
            return None;
        }
        let scale = newest.curvature / dot(&newest.gradient_change, &newest.gradient_change);

        let mut weights = Vec::with_capacity(self.pairs.len());
        for pair in &self.pairs {
            let weight = dot(&pair.step, &direction) / pair.curvature;
            if weight.is_nan() {
                return None;
            }
            add_scaled(&mut direction, -weight, &pair.gradient_change);
            weights.push(weight);
        }
        direction.iter_mut().for_each(|value| *value *= scale);
        for (pair, weight) in self.pairs.iter().zip(weights).rev() {
            let correction = dot(&pair.gradient_change, &direction) / pair.curvature;
            add_scaled(&mut direction, weight - correction, &pair.step);
        }
        direction.iter_mut().for_each(|value| *value *= -1.0);
        Some(direction)
    }
}

fn add_scaled(sum: &mut [f64], factor: f64, vector: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += factor * value;
    }
}
