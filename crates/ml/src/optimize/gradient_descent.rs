//! Plain gradient descent as a state machine, with the stopping rule of Spark's `mllib.optimization.GradientDescent`.

use super::{Solution, norm};

/// A minimisation in progress: evaluate the objective at [`GradientDescent::point`], tell it, until it is done.
#[derive(Debug)]
pub struct GradientDescent {
    point: Vec<f64>,
    step: Rule,
    steps: u64,
    max_iterations: u64,
    /// Relative, of how far the point moves.
    tolerance: f64,
    history: Vec<f64>,
    /// The penalty at the point, which the next loss is told with.
    penalty: f64,
}

/// How a gradient moves the point.
#[derive(Debug)]
enum Rule {
    Plain {
        size: f64,
    },
    /// Steps shrink by the root of their number, with an L2 penalty of this strength.
    Shrinking {
        size: f64,
        strength: f64,
    },
    /// AdamW (Loshchilov & Hutter, 2019): the decay is apart from the moments of the gradients.
    Adam {
        size: f64,
        decay: f64,
        first: Vec<f64>,
        second: Vec<f64>,
    },
}

impl GradientDescent {
    /// Steps of `size` times the gradient.
    pub fn new(start: Vec<f64>, size: f64, max_iterations: u64, tolerance: f64) -> Self {
        Self {
            point: start,
            step: Rule::Plain { size },
            steps: 0,
            max_iterations,
            tolerance,
            history: Vec::new(),
            penalty: 0.0,
        }
    }

    /// Steps of `size` divided by the root of their number, with an L2 penalty.
    pub fn shrinking(start: Vec<f64>, size: f64, strength: f64, max_iterations: u64, tolerance: f64) -> Self {
        let step = Rule::Shrinking { size, strength };
        Self { step, ..Self::new(start, size, max_iterations, tolerance) }.with_penalty(strength)
    }

    /// Steps of AdamW.
    pub fn adam(start: Vec<f64>, size: f64, decay: f64, max_iterations: u64, tolerance: f64) -> Self {
        let zeros = vec![0.0; start.len()];
        let step = Rule::Adam { size, decay, first: zeros.clone(), second: zeros };
        Self { step, ..Self::new(start, size, max_iterations, tolerance) }.with_penalty(decay)
    }

    fn with_penalty(mut self, strength: f64) -> Self {
        let length = norm(&self.point);
        self.penalty = 0.5 * strength * length * length;
        self
    }

    /// Where the objective is wanted.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// Steps taken.
    pub fn iterations(&self) -> u64 {
        self.steps
    }

    /// Takes loss and gradient at [`GradientDescent::point`]; the solution when there is no more to ask. After the last
    /// step the loss is asked for once more, to be told.
    pub fn tell(&mut self, loss: f64, gradient: &[f64]) -> Option<Solution> {
        self.history.push(loss + self.penalty);
        if self.steps >= self.max_iterations {
            return Some(self.finish());
        }
        self.steps += 1;
        let before = self.point.clone();
        let number = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let mut strength = 0.0;
        match &mut self.step {
            Rule::Plain { size } => {
                for (value, gradient) in self.point.iter_mut().zip(gradient) {
                    *value -= *size * gradient;
                }
            }
            Rule::Shrinking { size, strength: penalty } => {
                let size = *size / f64::from(number).sqrt();
                strength = *penalty;
                for (value, gradient) in self.point.iter_mut().zip(gradient) {
                    *value = *value * (1.0 - size * strength) - size * gradient;
                }
            }
            Rule::Adam { size, decay, first, second } => {
                const FIRST: f64 = 0.9;
                const SECOND: f64 = 0.999;
                const EPSILON: f64 = 1e-8;
                strength = *decay;
                let (first_share, second_share) = (1.0 - FIRST.powi(number), 1.0 - SECOND.powi(number));
                let moments = first.iter_mut().zip(second);
                for ((value, gradient), (first, second)) in self.point.iter_mut().zip(gradient).zip(moments) {
                    *first = FIRST * *first + (1.0 - FIRST) * gradient;
                    *second = SECOND * *second + (1.0 - SECOND) * gradient * gradient;
                    let step = (*first / first_share) / ((*second / second_share).sqrt() + EPSILON);
                    *value -= *size * step + *decay * *value;
                }
            }
        }
        let length = norm(&self.point);
        self.penalty = 0.5 * strength * length * length;
        let moved: Vec<f64> = self.point.iter().zip(&before).map(|(after, before)| after - before).collect();
        // Spark compares with the point before only from the second step on.
        let is_still = number > 1 && norm(&moved) < self.tolerance * length.max(1.0);
        is_still.then(|| self.finish())
    }

    /// The point as it is, with the losses told so far.
    pub fn finish(&mut self) -> Solution {
        Solution { point: self.point.clone(), history: std::mem::take(&mut self.history) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_finds_the_bottom_of_a_bowl() {
        let rules = [
            GradientDescent::new(vec![4.0, -3.0], 0.3, 500, 1e-9),
            GradientDescent::shrinking(vec![4.0, -3.0], 0.5, 0.0, 5000, 1e-9),
            GradientDescent::adam(vec![4.0, -3.0], 0.05, 0.0, 5000, 1e-12),
        ];
        for mut rule in rules {
            let solution = loop {
                let gradient: Vec<f64> = rule.point().iter().zip([1.0, 2.0]).map(|(x, center)| x - center).collect();
                if let Some(solution) = rule.tell(0.5 * gradient.iter().map(|g| g * g).sum::<f64>(), &gradient) {
                    break solution;
                }
            };
            assert!((solution.point[0] - 1.0).abs() < 1e-3 && (solution.point[1] - 2.0).abs() < 1e-3, "{solution:?}");
        }
    }
}
