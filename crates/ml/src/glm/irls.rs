//! Iteratively reweighted least squares (P. J. Green, 1984), as Spark's `IterativelyReweightedLeastSquares`: one pass and
//! one small linear system an iteration, until no coefficient moves by more than the tolerance.

use super::FEATURE_NAMES;
use super::link::{Distribution, Link};
use super::model::GeneralizedLinearRegressionModel;
use super::rows::Spec;
use super::working::{Stage, Working, WorkingPass};
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::linear::INVERSE_DIAGONAL;
use crate::linear::normal_equations::{LeastSquares, NormalEquations};
use crate::{Params, Value, Vector};
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

/// The least squares solutions, one after another.
pub struct Irls {
    settings: Settings,
    /// `None` before the starting values were fitted.
    current: Option<LeastSquares>,
    iterations: u64,
}

/// What does not change from pass to pass.
struct Settings {
    params: Params,
    distribution: Distribution,
    spec: Arc<Spec>,
    center: f64,
    names: Vec<String>,
    intercept: bool,
    strength: f64,
    max_iterations: u64,
    tolerance: f64,
}

impl Settings {
    fn pass(&self, stage: Stage) -> WorkingPass {
        WorkingPass { spec: self.spec.clone(), distribution: self.distribution, stage, center: self.center }
    }

    fn progress(&self, done: u64) -> Progress {
        Progress { done, total: self.max_iterations, unit: "iterations" }
    }

    /// Spark finds the deviance of the null model by a formula unless there are offsets that it cannot see through.
    fn needs_null_fit(&self) -> bool {
        self.intercept && self.spec.inputs.offset && !self.distribution.is_linear()
    }
}

impl Irls {
    pub fn new(
        params: Params,
        distribution: Distribution,
        spec: Arc<Spec>,
        label_mean: f64,
        names: Vec<String>,
    ) -> Result<Self> {
        let settings = Settings {
            distribution,
            spec,
            center: if distribution.link == Link::Identity { label_mean } else { 0.0 },
            names,
            intercept: params.bool("fitIntercept")?,
            strength: params.double("regParam")?,
            max_iterations: params.int("maxIter")?.unsigned_abs(),
            tolerance: params.double("tol")?,
            params,
        };
        Ok(Self { settings, current: None, iterations: 0 })
    }

    fn finish(self) -> Result<Step<Self>> {
        let Some(solution) = self.current else { return Err(Failure::internal("a fit ended before it began")) };
        let settings = self.settings;
        let diverged = solution.coefficients.iter().chain([&solution.intercept]).find(|value| !value.is_finite());
        if let Some(value) = diverged {
            let text =
                format!("the training diverged to a coefficient of {value}; choose another link or raise regParam");
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        let mut report = FitReport { iterations: self.iterations, ..FitReport::default() };
        report.values.insert(INVERSE_DIAGONAL, Value::Doubles(solution.inverse_diagonal));
        report.values.insert(FEATURE_NAMES, Value::Texts(settings.names.clone()));
        let coefficients = Vector::Dense(solution.coefficients);
        let model = GeneralizedLinearRegressionModel::new(settings.params.clone(), coefficients, solution.intercept);
        if settings.needs_null_fit() {
            return Ok(Step::Then(Box::new(NullFit {
                settings,
                model,
                report,
                current: None,
                iterations: 0,
                is_last: false,
            })));
        }
        Ok(Step::Done(Box::new(model), report))
    }
}

impl Fit for Irls {
    type Pass = WorkingPass;

    fn pass(&self) -> WorkingPass {
        let Some(current) = &self.current else { return self.settings.pass(Stage::Start) };
        let scales = &self.settings.spec.scaling.inverse_deviation;
        let scaled = current.coefficients.iter().zip(scales);
        let coefficients = scaled.map(|(value, scale)| if *scale == 0.0 { 0.0 } else { value / scale }).collect();
        self.settings.pass(Stage::Predictor { coefficients, intercept: current.intercept })
    }

    fn absorb(mut self, working: Working) -> Result<Step<Self>> {
        let settings = &self.settings;
        if working.gram.weight.is_nan() || working.gram.weight <= 0.0 {
            let text = format!("requirement failed: Sum of weights cannot be zero: {}", working.gram.weight);
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        let equations =
            NormalEquations::reweighted(&working.gram, &settings.spec.scaling, settings.center, settings.intercept);
        let solution = equations.solve_ridge(settings.strength, self.current.is_none());
        let Some(before) = self.current.replace(solution) else {
            if settings.distribution.is_linear() {
                self.iterations = 1;
                return self.finish();
            }
            return if settings.max_iterations == 0 { self.finish() } else { Ok(Step::Again(self)) };
        };
        self.iterations += 1;
        let moved = self.current.as_ref().map_or(0.0, |after| largest_change(&before, after));
        if moved < settings.tolerance || self.iterations >= settings.max_iterations {
            return self.finish();
        }
        Ok(Step::Again(self))
    }

    fn progress(&self) -> Progress {
        self.settings.progress(self.iterations)
    }
}

fn largest_change(before: &LeastSquares, after: &LeastSquares) -> f64 {
    let pairs = before.coefficients.iter().zip(&after.coefficients);
    pairs.map(|(before, after)| (before - after).abs()).fold((before.intercept - after.intercept).abs(), f64::max)
}

/// The same for an intercept alone, whose deviance the summary tells.
pub struct NullFit {
    settings: Settings,
    model: GeneralizedLinearRegressionModel,
    report: FitReport,
    current: Option<f64>,
    iterations: u64,
    /// The intercept is found: one more pass tells its deviance.
    is_last: bool,
}

impl Fit for NullFit {
    type Pass = WorkingPass;

    fn pass(&self) -> WorkingPass {
        self.settings.pass(self.current.map_or(Stage::NullStart, |intercept| Stage::Null { intercept }))
    }

    fn absorb(mut self, working: Working) -> Result<Step<Self>> {
        if self.is_last {
            self.report.values.insert("nullDeviance", Value::Double(working.deviance));
            return Ok(Step::Done(Box::new(self.model), self.report));
        }
        let next = self.settings.center + working.gram.sums[0] / working.gram.weight;
        let moved = self.current.replace(next).map(|before| (before - next).abs());
        self.iterations += u64::from(moved.is_some());
        self.is_last = moved.is_some_and(|moved| moved < self.settings.tolerance)
            || self.iterations >= self.settings.max_iterations;
        Ok(Step::Again(self))
    }

    fn progress(&self) -> Progress {
        self.settings.progress(self.iterations)
    }
}
