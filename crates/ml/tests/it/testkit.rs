//! Every estimator under the laws of `testkit`.

use super::gold::{cases, make, set_params};
use arrow_array::RecordBatch;
use brickyard_error::Result;
use brickyard_ml::testkit::check_estimator;
use brickyard_ml::{Operator, Registry};
use serde_json::{Value as Json, json};

#[test]
fn estimators_keep_the_laws() {
    let frame =
        |group: &str, data: &str| cases(group).into_iter().find(|case| case.json["data"] == data).unwrap().frame();
    let tight = json!({"tol": 1e-12, "maxIter": 500, "regParam": 0.1});
    let with = |more: Json| {
        let mut params = tight.clone();
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let table = [
        ("LogisticRegression", "logistic_regression", "binary", with(json!({"labelCol": "y"}))),
        ("LogisticRegression", "logistic_regression", "binary", with(json!({"labelCol": "y", "weightCol": "w"}))),
        ("LogisticRegression", "logistic_regression", "binary", with(json!({"labelCol": "y", "elasticNetParam": 0.5}))),
        ("LogisticRegression", "logistic_regression", "iris", with(json!({}))),
        ("LinearRegression", "linear_regression", "regression", with(json!({"labelCol": "y"}))),
        ("LinearRegression", "linear_regression", "regression", with(json!({"labelCol": "y", "solver": "l-bfgs"}))),
        ("LinearRegression", "linear_regression", "regression", with(json!({"labelCol": "y", "weightCol": "w"}))),
        ("DecisionTreeClassifier", "logistic_regression", "iris", json!({})),
        ("RandomForestClassifier", "logistic_regression", "iris", json!({"numTrees": 5})),
        ("DecisionTreeRegressor", "linear_regression", "regression", json!({"labelCol": "y"})),
    ];
    for (stage, group, data, params) in table {
        let outcome = check(stage, &params, &frame(group, data), 1e-6);
        assert!(outcome.is_ok(), "{stage} {params}: {}", outcome.unwrap_err());
    }
}

#[test]
fn a_broken_law_is_noticed() {
    let case = cases("logistic_regression").into_iter().find(|case| case.json["data"] == "binary").unwrap();
    let failure = check("LogisticRegression", &json!({"labelCol": "y"}), &case.frame(), 0.0).unwrap_err();
    assert!(failure.message().contains("partitions change no more than the last digits"), "{failure}");
}

pub fn check(stage: &str, params: &Json, rows: &RecordBatch, tolerance: f64) -> Result<()> {
    let Operator::Estimator(mut estimator) = make(stage)? else { panic!("{stage} is no estimator") };
    set_params(estimator.params_mut(), params)?;
    check_estimator(&Registry::standard(), estimator.as_ref(), rows, tolerance)
}
