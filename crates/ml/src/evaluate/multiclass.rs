//! `MulticlassClassificationEvaluator`: metrics of class predictions.

use super::classification_pass::{ClassificationPass, ClassificationSums};
use super::confusion::Confusion;
use super::sums_of;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Evaluator, Input, Operator, Params, Registry, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator";

const METRICS: [&str; 14] = [
    "f1",
    "accuracy",
    "weightedPrecision",
    "weightedRecall",
    "weightedTruePositiveRate",
    "weightedFalsePositiveRate",
    "weightedFMeasure",
    "truePositiveRateByLabel",
    "falsePositiveRateByLabel",
    "precisionByLabel",
    "recallByLabel",
    "fMeasureByLabel",
    "logLoss",
    "hammingLoss",
];
const METRIC_NAME: ParamSpec = ParamSpec::new(
    "metricName",
    Kind::Text,
    Default::Text("f1"),
    "metric name in evaluation: f1, accuracy, weightedPrecision, weightedRecall, weightedTruePositiveRate, \
     weightedFalsePositiveRate, weightedFMeasure, truePositiveRateByLabel, falsePositiveRateByLabel, \
     precisionByLabel, recallByLabel, fMeasureByLabel, logLoss or hammingLoss",
)
.checked(|value| matches!(value, Value::Text(name) if METRICS.contains(&name.as_str())));
const METRIC_LABEL: ParamSpec = ParamSpec::new(
    "metricLabel",
    Kind::Double,
    Default::Double(0.0),
    "the class whose metric is computed by metrics by label",
)
.checked(check::at_least_zero);
const BETA: ParamSpec =
    ParamSpec::new("beta", Kind::Double, Default::Double(1.0), "the beta of the F measures").checked(check::positive);
const EPS: ParamSpec = ParamSpec::new(
    "eps",
    Kind::Double,
    Default::Double(1e-15),
    "log loss clips probabilities to this far from 0 and 1, in (0, 0.5)",
)
.checked(|value| matches!(value, Value::Double(eps) if *eps > 0.0 && *eps < 0.5));
static SPECS: [ParamSpec; 8] = [
    BETA,
    EPS,
    shared::LABEL_COL,
    METRIC_LABEL,
    METRIC_NAME,
    shared::PREDICTION_COL,
    shared::PROBABILITY_COL,
    shared::WEIGHT_COL,
];

pub(super) fn register(registry: &mut Registry) {
    registry.operator(
        CLASS,
        |uid| Operator::evaluator(MulticlassClassificationEvaluator { params: Params::new(uid, &SPECS) }),
        |_, saved| Ok(Operator::evaluator(MulticlassClassificationEvaluator { params: saved.params(&SPECS)? })),
    );
}

#[derive(Debug, Clone)]
struct MulticlassClassificationEvaluator {
    params: Params,
}

impl MulticlassClassificationEvaluator {
    fn metric(&self) -> Result<String> {
        self.params.text("metricName")
    }

    fn wants_log_loss(&self) -> Result<bool> {
        Ok(self.metric()? == "logLoss")
    }
}

impl Evaluator for MulticlassClassificationEvaluator {
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
        if self.wants_log_loss()? {
            inputs.push(Input::vector(&self.params.text("probabilityCol")?));
        }
        inputs.iter().try_for_each(|input| input.find(schema).map(drop))?;
        Ok(inputs)
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        let weight = self.params.optional_text("weightCol").map(|_| 2);
        let probability = if self.wants_log_loss()? {
            Some((if weight.is_some() { 3 } else { 2 }, self.params.double("eps")?))
        } else {
            None
        };
        Ok(Arc::new(ClassificationPass { prediction: Some(0), label: 1, weight, score: None, probability }))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let sums = sums_of::<ClassificationSums>(merged)?;
        if sums.confusion.labels().is_empty() {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "there are no rows to evaluate"));
        }
        let (confusion, beta) = (&sums.confusion, self.params.double("beta")?);
        let label = self.params.double("metricLabel")?;
        match self.metric()?.as_str() {
            "f1" => Ok(confusion.weighted(|confusion, label| confusion.f_measure(label, 1.0))),
            "accuracy" => Ok(confusion.accuracy()),
            "weightedPrecision" => Ok(confusion.weighted(Confusion::precision)),
            "weightedRecall" | "weightedTruePositiveRate" => Ok(confusion.weighted(Confusion::recall)),
            "weightedFalsePositiveRate" => Ok(confusion.weighted(Confusion::false_positive_rate)),
            "weightedFMeasure" => Ok(confusion.weighted(|confusion, label| confusion.f_measure(label, beta))),
            "truePositiveRateByLabel" | "recallByLabel" => confusion.by_label(label, Confusion::recall),
            "falsePositiveRateByLabel" => confusion.by_label(label, Confusion::false_positive_rate),
            "precisionByLabel" => confusion.by_label(label, Confusion::precision),
            "fMeasureByLabel" => confusion.by_label(label, |confusion, label| confusion.f_measure(label, beta)),
            "logLoss" => Ok(sums.log_loss / sums.weight),
            "hammingLoss" => Ok(1.0 - confusion.accuracy()),
            other => Err(Failure::internal(format!("no formula for the metric {other}"))),
        }
    }

    fn is_larger_better(&self) -> Result<bool> {
        let losses = ["weightedFalsePositiveRate", "falsePositiveRateByLabel", "logLoss", "hammingLoss"];
        Ok(!losses.contains(&self.metric()?.as_str()))
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}
