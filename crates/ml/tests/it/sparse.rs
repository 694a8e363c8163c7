//! Sparse feature vectors teach linear models the same as dense ones, though other code reads them.

use super::gold::{fit, make, set_params};
use arrow_array::{Float64Array, RecordBatch};
use brickyard_ml::linalg::vector_column;
use brickyard_ml::{Attribute, Operator, Value, Vector};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const ROWS: usize = 400;
const WIDTH: usize = 40;

/// One entry in ten, off centre and of unlike scales; feature 3 is nowhere, feature 7 is everywhere the same.
fn vectors() -> Vec<Vector> {
    let noise = |index: usize| (index.wrapping_mul(2_654_435_761) >> 7) % 1000;
    let vector = |row: usize| {
        let present = |feature: usize| feature == 7 || (feature != 3 && noise(row * WIDTH + feature) < 100);
        let indices: Vec<u32> = (0..WIDTH).filter(|feature| present(*feature)).map(|feature| feature as u32).collect();
        let value = |feature: &u32| match feature {
            7 => 2.5,
            _ => (1.0 + noise(row * 31 + *feature as usize) as f64 / 500.0) * f64::from(1 + feature % 5),
        };
        Vector::Sparse { size: WIDTH, values: indices.iter().map(value).collect(), indices }
    };
    (0..ROWS).map(vector).collect()
}

fn frame(vectors: &[Vector], label: impl Fn(&[f64]) -> f64) -> RecordBatch {
    let labels: Float64Array = vectors.iter().map(|vector| label(&vector.to_dense())).collect();
    let weights: Float64Array = (0..vectors.len()).map(|row| (row % 3) as f64).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("features", vector_column(vectors.iter().map(Some)), true),
        ("label", Arc::new(labels) as _, true),
        ("weight", Arc::new(weights) as _, true),
    ])
    .unwrap()
}

fn coefficients(stage: &str, params: &Json, rows: &RecordBatch) -> Vec<f64> {
    let Operator::Estimator(mut estimator) = make(stage).unwrap() else { panic!("{stage}") };
    set_params(estimator.params_mut(), params).unwrap();
    let (model, _) = fit(estimator.as_ref(), rows, 2, 96).unwrap();
    let name = if stage == "LogisticRegression" { "coefficientMatrix" } else { "coefficients" };
    match model.attribute(name, &[]).unwrap() {
        Attribute::Value(Value::Matrix(matrix)) => matrix.to_row_major(),
        Attribute::Value(Value::Vector(vector)) => vector.to_dense(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sparse_rows_teach_what_dense_rows_do() {
    let sparse = vectors();
    let dense: Vec<Vector> = sparse.iter().map(|vector| Vector::Dense(vector.to_dense())).collect();
    let score =
        |values: &[f64]| values.iter().zip(1..).map(|(value, place)| value * f64::from(place % 4 - 1)).sum::<f64>();
    let class = |values: &[f64]| f64::from(u8::from(score(values) > 5.0)) + f64::from(u8::from(score(values) > 20.0));
    let tight = |more: Json| {
        let mut params = json!({"tol": 1e-13, "maxIter": 1000, "regParam": 0.05});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    type Label<'a> = &'a dyn Fn(&[f64]) -> f64;
    let table: [(&str, Json, Label<'_>); 7] = [
        ("LogisticRegression", tight(json!({})), &|values| class(values).min(1.0)),
        ("LogisticRegression", tight(json!({"fitIntercept": false})), &|values| class(values).min(1.0)),
        ("LogisticRegression", tight(json!({"weightCol": "weight"})), &class),
        ("LinearRegression", tight(json!({"weightCol": "weight"})), &score),
        ("LinearRegression", tight(json!({"fitIntercept": false})), &score),
        ("LinearRegression", tight(json!({"solver": "l-bfgs"})), &score),
        ("LinearRegression", tight(json!({"solver": "l-bfgs", "fitIntercept": false})), &score),
    ];
    for (stage, params, label) in table {
        let from_dense = coefficients(stage, &params, &frame(&dense, label));
        let from_sparse = coefficients(stage, &params, &frame(&sparse, label));
        assert!(from_dense.iter().any(|value| value.abs() > 0.01), "{stage} {params} learned nothing");
        for (feature, (dense, sparse)) in from_dense.iter().zip(&from_sparse).enumerate() {
            assert!((dense - sparse).abs() < 1e-6, "{stage} {params}: coefficient {feature} is {dense} or {sparse}");
        }
        assert_eq!((from_sparse[3], from_sparse[7]), (0.0, 0.0), "{stage}: constants have no coefficient");
    }
}
