//! `FMClassifier` and its model: the machine's value is the logit of class 1.

use super::descent::{FactorStart, inputs};
use super::gradient::Objective;
use super::machine::Machine;
use super::params::{FACTOR_SIZE, FIT_LINEAR, INIT_STD, MINI_BATCH_FRACTION, SOLVER, STEP_SIZE, THRESHOLDS};
use super::regressor::{attribute, save};
use crate::fit::Estimator;
use crate::linear::exponential::exp;
use crate::param::ParamSpec;
use crate::param::shared::{self, class_seed};
use crate::persist::Saved;
use crate::predictor::classifier::{self, Classifier};
use crate::{Attribute, Input, Operator, Output, Params, Registry, Transformer, Value, schema};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.classification.FMClassifier";
const MODEL_CLASS: &str = "org.apache.spark.ml.classification.FMClassificationModel";

static SPECS: [ParamSpec; 18] = [
    FACTOR_SIZE,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    FIT_LINEAR,
    INIT_STD,
    shared::LABEL_COL,
    shared::max_iter(100),
    MINI_BATCH_FRACTION,
    shared::PREDICTION_COL,
    shared::PROBABILITY_COL,
    shared::RAW_PREDICTION_COL,
    shared::REG_PARAM,
    shared::seed(class_seed(CLASS)),
    SOLVER,
    STEP_SIZE,
    THRESHOLDS,
    shared::TOL,
    shared::WEIGHT_COL,
];

pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(FmClassifier { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::estimator(FmClassifier { params: saved.params(&SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| {
            let machine = Arc::new(Machine::load(&saved.rows("data")?)?);
            Ok(Operator::transformer(FmClassificationModel { params: saved.params(&SPECS)?, machine }))
        });
}

/// The estimator.
#[derive(Debug, Clone)]
pub struct FmClassifier {
    params: Params,
}

impl Estimator for FmClassifier {
    type Fit = FactorStart;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        inputs(&self.params, schema)
    }

    fn begin(&self, schema: &Schema, _rows: u64) -> Result<FactorStart> {
        let label = schema::field(schema, &self.params.text("labelCol")?)?;
        Ok(FactorStart {
            params: self.params.clone(),
            objective: Objective::Logistic,
            classes: schema::attr(label).categories(),
            finish: |params, machine| Box::new(FmClassificationModel { params, machine: Arc::new(machine) }),
        })
    }
}

/// The fitted machine.
#[derive(Debug, Clone)]
pub struct FmClassificationModel {
    params: Params,
    machine: Arc<Machine>,
}

impl Classifier for FmClassificationModel {
    fn classes(&self) -> usize {
        2
    }

    fn width(&self) -> usize {
        self.machine.width()
    }

    fn raw(&self, features: &dyn Array) -> Result<Vec<f64>> {
        Ok(self.machine.values(features)?.into_iter().flat_map(|value| [-value, value]).collect())
    }

    fn probability(&self, raw: &mut [f64]) {
        if let [zero, one] = raw {
            *one = 1.0 / (1.0 + exp(-*one));
            *zero = 1.0 - *one;
        }
    }
}

impl Transformer for FmClassificationModel {
    fn class(&self) -> &'static str {
        MODEL_CLASS
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn boxed(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        classifier::inputs(self, schema)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        classifier::outputs(self, schema)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        classifier::transform(self, batch)
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match classifier::attribute(self, name, arguments)? {
            Some(answer) => Ok(answer),
            None => attribute(&self.machine, &self.params, MODEL_CLASS, name),
        }
    }

    fn save(&self) -> Result<Saved> {
        save(&self.machine, &self.params, MODEL_CLASS)
    }
}
