//! Logistic regression: binomial or multinomial, with elastic net penalties (`org.apache.spark.ml.classification`).

use super::descent::{Descent, Penalty};
use super::gradient::{Intercept, Objective};
use super::logistic_bounds::LogisticBounds;
use super::logistic_model::{LogisticRegressionModel, MODEL_CLASS};
use super::logistic_params::{SPECS, thresholds};
use super::rows::{inputs, requirement_failed};
use super::standardized::Scaling;
use super::summary::{Summary, SummaryPass};
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::{LabelKind, MAX_INFERRED_CLASSES};
use crate::optimize::Solution;
use crate::{Input, Matrix, Operator, Params, Registry, schema};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};

pub const CLASS: &str = "org.apache.spark.ml.classification.LogisticRegression";

/// Adds the estimator, its model and its passes.
pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(LogisticRegression { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::estimator(LogisticRegression { params: saved.params(&SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| LogisticRegressionModel::load(saved).map(Operator::transformer));
}

/// The estimator.
#[derive(Debug, Clone)]
pub struct LogisticRegression {
    params: Params,
}

impl Estimator for LogisticRegression {
    type Fit = LogisticSummary;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        inputs(&self.params, schema)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<LogisticSummary> {
        let label = schema::field(schema, &self.params.text("labelCol")?)?;
        Ok(LogisticSummary { params: self.params.clone(), classes: schema::attr(label).categories() })
    }
}

/// The first phase: means, deviations and class weights.
pub struct LogisticSummary {
    params: Params,
    /// What the label column's metadata says.
    classes: Option<usize>,
}

impl Fit for LogisticSummary {
    type Pass = SummaryPass;

    fn pass(&self) -> SummaryPass {
        SummaryPass { labels: self.labels() }
    }

    fn absorb(self, summary: Summary) -> Result<Step<Self>> {
        let width = summary.checked_width()?;
        let mut shape = Shape::new(&self.params, self.classes.unwrap_or(summary.histogram.len()), width)?;
        let bounds = LogisticBounds::of(&self.params, shape.sets(), width)?;
        if let Some(bounds) = &bounds {
            shape.is_bounded = true;
            shape.intercept = if shape.intercept == Intercept::None { Intercept::None } else { bounds.intercept() };
        }
        let mut histogram = summary.histogram;
        histogram.resize(shape.classes, 0.0);

        let mut present = (0..shape.classes).filter(|class| histogram[*class] != 0.0);
        match (present.next(), present.next()) {
            (None, _) => {
                return Err(requirement_failed(
                    &codes::ml::INVALID_ROW,
                    "the sum of the rows' weights must be above 0",
                ));
            }
            (Some(only), None) => return Err(one_class(&self.params, only)?),
            _ => {}
        }

        let labels = LabelKind::Class { classes: self.class_limit() };
        let deviations = summary.features.standard_deviations();
        let scaling = Scaling::new(labels, &summary.features.mean, &deviations);
        let objective = shape.objective();
        let dimensions = objective.dimensions(width);
        let strength = self.params.double("regParam")?;
        let penalty = Penalty::new(&self.params, strength, &deviations, shape.sets(), dimensions)?;
        let start = shape.start(&histogram, dimensions);
        let finish_params = self.params.clone();
        let finish_scaling = scaling.clone();
        let finish = Box::new(move |solution| shape.model(&finish_params, &finish_scaling, solution));
        let mut descent = Descent::new(&self.params, scaling, objective, penalty, start.clone(), finish)?;
        if let Some(bounds) = bounds {
            let bounds = bounds.scaled(&deviations, shape.sets(), dimensions);
            descent = descent.within(bounds, start, self.params.double("tol")?);
        }
        Ok(Step::Then(Box::new(descent)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0).unsigned_abs(), unit: "iterations" }
    }
}

impl LogisticSummary {
    fn class_limit(&self) -> u32 {
        self.classes.and_then(|classes| u32::try_from(classes).ok()).unwrap_or(MAX_INFERRED_CLASSES)
    }

    fn labels(&self) -> LabelKind {
        LabelKind::Class { classes: self.class_limit() }
    }
}

/// What is fitted.
#[derive(Debug, Clone, Copy)]
struct Shape {
    classes: usize,
    width: usize,
    multinomial: bool,
    intercept: Intercept,
    regularized: bool,
    is_bounded: bool,
}

impl Shape {
    fn new(params: &Params, classes: usize, width: usize) -> Result<Self> {
        let multinomial = match params.text("family")?.to_lowercase().as_str() {
            "multinomial" => true,
            "binomial" if classes > 2 => {
                let text = format!("Binomial family only supports 1 or 2 outcome classes but found {classes}.");
                return Err(requirement_failed(&codes::ml::LABEL_INVALID, &text));
            }
            "binomial" => false,
            _ => classes > 2,
        };
        if let Some(found) = thresholds(params).map(|thresholds| thresholds.len()).filter(|found| *found != classes) {
            let text = format!(
                "LogisticRegression.train() called with non-matching numClasses and thresholds.length. \
                 numClasses={classes}, but thresholds has length {found}"
            );
            return Err(requirement_failed(&codes::ml::PARAMETER_OUT_OF_RANGE, &text));
        }
        let intercept = Intercept::centred(params.bool("fitIntercept")?);
        let regularized = params.double("regParam")? != 0.0;
        Ok(Self { classes, width, multinomial, intercept, regularized, is_bounded: false })
    }

    fn has_intercept(&self) -> bool {
        self.intercept != Intercept::None
    }

    /// Sets of coefficients: one a class, or one in all.
    fn sets(&self) -> usize {
        if self.multinomial { self.classes } else { 1 }
    }

    fn objective(&self) -> Objective {
        if self.multinomial {
            Objective::Multinomial { classes: self.classes, intercept: self.intercept }
        } else {
            Objective::Binomial { intercept: self.intercept }
        }
    }

    /// Zero coefficients, and intercepts that give the classes their shares of the weight.
    fn start(&self, histogram: &[f64], dimensions: usize) -> Vec<f64> {
        let mut start = vec![0.0; dimensions];
        let intercepts = &mut start[self.sets() * self.width..];
        if self.multinomial {
            let logarithms: Vec<f64> = histogram.iter().map(|weight| weight.ln_1p()).collect();
            let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
            for (intercept, logarithm) in intercepts.iter_mut().zip(logarithms) {
                *intercept = logarithm - mean;
            }
        } else if let ([intercept], [zero, one]) = (intercepts, histogram) {
            *intercept = (one / zero).ln();
        }
        start
    }

    /// The model in the space of the original features.
    fn model(&self, params: &Params, scaling: &Scaling, solution: Solution) -> Result<Fitted> {
        let (sets, width) = (self.sets(), self.width);
        let scaled = |set: usize, feature: usize| solution.point[feature * sets + set];
        let scaled_mean = scaling.scaled_mean();
        let mut coefficients = vec![0.0; sets * width];
        let mut intercepts = vec![0.0; sets];
        for set in 0..sets {
            for feature in 0..width {
                coefficients[set * width + feature] = scaled(set, feature) * scaling.inverse_deviation[feature];
            }
            if self.intercept == Intercept::Plain {
                intercepts[set] = scaled(set, width);
            } else if self.has_intercept() {
                let shift: f64 = (0..width).map(|feature| scaled(set, feature) * scaled_mean[feature]).sum();
                intercepts[set] = scaled(set, width) - shift;
            }
        }
        if self.multinomial && !self.regularized && !self.is_bounded {
            // Any constant may be added to a feature's coefficients: choose the centred ones, as glmnet does.
            for feature in 0..width {
                let mean = (0..sets).map(|set| coefficients[set * width + feature]).sum::<f64>() / sets as f64;
                (0..sets).for_each(|set| coefficients[set * width + feature] -= mean);
            }
        }
        if self.multinomial && self.has_intercept() && !self.is_bounded {
            let mean = intercepts.iter().sum::<f64>() / sets as f64;
            intercepts.iter_mut().for_each(|intercept| *intercept -= mean);
        }
        if let Some(value) = coefficients.iter().chain(&intercepts).find(|value| !value.is_finite()) {
            return Err(Failure::new(
                &codes::ml::INVALID_ROW,
                format!("the training diverged to a coefficient of {value}; scale the features or raise regParam"),
            ));
        }
        let coefficients = Matrix::row_major(sets, width, coefficients);
        let model =
            LogisticRegressionModel::new(params.clone(), self.classes, self.multinomial, coefficients, intercepts);
        let iterations = solution.history.len() as u64 - 1;
        let report = FitReport { objective_history: solution.history, iterations, ..FitReport::default() };
        Ok((Box::new(model), report))
    }
}

type Fitted = (Box<dyn crate::Transformer>, FitReport);

/// Spark answers with an infinite intercept and no word of it; nobody wants that model.
fn one_class(params: &Params, class: usize) -> Result<Failure> {
    let label = params.text("labelCol")?;
    let text = format!(
        "every row of the label column {label} is of class {class}: a classifier needs two classes; check the column and \
         the filters before it"
    );
    Ok(Failure::new(&codes::ml::LABEL_INVALID, text))
}
