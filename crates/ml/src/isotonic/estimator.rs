//! The isotonic estimator: one pass, then pooling.

use super::model::IsotonicRegressionModel;
use super::points::{Points, PointsPass};
use super::pooling::pool;
use crate::fit::{Estimator, Fit, FitReport, Progress, Step};
use crate::instances::empty_dataset;
use crate::linear::requirement_failed;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::{Input, Params, linalg, schema};
use arrow_schema::{DataType, Schema};
use brickyard_error::{Result, codes};

pub const CLASS: &str = "org.apache.spark.ml.regression.IsotonicRegression";

const FEATURE_INDEX: ParamSpec = ParamSpec::new(
    "featureIndex",
    Kind::Int,
    Default::Int(0),
    "the index of the feature if featuresCol is a vector column, no effect otherwise (>= 0)",
)
.checked(check::at_least_zero);
const ISOTONIC: ParamSpec =
    ParamSpec::new("isotonic", Kind::Bool, Default::Bool(true), "whether the output rises (true) or falls (false)");

pub static SPECS: [ParamSpec; 6] =
    [FEATURE_INDEX, shared::FEATURES_COL, ISOTONIC, shared::LABEL_COL, shared::PREDICTION_COL, shared::WEIGHT_COL];

/// The estimator.
#[derive(Debug, Clone)]
pub struct IsotonicRegression {
    params: Params,
}

impl IsotonicRegression {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }
}

/// The features column: a vector, or a double.
pub fn features_input(params: &Params, schema: &Schema) -> Result<Input> {
    let column = params.text("featuresCol")?;
    let data_type = schema::field(schema, &column)?.data_type();
    if linalg::is_vector_type(data_type) {
        return Ok(Input::vector(&column));
    }
    if data_type == &DataType::Float64 {
        return Ok(Input::number(&column));
    }
    let found = schema::spark_name(data_type);
    let text = format!("Column {column} must be of type vector or double but was actually of type {found}.");
    Err(requirement_failed(&codes::ml::COLUMN_TYPE, &text))
}

impl Estimator for IsotonicRegression {
    type Fit = IsotonicFit;

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let mut inputs = vec![features_input(&self.params, schema)?, Input::number(&self.params.text("labelCol")?)];
        inputs.extend(self.params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn begin(&self, _schema: &Schema, _rows: u64) -> Result<IsotonicFit> {
        Ok(IsotonicFit {
            slot: self.params.int("featureIndex")?.unsigned_abs() as usize,
            sign: if self.params.bool("isotonic")? { 1.0 } else { -1.0 },
            params: self.params.clone(),
        })
    }
}

/// The only phase.
pub struct IsotonicFit {
    params: Params,
    slot: usize,
    sign: f64,
}

impl Fit for IsotonicFit {
    type Pass = PointsPass;

    fn pass(&self) -> PointsPass {
        PointsPass { slot: self.slot, sign: self.sign }
    }

    fn absorb(self, points: Points) -> Result<Step<Self>> {
        if points.rows == 0 {
            return Err(empty_dataset());
        }
        let points = points.unique();
        if points.is_empty() {
            let text = "the sum of the rows' weights must be above 0";
            return Err(requirement_failed(&codes::ml::INVALID_ROW, text));
        }
        let mut corners = pool(&points);
        corners.values.iter_mut().for_each(|value| *value *= self.sign);
        let model = IsotonicRegressionModel::new(self.params, corners, self.sign > 0.0);
        Ok(Step::Done(Box::new(model), FitReport::default()))
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: 1, unit: "iterations" }
    }
}
