//! The minimiser: L-BFGS, or OWL-QN where coordinates have an L1 penalty (Andrew & Gao, 2007).

use super::inverse_hessian::InverseHessian;
use super::line_search::{Pause, Probe, backtracking, strong_wolfe};
use super::{dot, norm};
use std::collections::VecDeque;

/// When to stop, and what is penalised.
#[derive(Debug, Clone)]
pub struct Options {
    pub max_iterations: u64,
    /// Relative, of function values (over the last 20) and of the gradient's norm.
    pub tolerance: f64,
    /// L1 penalty of each coordinate; `None` chooses L-BFGS.
    pub l1: Option<Vec<f64>>,
}

impl Options {
    /// Correction pairs that the inverse Hessian remembers; Spark's choice everywhere.
    const MEMORY: usize = 10;
    /// Function values that convergence looks back on.
    const LOOK_BACK: usize = 20;

    /// A ceiling on evaluations: noise in the last digits must not make line searches go on for ever.
    fn max_evaluations(&self) -> u64 {
        50 + 4 * self.max_iterations
    }
}

/// Where the minimiser stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    pub point: Vec<f64>,
    /// The penalised objective of every iterate, the start first.
    pub history: Vec<f64>,
}

/// A point with what was told about it.
#[derive(Debug, Clone)]
struct Evaluated {
    point: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    /// With the L1 penalty; equal to `value` without one.
    penalised_value: f64,
    /// The gradient, or the pseudo-gradient of steepest descent with the L1 penalty.
    penalised_gradient: Vec<f64>,
}

/// A line search under way.
#[derive(Debug)]
struct Search {
    direction: Vec<f64>,
    start: Probe,
    probes: Vec<Probe>,
    evaluated: Vec<Evaluated>,
}

/// A minimisation in progress: evaluate the objective at [`QuasiNewton::point`], tell it, until it is done.
#[derive(Debug)]
pub struct QuasiNewton {
    options: Options,
    hessian: InverseHessian,
    current: Option<Evaluated>,
    search: Option<Search>,
    /// Where the objective is wanted next.
    wanted: Vec<f64>,
    wanted_step: f64,
    iterations: u64,
    evaluations: u64,
    history: Vec<f64>,
    recent: VecDeque<f64>,
    failed_before: bool,
}

impl QuasiNewton {
    pub fn new(options: Options, start: Vec<f64>) -> Self {
        Self {
            options,
            hessian: InverseHessian::new(Options::MEMORY),
            current: None,
            search: None,
            wanted: start,
            wanted_step: 0.0,
            iterations: 0,
            evaluations: 0,
            history: Vec::new(),
            recent: VecDeque::from([f64::INFINITY]),
            failed_before: false,
        }
    }

    /// Where the objective is wanted.
    pub fn point(&self) -> &[f64] {
        &self.wanted
    }

    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Takes the smooth part's value and gradient at [`QuasiNewton::point`]; the solution when there is no more to ask.
    pub fn tell(&mut self, value: f64, gradient: Vec<f64>) -> Option<Solution> {
        self.evaluations += 1;
        let point = std::mem::take(&mut self.wanted);
        let evaluated = self.penalise(point, value, gradient);
        let Some(search) = &mut self.search else {
            self.history.push(evaluated.penalised_value);
            self.current = Some(evaluated);
            return self.next_iteration();
        };
        search.probes.push(Probe {
            step: self.wanted_step,
            value: evaluated.penalised_value,
            slope: dot(&evaluated.penalised_gradient, &search.direction),
        });
        search.evaluated.push(evaluated);
        self.advance_search()
    }

    /// Minimises a function that can be called here and now.
    pub fn minimize(mut self, objective: impl Fn(&[f64]) -> (f64, Vec<f64>)) -> Solution {
        loop {
            let (value, gradient) = objective(self.point());
            if let Some(solution) = self.tell(value, gradient) {
                return solution;
            }
        }
    }

    // ---- iterations

