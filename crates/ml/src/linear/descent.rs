//! Minimising an objective over the training rows, one gradient pass an evaluation.

use super::gradient::{GradientPass, LossSum, Objective};
use super::standardized::Scaling;
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::optimize::{Options, QuasiNewton, Solution, dot};
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
    /// The penalties of `regParam` (given, because some objectives scale it) and `elasticNetParam`. Without
    /// `standardization` the coefficients of the original features are penalised.
    pub fn new(params: &Params, strength: f64, deviations: &[f64], margins: usize, dimensions: usize) -> Result<Self> {
        let mixing = params.double("elasticNetParam")?;
        let standardized = params.bool("standardization")?;
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
        Ok(Self {
            l1: (mixing != 0.0 && strength != 0.0).then(|| penalties(mixing * strength, 1)),
            l2: penalties((1.0 - mixing) * strength, 2),
        })
    }
}

/// A minimisation in progress.
pub struct Descent {
    scaling: Arc<Scaling>,
    objective: Objective,
    l2: Vec<f64>,
    minimizer: QuasiNewton,
    max_iterations: u64,
    finish: Finish,
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
        let minimizer = QuasiNewton::new(options, start);
        Ok(Self { scaling: Arc::new(scaling), objective, l2: penalty.l2, minimizer, max_iterations, finish })
    }
}

impl Fit for Descent {
    type Pass = GradientPass;

    fn pass(&self) -> GradientPass {
        let point = self.minimizer.point().to_vec();
        GradientPass { scaling: self.scaling.clone(), objective: self.objective, point }
    }

    fn absorb(mut self, merged: LossSum) -> Result<Step<Self>> {
        let point = self.minimizer.point();
        let pull: Vec<f64> = self.l2.iter().zip(point).map(|(l2, value)| l2 * value).collect();
        let value = merged.loss / merged.weight + 0.5 * dot(&pull, point);
        let gradient = merged.gradient.iter().zip(&pull).map(|(sum, pull)| sum / merged.weight + pull).collect();
        match self.minimizer.tell(value, gradient) {
            None => Ok(Step::Again(self)),
            Some(solution) => (self.finish)(solution).map(|(model, report)| Step::Done(model, report)),
        }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.minimizer.iterations(), total: self.max_iterations, unit: "iterations" }
    }
}
