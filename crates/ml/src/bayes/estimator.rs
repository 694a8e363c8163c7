//! The naive Bayes estimator: one pass.

use super::kind::Kind;
use super::learned::learn;
use super::model::NaiveBayesModel;
use super::sums::{BayesPass, BayesSums};
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::linear::requirement_failed;
use crate::linear::rows::inputs;
use crate::param::{Default, Kind as ParamKind, ParamSpec, check, shared};
use crate::predictor::classifier::thresholds_of;
use crate::{Input, Params, Value};
use arrow_schema::Schema;
use brickyard_error::{Result, codes};

pub const CLASS: &str = "org.apache.spark.ml.classification.NaiveBayes";

const MODEL_TYPE: ParamSpec = ParamSpec::new(
    "modelType",
    ParamKind::Text,
    Default::Text("multinomial"),
    "what features are: multinomial, complement, bernoulli or gaussian",
)
.checked(|value| matches!(value, Value::Text(name) if Kind::NAMES.contains(&name.as_str())));
const SMOOTHING: ParamSpec =
    ParamSpec::new("smoothing", ParamKind::Double, Default::Double(1.0), "added to every count (>= 0)")
        .checked(check::at_least_zero);
const THRESHOLDS: ParamSpec = shared::THRESHOLDS.checked(|value| {
    let Value::Doubles(thresholds) = value else { return false };
    thresholds.iter().all(|value| *value >= 0.0) && thresholds.iter().filter(|value| **value == 0.0).count() <= 1
});

pub static SPECS: [ParamSpec; 9] = [
    shared::FEATURES_COL,
    shared::LABEL_COL,
    MODEL_TYPE,
    shared::PREDICTION_COL,
    shared::PROBABILITY_COL,
    shared::RAW_PREDICTION_COL,
    SMOOTHING,
    THRESHOLDS,
    shared::WEIGHT_COL,
];

/// The estimator.
#[derive(Debug, Clone)]
pub struct NaiveBayes {
    params: Params,
}

impl NaiveBayes {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }
}

impl Estimator for NaiveBayes {
    type Fit = BayesFit;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        inputs(&self.params, schema)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<BayesFit> {
        Ok(BayesFit { params: self.params.clone(), kind: Kind::of(&self.params)? })
    }
}

/// The only phase.
pub struct BayesFit {
    params: Params,
    kind: Kind,
}

impl Fit for BayesFit {
    type Pass = BayesPass;

    fn pass(&self) -> BayesPass {
        let classes = thresholds_of(&self.params).and_then(|thresholds| u32::try_from(thresholds.len()).ok());
        BayesPass { kind: self.kind, classes }
    }

    fn absorb(self, sums: BayesSums) -> Result<Step<Self>> {
        let width = sums.checked_width()?;
        if sums.classes.values().all(|class| class.weight == 0.0) {
            let text = "the sum of the rows' weights must be above 0";
            return Err(requirement_failed(&codes::ml::INVALID_ROW, text));
        }
        let learned = learn(self.kind, &sums, width, self.params.double("smoothing")?);
        let model = NaiveBayesModel::new(self.params, learned)?;
        Ok(Step::Done(Box::new(model), FitReport::default()))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "iterations" }
    }
}
