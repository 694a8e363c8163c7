//! Bisecting k-means, Gaussian mixtures and power iteration: what Spark answers beside its clusters.

use super::gold::{blocks, cases, cell, encode, make, set_params};
use super::gold_rows::rows_of;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch};
use brickyard_ml::linalg::VectorColumn;
use brickyard_ml::runner::{LocalRunner, evaluate};
use brickyard_ml::{Attribute, Operator, Transformer, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Centers or means.
pub fn centers(model: &dyn Transformer) -> Vec<Vec<f64>> {
    if let Ok(Attribute::Value(Value::NestedDoubles(centers))) = model.attribute("clusterCenters", &[]) {
        return centers;
    }
    let Ok(Attribute::Frame(gaussians)) = model.attribute("gaussiansDF", &[]) else { panic!("no centers") };
    let means = VectorColumn::new(gaussians.column(0).as_ref()).unwrap();
    (0..means.rows()).map(|row| means.get(row).to_vector().to_dense()).collect()
}

#[test]
fn leaves_are_counted_and_cost_what_their_rows_cost() {
    let frame = cases("kmeans").into_iter().find(|case| case.json["data"] == "blobs").unwrap().frame();
    let Operator::Estimator(mut estimator) = make("BisectingKMeans").unwrap() else { panic!("no estimator") };
    set_params(estimator.params_mut(), &json!({"k": 7})).unwrap();
    let (model, report) = super::gold::fit(estimator.as_ref(), &frame, 2, 40).unwrap();
    let centers = centers(model.as_ref());
    let output = brickyard_ml::transform::append(model.as_ref(), &frame).unwrap();
    let predictions: &ArrayRef = output.columns().last().unwrap();
    let vectors = VectorColumn::new(frame.column_by_name("features").unwrap().as_ref()).unwrap();
    let (mut cost, mut sizes) = (0.0, vec![0i64; 7]);
    for row in 0..predictions.len() {
        let cluster = cell(predictions, row).as_u64().unwrap() as usize;
        let values = vectors.get(row).to_vector().to_dense();
        cost += values.iter().zip(&centers[cluster]).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        sizes[cluster] += 1;
    }
    assert_eq!(report.values["clusterSizes"], Value::Ints(sizes));
    let Value::Double(told) = report.values["trainingCost"] else { panic!("no cost") };
    assert!((told - cost).abs() < 1e-9 * cost, "{told} {cost}");
}

#[test]
fn nodes_of_two_rings_are_told_apart() {
    let ring = |first: i64, count: i64| {
        let steps = move |i: i64| (1..3).map(move |step| (first + i, first + (i + step) % count));
        (0..count).flat_map(steps)
    };
    let edges: Vec<(i64, i64)> = ring(0, 6).chain(ring(100, 9)).chain([(0, 100), (7, 7)]).collect();
    let column =
        |end: fn(&(i64, i64)) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(edges.iter().map(end))) };
    let frame = RecordBatch::try_from_iter([("src", column(|edge| edge.0)), ("dst", column(|edge| edge.1))]).unwrap();
    for mode in ["random", "degree"] {
        let answers = [(1, 1000), (8, 1000), (2, 5)].map(|(threads, partition)| {
            let Operator::Estimator(mut estimator) = make("PowerIterationClustering").unwrap() else { panic!() };
            set_params(estimator.params_mut(), &json!({"initMode": mode, "maxIter": 50})).unwrap();
            let (answer, _) = super::gold::fit(estimator.as_ref(), &frame, threads, partition).unwrap();
            let Ok(Attribute::Frame(rows)) = answer.attribute("rows", &[]) else { panic!("no rows") };
            super::gold_rows::rows_of(&rows)
        });
        assert!(answers.iter().all(|answer| answer == &answers[0]));
        let cluster = |id: i64| answers[0].iter().find(|row| row[0] == json!(id)).unwrap()[1].clone();
        assert!((1..6).all(|id| cluster(id) == cluster(0)) && (101..109).all(|id| cluster(id) == cluster(100)));
        assert_ne!(cluster(0), cluster(100), "{mode}");
    }
}

#[test]
fn rows_cost_what_they_cost_in_spark() {
    let mut checked = 0;
    for case in cases("bisecting_kmeans").iter().filter(|case| case.json["attributes"]["computeCost(df)"].is_number()) {
        let (model, frame) = (case.fitted().unwrap().0, case.frame());
        let evaluator = model.evaluation("computeCost").unwrap();
        let blocks = blocks(&frame, &evaluator.inputs(frame.schema_ref()).unwrap(), 40).unwrap();
        let cost = evaluate(&LocalRunner::with_threads(2, blocks).unwrap(), evaluator.as_ref()).unwrap();
        case.check_attribute("computeCost(df)", &encode(&Value::Double(cost)));
        assert!(model.evaluation("logLikelihood").is_err());
        checked += 1;
    }
    assert!(checked > 1);
}

#[test]
fn nodes_are_grouped_as_spark_groups_them() {
    /// Which ids are together, whatever their cluster is called.
    fn groups(rows: &[Json]) -> Vec<Vec<i64>> {
        let with = |cluster: &Json| -> Vec<i64> {
            let mut ids: Vec<i64> =
                rows.iter().filter(|row| row[1] == *cluster).filter_map(|row| row[0].as_i64()).collect();
            ids.sort_unstable();
            ids
        };
        let mut groups: Vec<Vec<i64>> = rows.iter().map(|row| with(&row[1])).collect();
        groups.sort();
        groups.dedup();
        groups
    }
    for case in cases("power_iteration") {
        let (answer, _) = case.fitted().unwrap();
        let Ok(Attribute::Frame(rows)) = answer.attribute("rows", &[]) else { panic!("no rows") };
        let expected = groups(case.gold("rows").unwrap().as_array().unwrap());
        assert_eq!(groups(&rows_of(&rows)), expected, "{}", case.name());
    }
}

#[test]
fn bad_input_fails_in_sparks_words() {
    let is_of_clusters = |stage: &str| ["BisectingKMeans", "GaussianMixture"].contains(&stage);
    for case in cases("factors_errors").into_iter().filter(|case| is_of_clusters(case.stage())) {
        let failure = case.fitted().map(drop).unwrap_err();
        case.check_error(&failure);
    }
}
