//! k-means against Spark's answers. Clusters are numbered by chance: here by the order of their centers.

use super::gold::{Case, assert_close, attribute, cases, check_output, encode, fit, make, set_params, transformed};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Int32Array, RecordBatch};
use brickyard_ml::linalg::dense_column;
use brickyard_ml::{Attribute, Operator, Registry, Transformer, Value, Vector};
use serde_json::{Value as Json, json};
use std::sync::Arc;

#[test]
fn clusters_are_those_of_spark() {
    for case in cases("kmeans").into_iter().chain(cases("kmeans_more")) {
        let (model, report) = case.fitted().unwrap();
        for (path, name) in [("trainingCost", "trainingCost"), ("k", "k")] {
            if case.json["attributes"].get(format!("summary.{path}")).is_some() {
                case.check_attribute(&format!("summary.{path}"), &encode(&report.values[name]));
            }
        }
        let (centers, ranks) = ranked(model.as_ref());
        let Value::Ints(sizes) = &report.values["clusterSizes"] else { panic!("no sizes") };
        let mut clusters: Vec<Json> = vec![Json::Null; ranks.len()];
        for (old, new) in ranks.iter().enumerate() {
            clusters[*new] = json!({"center": centers[old], "size": sizes[old]});
        }
        assert_close(case.name(), case.gold("clusters").unwrap(), &json!(clusters), case.tolerance());
        check(&case, model.as_ref(), &ranks);
        let saved = model.save().unwrap();
        let Operator::Transformer(loaded) = Registry::standard().load(&saved).unwrap() else { panic!("no model") };
        check(&case, loaded.as_ref(), &ranks);
        assert_eq!(loaded.save().unwrap(), saved);
    }
}

/// Centers, and the place of each in their order.
fn ranked(model: &dyn Transformer) -> (Vec<Vec<f64>>, Vec<usize>) {
    let Ok(Attribute::Value(Value::NestedDoubles(centers))) = model.attribute("clusterCenters", &[]) else { panic!() };
    let place = |center: &Vec<f64>| centers.iter().filter(|other| other[0] < center[0]).count();
    let ranks = centers.iter().map(place).collect();
    (centers, ranks)
}

fn check(case: &Case, model: &dyn Transformer, ranks: &[usize]) {
    let frame = case.frame();
    let output = transformed(model, &frame).unwrap();
    let last = output.num_columns() - 1;
    let clusters = output.column(last).as_primitive::<Int32Type>();
    let mut columns = output.columns().to_vec();
    columns[last] =
        Arc::new(Int32Array::from_iter_values(clusters.values().iter().map(|old| ranks[*old as usize] as i32)));
    let output = RecordBatch::try_new(output.schema(), columns).unwrap();
    check_output(case.name(), case.gold("output").unwrap(), &frame, &output, case.tolerance());
}

#[test]
fn bad_input_fails_in_sparks_words() {
    for case in cases("errors").into_iter().filter(|case| case.stage() == "KMeans") {
        case.check_error(&case.fitted().map(drop).unwrap_err());
    }
    let zero = frame(2, vec![0.0, 0.0, 1.0, 1.0]);
    let failure = trained(&json!({"distanceMeasure": "cosine"}), &zero, 1, 10).map(drop).unwrap_err();
    assert!(failure.message().contains("not defined for zero-length vectors"), "{failure}");
    let (model, _) = trained(&json!({}), &frame(1, vec![1.0, 5.0, 5.5]), 1, 10).unwrap();
    let failure = model.transform(&zero).unwrap_err();
    assert!(failure.message().contains("size 2, the model was trained on 1"), "{failure}");
}

#[test]
fn fewer_rows_than_clusters_give_fewer_centers() {
    let count = |values: Vec<f64>| {
        let (model, report) = trained(&json!({"k": 5}), &frame(1, values), 1, 10).unwrap();
        assert_eq!(report.values["k"], Value::Int(5));
        ranked(model.as_ref()).0.len()
    };
    assert_eq!(count(vec![1.0, 1.0, 1.0]), 1);
    assert!(count(vec![1.0, 2.0]) <= 2);
}

#[test]
fn attributes_of_a_model() {
    let (model, report) = trained(&json!({}), &frame(1, vec![1.0, 5.0, 5.5]), 1, 10).unwrap();
    assert_eq!(report.values["trainingCost"], Value::Double(0.125));
    let text = attribute(model.as_ref(), "toString");
    assert_eq!(text, json!("KMeansModel: uid=KMeans_0123456789ab, k=2, distanceMeasure=euclidean, numFeatures=1"));
    let (centers, _) = ranked(model.as_ref());
    let expected = usize::from(centers[1][0] > centers[0][0]) as i64;
    let found = model.attribute("predict", &[Value::Vector(Vector::Dense(vec![4.0]))]);
    assert!(matches!(found, Ok(Attribute::Value(Value::Int(cluster))) if cluster == expected), "{found:?}");
    let Ok(Attribute::Value(Value::Matrix(matrix))) = model.attribute("clusterCenterMatrix", &[]) else { panic!() };
    assert_eq!((matrix.rows, matrix.columns, matrix.to_row_major()), (2, 1, centers.concat()));
}

fn frame(size: usize, values: Vec<f64>) -> RecordBatch {
    let features: [(&str, ArrayRef); 1] = [("features", dense_column(size, values))];
    RecordBatch::try_from_iter(features).unwrap()
}

fn trained(
    params: &Json,
    frame: &RecordBatch,
    threads: usize,
    partition: usize,
) -> brickyard_error::Result<(Box<dyn Transformer>, brickyard_ml::fit::FitReport)> {
    let Operator::Estimator(mut estimator) = make("KMeans").unwrap() else { panic!("no estimator") };
    set_params(estimator.params_mut(), params).unwrap();
    fit(estimator.as_ref(), frame, threads, partition)
}
