//! The perceptron estimator: quasi-Newton steps, or plain gradient descent.

use super::gradient::{GradientSum, PerceptronPass};
use super::layers::Layers;
use super::model::MultilayerPerceptronClassificationModel;
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::empty_dataset;
use crate::linear::rows::inputs;
use crate::optimize::{GradientDescent, Options, QuasiNewton, Solution};
use crate::param::shared::class_seed;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Input, Params, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};

pub const CLASS: &str = "org.apache.spark.ml.classification.MultilayerPerceptronClassifier";

const BLOCK_SIZE: ParamSpec = ParamSpec::new(
    "blockSize",
    Kind::Int,
    Default::Int(128),
    "rows that are stacked for a matrix product (> 0); accepted, the engine chooses its own",
)
.checked(check::positive);
const INITIAL_WEIGHTS: ParamSpec =
    ParamSpec::new("initialWeights", Kind::Vector, Default::None, "the initial weights of the model");
const LAYERS: ParamSpec = ParamSpec::new(
    "layers",
    Kind::Ints,
    Default::None,
    "sizes of layers from input to output: [780, 100, 10] has 780 inputs, 100 hidden neurons and 10 classes",
)
.checked(|value| matches!(value, Value::Ints(sizes) if sizes.len() > 1 && sizes.iter().all(|size| *size > 0)));
const SOLVER: ParamSpec =
    ParamSpec::new("solver", Kind::Text, Default::Text("l-bfgs"), "l-bfgs, or gd (gradient descent)")
        .checked(|value| matches!(value, Value::Text(solver) if ["l-bfgs", "gd"].contains(&solver.as_str())));
const STEP_SIZE: ParamSpec =
    ParamSpec::new("stepSize", Kind::Double, Default::Double(0.03), "step size of gradient descent (> 0)")
        .checked(check::positive);
const THRESHOLDS: ParamSpec = shared::THRESHOLDS.checked(|value| {
    let Value::Doubles(thresholds) = value else { return false };
    thresholds.iter().all(|value| *value >= 0.0) && thresholds.iter().filter(|value| **value == 0.0).count() <= 1
});

pub static SPECS: [ParamSpec; 14] = [
    BLOCK_SIZE,
    shared::FEATURES_COL,
    INITIAL_WEIGHTS,
    shared::LABEL_COL,
    LAYERS,
    shared::max_iter(100),
    shared::PREDICTION_COL,
    shared::PROBABILITY_COL,
    shared::RAW_PREDICTION_COL,
    shared::seed(class_seed(CLASS)),
    SOLVER,
    STEP_SIZE,
    THRESHOLDS,
    shared::TOL,
];

/// The estimator.
#[derive(Debug, Clone)]
pub struct MultilayerPerceptronClassifier {
    params: Params,
}

impl MultilayerPerceptronClassifier {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }

    fn start(&self, layers: &Layers) -> Result<Vec<f64>> {
        let Some(Value::Vector(weights)) = self.params.get("initialWeights") else {
            return Ok(layers.start(self.params.int("seed")?));
        };
        if weights.size() == layers.weights() {
            return Ok(weights.to_dense());
        }
        let text = format!(
            "initialWeights has {} values, but the layers {:?} have {} weights",
            weights.size(),
            layers.sizes(),
            layers.weights()
        );
        Err(Failure::new(&codes::ml::PARAMETER_OUT_OF_RANGE, text))
    }
}

impl Estimator for MultilayerPerceptronClassifier {
    type Fit = PerceptronFit;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        inputs(&self.params, schema)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<PerceptronFit> {
        let layers = Layers::of(&self.params)?;
        let start = self.start(&layers)?;
        let max_iterations = self.params.int("maxIter")?.unsigned_abs();
        let tolerance = self.params.double("tol")?;
        let minimizer = if self.params.text("solver")? == "gd" {
            let step = self.params.double("stepSize")?;
            Minimizer::Descent(GradientDescent::new(start, step, max_iterations, tolerance))
        } else {
            let options = Options { max_iterations, tolerance, l1: None };
            Minimizer::QuasiNewton(Box::new(QuasiNewton::new(options, start)))
        };
        Ok(PerceptronFit { params: self.params.clone(), layers, minimizer, max_iterations })
    }
}

enum Minimizer {
    QuasiNewton(Box<QuasiNewton>),
    Descent(GradientDescent),
}

/// A training in progress, one pass an evaluation.
pub struct PerceptronFit {
    params: Params,
    layers: Layers,
    minimizer: Minimizer,
    max_iterations: u64,
}

impl Fit for PerceptronFit {
    type Pass = PerceptronPass;

    fn pass(&self) -> PerceptronPass {
        let weights = match &self.minimizer {
            Minimizer::QuasiNewton(minimizer) => minimizer.point().to_vec(),
            Minimizer::Descent(descent) => descent.point().to_vec(),
        };
        PerceptronPass { layers: self.layers.clone(), weights }
    }

    fn absorb(mut self, mut sum: GradientSum) -> Result<Step<Self>> {
        if sum.rows == 0 {
            return Err(empty_dataset());
        }
        let rows = sum.rows as f64;
        sum.gradient.iter_mut().for_each(|value| *value /= rows);
        let solution = match &mut self.minimizer {
            Minimizer::QuasiNewton(minimizer) => minimizer.tell(sum.loss / rows, sum.gradient),
            Minimizer::Descent(descent) => descent.tell(sum.loss / rows, &sum.gradient),
        };
        let Some(Solution { point, history }) = solution else { return Ok(Step::Again(self)) };
        if point.iter().any(|weight| !weight.is_finite()) {
            let text = "the training diverged; scale the features or take a smaller stepSize";
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        let model = MultilayerPerceptronClassificationModel::new(self.params, self.layers, point);
        let iterations = history.len().saturating_sub(1) as u64;
        let report = FitReport { objective_history: history, iterations, ..FitReport::default() };
        Ok(Step::Done(Box::new(model), report))
    }

    fn progress(&self) -> Progress {
        let done = match &self.minimizer {
            Minimizer::QuasiNewton(minimizer) => minimizer.iterations(),
            Minimizer::Descent(descent) => descent.iterations(),
        };
        Progress { done, total: self.max_iterations, unit: "iterations" }
    }
}
