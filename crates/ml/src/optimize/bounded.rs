//! Quasi-Newton minimisation within bounds: the numbers that their bounds hold are left where they are, the others take an
//! L-BFGS step that is cut off at the bounds (Bertsekas, 1982; Kim, Sra & Dhillon, 2010).

use super::{Solution, dot};
use std::collections::VecDeque;

/// The least and the greatest value of each number.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

impl Bounds {
    /// None.
    pub fn free(dimensions: usize) -> Self {
        Self { lower: vec![f64::NEG_INFINITY; dimensions], upper: vec![f64::INFINITY; dimensions] }
    }

    /// The nearest point within.
    pub fn project(&self, point: &mut [f64]) {
        for ((value, lower), upper) in point.iter_mut().zip(&self.lower).zip(&self.upper) {
            *value = value.max(*lower).min(*upper);
        }
    }

    /// Whether the gradient pushes a number against its bound.
    fn holds(&self, index: usize, value: f64, gradient: f64) -> bool {
        (value <= self.lower[index] && gradient > 0.0) || (value >= self.upper[index] && gradient < 0.0)
    }
}

/// A point with what was told about it.
#[derive(Debug, Clone)]
struct Evaluated {
    point: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A step and the change of the gradient along it.
#[derive(Debug)]
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
}

/// A minimisation in progress: evaluate the objective at [`BoundedQuasiNewton::point`], tell it, until it is done.
#[derive(Debug)]
pub struct BoundedQuasiNewton {
    bounds: Bounds,
    max_iterations: u64,
    /// Relative, of the objective's fall and of the projected gradient.
    tolerance: f64,
    current: Option<Evaluated>,
    direction: Vec<f64>,
    step: f64,
    wanted: Vec<f64>,
    pairs: VecDeque<Pair>,
    history: Vec<f64>,
    iterations: u64,
    /// Steps that were tried from the current point.
    trials: u32,
}

impl BoundedQuasiNewton {
    const MEMORY: usize = 10;
    const MAX_TRIALS: u32 = 40;
    const SUFFICIENT_DECREASE: f64 = 1e-4;

    pub fn new(bounds: Bounds, mut start: Vec<f64>, max_iterations: u64, tolerance: f64) -> Self {
        bounds.project(&mut start);
        Self {
            bounds,
            max_iterations,
            tolerance,
            current: None,
            direction: Vec::new(),
            step: 0.0,
            wanted: start,
            pairs: VecDeque::new(),
            history: Vec::new(),
            iterations: 0,
            trials: 0,
        }
    }

    /// Where the objective is wanted.
    pub fn point(&self) -> &[f64] {
        &self.wanted
    }

    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Takes value and gradient at [`BoundedQuasiNewton::point`]; the solution when there is no more to ask.
    pub fn tell(&mut self, value: f64, gradient: Vec<f64>) -> Option<Solution> {
        let point = std::mem::take(&mut self.wanted);
        let told = Evaluated { point, value, gradient };
        let Some(before) = self.current.take() else {
            self.history.push(value);
            return self.go_on(told);
        };
        let moved: Vec<f64> = told.point.iter().zip(&before.point).map(|(after, before)| after - before).collect();
        let expected = dot(&before.gradient, &moved);
        let is_enough = told.value <= before.value + Self::SUFFICIENT_DECREASE * expected;
        if !(is_enough && told.value.is_finite()) {
            return self.try_shorter(before);
        }
        self.iterations += 1;
        self.history.push(told.value);
        let change: Vec<f64> =
            told.gradient.iter().zip(&before.gradient).map(|(after, before)| after - before).collect();
        let fall = before.value - told.value;
        self.pairs.truncate(Self::MEMORY - 1);
        self.pairs.push_front(Pair { step: moved, change });
        if fall <= self.tolerance * told.value.abs().max(1e-8) * 1e-3 {
            return Some(self.solution(told));
        }
        self.go_on(told)
    }

    /// Halves the step; without a memory a direction that leads nowhere ends the search.
    fn try_shorter(&mut self, before: Evaluated) -> Option<Solution> {
        self.trials += 1;
        self.step *= 0.5;
        if self.trials < Self::MAX_TRIALS {
            self.want(before);
            return None;
        }
        if self.pairs.is_empty() {
            return Some(self.solution(before));
        }
        self.pairs.clear();
        self.go_on(before)
    }

