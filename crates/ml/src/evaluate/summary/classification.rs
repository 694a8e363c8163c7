//! Summaries of class predictions.

use super::frame;
use crate::evaluate::classification_pass::ClassificationSums;
use crate::evaluate::confusion::Confusion;
use crate::evaluate::curve::{Curve, area_under};
use crate::{Attribute, Value};
use brickyard_error::{Failure, Result, codes};

/// Spark's number of bins in summaries.
const BINS: usize = 1000;

#[derive(Debug, Clone)]
pub struct ClassificationSummary {
    confusion: Confusion,
    /// Of binary classifiers.
    curve: Option<Curve>,
}

impl ClassificationSummary {
    pub fn new(mut sums: ClassificationSums) -> Self {
        let confusion = std::mem::take(&mut sums.confusion);
        let scores = sums.scores();
        let curve = (!scores.is_empty()).then(|| Curve::new(&scores, BINS));
        Self { confusion, curve }
    }

    pub fn attribute(&self, name: &str, arguments: &[Value]) -> Result<Option<Attribute>> {
        let beta = match arguments {
            [] => 1.0,
            [Value::Double(beta)] => *beta,
            [Value::Int(beta)] => *beta as f64,
            _ => return Err(Failure::new(&codes::ml::ATTRIBUTE_UNKNOWN, format!("{name} takes one number, beta"))),
        };
        let f_measure = move |confusion: &Confusion, label: f64| confusion.f_measure(label, beta);
        let confusion = &self.confusion;
        Ok(Some(match name {
            "labels" => confusion.labels().into(),
            "truePositiveRateByLabel" | "recallByLabel" => self.by_label(Confusion::recall),
            "falsePositiveRateByLabel" => self.by_label(Confusion::false_positive_rate),
            "precisionByLabel" => self.by_label(Confusion::precision),
            "fMeasureByLabel" => self.by_label(f_measure),
            "accuracy" => confusion.accuracy().into(),
            "weightedTruePositiveRate" | "weightedRecall" => confusion.weighted(Confusion::recall).into(),
            "weightedFalsePositiveRate" => confusion.weighted(Confusion::false_positive_rate).into(),
            "weightedPrecision" => confusion.weighted(Confusion::precision).into(),
            "weightedFMeasure" => confusion.weighted(f_measure).into(),
            _ => return self.curve_attribute(name),
        }))
    }

    fn by_label(&self, metric: impl Fn(&Confusion, f64) -> f64) -> Attribute {
        let values: Vec<f64> = self.confusion.labels().iter().map(|label| metric(&self.confusion, *label)).collect();
        values.into()
    }

    fn curve_attribute(&self, name: &str) -> Result<Option<Attribute>> {
        let Some(curve) = &self.curve else { return Ok(None) };
        Ok(Some(match name {
            "areaUnderROC" => area_under(&curve.roc()).into(),
            "roc" => frame(["FPR", "TPR"], &curve.roc())?,
            "pr" => frame(["recall", "precision"], &curve.precision_recall())?,
            "fMeasureByThreshold" => frame(["threshold", "F-Measure"], &curve.f_measure_by_threshold(1.0))?,
            "precisionByThreshold" => frame(["threshold", "precision"], &curve.precision_by_threshold())?,
            "recallByThreshold" => frame(["threshold", "recall"], &curve.recall_by_threshold())?,
            _ => return Ok(None),
        }))
    }
}
