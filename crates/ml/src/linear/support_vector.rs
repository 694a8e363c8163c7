//! Linear support vector machines: the hinge loss with an L2 penalty (`org.apache.spark.ml.classification.LinearSVC`).

use super::descent::{Descent, Penalty};
use super::gradient::{Intercept, Objective};
use super::rows::{inputs, requirement_failed};
use super::standardized::Scaling;
use super::summary::{Summary, SummaryPass};
use super::support_vector_model::{LinearSvcModel, MODEL_CLASS};
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::LabelKind;
use crate::optimize::{Solution, dot};
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::{Input, Operator, Params, Registry, Transformer, Vector, schema};
use arrow_schema::Schema;
use brickyard_error::{Result, codes};

const CLASS: &str = "org.apache.spark.ml.classification.LinearSVC";

const THRESHOLD: ParamSpec = ParamSpec::new(
    "threshold",
    Kind::Double,
    Default::Double(0.0),
    "threshold in binary classification prediction applied to rawPrediction",
);

pub(super) static SPECS: [ParamSpec; 13] = [
    shared::AGGREGATION_DEPTH,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    shared::LABEL_COL,
    shared::MAX_BLOCK_SIZE_IN_MB,
    shared::max_iter(100),
    shared::PREDICTION_COL,
    shared::RAW_PREDICTION_COL,
    shared::REG_PARAM,
    shared::STANDARDIZATION,
    THRESHOLD,
    shared::TOL,
    shared::WEIGHT_COL,
];

/// Adds the estimator and its model.
pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(LinearSvc { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::estimator(LinearSvc { params: saved.params(&SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| LinearSvcModel::load(saved).map(Operator::transformer));
}

/// The estimator.
#[derive(Debug, Clone)]
pub struct LinearSvc {
    params: Params,
}

impl Estimator for LinearSvc {
    type Fit = SvcSummary;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        inputs(&self.params, schema)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<SvcSummary> {
        let label = schema::field(schema, &self.params.text("labelCol")?)?;
        Ok(SvcSummary { params: self.params.clone(), classes: schema::attr(label).categories() })
    }
}

/// The first phase: means, deviations and class weights.
pub struct SvcSummary {
    params: Params,
    /// What the label column's metadata says.
    classes: Option<usize>,
}

const LABELS: LabelKind = LabelKind::Class { classes: 2 };

impl Fit for SvcSummary {
    type Pass = SummaryPass;

    fn pass(&self) -> SummaryPass {
        SummaryPass { labels: LABELS }
    }

    fn absorb(self, summary: Summary) -> Result<Step<Self>> {
        let width = summary.checked_width()?;
        let classes = self.classes.unwrap_or(summary.histogram.len());
        if classes != 2 {
            let label = self.params.text("labelCol")?;
            let text = format!("LinearSVC only supports binary classification. {classes} classes detected in {label}");
            return Err(requirement_failed(&codes::ml::LABEL_INVALID, &text));
        }
        if summary.features.weight == 0.0 {
            let text = "the sum of the rows' weights must be above 0";
            return Err(requirement_failed(&codes::ml::INVALID_ROW, text));
        }
        let deviations = summary.features.standard_deviations();
        let scaling = Scaling::new(LABELS, &summary.features.mean, &deviations);
        let objective = Objective::Hinge { intercept: Intercept::centred(self.params.bool("fitIntercept")?) };
        let dimensions = objective.dimensions(width);
        let strength = self.params.double("regParam")?;
        let mut penalty =
            Penalty::elastic(strength, 0.0, self.params.bool("standardization")?, &deviations, 1, dimensions);
        // The hinge has no gradient at its corner: Spark takes OWL-QN's line search, which needs none.
        penalty.l1 = Some(vec![0.0; dimensions]);
        let (params, means) = (self.params.clone(), scaling.scaled_mean());
        let inverse = scaling.inverse_deviation.clone();
        let finish = Box::new(move |solution: Solution| {
            let (scaled, intercept) = solution.point.split_at(width);
            let intercept = intercept.first().map_or(0.0, |intercept| intercept - dot(scaled, &means));
            let coefficients = scaled.iter().zip(inverse).map(|(value, inverse)| value * inverse).collect();
            let model = LinearSvcModel::new(params, Vector::compressed(coefficients), intercept);
            let iterations = solution.history.len() as u64 - 1;
            let report = FitReport { objective_history: solution.history, iterations, ..FitReport::default() };
            Ok((Box::new(model) as Box<dyn Transformer>, report))
        });
        let descent = Descent::new(&self.params, scaling, objective, penalty, vec![0.0; dimensions], finish)?;
        Ok(Step::Then(Box::new(descent)))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: self.params.int("maxIter").unwrap_or(0).unsigned_abs(), unit: "iterations" }
    }
}
