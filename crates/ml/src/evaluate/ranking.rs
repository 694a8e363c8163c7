//! `RankingEvaluator`: metrics of ordered recommendations against the relevant items (Spark's `RankingMetrics`).

use super::lists::{self, Lists, sorted};
use super::sums_of;
use crate::param::{Default, Kind, ParamSpec, check, shared};
use crate::persist::Saved;
use crate::{AnyAcc, AnyPass, Block, Evaluator, Input, Merge, Operator, Params, Pass, Registry, Value};
use arrow_schema::Schema;
use brickyard_error::{Failure, Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const CLASS: &str = "org.apache.spark.ml.evaluation.RankingEvaluator";
const METRICS: [&str; 5] = ["meanAveragePrecision", "meanAveragePrecisionAtK", "precisionAtK", "ndcgAtK", "recallAtK"];

const METRIC_NAME: ParamSpec = ParamSpec::new(
    "metricName",
    Kind::Text,
    Default::Text("meanAveragePrecision"),
    "metric name in evaluation: meanAveragePrecision, meanAveragePrecisionAtK, precisionAtK, ndcgAtK or recallAtK",
)
.checked(|value| matches!(value, Value::Text(name) if METRICS.contains(&name.as_str())));
const K: ParamSpec =
    ParamSpec::new("k", Kind::Int, Default::Int(10), "the ranking position up to which metrics at k look (> 0)")
        .checked(check::positive);
static SPECS: [ParamSpec; 4] = [K, shared::LABEL_COL, METRIC_NAME, shared::PREDICTION_COL];

pub(super) fn register(registry: &mut Registry) {
    registry
        .operator(
            CLASS,
            |uid| Operator::evaluator(RankingEvaluator { params: Params::new(uid, &SPECS) }),
            |_, saved| Ok(Operator::evaluator(RankingEvaluator { params: saved.params(&SPECS)? })),
        )
        .pass::<RankingPass>();
}

/// Inputs: predicted items, best first, and relevant items.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct RankingPass {
    positions: usize,
}

/// Sums over the rows; a row without relevant items adds nothing but itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct RankingSums {
    rows: u64,
    average_precision: f64,
    average_precision_at: f64,
    precision_at: f64,
    recall_at: f64,
    gain_at: f64,
}

impl Merge for RankingSums {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.average_precision += other.average_precision;
        self.average_precision_at += other.average_precision_at;
        self.precision_at += other.precision_at;
        self.recall_at += other.recall_at;
        self.gain_at += other.gain_at;
    }
}

impl Pass for RankingPass {
    const NAME: &'static str = "evaluate-ranking";
    type View = Block;
    type Memo = ();
    type Acc = RankingSums;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> RankingSums {
        RankingSums::default()
    }

    fn update(&self, acc: &mut RankingSums, block: &Block, (): &mut ()) -> Result<()> {
        let (predictions, labels) = (Lists::of(block, 0, "predictions")?, Lists::of(block, 1, "labels")?);
        for row in 0..block.rows {
            let predicted = predictions.row(row)?;
            let mut relevant = sorted(labels.row(row)?);
            relevant.dedup();
            acc.rows += 1;
            if !relevant.is_empty() {
                self.add(acc, &predicted, &relevant);
            }
        }
        Ok(())
    }
}

impl RankingPass {
    /// `relevant` is sorted, each once, and not empty.
    fn add(&self, acc: &mut RankingSums, predicted: &[f64], relevant: &[f64]) {
        let is_relevant: Vec<bool> =
            predicted.iter().map(|item| relevant.binary_search_by(|other| other.total_cmp(item)).is_ok()).collect();
        let at = self.positions;
        let hits = is_relevant.iter().take(at).filter(|hit| **hit).count() as f64;
        acc.average_precision += average_precision(&is_relevant, relevant.len(), predicted.len().max(relevant.len()));
        acc.average_precision_at += average_precision(&is_relevant, relevant.len(), at);
        acc.precision_at += hits / at as f64;
        acc.recall_at += hits / relevant.len() as f64;
        let gain = |place: usize| 1.0 / ((place + 2) as f64).ln();
        let best: f64 = (0..at.min(relevant.len())).map(gain).sum();
        let found: f64 = is_relevant.iter().take(at).enumerate().filter(|(_, hit)| **hit).map(|(i, _)| gain(i)).sum();
        acc.gain_at += found / best;
    }
}

/// The mean of the precisions at the places of the hits, among the first `positions`.
fn average_precision(is_relevant: &[bool], relevant: usize, positions: usize) -> f64 {
    let (mut hits, mut sum) = (0.0, 0.0);
    for (place, _) in is_relevant.iter().take(positions).enumerate().filter(|(_, hit)| **hit) {
        hits += 1.0;
        sum += hits / (place + 1) as f64;
    }
    sum / relevant.min(positions) as f64
}

#[derive(Debug, Clone)]
struct RankingEvaluator {
    params: Params,
}

impl Evaluator for RankingEvaluator {
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
        Ok(Arc::new(RankingPass { positions: self.params.int("k")? as usize }))
    }

    fn finish(&self, merged: AnyAcc) -> Result<f64> {
        let sums = sums_of::<RankingSums>(merged)?;
        if sums.rows == 0 {
            return Err(Failure::new(&codes::ml::EMPTY_DATASET, "there are no rows to evaluate"));
        }
        let sum = match self.params.text("metricName")?.as_str() {
            "meanAveragePrecisionAtK" => sums.average_precision_at,
            "precisionAtK" => sums.precision_at,
            "ndcgAtK" => sums.gain_at,
            "recallAtK" => sums.recall_at,
            _ => sums.average_precision,
        };
        Ok(sum / sums.rows as f64)
    }

    fn is_larger_better(&self) -> Result<bool> {
        Ok(true)
    }

    fn save(&self) -> Result<Saved> {
        Ok(Saved::of(CLASS, &self.params))
    }
}
