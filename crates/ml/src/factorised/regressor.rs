//! `FMRegressor` and its model.

use super::descent::{FactorStart, inputs};
use super::gradient::Objective;
use super::machine::Machine;
use super::params::{FACTOR_SIZE, FIT_LINEAR, INIT_STD, MINI_BATCH_FRACTION, SOLVER, STEP_SIZE};
use crate::fit::Estimator;
use crate::linalg::{matrix_column, vector_column};
use crate::param::ParamSpec;
use crate::param::shared::{self, class_seed};
use crate::persist::{Column, Saved, table};
use crate::predictor::regressor::{self, Regressor};
use crate::transform::no_attribute;
use crate::{Attribute, Input, Operator, Output, Params, Registry, Transformer, Value};
use arrow_array::{Array, Float64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use brickyard_error::Result;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.regression.FMRegressor";
const MODEL_CLASS: &str = "org.apache.spark.ml.regression.FMRegressionModel";

static SPECS: [ParamSpec; 15] = [
    FACTOR_SIZE,
    shared::FEATURES_COL,
    shared::FIT_INTERCEPT,
    FIT_LINEAR,
    INIT_STD,
    shared::LABEL_COL,
    shared::max_iter(100),
    MINI_BATCH_FRACTION,
    shared::PREDICTION_COL,
    shared::REG_PARAM,
    shared::seed(class_seed(CLASS)),
    SOLVER,
    STEP_SIZE,
    shared::TOL,
    shared::WEIGHT_COL,
];

pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::estimator(FmRegressor { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::estimator(FmRegressor { params: saved.params(&SPECS)? })),
        )
        .loadable(MODEL_CLASS, |_, saved| {
            let machine = Machine::load(&saved.rows("data")?)?;
            Ok(Operator::transformer(FmRegressionModel { params: saved.params(&SPECS)?, machine: Arc::new(machine) }))
        });
}

/// The estimator.
#[derive(Debug, Clone)]
pub struct FmRegressor {
    params: Params,
}

impl Estimator for FmRegressor {
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

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<FactorStart> {
        Ok(FactorStart {
            params: self.params.clone(),
            objective: Objective::Squared,
            classes: None,
            finish: |params, machine| Box::new(FmRegressionModel { params, machine: Arc::new(machine) }),
        })
    }
}

/// The fitted machine.
#[derive(Debug, Clone)]
pub struct FmRegressionModel {
    params: Params,
    machine: Arc<Machine>,
}

impl Regressor for FmRegressionModel {
    fn width(&self) -> usize {
        self.machine.width()
    }

    fn predict(&self, features: &dyn Array) -> Result<Vec<f64>> {
        self.machine.values(features)
    }
}

impl Transformer for FmRegressionModel {
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
        regressor::inputs(self, schema)
    }

    fn outputs(&self, schema: &Schema) -> Result<Vec<Field>> {
        regressor::outputs(self, schema)
    }

    fn transform(&self, batch: &RecordBatch) -> Result<Output> {
        regressor::transform(self, batch)
    }

    fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Attribute> {
        match regressor::attribute(self, name, arguments)? {
            Some(answer) => Ok(answer),
            None => attribute(&self.machine, &self.params, MODEL_CLASS, name),
        }
    }

    fn save(&self) -> Result<Saved> {
        save(&self.machine, &self.params, MODEL_CLASS)
    }
}

/// The attributes of both kinds of machines.
pub(super) fn attribute(machine: &Machine, params: &Params, class: &str, name: &str) -> Result<Attribute> {
    match name {
        "intercept" => Ok(machine.intercept.into()),
        "linear" => Ok(machine.linear.clone().into()),
        "factors" => Ok(machine.factors.clone().into()),
        "toString" => {
            let short = class.rsplit('.').next().unwrap_or(class);
            let classes = if short.contains("Classification") { "numClasses=2, " } else { "" };
            Ok(Attribute::text(format!(
                "{short}: uid={}, {classes}numFeatures={}, factorSize={}, fitLinear={}, fitIntercept={}",
                params.uid(),
                machine.width(),
                params.int("factorSize")?,
                params.bool("fitLinear")?,
                params.bool("fitIntercept")?
            )))
        }
        _ => Err(no_attribute(class, name)),
    }
}

/// The files of both kinds of machines.
pub(super) fn save(machine: &Machine, params: &Params, class: &str) -> Result<Saved> {
    let data = table([
        Column::required("intercept", Arc::new(Float64Array::from(vec![machine.intercept]))),
        Column::optional("linear", vector_column([Some(&machine.linear)])),
        Column::optional("factors", matrix_column([&machine.factors])),
    ])?;
    Ok(Saved::of(class, params).with_table("data", data))
}
