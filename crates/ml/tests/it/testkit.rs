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
    let words = json!({"inputCol": "words", "outputCol": "out"});
    let features = json!({"inputCol": "features", "outputCol": "out"});
    let of = |base: &Json, more: Json| {
        let mut params = base.clone();
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let selects = json!({"featuresCol": "features", "outputCol": "out"});
    let stages = [
        ("RobustScaler", "feature_scale", "regression", of(&features, json!({"withCentering": true}))),
        ("QuantileDiscretizer", "feature_scale", "regression", json!({"inputCol": "x1", "outputCol": "out"})),
        ("PCA", "feature_scale", "regression", of(&features, json!({"k": 3}))),
        ("VectorIndexer", "feature_vector", "few_values", of(&features, json!({"maxCategories": 4}))),
        ("CountVectorizer", "feature_words", "documents_of_letters", words.clone()),
        ("TargetEncoder", "feature_vector", "targets", json!({"inputCol": "one", "outputCol": "out"})),
        (
            "RFormula",
            "feature_formula",
            "table",
            json!({"formula": "real ~ word * long + v", "featuresCol": "f", "labelCol": "y"}),
        ),
        ("ChiSqSelector", "feature_vector", "classes", selects.clone()),
        ("VarianceThresholdSelector", "feature_vector", "classes", selects.clone()),
        (
            "UnivariateFeatureSelector",
            "feature_scale",
            "regression",
            of(&selects, json!({"labelCol": "y", "featureType": "continuous", "labelType": "continuous"})),
        ),
        (
            "UnivariateFeatureSelector",
            "feature_vector",
            "classes",
            of(&selects, json!({"featureType": "continuous", "labelType": "categorical"})),
        ),
        ("BucketedRandomProjectionLSH", "hashing", "points", of(&features, json!({"bucketLength": 2.0}))),
        ("MinHashLSH", "hashing", "sets", features.clone()),
    ];
    for (stage, group, data, params) in table.into_iter().chain(stages) {
        let outcome = check(stage, &params, &frame(group, data), 1e-6);
        assert!(outcome.is_ok(), "{stage} {params}: {}", outcome.unwrap_err());
    }
}

/// Blocks of words learn apart, so another partitioning gives other vectors.
#[test]
fn word_vectors_keep_the_laws() {
    let case = cases("feature_words").into_iter().find(|case| case.json["data"] == "documents_of_letters").unwrap();
    let params = json!({"inputCol": "words", "outputCol": "out", "minCount": 1, "vectorSize": 4, "maxIter": 2});
    check("Word2Vec", &params, &case.frame(), 1.0).unwrap();
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
