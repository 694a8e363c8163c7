//! Linear regression with elastic net penalties (`org.apache.spark.ml.regression`).

use super::descent::{Descent, Penalty};
use super::gradient::{Intercept, Objective};
use super::gram::{Gram, GramPass};
use super::normal_equations::NormalEquations;
use super::regression_model::{LinearRegressionModel, MODEL_CLASS};
use super::rows::{inputs, requirement_failed};
use super::standardized::Scaling;
use super::summary::{Summary, SummaryPass};
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::LabelKind;
use crate::optimize::{Bounds, Solution, dot};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::{Input, Operator, Params, Registry, Transformer, Value, Vector};
use arrow_schema::Schema;
use brickyard_error::{Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.regression.LinearRegression";

/// More features make the normal matrix too large; Spark's number.
const MAX_NORMAL_FEATURES: usize = 4096;

const EPSILON: ParamSpec =
    ParamSpec::new("epsilon", Kind::Double, Default::Double(1.35), "shape of the huber loss (> 1)")
        .checked(|value| matches!(value, Value::Double(epsilon) if *epsilon > 1.0));
const LOSS: ParamSpec =
    ParamSpec::new("loss", Kind::Text, Default::Text("squaredError"), "loss to minimise: squaredError or huber")
        .checked(|value| matches!(value, Value::Text(loss) if ["squaredError", "huber"].contains(&loss.as_str())));
const SOLVER: ParamSpec = ParamSpec::new(
    "solver",
    Kind::Text,
    Default::Text("auto"),
    "auto, normal (one pass for the normal equations) or l-bfgs",
)
.checked(|value| matches!(value, Value::Text(solver) if ["auto", "normal", "l-bfgs"].contains(&solver.as_str())));

pub(super) static SPECS: [ParamSpec; 15] = [
    shared::AGGREGATION_DEPTH,
    shared::ELASTIC_NET_PARAM,
    EPSILON,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    shared::LABEL_COL,
    LOSS,
    shared::MAX_BLOCK_SIZE_IN_MB,
    shared::max_iter(100),
    shared::PREDICTION_COL,
    shared::REG_PARAM,
    SOLVER,
    shared::STANDARDIZATION,
    shared::TOL,
    shared::WEIGHT_COL,
];

/// Adds the estimator and its model.
pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(LinearRegression { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::estimator(LinearRegression { params: saved.params(&SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| LinearRegressionModel::load(saved).map(Operator::transformer));
}

/// The estimator.
#[derive(Debug, Clone)]
pub struct LinearRegression {
    params: Params,
}

impl Estimator for LinearRegression {
    type Fit = RegressionSummary;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        inputs(&self.params, schema)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<RegressionSummary> {
        if self.params.text("loss")? == "huber" {
            if self.params.text("solver")? == "normal" {
                let text = "LinearRegression with huber loss doesn't support normal solver, please change solver to auto \
                            or l-bfgs.";
                return Err(requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, text));
            }
            let mixing = self.params.double("elasticNetParam")?;
            if mixing != 0.0 {
                let shown = crate::linalg::java_double(mixing);
                let text = format!(
                    "LinearRegression with huber loss only supports L2 regularization, but got elasticNetParam = {shown}."
                );
                return Err(requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, &text));
            }
        }
        Ok(RegressionSummary { params: self.params.clone() })
    }
}

/// The first phase: means and deviations.
pub struct RegressionSummary {
    params: Params,
}

impl Fit for RegressionSummary {
    type Pass = SummaryPass;

    fn pass(&self) -> SummaryPass {
        SummaryPass { labels: LabelKind::Real }
    }

    fn absorb(self, summary: Summary) -> Result<Step<Self>> {
        let width = summary.checked_width()?;
        if summary.label.weight == 0.0 {
            return Err(requirement_failed(&codes::ml::INVALID_ROW, "Sum of weights cannot be zero."));
        }
        if self.params.text("loss")? == "huber" {
            return self.huber(&summary).map(|descent| Step::Then(Box::new(descent)));
        }
        let solver = self.params.text("solver")?;
        let normal = solver == "normal" || (solver == "auto" && width <= MAX_NORMAL_FEATURES);
        if normal && width > MAX_NORMAL_FEATURES {
            let text = format!(
                "In order to take the normal equation approach efficiently, we set the max number of features to \
                 {MAX_NORMAL_FEATURES} but got {width}."
            );
            return Err(requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, &text));
        }
        if let Some(done) = self.constant_label(&summary, width, normal)? {
            return Ok(done);
        }
        let deviations = summary.features.standard_deviations();
        let scaling = Scaling::new(LabelKind::Real, &summary.features.mean, &deviations);
        if normal {
            let scaling = Arc::new(scaling);
            return Ok(Step::Then(Box::new(NormalFit { params: self.params, summary, scaling })));
        }
        self.descend(&summary, scaling, &deviations).map(|descent| Step::Then(Box::new(descent)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "iterations" }
    }
}

impl RegressionSummary {
    /// Labels that are all equal need no training, unless there is no intercept to hold them.
    fn constant_label(&self, summary: &Summary, width: usize, normal: bool) -> Result<Option<Step<Self>>> {
        let mean = summary.label.mean[0];
        if summary.label.deviation[0] != 0.0 {
            return Ok(None);
        }
        if self.params.bool("fitIntercept")? || mean == 0.0 {
            let coefficients = vec![0.0; width];
            let coefficients = if normal { Vector::Dense(coefficients) } else { Vector::compressed(coefficients) };
            let model = LinearRegressionModel::new(self.params.clone(), coefficients, mean, 1.0);
            let report = FitReport { objective_history: vec![0.0], ..FitReport::default() };
            return Ok(Some(Step::Done(Box::new(model), report)));
        }
        if self.params.double("regParam")? != 0.0 {
            let text = "The standard deviation of the label is zero. Model cannot be regularized.";
            return Err(requirement_failed(&codes::ml::LABEL_INVALID, text));
        }
        Ok(None)
    }

    /// Coefficients, intercept and scale at once; they all start at 1, as in Spark.
    fn huber(&self, summary: &Summary) -> Result<Descent> {
        let deviations = summary.features.standard_deviations();
        let scaling = Scaling::new(LabelKind::Real, &summary.features.mean, &deviations);
        let width = scaling.width();
        let intercept = Intercept::centred(self.params.bool("fitIntercept")?);
        let objective = Objective::Huber { epsilon: self.params.double("epsilon")?, intercept };
        let dimensions = objective.dimensions(width);
        let penalty = Penalty::new(&self.params, self.params.double("regParam")?, &deviations, 1, dimensions)?;
        let mut start = vec![1.0; dimensions];
        let mut bounds = Bounds::free(dimensions);
        if let Some(lowest) = bounds.lower.last_mut() {
            *lowest = f64::MIN_POSITIVE;
        }
        let (params, inverse, means) = (self.params.clone(), scaling.inverse_deviation.clone(), scaling.scaled_mean());
        if intercept == Intercept::Centred {
            start[width] += means.iter().sum::<f64>();
        }
        let finish = Box::new(move |solution: Solution| {
            let (scaled, rest) = solution.point.split_at(width);
            let own = if intercept == Intercept::Centred { rest[0] - dot(scaled, &means) } else { 0.0 };
            let scale = rest.last().copied().unwrap_or(1.0);
            let coefficients = scaled.iter().zip(&inverse).map(|(value, inverse)| value * inverse).collect();
            let model = LinearRegressionModel::new(params, Vector::compressed(coefficients), own, scale);
            let iterations = solution.history.len() as u64 - 1;
            let report = FitReport { objective_history: solution.history, iterations, ..FitReport::default() };
            Ok((Box::new(model) as Box<dyn Transformer>, report))
        });
        let tolerance = self.params.double("tol")?;
        let descent = Descent::new(&self.params, scaling, objective, penalty, start.clone(), finish)?;
        Ok(descent.within(bounds, start, tolerance))
    }

    fn descend(&self, summary: &Summary, scaling: Scaling, deviations: &[f64]) -> Result<Descent> {
        let (label_mean, label_deviation) = label_units(summary);
        let intercept = self.params.bool("fitIntercept")?;
        let objective = Objective::Squared { label_mean, label_deviation, intercept };
        let dimensions = objective.dimensions(scaling.width());
        let strength = self.params.double("regParam")? / label_deviation;
        let penalty = Penalty::new(&self.params, strength, deviations, 1, dimensions)?;
        let (params, scales, means) = (self.params.clone(), scaling.inverse_deviation.clone(), scaling.mean.clone());
        let finish = Box::new(move |solution: Solution| {
            let scaled = solution.point.iter().zip(scales);
            let coefficients: Vec<f64> = scaled.map(|(value, scale)| value * label_deviation * scale).collect();
            let intercept = if intercept { label_mean - dot(&coefficients, &means) } else { 0.0 };
            let model = LinearRegressionModel::new(params, Vector::compressed(coefficients), intercept, 1.0);
            let iterations = solution.history.len() as u64 - 1;
            let report = FitReport { objective_history: solution.history, iterations, ..FitReport::default() };
            Ok((Box::new(model) as Box<dyn Transformer>, report))
        });
        Descent::new(&self.params, scaling, objective, penalty, vec![0.0; dimensions], finish)
    }
}

/// Mean and deviation of the label; a constant label is measured by its size.
fn label_units(summary: &Summary) -> (f64, f64) {
    let mean = summary.label.mean[0];
    let deviation = summary.label.standard_deviations()[0];
    (mean, if deviation > 0.0 { deviation } else { mean.abs() })
}

/// The second phase of the normal solver: one pass for the normal equations.
pub struct NormalFit {
    params: Params,
    summary: Summary,
    scaling: Arc<Scaling>,
}

impl Fit for NormalFit {
    type Pass = GramPass;

    fn pass(&self) -> GramPass {
        let (label_mean, label_deviation) = label_units(&self.summary);
        GramPass { scaling: self.scaling.clone(), label_mean, inverse_label_deviation: 1.0 / label_deviation }
    }

    fn absorb(self, gram: Gram) -> Result<Step<Self>> {
        let (_, label_unit) = label_units(&self.summary);
        let intercept = self.params.bool("fitIntercept")?;
        let equations = NormalEquations::new(&gram, &self.summary, &self.scaling, label_unit, intercept);
        let solution = equations.solve(&self.params)?;
        let mut report = FitReport {
            iterations: solution.history.len() as u64 - 1,
            objective_history: solution.history,
            ..FitReport::default()
        };
        if !solution.inverse_diagonal.is_empty() {
            report.values.insert(super::INVERSE_DIAGONAL, Value::Doubles(solution.inverse_diagonal));
        }
        let coefficients = Vector::Dense(solution.coefficients);
        let model = LinearRegressionModel::new(self.params, coefficients, solution.intercept, 1.0);
        Ok(Step::Done(Box::new(model), report))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "iterations" }
    }
}
