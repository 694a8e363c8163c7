//! `RegressionEvaluator`: metrics of predicted numbers.

use super::regression_pass::{RegressionPass, RegressionSums};
use super::sums_of;
use crate::param::{Default, Kind, ParamSpec, shared};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Evaluator, Input, Operator, Params, Registry, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.evaluation.RegressionEvaluator";

const METRIC_NAME: ParamSpec = ParamSpec::new(
    "metricName",
    Kind::Text,
    Default::Text("rmse"),
    "metric name in evaluation: rmse, mse, r2, mae or var (explained variance)",
)
.checked(|value| matches!(value, Value::Text(name) if ["rmse", "mse", "r2", "mae", "var"].contains(&name.as_str())));
const THROUGH_ORIGIN: ParamSpec =
    ParamSpec::new("throughOrigin", Kind::Bool, Default::Bool(false), "whether the regression is through the origin");
static SPECS: [ParamSpec; 5] =
    [shared::LABEL_COL, METRIC_NAME, shared::PREDICTION_COL, THROUGH_ORIGIN, shared::WEIGHT_COL];

pub(super) fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::evaluator(RegressionEvaluator { params: Params::new(uid, &SPECS) }),
        |_, saved| Ok(Operator::evaluator(RegressionEvaluator { params: saved.params(&SPECS)? })),
    );
}

#[derive(Debug, Clone)]
struct RegressionEvaluator {
    params: Params,
}

impl Evaluator for RegressionEvaluator {
    fn class(&self) -> &'static str {
        CLASS
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    fn inputs(&self, schema: &Schema) -> Result<Vec<Input>> {
        let mut inputs =
            vec![Input::number(&self.params.text("predictionCol")?), Input::number(&self.params.text("labelCol")?)];
        inputs.extend(self.params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        Ok(Arc::new(RegressionPass))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let sums = sums_of::<RegressionSums>(merged)?;
        if sums.count() == 0 {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "there are no rows to evaluate"));
        }
        Ok(match self.params.text("metricName")?.as_str() {
            "mse" => sums.mean_squared_error(),
            "r2" => sums.r2(self.params.bool("throughOrigin")?),
            "mae" => sums.mean_absolute_error(),
            "var" => sums.explained_variance(),
            _ => sums.root_mean_squared_error(),
        })
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(["r2", "var"].contains(&self.params.text("metricName")?.as_str()))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}
