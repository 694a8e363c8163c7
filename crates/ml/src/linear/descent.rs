//! Minimising an objective over the training rows, one gradient pass an evaluation.

use super::gradient::{GradientPass, LossSum, Objective};
use super::standardized::Scaling;
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::optimize::{BoundedQuasiNewton, Bounds, Options, QuasiNewton, Solution, dot};
use crate::{Params, Transformer};
use brickyard_error::Result;
use std::sync::Arc;

/// Makes the model from the solution.
pub type Finish = Box<dyn FnOnce(Solution) -> Result<(Box<dyn Transformer>, FitReport)> + Send>;

/// Elastic net penalties of every coordinate, in the space of standardised features; intercepts have none.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    pub l1: Option<Vec<f64>>,
    pub l2: Vec<f64>,
}

impl Penalty {
    /// The penalties of `regParam` (given, because some objectives scale it) and `elasticNetParam`.
    pub fn new(params: &Params, strength: f64, deviations: &[f64], margins: usize, dimensions: usize) -> Result<Self> {
        let (mixing, standardized) = (params.double("elasticNetParam")?, params.bool("standardization")?);
        Ok(Self::elastic(strength, mixing, standardized, deviations, margins, dimensions))
    }

    /// `mixing` is 0 for L2 and 1 for L1. Unless `standardized` the coefficients of the original features are penalised.
    pub fn elastic(
        strength: f64,
        mixing: f64,
        standardized: bool,
        deviations: &[f64],
        margins: usize,
        dimensions: usize,
    ) -> Self {
        let penalties = |strength: f64, power: i32| -> Vec<f64> {
            let one = |deviation: &f64| match (standardized, *deviation) {
                (true, _) => strength,
                (false, 0.0) => 0.0,
                (false, deviation) => strength / deviation.powi(power),
            };
            let mut all: Vec<f64> = deviations.iter().flat_map(|d| std::iter::repeat_n(one(d), margins)).collect();
            all.resize(dimensions, 0.0);
            all
        };
        Self {
            l1: (mixing != 0.0 && strength != 0.0).then(|| penalties(mixing * strength, 1)),
            l2: penalties((1.0 - mixing) * strength, 2),
        }
    }
}

/// A minimisation in progress.
pub struct Descent {
    scaling: Arc<Scaling>,
    objective: Objective,
    l2: Vec<f64>,
    minimizer: Minimizer,
    max_iterations: u64,
    finish: Finish,
}

enum Minimizer {
    Free(QuasiNewton),
    Bounded(BoundedQuasiNewton),
}

impl Descent {
    pub fn new(
        params: &Params,
        scaling: Scaling,
        objective: Objective,
        penalty: Penalty,
        start: Vec<f64>,
        finish: Finish,
    ) -> Result<Self> {
        let max_iterations = params.int("maxIter")?.unsigned_abs();
        let options = Options { max_iterations, tolerance: params.double("tol")?, l1: penalty.l1 };
        let minimizer = Minimizer::Free(QuasiNewton::new(options, start));
        Ok(Self { scaling: Arc::new(scaling), objective, l2: penalty.l2, minimizer, max_iterations, finish })
    }

    /// With bounds on every number of the point, and no L1 penalty.
    pub fn within(mut self, bounds: Bounds, start: Vec<f64>, tolerance: f64) -> Self {
        self.minimizer = Minimizer::Bounded(BoundedQuasiNewton::new(bounds, start, self.max_iterations, tolerance));
        self
    }

    fn point(&self) -> &[f64] {
        match &self.minimizer {
            Minimizer::Free(minimizer) => minimizer.point(),
            Minimizer::Bounded(minimizer) => minimizer.point(),
        }
    }
}

impl Fit for Descent {
    type Pass = GradientPass;

    fn pass(&self) -> GradientPass {
        GradientPass { scaling: self.scaling.clone(), objective: self.objective, point: self.point().to_vec() }
    }

    fn absorb(mut self, merged: LossSum) -> Result<Step<Self>> {
        let point = self.point();
        let pull: Vec<f64> = self.l2.iter().zip(point).map(|(l2, value)| l2 * value).collect();
        let value = merged.loss / merged.weight + 0.5 * dot(&pull, point);
        let gradient = merged.gradient.iter().zip(&pull).map(|(sum, pull)| sum / merged.weight + pull).collect();
        let solution = match &mut self.minimizer {
            Minimizer::Free(minimizer) => minimizer.tell(value, gradient),
            Minimizer::Bounded(minimizer) => minimizer.tell(value, gradient),
        };
        match solution {
            None => Ok(Step::Again(self)),
            Some(solution) => (self.finish)(solution).map(|(model, report)| Step::Done(model, report)),
        }
    }

    fn progress(&self) -> Progress {
        let done = match &self.minimizer {
            Minimizer::Free(minimizer) => minimizer.iterations(),
            Minimizer::Bounded(minimizer) => minimizer.iterations(),
        };
        Progress { done, total: self.max_iterations, unit: "iterations" }
    }
}
