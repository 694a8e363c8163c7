//! Boosting that learns orders: held-out NDCG beside that of LightGBM's lambdarank, and what is refused.

use super::gold::{attribute, blocks, fit, make, read_json, repository, set_params, transformed};
use super::tree::{load, trained};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch};
use brickyard_ml::linalg::dense_column;
use brickyard_ml::random::{mix, unit};
use brickyard_ml::runner::{LocalRunner, PARTITION_ROWS, Runner};
use brickyard_ml::tree::IterationErrors;
use brickyard_ml::{AnyEstimator, Operator};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const RANKER: &str = "BoostingRanker";

fn ranker(params: &Json) -> Box<dyn AnyEstimator> {
    let Operator::Estimator(mut estimator) = make(RANKER).unwrap() else { panic!() };
    set_params(estimator.params_mut(), &json!({"queryCol": "query"})).unwrap();
    set_params(estimator.params_mut(), params).unwrap();
    estimator
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<f64> {
    batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

fn rows(features: usize, values: Vec<f64>, labels: Vec<f64>, queries: Vec<f64>) -> RecordBatch {
    let held = BooleanArray::from_iter(queries.iter().map(|query| Some(query % 4.0 == 3.0)));
    let weights = (0..labels.len()).map(|row| (row % 3) as f64 / 2.0 + 0.5);
    let columns: [(&str, ArrayRef); 5] = [
        ("features", dense_column(features, values)),
        ("label", Arc::new(Float64Array::from(labels))),
        ("weight", Arc::new(Float64Array::from_iter_values(weights))),
        ("held", Arc::new(held)),
        ("query", Arc::new(Float64Array::from(queries))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// 60 queries of 10 rows: the grade of a row follows feature 0, and feature 1 on top of what its query has for feature 2.
pub fn made() -> RecordBatch {
    let hash = |row: usize, column: usize| (unit(mix((row * 8 + column) as u64)) * 50.0).floor() / 10.0;
    let of_query = |row: usize| hash(row / 10 + 10_000, 2);
    let grade = |row: usize| {
        let fit = hash(row, 0) + hash(row, 1) * (of_query(row) - 2.5) + hash(row, 3) / 4.0;
        (fit / 2.0).floor().clamp(0.0, 4.0)
    };
    let values = (0..600).flat_map(|row| [hash(row, 0), hash(row, 1), of_query(row)]).collect();
    rows(3, values, (0..600).map(grade).collect(), (0..600).map(|row| f64::from(row / 10)).collect())
}

// ---- quality ---------------------------------------------------------------------------------------------------------

#[test]
fn held_out_ndcg_is_that_of_lightgbm() {
    for case in read_json("gold/boosting/ranking.json")["cases"].as_array().unwrap() {
        let (train, test) = (queries_of(case, 0.0), queries_of(case, 1.0));
        let mut params = json!({"maxIter": case["iterations"], "queryCol": "query"});
        for (theirs, ours) in [("truncation", "truncationLevel"), ("norm", "lambdaNorm"), ("gains", "labelGain")] {
            if !case[theirs].is_null() {
                params[ours] = case[theirs].clone();
            }
        }
        let model = trained(RANKER, &params, &train, 2, train.num_rows());
        let margins = numbers(&transformed(model.as_ref(), &test).unwrap(), "prediction");
        let gains: Vec<f64> = match case["gains"].as_array() {
            Some(gains) => gains.iter().map(|gain| gain.as_f64().unwrap()).collect(),
            None => (0..31).map(|grade| f64::from(grade).exp2() - 1.0).collect(),
        };
        let found = ndcg(&margins, &test, &gains, 10);
        let (name, expected) = (&case["name"], case["held_out"].as_f64().unwrap());
        println!("{name}: {found:.5}, LightGBM {expected:.5}");
        assert!(found >= expected - 0.015, "{name}: held-out NDCG@10 is {found}, LightGBM's {expected}");
    }
}

/// The rows of a case whose queries are even or odd.
fn queries_of(case: &Json, odd: f64) -> RecordBatch {
    let text = std::fs::read_to_string(repository().join(case["file"].as_str().unwrap())).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let place = |name: &Json| header.iter().position(|column| Some(*column) == name.as_str()).unwrap();
    let features: Vec<usize> = case["features"].as_array().unwrap().iter().map(place).collect();
    let (mut values, mut labels, mut queries) = (Vec::new(), Vec::new(), Vec::new());
    for (number, line) in lines.enumerate() {
        let cell = |column: usize| line[column].parse::<f64>().unwrap();
        let query = match case["query_rows"].as_u64() {
            Some(rows) => (number as u64 / rows) as f64,
            None => cell(place(&case["query"])),
        };
        if query % 2.0 != odd {
            continue;
        }
        for (slot, column) in features.iter().enumerate() {
            let hole = case["holes"] == true && (number * 7 + slot * 3).is_multiple_of(5);
            values.push(if hole { f64::NAN } else { cell(*column) });
        }
        labels.push(cell(place(&case["label"])));
        queries.push(query);
    }
    rows(features.len(), values, labels, queries)
}

/// The mean NDCG of the first rows; 1 where no row is worth anything.
fn ndcg(margins: &[f64], rows: &RecordBatch, gains: &[f64], judged: usize) -> f64 {
    let (labels, queries) = (numbers(rows, "label"), numbers(rows, "query"));
    let sum = |worth: Vec<f64>| -> f64 {
        worth.iter().take(judged).enumerate().map(|(place, gain)| gain / (place as f64 + 2.0).log2()).sum()
    };
    let (mut start, mut found) = (0, Vec::new());
    for query in queries.chunk_by(|one, next| one == next) {
        let mut of_query: Vec<usize> = (start..start + query.len()).collect();
        start += query.len();
        of_query.sort_by(|one, other| margins[*other].total_cmp(&margins[*one]));
        let worth: Vec<f64> = of_query.iter().map(|row| gains[labels[*row] as usize]).collect();
        let mut best = worth.clone();
        best.sort_by(|one, other| other.total_cmp(one));
        let ideal = sum(best);
        found.push(if ideal > 0.0 { sum(worth) / ideal } else { 1.0 });
    }
    found.iter().sum::<f64>() / found.len() as f64
}

#[test]
fn early_stopping_keeps_the_iterations_of_the_best_ndcg() {
    let params = json!({"maxIter": 200, "validationIndicatorCol": "held", "earlyStoppingRounds": 5, "ndcgAt": 4});
    let frame = made();
    let (model, report) = fit(ranker(&params).as_ref(), &frame, 2, 100).unwrap();
    let trees = attribute(model.as_ref(), "getNumTrees").as_u64().unwrap() as usize;
    let losses = &report.objective_history;
    assert!(trees > 1 && losses.len() == trees + 6 && losses.iter().all(|loss| losses[trees] <= *loss), "{losses:?}");
    let held = arrow_select::filter::filter_record_batch(&frame, frame["held"].as_boolean()).unwrap();
    let margins = numbers(&transformed(model.as_ref(), &held).unwrap(), "prediction");
    let gains: Vec<f64> = (0..5).map(|grade| f64::from(grade).exp2() - 1.0).collect();
    let loss = 1.0 - ndcg(&margins, &held, &gains, 4);
    assert!((loss - losses[trees]).abs() < 1e-9, "{loss}, reported {}", losses[trees]);

    // The same losses by iteration, for any rows.
    let errors = IterationErrors::of(model.as_ref(), None).unwrap();
    let inputs = errors.inputs(held.schema_ref()).unwrap();
    let runner = LocalRunner::with_threads(2, blocks(&held, inputs, 50).unwrap()).unwrap();
    let by_iteration = errors.finish(runner.run(0, &errors.pass()).unwrap()).unwrap();
    assert_eq!(by_iteration.len(), trees);
    for (found, reported) in by_iteration.iter().zip(&losses[1..]) {
        assert!((found - reported).abs() < 1e-9, "{by_iteration:?}, reported {losses:?}");
    }
    assert_eq!(load(&model.save().unwrap()).save().unwrap(), model.save().unwrap());
}

// ---- what is refused -------------------------------------------------------------------------------------------------

#[test]
fn bad_input_is_named() {
    let of = |labels: &[f64], queries: &[f64]| {
        let values = (0..labels.len()).map(|row| row as f64).collect();
        rows(1, values, labels.to_vec(), queries.to_vec())
    };
    let good = of(&[0.0, 1.0], &[1.0, 1.0]);
    let long = vec![5.0; PARTITION_ROWS + 1];
    let cases = [
        (json!({"queryCol": ""}), good.clone(), "Failed to find a default value for queryCol"),
        (json!({"queryCol": "absent"}), good.clone(), "absent"),
        (json!({"queryCol": "features"}), good.clone(), "must be of type numeric"),
        (json!({"truncationLevel": 0}), good.clone(), "truncationLevel given invalid value 0"),
        (json!({"ndcgAt": 0}), good.clone(), "ndcgAt given invalid value 0"),
        (json!({"labelGain": [0.0, -1.0]}), good.clone(), "labelGain given invalid value [0.0,-1.0]"),
        (json!({"labelGain": [1.0, 0.0]}), good.clone(), "a labelGain that falls"),
        (json!({"labelGain": [0.0, 1.0, 2.0]}), of(&[3.0], &[1.0]), "Labels MUST be in [0, 3), but got 3.0"),
        (json!({}), of(&[0.0, -1.0], &[1.0, 1.0]), "Labels MUST be in [0, 31), but got -1.0"),
        (json!({}), of(&[31.0], &[1.0]), "Labels MUST be in [0, 31), but got 31.0"),
        (json!({}), of(&[0.5], &[1.0]), "Labels MUST be Integers, but got 0.5"),
        (json!({}), of(&[f64::NAN], &[1.0]), "Labels MUST NOT be Null or NaN"),
        (json!({}), of(&[1.0], &[f64::NAN]), "magnitude below 2^53, but one is NaN"),
        (json!({}), of(&[1.0], &[2f64.powi(53)]), "but one is 9.007199254740992E15; number them anew"),
        // In a block, and in two blocks of ten rows.
        (json!({}), of(&[1.0; 3], &[2.0, 7.0, 2.0]), "the rows of query 2.0 are not together; sort"),
        (json!({}), of(&[1.0; 12], &[7.0; 12]), "the rows of query 7.0 are not together; sort"),
        (json!({}), of(&long, &long), "query 5.0 has 32769 rows, at most 32768 are supported"),
    ];
    for (params, frame, words) in cases {
        let Operator::Estimator(mut estimator) = make(RANKER).unwrap() else { panic!() };
        let partition = if frame.num_rows() > 100 { frame.num_rows() } else { 10 };
        let fitted = set_params(estimator.params_mut(), &json!({"queryCol": "query"}))
            .and_then(|()| set_params(estimator.params_mut(), &params))
            .and_then(|()| fit(estimator.as_ref(), &frame, 2, partition));
        let message = fitted.map(drop).unwrap_err().to_string();
        assert!(message.contains(words), "{params}: {message}");
    }
}

#[test]
fn edges() {
    // Queries of one row, of one grade, and no iterations: nothing to learn, a model all the same.
    let alone = rows(1, vec![1.0, 2.0, 3.0], vec![0.0, 2.0, 4.0], vec![1.0, 2.0, 3.0]);
    let alike = rows(1, vec![1.0, 2.0, 3.0], vec![2.0; 3], vec![1.0; 3]);
    for (frame, iterations) in [(&alone, 5), (&alike, 5), (&made(), 0)] {
        let params = json!({"queryCol": "query", "maxIter": iterations, "minInstancesPerNode": 1});
        let model = trained(RANKER, &params, frame, 2, frame.num_rows());
        let predicted = numbers(&transformed(model.as_ref(), frame).unwrap(), "prediction");
        assert!(predicted.iter().all(|value| *value == 0.0), "{predicted:?}");
    }
}
