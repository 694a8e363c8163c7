//! Summaries of training against Spark's answers.

use super::gold::{assert_close, blocks, cases, cell, encode};
use arrow_array::RecordBatch;
use brickyard_ml::evaluate::{MetricsSummary, SummaryKind};
use brickyard_ml::runner::{LocalRunner, Runner};
use brickyard_ml::{Attribute, FitReport, Transformer, transform};
use serde_json::{Value as Json, json};

/// Rows that the recorder shows of a frame.
const SHOWN_ROWS: usize = 20;

pub fn summary(model: &dyn Transformer, report: &FitReport, frame: &RecordBatch) -> MetricsSummary {
    let kind = SummaryKind::of(model).unwrap().unwrap();
    let predictions = transform::append(kind.model(), frame).unwrap();
    let inputs = kind.inputs(predictions.schema_ref()).unwrap();
    let runner = LocalRunner::with_threads(2, blocks(&predictions, &inputs, 70).unwrap()).unwrap();
    kind.finish(runner.run(1, &kind.pass()).unwrap(), report).unwrap()
}

pub fn encoded(answer: Attribute) -> Json {
    match answer {
        Attribute::Value(value) => encode(&value),
        Attribute::Frame(batch) => {
            let row = |row: usize| batch.columns().iter().map(|column| cell(column, row)).collect::<Vec<_>>();
            let names: Vec<_> = batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect();
            let rows: Vec<_> = (0..batch.num_rows().min(SHOWN_ROWS)).map(row).collect();
            json!({"columns": names, "count": batch.num_rows(), "rows": rows})
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn summaries_are_sparks() {
    for case in cases("logistic_regression").iter().chain(&cases("linear_regression")) {
        let (model, report) = case.fitted().unwrap();
        let summary = summary(model.as_ref(), &report, &case.frame());
        for (path, expected) in case.gold("attributes").unwrap().as_object().unwrap() {
            let Some(name) = path.strip_prefix("summary.") else { continue };
            // The path of OWL-QN on balanced classes is decided by rounding; see the logistic cases.
            if case.name() == "multinomial_l1_tight" && ["objectiveHistory", "totalIterations"].contains(&name) {
                continue;
            }
            let answer = encoded(summary.attribute(name, &[]).unwrap());
            assert_close(&format!("{} {path}", case.name()), expected, &answer, case.tolerance());
        }
    }
}

#[test]
fn columns_that_a_model_leaves_out_are_named_for_its_summary() {
    let case = cases("logistic_regression").into_iter().find(|case| case.name() == "l2").unwrap();
    let (mut model, report) = case.fitted().unwrap();
    let accuracy =
        |model: &dyn Transformer| encoded(summary(model, &report, &case.frame()).attribute("accuracy", &[]).unwrap());
    let expected = accuracy(model.as_ref());
    for column in ["predictionCol", "probabilityCol", "rawPredictionCol"] {
        model.params_mut().set(column, "".into()).unwrap();
        assert_eq!(accuracy(model.as_ref()), expected, "without {column}");
    }
}