    /// Starts a line search from the current point, unless it is good enough.
    fn next_iteration(&mut self) -> Option<Solution> {
        let current = self.current.as_ref()?;
        if self.has_converged(current) {
            return self.solution();
        }
        let Some(direction) = self.descent(current) else { return self.fail() };
        let slope = dot(&current.penalised_gradient, &direction);
        if self.iterations > 0 && slope.abs() <= f64::EPSILON * current.penalised_value.abs() {
            return self.solution(); // a full step would change nothing that can be measured
        }
        let start = Probe { step: 0.0, value: current.penalised_value, slope };
        self.search = Some(Search { direction, start, probes: Vec::new(), evaluated: Vec::new() });
        self.advance_search()
    }

    /// Asks for the search's next point, or goes on from the step it found.
    fn advance_search(&mut self) -> Option<Solution> {
        let (current, search) = (self.current.as_ref()?, self.search.as_ref()?);
        match self.choose_step(current, search) {
            Err(Pause::Need(_)) if self.evaluations >= self.options.max_evaluations() => self.solution(),
            Err(Pause::Need(step)) => {
                self.wanted = self.step_to(current, &search.direction, step);
                self.wanted_step = step;
                None
            }
            Err(Pause::Failed) => self.fail(),
            Ok(step) if self.options.l1.is_none() && step * norm(&current.gradient) < 1e-10 => self.fail(),
            Ok(step) => self.accept(step),
        }
    }

    fn choose_step(&self, current: &Evaluated, search: &Search) -> Result<f64, Pause> {
        let first = self.iterations == 0;
        if self.options.l1.is_some() {
            let first_step = if first { 0.5 / norm(&current.gradient) } else { 1.0 };
            let shrink = if first { 0.1 } else { 0.5 };
            return backtracking(search.start, current.value, first_step, shrink, &search.probes);
        }
        let first_step = if first { 1.0 / norm(&search.direction) } else { 1.0 };
        strong_wolfe(search.start, first_step, &search.probes)
    }

    fn accept(&mut self, step: f64) -> Option<Solution> {
        let (before, search) = (self.current.take()?, self.search.take()?);
        let taken = search.probes.iter().position(|probe| probe.step == step)?;
        let after = search.evaluated.into_iter().nth(taken)?;
        let difference = |after: &[f64], before: &[f64]| after.iter().zip(before).map(|(a, b)| a - b).collect();
        self.hessian.remember(difference(&after.point, &before.point), difference(&after.gradient, &before.gradient));
        self.recent.push_back(after.penalised_value);
        if self.recent.len() > Options::LOOK_BACK {
            self.recent.pop_front();
        }
        self.history.push(after.penalised_value);
        self.current = Some(after);
        self.iterations += 1;
        self.failed_before = false;
        self.next_iteration()
    }

    /// No step was found: once more with an empty memory, then give up.
    fn fail(&mut self) -> Option<Solution> {
        self.search = None;
        self.history.push(self.current.as_ref()?.penalised_value);
        if self.failed_before {
            return self.solution();
        }
        self.failed_before = true;
        self.hessian = InverseHessian::new(Options::MEMORY);
        self.next_iteration()
    }

    fn has_converged(&self, current: &Evaluated) -> bool {
        let tolerance = self.options.tolerance;
        let highest = self.recent.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let start = self.history.first().copied().unwrap_or(f64::NAN);
        self.iterations >= self.options.max_iterations
            || (self.recent.len() >= 2 && (current.penalised_value - highest).abs() <= tolerance * start.abs())
            || norm(&current.penalised_gradient) <= (tolerance * current.penalised_value.abs()).max(1e-8)
    }

    fn solution(&mut self) -> Option<Solution> {
        let current = self.current.take()?;
        Some(Solution { point: current.point, history: std::mem::take(&mut self.history) })
    }

    // ---- what the L1 penalty changes

    fn descent(&self, current: &Evaluated) -> Option<Vec<f64>> {
        let mut direction = self.hessian.descent(&current.penalised_gradient)?;
        if self.options.l1.is_some() {
            for (direction, gradient) in direction.iter_mut().zip(&current.penalised_gradient) {
                if *direction * gradient >= 0.0 {
                    *direction = 0.0;
                }
            }
        }
        Some(direction)
    }

