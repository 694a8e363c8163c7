//! Nearest neighbours: names of rows.

use super::gold::{fit, make, set_params};
use super::gold_rows::rows_of;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use brickyard_ml::Operator;
use brickyard_ml::linalg::dense_column;
use serde_json::{Value as Json, json};
use std::sync::Arc;

#[test]
fn rows_are_told_by_their_names() {
    let columns: [(&str, ArrayRef); 2] = [
        ("features", dense_column(2, vec![0.0, 0.0, 3.0, 4.0, 6.0, 8.0])),
        ("name", Arc::new(Int64Array::from(vec![70, 80, 90]))),
    ];
    let frame = RecordBatch::try_from_iter(columns).unwrap();
    let neighbours = |params: Json| -> Json {
        let Operator::Estimator(mut estimator) = make("NearestNeighbours").unwrap() else { panic!("no estimator") };
        set_params(estimator.params_mut(), &params).unwrap();
        let (model, _) = fit(estimator.as_ref(), &frame, 2, 2).unwrap();
        let output = brickyard_ml::transform::append(model.as_ref(), &frame).unwrap();
        rows_of(&output)[1][2].clone()
    };
    assert_eq!(neighbours(json!({"k": 2, "idCol": "name"})), json!([[80, 0.0], [70, 5.0]]));
    assert_eq!(neighbours(json!({"k": 9})), json!([[1, 0.0], [0, 5.0], [2, 5.0]]));
}
