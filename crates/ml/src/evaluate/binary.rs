//! `BinaryClassificationEvaluator`: areas under curves of scores.

use super::classification_pass::{ClassificationPass, ClassificationSums};
use super::curve::{Curve, area_under};
use super::sums_of;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Evaluator, Input, Operator, Params, Registry, Value, linalg, schema};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.evaluation.BinaryClassificationEvaluator";

const METRIC_NAME: ParamSpec = ParamSpec::new(
    "metricName",
    Kind::Text,
    Default::Text("areaUnderROC"),
    "metric name in evaluation: areaUnderROC or areaUnderPR",
)
.checked(|value| matches!(value, Value::Text(name) if ["areaUnderROC", "areaUnderPR"].contains(&name.as_str())));
const NUM_BINS: ParamSpec = ParamSpec::new(
    "numBins",
    Kind::Int,
    Default::Int(1000),
    "number of bins to down-sample the curves to; 0 means no down-sampling",
)
.checked(check::at_least_zero);
static SPECS: [ParamSpec; 5] =
    [shared::LABEL_COL, METRIC_NAME, NUM_BINS, shared::RAW_PREDICTION_COL, shared::WEIGHT_COL];

pub(super) fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::evaluator(BinaryClassificationEvaluator { params: Params::new(uid, &SPECS) }),
        |_, saved| Ok(Operator::evaluator(BinaryClassificationEvaluator { params: saved.params(&SPECS)? })),
    );
}

#[derive(Debug, Clone)]
struct BinaryClassificationEvaluator {
    params: Params,
}

impl Evaluator for BinaryClassificationEvaluator {
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
        let score = self.params.text("rawPredictionCol")?;
        let is_vector = linalg::is_vector_type(schema::field(schema, &score)?.data_type());
        let score = if is_vector { Input::vector(&score) } else { Input::number(&score) };
        let mut inputs = vec![score, Input::number(&self.params.text("labelCol")?)];
        inputs.extend(self.params.optional_text("weightCol").map(|weight| Input::number(&weight)));
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        let weight = self.params.optional_text("weightCol").map(|_| 2);
        Ok(Arc::new(ClassificationPass { score: Some(0), label: 1, weight, ..ClassificationPass::default() }))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let scores = sums_of::<ClassificationSums>(merged)?.scores();
        if scores.is_empty() {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "there are no rows to evaluate"));
        }
        let curve = Curve::new(&scores, usize::try_from(self.params.int("numBins")?).unwrap_or(0));
        Ok(match self.params.text("metricName")?.as_str() {
            "areaUnderPR" => area_under(&curve.precision_recall()),
            _ => area_under(&curve.roc()),
        })
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(true)
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}
