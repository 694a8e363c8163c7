//! Every estimator under the laws of `brickyard_ml::testkit`. One that is registered and has no row here fails.

use super::boosting_order::made as ranked;
use super::factorization::ratings;
use super::gold::{cases, frame as made, make, set_params};
use super::patterns::baskets;
use super::topics::documents;
use super::tree::wide_frame;
use arrow_array::{ArrayRef, RecordBatch};
use brickyard_error::Result;
use brickyard_ml::linalg::dense_column;
use brickyard_ml::testkit::check_estimator;
use brickyard_ml::{Operator, Registry};
use serde_json::{Value as Json, json};

/// A class by its last name, what it learns from, its parameters, and how far off a model of another partitioning may
/// predict: more than 0 where sums of doubles depend on the order of their parts.
type Row = (&'static str, RecordBatch, Json, f64);

/// The data of this name in a group of recorded cases.
fn data(group: &str, name: &str) -> RecordBatch {
    cases(group).into_iter().find(|case| case.json["data"] == name).unwrap().frame()
}

/// Both objects' members; the second's where both have one.
fn with(base: &Json, more: Json) -> Json {
    let mut params = base.clone();
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

fn linear() -> Vec<Row> {
    let tight = json!({"tol": 1e-12, "maxIter": 500, "regParam": 0.1});
    let (binary, iris) = (data("logistic_regression", "binary"), data("logistic_regression", "iris"));
    let (regression, claims) = (data("linear_regression", "regression"), data("generalized", "claims"));
    let of = |more: Json| with(&tight, with(&json!({"labelCol": "y"}), more));
    let poisson = json!({"labelCol": "count", "family": "poisson", "weightCol": "w", "offsetCol": "exposure"});
    let squares = json!({"labelCol": "y", "loss": "huber", "tol": 1e-12});
    let survival = json!({"labelCol": "time", "censorCol": "event"});
    vec![
        ("LogisticRegression", binary.clone(), of(json!({})), 1e-6),
        ("LogisticRegression", binary.clone(), of(json!({"weightCol": "w"})), 1e-6),
        ("LogisticRegression", binary.clone(), of(json!({"elasticNetParam": 0.5})), 1e-6),
        ("LogisticRegression", iris, tight.clone(), 1e-6),
        ("LinearRegression", regression.clone(), of(json!({})), 1e-6),
        ("LinearRegression", regression.clone(), of(json!({"solver": "l-bfgs"})), 1e-6),
        ("LinearRegression", regression.clone(), of(json!({"weightCol": "w"})), 1e-6),
        ("LinearRegression", data("linear_more", "regression"), squares, 1e-5),
        ("LinearSVC", data("linear_svc", "binary"), json!({"labelCol": "y", "regParam": 0.1, "maxIter": 5}), 1e-6),
        ("GeneralizedLinearRegression", claims, poisson, 1e-8),
        ("AFTSurvivalRegression", data("survival", "claims"), survival, 1e-4),
        ("IsotonicRegression", data("isotonic", "steps"), json!({"weightCol": "w", "featuresCol": "x"}), 1e-10),
    ]
}

fn other_predictors() -> Vec<Row> {
    let start = cases("perceptron").into_iter().find(|case| case.name() == "started").unwrap();
    let layers = json!({"layers": [4, 5, 3], "maxIter": 5, "initialWeights": start.json["params"]["initialWeights"]});
    let half = json!({"maxIter": 10, "stepSize": 0.1, "miniBatchFraction": 0.5});
    let (words, pairs) = (data("naive_bayes", "word_counts"), data("factorised", "pairs"));
    vec![
        ("NaiveBayes", words.clone(), json!({"labelCol": "kind", "weightCol": "w"}), 1e-10),
        ("NaiveBayes", words, json!({"labelCol": "kind", "modelType": "gaussian"}), 1e-8),
        ("MultilayerPerceptronClassifier", data("perceptron", "iris"), layers, 1e-5),
        ("FMRegressor", pairs.clone(), json!({"labelCol": "value", "maxIter": 10, "stepSize": 0.1}), 1e-6),
        ("FMClassifier", pairs, half, 1e-6),
    ]
}

/// Trees sum whole numbers: not even partitions change them.
fn trees() -> Vec<Row> {
    let rows = wide_frame(700);
    let kind = |more: Json| with(&json!({"labelCol": "kind"}), more);
    let value = |more: Json| with(&json!({"labelCol": "value"}), more);
    let half = json!({"numTrees": 3, "featureSubsetStrategy": "5", "subsamplingRate": 0.5});
    let absolute = json!({"maxIter": 3, "objective": "absolute", "featureFraction": 0.5});
    let sampled = json!({"maxIter": 4, "weightCol": "weight", "subsamplingRate": 0.6});
    let table = [
        ("DecisionTreeClassifier", kind(json!({"weightCol": "weight", "maxDepth": 8}))),
        ("DecisionTreeRegressor", value(json!({"weightCol": "weight"}))),
        ("RandomForestClassifier", kind(json!({"numTrees": 13, "maxDepth": 6}))),
        ("RandomForestClassifier", kind(half)),
        ("RandomForestClassifier", kind(json!({"numTrees": 2, "bootstrap": false, "subsamplingRate": 0.7}))),
        // Eight nodes do not fit in no memory: one node a pass.
        ("RandomForestClassifier", kind(json!({"numTrees": 2, "maxMemoryInMB": 0, "maxDepth": 3}))),
        ("RandomForestRegressor", value(json!({"numTrees": 5, "maxDepth": 7}))),
        ("GBTRegressor", value(json!({"maxIter": 4, "subsamplingRate": 0.7, "weightCol": "weight"}))),
        ("GBTRegressor", value(json!({"maxIter": 3, "lossType": "absolute", "leafCol": "leaf"}))),
        ("GBTRegressor", value(json!({"maxIter": 3, "featureSubsetStrategy": "sqrt", "seed": 5}))),
        ("BoostingClassifier", kind(json!({"maxIter": 3, "numLeaves": 6}))),
        ("BoostingClassifier", kind(json!({"maxIter": 4, "sampling": "goss", "stepSize": 1.0}))),
        ("BoostingRegressor", value(sampled)),
        ("BoostingRegressor", value(absolute)),
        ("BoostingRegressor", kind(json!({"maxIter": 3, "objective": "poisson", "maxDepth": 2}))),
    ];
    let tolerance = |stage: &str| if stage.starts_with("Boosting") { 1e-9 } else { 0.0 };
    let two_classes = data("logistic_regression", "binary");
    let of_two = ("GBTClassifier", two_classes, json!({"labelCol": "y", "maxIter": 3, "weightCol": "w"}), 0.0);
    table.into_iter().map(|(stage, params)| (stage, rows.clone(), params, tolerance(stage))).chain([of_two]).collect()
}

fn orders() -> Vec<Row> {
    let of = |more: Json| ("BoostingRanker", ranked(), with(&json!({"queryCol": "query"}), more), 1e-9);
    vec![
        of(json!({"maxIter": 3, "numLeaves": 6, "leafCol": "leaf"})),
        of(json!({"maxIter": 4, "weightCol": "weight", "subsamplingRate": 0.6, "truncationLevel": 3})),
        of(json!({"maxIter": 4, "sampling": "goss", "stepSize": 1.0, "lambdaNorm": false})),
        of(json!({"maxIter": 5, "validationIndicatorCol": "held", "weightCol": "weight", "ndcgAt": 3})),
    ]
}

/// Whole numbers, so that k-means does not depend on the order of its sums.
fn whole_numbers() -> RecordBatch {
    let value = |i: u64| ((brickyard_ml::random::mix(i) % 50) + (i / 3 % 4) * 40) as f64;
    let features: [(&str, ArrayRef); 1] = [("features", dense_column(3, (0..1_500).map(value).collect()))];
    RecordBatch::try_from_iter(features).unwrap()
}

fn without_labels() -> Vec<Row> {
    let (blobs, whole) = (data("kmeans", "blobs"), whole_numbers());
    let two_blobs = data("kmeans", "two_blobs");
    let edges = data("power_iteration", "edges");
    let sequences = data("prefix_span", cases("prefix_span")[0].json["data"].as_str().unwrap());
    vec![
        ("KMeans", whole.clone(), json!({"k": 4}), 0.0),
        ("KMeans", whole.clone(), json!({"k": 7, "initMode": "random", "seed": 3}), 0.0),
        ("KMeans", whole, json!({"k": 3, "initSteps": 4}), 0.0),
        ("BisectingKMeans", blobs.clone(), json!({"k": 5}), 1e-6),
        ("BisectingKMeans", blobs.clone(), json!({"k": 3, "distanceMeasure": "cosine", "weightCol": "w"}), 1e-6),
        ("GaussianMixture", blobs.clone(), json!({"k": 3, "maxIter": 30}), 1e-6),
        ("GaussianMixture", blobs, json!({"k": 2, "weightCol": "w", "maxIter": 10}), 1e-6),
        ("PowerIterationClustering", edges.clone(), json!({"maxIter": 10}), 0.0),
        ("PowerIterationClustering", edges, json!({"maxIter": 10, "initMode": "degree"}), 0.0),
        ("LDA", documents(), json!({"k": 3, "maxIter": 4, "subsamplingRate": 0.5}), 1e-6),
        ("LDA", documents(), json!({"k": 2, "maxIter": 3, "optimizeDocConcentration": false}), 1e-6),
        ("LDA", documents(), json!({"k": 3, "maxIter": 5, "optimizer": "em"}), 1e-6),
        ("ALS", ratings(40, 30), json!({"rank": 3, "maxIter": 3}), 0.0),
        ("ALS", ratings(40, 30), json!({"rank": 12, "maxIter": 2, "nonnegative": true}), 0.0),
        ("ALS", ratings(40, 30), json!({"rank": 9, "maxIter": 2, "implicitPrefs": true, "alpha": 3.0}), 0.0),
        ("ALS", ratings(40, 30), json!({"rank": 4, "maxIter": 2, "regParam": 0.0}), 0.0),
        ("NearestNeighbours", two_blobs.clone(), json!({}), 0.0),
        ("NearestNeighbours", two_blobs.clone(), json!({"k": 1000}), 0.0),
        ("NearestNeighbours", two_blobs.clone(), json!({"k": 3, "distanceMeasure": "cosine"}), 0.0),
        ("NearestNeighbours", two_blobs, json!({"k": 3, "algorithm": "hnsw", "m": 4}), 0.0),
        ("FPGrowth", made(&baskets()), json!({"minSupport": 0.3, "minConfidence": 0.5}), 0.0),
        ("PrefixSpan", sequences, json!({"minSupport": 0.4}), 0.0),
    ]
}

fn features() -> Vec<Row> {
    let of = |base: &Json, more: Json| with(base, with(&json!({"outputCol": "out"}), more));
    let (input, selects) = (json!({"inputCol": "features"}), json!({"featuresCol": "features"}));
    let words = of(&json!({"inputCol": "words"}), json!({}));
    let (documents, regression) = (data("feature_words", "documents_of_letters"), data("feature_scale", "regression"));
    let (classes, few_values) = (data("feature_vector", "classes"), data("feature_vector", "few_values"));
    let formula = json!({"formula": "real ~ word * long + v", "featuresCol": "f", "labelCol": "y"});
    let numbers = json!({"labelCol": "y", "featureType": "continuous", "labelType": "continuous"});
    let categories = json!({"featureType": "continuous", "labelType": "categorical"});
    let vectors = json!({"vectorSize": 4, "minCount": 1, "maxIter": 2});
    vec![
        ("StringIndexer", data("feature", "words"), json!({"inputCol": "kind", "outputCol": "out"}), 0.0),
        ("OneHotEncoder", data("feature", "categories"), json!({"inputCol": "one", "outputCol": "out"}), 0.0),
        ("StandardScaler", regression.clone(), of(&input, json!({"withMean": true})), 1e-12),
        ("RobustScaler", regression.clone(), of(&input, json!({"withCentering": true})), 1e-6),
        ("MinMaxScaler", regression.clone(), of(&input, json!({})), 0.0),
        ("MaxAbsScaler", regression.clone(), of(&input, json!({})), 0.0),
        ("Imputer", regression.clone(), json!({"inputCols": ["x1", "x2"], "outputCols": ["o1", "o2"]}), 1e-12),
        ("QuantileDiscretizer", regression.clone(), json!({"inputCol": "x1", "outputCol": "out"}), 0.0),
        ("PCA", regression.clone(), of(&input, json!({"k": 3})), 1e-6),
        ("VectorIndexer", few_values, of(&input, json!({"maxCategories": 4})), 0.0),
        ("CountVectorizer", documents.clone(), words.clone(), 0.0),
        ("IDF", self::documents(), of(&input, json!({})), 0.0),
        // Blocks of words learn apart, so another partitioning gives other vectors.
        ("Word2Vec", documents, with(&words, vectors), 1.0),
        ("TargetEncoder", data("feature_vector", "targets"), json!({"inputCol": "one", "outputCol": "out"}), 1e-12),
        ("RFormula", data("feature_formula", "table"), formula, 1e-6),
        ("ChiSqSelector", classes.clone(), of(&selects, json!({})), 0.0),
        ("VarianceThresholdSelector", classes.clone(), of(&selects, json!({})), 0.0),
        ("UnivariateFeatureSelector", regression, of(&selects, numbers), 0.0),
        ("UnivariateFeatureSelector", classes, of(&selects, categories), 0.0),
        ("BucketedRandomProjectionLSH", data("hashing", "points"), of(&input, json!({"bucketLength": 2.0})), 0.0),
        ("MinHashLSH", data("hashing", "sets"), of(&input, json!({})), 0.0),
    ]
}

fn table() -> Vec<Row> {
    [linear(), other_predictors(), trees(), orders(), without_labels(), features()].concat()
}

#[test]
fn estimators_keep_the_laws() {
    let broken = |(stage, rows, params, tolerance): Row| {
        let failure = check(stage, &params, &rows, tolerance).err()?;
        Some(format!("{stage} {params}: {failure}"))
    };
    let broken: Vec<String> = table().into_iter().filter_map(broken).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_estimator_has_a_row() {
    let (registry, rows) = (Registry::standard(), table());
    let is_estimator = |class: &&str| matches!(registry.make(class, "uid"), Ok(Operator::Estimator(_)));
    let has_row = |class: &&str| rows.iter().any(|(stage, ..)| class.rsplit('.').next() == Some(*stage));
    let without: Vec<&str> =
        registry.classes().into_iter().filter(is_estimator).filter(|class| !has_row(class)).collect();
    assert!(without.is_empty(), "no row in the table of laws: {without:?}");
}

#[test]
fn a_broken_law_is_noticed() {
    let rows = data("logistic_regression", "binary");
    let failure = check("LogisticRegression", &json!({"labelCol": "y"}), &rows, 0.0).unwrap_err();
    assert!(failure.message().contains("partitions change no more than the last digits"), "{failure}");
}

fn check(stage: &str, params: &Json, rows: &RecordBatch, tolerance: f64) -> Result<()> {
    let Operator::Estimator(mut estimator) = make(stage)? else { panic!("{stage} is no estimator") };
    set_params(estimator.params_mut(), params)?;
    check_estimator(&Registry::standard(), estimator.as_ref(), rows, tolerance)
}
