//! Training a factorisation machine: a look at the rows for their width, then one pass a step.

use super::gradient::{FactorPass, FactorSums, Objective};
use super::machine::{Machine, Shape};
use super::params::shape;
use crate::fit::{Fit, FitReport, Progress, Step};
use crate::instances::{LabelKind, empty_dataset};
use crate::linear::requirement_failed;
use crate::linear::summary::{Summary, SummaryPass};
use crate::optimize::GradientDescent;
use crate::random::java::JavaRandom;
use crate::{Input, Params, Transformer};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};

/// Makes the model from what was learned.
pub type Finish = fn(Params, Machine) -> Box<dyn Transformer>;

/// Features and label: weights count for nothing, as in Spark.
pub fn inputs(params: &Params, schema: &Schema) -> Result<Vec<Input>> {
    let inputs = vec![Input::vector(&params.text("featuresCol")?), Input::number(&params.text("labelCol")?)];
    inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
    Ok(inputs)
}

/// The first phase: how wide the vectors are.
pub struct FactorStart {
    pub params: Params,
    pub objective: Objective,
    /// What the label column's metadata says.
    pub classes: Option<usize>,
    pub finish: Finish,
}

impl Fit for FactorStart {
    type Pass = SummaryPass;

    fn pass(&self) -> SummaryPass {
        let labels = match self.objective {
            Objective::Squared => LabelKind::Real,
            Objective::Logistic => LabelKind::Class { classes: 2 },
        };
        SummaryPass { labels }
    }

    fn absorb(self, summary: Summary) -> Result<Step<Self>> {
        let shape = shape(&self.params, summary.checked_width()?)?;
        let classes = self.classes.unwrap_or(summary.histogram.len());
        if self.objective == Objective::Logistic && classes != 2 {
            let label = self.params.text("labelCol")?;
            let text =
                format!("FMClassifier only supports binary classification. {classes} classes detected in {label}");
            return Err(requirement_failed(&codes::ml::LABEL_INVALID, &text));
        }
        let descent = descent(&self.params, shape)?;
        let fit = FactorFit {
            fraction: self.params.double("miniBatchFraction")?,
            seed: self.params.int("seed")?,
            max_iterations: self.params.int("maxIter")?.unsigned_abs(),
            params: self.params,
            objective: self.objective,
            shape,
            descent,
            batches: 0,
            finish: self.finish,
        };
        Ok(Step::Then(Box::new(fit)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0).unsigned_abs(), unit: "iterations" }
    }
}

/// Normal factors, as Java draws them from the seed; the rest starts at zero.
fn descent(params: &Params, shape: Shape) -> Result<GradientDescent> {
    let mut random = JavaRandom::new(params.int("seed")?);
    let deviation = params.double("initStd")?;
    let mut start: Vec<f64> = (0..shape.linear_start()).map(|_| random.normal() * deviation).collect();
    start.resize(shape.coefficients(), 0.0);
    let (step, strength) = (params.double("stepSize")?, params.double("regParam")?);
    let (iterations, tolerance) = (params.int("maxIter")?.unsigned_abs(), params.double("tol")?);
    Ok(if params.text("solver")? == "gd" {
        GradientDescent::shrinking(start, step, strength, iterations, tolerance)
    } else {
        GradientDescent::adam(start, step, strength, iterations, tolerance)
    })
}

/// The second phase: the steps.
pub struct FactorFit {
    params: Params,
    objective: Objective,
    shape: Shape,
    descent: GradientDescent,
    fraction: f64,
    seed: i64,
    max_iterations: u64,
    /// Passes so far, empty batches too.
    batches: u64,
    finish: Finish,
}

impl Fit for FactorFit {
    type Pass = FactorPass;

    fn pass(&self) -> FactorPass {
        FactorPass {
            shape: self.shape,
            objective: self.objective,
            point: self.descent.point().to_vec(),
            fraction: self.fraction,
            key: (self.seed as u64).wrapping_add(self.batches),
        }
    }

    fn absorb(mut self, mut sums: FactorSums) -> Result<Step<Self>> {
        if sums.rows == 0 {
            return Err(empty_dataset());
        }
        self.batches += 1;
        let batch = sums.batch as f64;
        let solution = if sums.batch == 0 {
            // An empty batch is no step, but it counts as an iteration.
            (self.batches > self.max_iterations).then(|| self.descent.finish())
        } else {
            sums.gradient.iter_mut().for_each(|value| *value /= batch);
            self.descent.tell(sums.loss / batch, &sums.gradient)
        };
        let Some(solution) = solution else { return Ok(Step::Again(self)) };
        if solution.point.iter().any(|value| !value.is_finite()) {
            let text = "the training diverged; scale the features or take a smaller stepSize";
            return Err(Failure::new(&codes::ml::INVALID_ROW, text));
        }
        let model = (self.finish)(self.params, Machine::of(self.shape, &solution.point));
        let iterations = solution.history.len().saturating_sub(1) as u64;
        let report = FitReport { objective_history: solution.history, iterations, ..FitReport::default() };
        Ok(Step::Done(model, report))
    }

    fn progress(&self) -> Progress {
        Progress { done: self.descent.iterations(), total: self.max_iterations, unit: "iterations" }
    }
}
