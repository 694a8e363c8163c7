//! `MultilabelClassificationEvaluator`: metrics of predicted sets of labels (Spark's `MultilabelMetrics`).

use super::confusion::unknown_label;
use super::lists::{self, Lists, compare, sorted};
use super::sums_of;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Block, Evaluator, Input, Merge, Operator, Params, Pass, Registry, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.evaluation.MultilabelClassificationEvaluator";
const METRICS: [&str; 12] = [
    "subsetAccuracy",
    "accuracy",
    "hammingLoss",
    "precision",
    "recall",
    "f1Measure",
    "precisionByLabel",
    "recallByLabel",
    "f1MeasureByLabel",
    "microPrecision",
    "microRecall",
    "microF1Measure",
];

const METRIC_NAME: ParamSpec = ParamSpec::new(
    "metricName",
    Kind::Text,
    Default::Text("f1Measure"),
    "metric name in evaluation: subsetAccuracy, accuracy, hammingLoss, precision, recall, f1Measure, \
     precisionByLabel, recallByLabel, f1MeasureByLabel, microPrecision, microRecall or microF1Measure",
)
.checked(|value| matches!(value, Value::Text(name) if METRICS.contains(&name.as_str())));
const METRIC_LABEL: ParamSpec = ParamSpec::new(
    "metricLabel",
    Kind::Double,
    Default::Double(0.0),
    "the class whose metric is computed by metrics by label",
)
.checked(check::at_least_zero);
static SPECS: [ParamSpec; 4] = [shared::LABEL_COL, METRIC_LABEL, METRIC_NAME, shared::PREDICTION_COL];

pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::evaluator(MultilabelClassificationEvaluator { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::evaluator(MultilabelClassificationEvaluator { params: saved.params(&SPECS)? })),
        )
        .pass::<MultilabelPass>();
}

/// Inputs: predicted labels and true labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct MultilabelPass;

/// How often a label was found, wrongly found, and missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct LabelCounts {
    found: u64,
    wrong: u64,
    missed: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct MultilabelSums {
    rows: u64,
    same: u64,
    jaccard: f64,
    precision: f64,
    recall: f64,
    f1: f64,
    /// By the bits of the label.
    labels: BTreeMap<u64, LabelCounts>,
}

impl Merge for MultilabelSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.same += other.same;
        self.jaccard += other.jaccard;
        self.precision += other.precision;
        self.recall += other.recall;
        self.f1 += other.f1;
        for (label, more) in other.labels {
            let counts = self.labels.entry(label).or_default();
            counts.found += more.found;
            counts.wrong += more.wrong;
            counts.missed += more.missed;
        }
    }
}

impl Pass for MultilabelPass {
    const NAME: &'static str = "evaluate-multilabel";
    type View = Block;
    type Memo = ();
    type Acc = MultilabelSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> MultilabelSums {
        MultilabelSums::default()
    }

    fn update(&self, acc: &mut MultilabelSums, block: &Block, (): &mut ()) -> Result<()> {
        let (predictions, labels) = (Lists::of(block, 0, "predictions")?, Lists::of(block, 1, "labels")?);
        for row in 0..block.rows {
            acc.add(predictions.row(row)?, labels.row(row)?);
        }
        Ok(())
    }
}

impl MultilabelSums {
    fn add(&mut self, predicted: Vec<f64>, truth: Vec<f64>) {
        self.rows += 1;
        self.same += u64::from(predicted == truth);
        let (predicted, truth) = (sorted(predicted), sorted(truth));
        let [both, wrong, missed] = compare(&predicted, &truth);
        let [found, predictions, labels] = [both.len(), predicted.len(), truth.len()].map(|count| count as f64);
        self.jaccard += found / (labels + predictions - found);
        self.precision += if predicted.is_empty() { 0.0 } else { found / predictions };
        self.recall += found / labels;
        self.f1 += 2.0 * found / (predictions + labels);
        let mut count = |list: &[f64], add: fn(&mut LabelCounts)| {
            list.iter().for_each(|label| add(self.labels.entry(label.to_bits()).or_default()));
        };
        count(&both, |counts| counts.found += 1);
        count(&wrong, |counts| counts.wrong += 1);
        count(&missed, |counts| counts.missed += 1);
    }

    fn total(&self) -> LabelCounts {
        self.labels.values().fold(LabelCounts::default(), |sum, counts| LabelCounts {
            found: sum.found + counts.found,
            wrong: sum.wrong + counts.wrong,
            missed: sum.missed + counts.missed,
        })
    }

    fn by_label(&self, label: f64, metric: fn(&LabelCounts) -> f64) -> Result<f64> {
        self.labels.get(&(label + 0.0).to_bits()).map(metric).ok_or_else(|| unknown_label(label))
    }

    /// Labels that some row truly has.
    fn true_labels(&self) -> usize {
        self.labels.values().filter(|counts| counts.found + counts.missed > 0).count()
    }
}

impl LabelCounts {
    fn precision(&self) -> f64 {
        ratio(self.found, self.found + self.wrong)
    }

    fn recall(&self) -> f64 {
        ratio(self.found, self.found + self.missed)
    }

    fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[derive(Debug, Clone)]
struct MultilabelClassificationEvaluator {
    params: Params,
}

impl Evaluator for MultilabelClassificationEvaluator {
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
        let columns = [self.params.text("predictionCol")?, self.params.text("labelCol")?];
        columns.iter().map(|column| lists::input(schema, column)).collect()
    }

    fn pass(&self) -> Result<Arc<dyn AnyPass>> {
        Ok(Arc::new(MultilabelPass))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let sums = sums_of::<MultilabelSums>(merged)?;
        if sums.rows == 0 {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "there are no rows to evaluate"));
        }
        let (rows, total) = (sums.rows as f64, sums.total());
        let by_label = |metric: fn(&LabelCounts) -> f64| sums.by_label(self.params.double("metricLabel")?, metric);
        Ok(match self.params.text("metricName")?.as_str() {
            "subsetAccuracy" => sums.same as f64 / rows,
            "accuracy" => sums.jaccard / rows,
            "hammingLoss" => (total.wrong + total.missed) as f64 / (rows * sums.true_labels() as f64),
            "precision" => sums.precision / rows,
            "recall" => sums.recall / rows,
            "precisionByLabel" => by_label(LabelCounts::precision)?,
            "recallByLabel" => by_label(LabelCounts::recall)?,
            "f1MeasureByLabel" => by_label(LabelCounts::f1)?,
            "microPrecision" => total.precision(),
            "microRecall" => total.recall(),
            "microF1Measure" => 2.0 * total.found as f64 / (2 * total.found + total.wrong + total.missed) as f64,
            _ => sums.f1 / rows,
        })
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(self.params.text("metricName")? != "hammingLoss")
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}
