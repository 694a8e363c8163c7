//! Statistics against real Spark.

use super::gold::{Case, assert_close, blocks, cases, cell, encode};
use arrow_array::{Array, ArrayRef, RecordBatch};
use brickyard_error::Result;
use brickyard_ml::linalg::{is_matrix_type, matrices_of};
use brickyard_ml::runner::{LocalRunner, Runner};
use brickyard_ml::statistics::summary::{SummarizeVectors, Summary};
use brickyard_ml::statistics::{self, Statistic};
use brickyard_ml::{AnyPass, Input, Registry, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn statistic(case: &Case) -> Result<Box<dyn Statistic>> {
    let arguments = case.json["arguments"].as_array().unwrap();
    let text = |place: usize| Value::Text(arguments[place].as_str().unwrap().to_owned());
    match case.json["statistic"].as_str().unwrap() {
        "Correlation.corr" => {
            let method = arguments.get(1).and_then(Json::as_str).unwrap_or("pearson");
            statistics::by_name("correlation", &[text(0), Value::Text(method.to_owned())])
        }
        "ChiSquareTest.test" => {
            let flatten = arguments.get(2).and_then(Json::as_bool).unwrap_or(false);
            statistics::by_name("chiSquareTest", &[text(0), text(1), Value::Bool(flatten)])
        }
        _ => {
            let parameters = arguments[2..].iter().map(|value| value.as_f64().unwrap()).collect();
            statistics::by_name("kolmogorovSmirnovTest", &[text(0), text(1), Value::Doubles(parameters)])
        }
    }
}

/// Over partitions of `partition_rows`, through bytes.
fn run(statistic: &dyn Statistic, rows: &RecordBatch, partition_rows: usize) -> Result<RecordBatch> {
    let blocks = blocks(rows, &statistic.inputs(rows.schema_ref())?, partition_rows)?;
    let pass = statistic.pass();
    let pass = Registry::standard().decode_pass(pass.name(), &pass.encode()?)?;
    let merged = LocalRunner::with_threads(2, blocks)?.run(0, &pass)?;
    statistic.finish(pass.decode_acc(&pass.encode_acc(&merged)?)?)
}

fn shown(column: &ArrayRef, row: usize) -> Json {
    match column.data_type() {
        kind if is_matrix_type(kind) => {
            let matrix = matrices_of(column.as_ref()).unwrap().swap_remove(row);
            encode(&Value::Matrix(matrix))
        }
        _ => cell(column, row),
    }
}

#[test]
fn statistics_answer_as_spark_does() {
    let is_summary = |case: &Case| case.json["statistic"] == "Summarizer.metrics";
    for case in cases("statistics").into_iter().filter(|case| !is_summary(case)) {
        let statistic = statistic(&case).unwrap();
        for partition_rows in [7, 1000] {
            let answer = run(statistic.as_ref(), &case.frame(), partition_rows).unwrap();
            let names: Vec<&str> = answer.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(json!(names), case.json["columns"], "{}", case.name());
            let rows = (0..answer.num_rows())
                .map(|row| answer.columns().iter().map(|column| shown(column, row)).collect::<Json>());
            assert_close(case.name(), &case.json["rows"], &json!(rows.collect::<Vec<_>>()), case.tolerance());
        }
    }
}

#[test]
fn summaries_are_those_of_spark() {
    let cases = cases("statistics");
    let cases: Vec<&Case> = cases.iter().filter(|case| case.json["statistic"] == "Summarizer.metrics").collect();
    for case in cases {
        let rows = case.frame();
        let arguments = case.json["arguments"].as_array().unwrap();
        let mut inputs = vec![Input::vector(arguments[0].as_str().unwrap())];
        inputs.extend(arguments[1].as_str().map(Input::number));
        let pass: Arc<dyn AnyPass> = Arc::new(SummarizeVectors);
        let runner = LocalRunner::with_threads(2, blocks(&rows, &inputs, 50).unwrap()).unwrap();
        let merged = runner.run(0, &pass).unwrap();
        let summary = merged.downcast::<Summary>().unwrap();
        for (name, expected) in arguments[2].as_array().unwrap().iter().zip(case.json["rows"][0].as_array().unwrap()) {
            let name = name.as_str().unwrap();
            let found = encode(&summary.metric(name).unwrap());
            assert_close(&format!("{} {name}", case.name()), expected, &found, 1e-10);
        }
    }
}

#[test]
fn what_cannot_be_tested_fails_with_sparks_words() {
    let of = |name: &str, arguments: &[Value]| statistics::by_name(name, arguments).err().unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    let rows = [
        (of("correlation", &[text("v"), text("kendall")]), "Supported correlations: pearson, spearman"),
        (of("kolmogorovSmirnovTest", &[text("x"), text("exp"), Value::Doubles(vec![])]), "options are:['norm']"),
        (
            of("kolmogorovSmirnovTest", &[text("x"), text("norm"), Value::Doubles(vec![1.0])]),
            "requires mean and standard deviation",
        ),
        (of("median", &[]), "the statistic median"),
    ];
    for (failure, part) in rows {
        assert!(failure.message().contains(part), "{failure}");
    }
}