    /// The point a step away; with an L1 penalty no coordinate crosses zero.
    fn step_to(&self, from: &Evaluated, direction: &[f64], step: f64) -> Vec<f64> {
        let moved = from.point.iter().zip(direction).map(|(point, direction)| point + direction * step);
        if self.options.l1.is_none() {
            return moved.collect();
        }
        let orthants = from.point.iter().zip(&from.penalised_gradient);
        let orthants = orthants.map(|(point, gradient)| if *point != 0.0 { sign(*point) } else { sign(-gradient) });
        moved.zip(orthants).map(|(moved, orthant)| if sign(moved) == orthant { moved } else { 0.0 }).collect()
    }

    fn penalise(&self, point: Vec<f64>, value: f64, gradient: Vec<f64>) -> Evaluated {
        let Some(l1) = &self.options.l1 else {
            let penalised_gradient = gradient.clone();
            return Evaluated { point, value, gradient, penalised_value: value, penalised_gradient };
        };
        let mut penalised_value = value;
        let mut penalised_gradient = gradient.clone();
        for ((point, gradient), l1) in point.iter().zip(&mut penalised_gradient).zip(l1) {
            penalised_value += (l1 * point).abs();
            *gradient = if *point != 0.0 {
                *gradient + sign(*point) * l1
            } else if *gradient - l1 > 0.0 {
                *gradient - l1
            } else if *gradient + l1 < 0.0 {
                *gradient + l1
            } else {
                0.0
            };
        }
        Evaluated { point, value, gradient, penalised_value, penalised_gradient }
    }
}

/// -1, 0 or 1.
fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(l1: Option<Vec<f64>>) -> Options {
        Options { max_iterations: 200, tolerance: 1e-12, l1 }
    }

    #[test]
    fn rosenbrocks_valley_is_followed_to_its_end() {
        let valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
        };
        let solution = QuasiNewton::new(options(None), vec![-1.2, 1.0]).minimize(valley);
        assert!(solution.point.iter().all(|value| (value - 1.0).abs() < 1e-6), "{solution:?}");
        assert!(solution.history.windows(2).all(|pair| pair[1] <= pair[0]));
    }

    #[test]
    fn an_l1_penalty_shrinks_to_the_soft_threshold() {
        // argmin ½(x - c)² + λ|x| is c moved towards zero by λ, or zero.
        let (centers, l1) = ([3.0, -0.5, 0.2, -4.0], vec![1.0, 1.0, 1.0, 0.0]);
        let bowl = |x: &[f64]| {
            let gradient: Vec<f64> = x.iter().zip(centers).map(|(x, center)| x - center).collect();
            (0.5 * dot(&gradient, &gradient), gradient)
        };
        let solution = QuasiNewton::new(options(Some(l1)), vec![0.0; 4]).minimize(bowl);
        let expected = [2.0, 0.0, 0.0, -4.0];
        assert!(solution.point.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{solution:?}");
    }

    #[test]
    fn it_ends_on_noise_and_at_once_without_iterations() {
        let counter = std::cell::Cell::new(0u64);
        let noisy = |x: &[f64]| {
            counter.set(counter.get() + 1);
            let noise = (counter.get() * 2_654_435_761 % 97) as f64 * 1e-9;
            (x[0] * x[0] + noise, vec![2.0 * x[0] + noise * 1e3])
        };
        let tight = Options { tolerance: 0.0, ..options(None) };
        let solution = QuasiNewton::new(tight, vec![5.0]).minimize(noisy);
        assert!(solution.point[0].abs() < 1e-3 && counter.get() <= 850, "{} {solution:?}", counter.get());

        let none = Options { max_iterations: 0, ..options(None) };
        let solution = QuasiNewton::new(none, vec![5.0]).minimize(noisy);
        assert_eq!((solution.point, solution.history.len()), (vec![5.0], 1));
    }
}