    /// Chooses the next direction, unless the point is good enough.
    fn go_on(&mut self, at: Evaluated) -> Option<Solution> {
        let is_free: Vec<bool> =
            (0..at.point.len()).map(|index| !self.bounds.holds(index, at.point[index], at.gradient[index])).collect();
        let mut projected: Vec<f64> = at.point.iter().zip(&at.gradient).map(|(value, slope)| value - slope).collect();
        self.bounds.project(&mut projected);
        let rest = projected.iter().zip(&at.point).map(|(left, right)| (left - right).abs()).fold(0.0, f64::max);
        let is_flat = rest <= (self.tolerance * at.value.abs()).clamp(1e-12, 1e-6);
        if self.iterations >= self.max_iterations || is_flat {
            return Some(self.solution(at));
        }
        self.direction = self.descent(&at.gradient, &is_free);
        if dot(&self.direction, &at.gradient) >= 0.0 {
            self.pairs.clear();
            self.direction = self.descent(&at.gradient, &is_free);
        }
        let length = dot(&self.direction, &self.direction).sqrt();
        self.step = if self.pairs.is_empty() { 1.0 / length.max(1.0) } else { 1.0 };
        self.trials = 0;
        self.want(at);
        None
    }

    fn want(&mut self, from: Evaluated) {
        self.wanted = from.point.iter().zip(&self.direction).map(|(value, way)| value + self.step * way).collect();
        self.bounds.project(&mut self.wanted);
        self.current = Some(from);
    }

    /// The two-loop recursion among the free numbers.
    fn descent(&self, gradient: &[f64], is_free: &[bool]) -> Vec<f64> {
        let product = |left: &[f64], right: &[f64]| -> f64 {
            left.iter()
                .zip(right)
                .zip(is_free)
                .map(|((left, right), free)| if *free { left * right } else { 0.0 })
                .sum()
        };
        let mut direction: Vec<f64> =
            gradient.iter().zip(is_free).map(|(slope, free)| if *free { -slope } else { 0.0 }).collect();
        let curved: Vec<(&Pair, f64)> = self
            .pairs
            .iter()
            .map(|pair| (pair, product(&pair.step, &pair.change)))
            .filter(|(pair, curvature)| *curvature > 1e-12 * product(&pair.change, &pair.change))
            .collect();
        let mut weights = Vec::with_capacity(curved.len());
        for (pair, curvature) in &curved {
            let weight = product(&pair.step, &direction) / curvature;
            add(&mut direction, -weight, &pair.change, is_free);
            weights.push(weight);
        }
        if let Some((pair, curvature)) = curved.first() {
            let scale = curvature / product(&pair.change, &pair.change);
            direction.iter_mut().for_each(|value| *value *= scale);
        }
        for ((pair, curvature), weight) in curved.iter().zip(weights).rev() {
            let correction = product(&pair.change, &direction) / curvature;
            add(&mut direction, weight - correction, &pair.step, is_free);
        }
        direction
    }

    fn solution(&mut self, at: Evaluated) -> Solution {
        Solution { point: at.point, history: std::mem::take(&mut self.history) }
    }
}

fn add(sum: &mut [f64], factor: f64, vector: &[f64], is_free: &[bool]) {
    for ((sum, value), free) in sum.iter_mut().zip(vector).zip(is_free) {
        if *free {
            *sum += factor * value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_what_would_leave_them() {
        // A stretched bowl around (3, -2, 0.5), tilted; the second number may not fall below -1.
        let objective = |x: &[f64]| {
            let (a, b, c) = (x[0] - 3.0, x[1] + 2.0, x[2] - 0.5);
            (a * a + 50.0 * b * b + 5.0 * c * c + 2.0 * a * c, vec![2.0 * a + 2.0 * c, 100.0 * b, 10.0 * c + 2.0 * a])
        };
        let bounds = Bounds { lower: vec![f64::NEG_INFINITY, -1.0, 0.0], upper: vec![2.0, f64::INFINITY, 10.0] };
        let mut minimizer = BoundedQuasiNewton::new(bounds, vec![9.0, 9.0, 9.0], 200, 1e-12);
        let solution = loop {
            let (value, gradient) = objective(minimizer.point());
            if let Some(solution) = minimizer.tell(value, gradient) {
                break solution;
            }
        };
        // With the first number at 2: 10 (c - 0.5) = 2.
        for (found, expected) in solution.point.iter().zip([2.0, -1.0, 0.7]) {
            assert!((found - expected).abs() < 1e-8, "{solution:?}");
        }
        assert!(solution.history.windows(2).all(|pair| pair[1] <= pair[0]));
    }

    #[test]
    fn without_bounds_it_follows_rosenbrocks_valley() {
        let valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
        };
        let mut minimizer = BoundedQuasiNewton::new(Bounds::free(2), vec![-1.2, 1.0], 500, 1e-14);
        let solution = loop {
            let (value, gradient) = valley(minimizer.point());
            if let Some(solution) = minimizer.tell(value, gradient) {
                break solution;
            }
        };
        assert!(solution.point.iter().all(|value| (value - 1.0).abs() < 1e-5), "{solution:?}");
    }
}
