//! The models that are exported, and how to fit them.

use super::fitting::StageSpec;
use serde_json::{Value as Json, json};

/// A pipeline to export as a whole to ONNX.
pub struct Case {
    pub name: &'static str,
    pub stages: Vec<StageSpec>,
}

/// Indexed and one-hot carriers, indexed origins, and numbers, of which `weather` is missing at times.
pub fn features(assembled: &[&str], invalid: &str) -> Vec<StageSpec> {
    vec![
        ("StringIndexer", json!({"inputCol": "carrier", "outputCol": "carrierIndex", "handleInvalid": "keep"})),
        ("StringIndexer", json!({"inputCol": "origin", "outputCol": "originIndex", "handleInvalid": "keep"})),
        ("OneHotEncoder", json!({"inputCol": "carrierIndex", "outputCol": "carrierHot"})),
        ("Imputer", json!({"inputCols": ["weather"], "outputCols": ["weatherFilled"], "strategy": "median"})),
        ("VectorAssembler", json!({"inputCols": assembled, "outputCol": "features", "handleInvalid": invalid})),
    ]
}

const MIXED: &[&str] = &["carrierHot", "originIndex", "hour", "distance", "weatherFilled"];
const WITH_HOLES: &[&str] = &["originIndex", "hour", "distance", "weather", "carrierHot"];
const NUMBERS: &[&str] = &["hour", "distance", "weatherFilled", "flag"];
const COUNTS: &[&str] = &["carrierHot", "count", "flag"];
const FLAGS: &[&str] = &["carrierHot", "flag"];

fn case(name: &'static str, assembled: &[&str], stages: Vec<StageSpec>) -> Case {
    Case { name, stages: features(assembled, "error").into_iter().chain(stages).collect() }
}

fn scaled() -> StageSpec {
    ("StandardScaler", json!({"inputCol": "features", "outputCol": "scaled", "withMean": true}))
}

/// Models of trees, whose inputs may be missing where they are our own: (name, columns, stage, parameters).
pub fn trees() -> Vec<(&'static str, &'static [&'static str], &'static str, Json)> {
    let forest = |label: &str, extra: Json| {
        let mut params = json!({"labelCol": label, "maxBins": 64, "maxDepth": 6, "numTrees": 15, "seed": 5});
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        params
    };
    let tree = |label: &str| json!({"labelCol": label, "maxBins": 64, "maxDepth": 12, "seed": 5});
    let spark_boosted = |label: &str| json!({"labelCol": label, "maxBins": 64, "maxIter": 8, "seed": 5});
    let own = |label: &str, extra: Json| {
        let mut params = json!({"labelCol": label, "maxIter": 12, "numLeaves": 15, "minInstancesPerNode": 5});
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        params
    };
    vec![
        ("tree_two_classes", MIXED, "DecisionTreeClassifier", tree("late")),
        ("tree_three_classes", MIXED, "DecisionTreeClassifier", tree("level")),
        ("tree_number", MIXED, "DecisionTreeRegressor", tree("minutes")),
        ("tree_stump", NUMBERS, "DecisionTreeClassifier", json!({"labelCol": "late", "maxDepth": 0})),
        ("forest_two_classes", MIXED, "RandomForestClassifier", forest("late", json!({}))),
        ("forest_three_classes", MIXED, "RandomForestClassifier", forest("level", json!({}))),
        ("forest_number", MIXED, "RandomForestRegressor", forest("minutes", json!({}))),
        ("gbt_two_classes", MIXED, "GBTClassifier", spark_boosted("late")),
        ("gbt_number", MIXED, "GBTRegressor", spark_boosted("minutes")),
        ("boosting_two_classes", WITH_HOLES, "BoostingClassifier", own("late", json!({}))),
        ("boosting_three_classes", WITH_HOLES, "BoostingClassifier", own("level", json!({}))),
        ("boosting_number", WITH_HOLES, "BoostingRegressor", own("minutes", json!({}))),
        (
            "boosting_quantile",
            WITH_HOLES,
            "BoostingRegressor",
            own("minutes", json!({"objective": "quantile", "quantile": 0.8})),
        ),
        ("boosting_counts", WITH_HOLES, "BoostingRegressor", own("waiting", json!({"objective": "poisson"}))),
    ]
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "flights_forest",
            MIXED,
            vec![
                (
                    "StringIndexer",
                    json!({"inputCol": "status", "outputCol": "label", "stringOrderType": "alphabetAsc"}),
                ),
                ("RandomForestClassifier", json!({"maxBins": 64, "numTrees": 20, "seed": 3})),
                (
                    "IndexToString",
                    json!({"inputCol": "prediction", "outputCol": "predicted", "labels": ["late", "on time"]}),
                ),
            ],
        ),
        case(
            "forest_thresholds",
            MIXED,
            vec![(
                "RandomForestClassifier",
                json!({"labelCol": "level", "maxBins": 64, "numTrees": 7, "thresholds": [0.5, 0.2, 0.3]}),
            )],
        ),
        case(
            "tree_variance",
            MIXED,
            vec![("DecisionTreeRegressor", json!({"labelCol": "minutes", "maxBins": 64, "varianceCol": "variance"}))],
        ),
    ];
    for (name, columns, stage, params) in trees() {
        let mut stages = features(columns, if columns == WITH_HOLES { "keep" } else { "error" });
        stages.push((stage, params));
        cases.push(Case { name, stages });
    }
    cases.extend(linear());
    cases.extend(others());
    cases.extend(vectors());
    cases
}

fn linear() -> Vec<Case> {
    let glm = |family: &str, link: &str, label: &str| {
        let mut params = json!({"family": family, "labelCol": label, "featuresCol": "scaled"});
        params["linkPredictionCol"] = json!("linked");
        if !link.is_empty() {
            params["link"] = json!(link);
        }
        vec![scaled(), ("GeneralizedLinearRegression", params)]
    };
    let mut tweedie = glm("tweedie", "", "waiting");
    tweedie[1].1["variancePower"] = json!(1.5);
    tweedie[1].1["linkPower"] = json!(0.0);
    vec![
        case("logistic", MIXED, vec![("LogisticRegression", json!({"labelCol": "late", "regParam": 0.01}))]),
        case(
            "logistic_threshold",
            MIXED,
            vec![
                scaled(),
                ("LogisticRegression", json!({"labelCol": "late", "featuresCol": "scaled", "threshold": 0.3})),
            ],
        ),
        case("softmax", MIXED, vec![("LogisticRegression", json!({"labelCol": "level", "regParam": 0.01}))]),
        case("support_vectors", MIXED, vec![("LinearSVC", json!({"labelCol": "late", "threshold": 0.1}))]),
        case("regression", MIXED, vec![("LinearRegression", json!({"labelCol": "minutes"}))]),
        case("glm_gaussian", NUMBERS, glm("gaussian", "", "minutes")),
        case("glm_poisson", NUMBERS, glm("poisson", "log", "waiting")),
        case("glm_poisson_sqrt", NUMBERS, glm("poisson", "sqrt", "waiting")),
        case("glm_binomial", NUMBERS, glm("binomial", "logit", "late")),
        case("glm_cloglog", NUMBERS, glm("binomial", "cloglog", "late")),
        case("glm_gamma", NUMBERS, glm("gamma", "log", "distance")),
        case("glm_tweedie", NUMBERS, tweedie),
        case(
            "survival",
            NUMBERS,
            vec![
                scaled(),
                (
                    "AFTSurvivalRegression",
                    json!({"labelCol": "distance", "censorCol": "flag", "featuresCol": "scaled", "quantilesCol": "quantiles",
                           "quantileProbabilities": [0.1, 0.5, 0.9]}),
                ),
            ],
        ),
    ]
}

fn others() -> Vec<Case> {
    let bayes = |kind: &str| vec![("NaiveBayes", json!({"labelCol": "level", "modelType": kind}))];
    let cluster = |stage: &'static str, extra: Json| {
        let mut params = json!({"featuresCol": "scaled", "k": 4, "seed": 7});
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        vec![scaled(), (stage, params)]
    };
    vec![
        case("bayes_multinomial", COUNTS, bayes("multinomial")),
        case("bayes_complement", COUNTS, bayes("complement")),
        case("bayes_bernoulli", FLAGS, bayes("bernoulli")),
        case("bayes_gaussian", NUMBERS, bayes("gaussian")),
        case(
            "perceptron",
            NUMBERS,
            vec![
                scaled(),
                (
                    "MultilayerPerceptronClassifier",
                    json!({"labelCol": "level", "featuresCol": "scaled", "layers": [4, 5, 4, 3], "maxIter": 30, "seed": 1}),
                ),
            ],
        ),
        case(
            "factors_two_classes",
            NUMBERS,
            vec![
                scaled(),
                ("FMClassifier", json!({"labelCol": "late", "featuresCol": "scaled", "factorSize": 3, "maxIter": 20})),
            ],
        ),
        case(
            "factors_number",
            NUMBERS,
            vec![
                scaled(),
                (
                    "FMRegressor",
                    json!({"labelCol": "minutes", "featuresCol": "scaled", "factorSize": 3, "maxIter": 20}),
                ),
            ],
        ),
        case("isotonic", NUMBERS, vec![("IsotonicRegression", json!({"labelCol": "minutes", "featureIndex": 2}))]),
        case("k_means", NUMBERS, cluster("KMeans", json!({}))),
        case("k_means_cosine", NUMBERS, cluster("KMeans", json!({"distanceMeasure": "cosine"}))),
        case("bisecting", NUMBERS, cluster("BisectingKMeans", json!({"k": 6}))),
        case("mixture", &["hour", "distance", "weatherFilled"], cluster("GaussianMixture", json!({"k": 3}))),
    ]
}

/// Stages that give vectors or numbers, each compared as it is.
fn vectors() -> Vec<Case> {
    let of = |stage: &'static str, params: Json| -> StageSpec {
        let mut params = params;
        params["inputCol"] = json!("features");
        params["outputCol"] = json!("out");
        (stage, params)
    };
    let selector = |stage: &'static str, params: Json| -> StageSpec {
        let mut params = params;
        params["outputCol"] = json!("out");
        (stage, params)
    };
    vec![
        case("standard_scaler", MIXED, vec![of("StandardScaler", json!({"withMean": true}))]),
        case("standard_scaler_plain", MIXED, vec![of("StandardScaler", json!({}))]),
        case("min_max_scaler", MIXED, vec![of("MinMaxScaler", json!({"min": -1.0, "max": 3.0}))]),
        case("max_abs_scaler", MIXED, vec![of("MaxAbsScaler", json!({}))]),
        case("robust_scaler", MIXED, vec![of("RobustScaler", json!({"withCentering": true}))]),
        case("normalizer", MIXED, vec![of("Normalizer", json!({}))]),
        case("normalizer_1", MIXED, vec![of("Normalizer", json!({"p": 1.0}))]),
        case("normalizer_3", MIXED, vec![of("Normalizer", json!({"p": 3.0}))]),
        case("normalizer_infinity", MIXED, vec![of("Normalizer", json!({"p": "infinity"}))]),
        case("components", MIXED, vec![of("PCA", json!({"k": 3}))]),
        case("polynomial", NUMBERS, vec![of("PolynomialExpansion", json!({"degree": 3}))]),
        case(
            "product",
            NUMBERS,
            vec![of("ElementwiseProduct", json!({"scalingVec": {"vector": [1.0, -2.0, 0.0, 0.5]}}))],
        ),
        case("slicer", MIXED, vec![of("VectorSlicer", json!({"indices": [6, 0, 3]}))]),
        case("cosines", MIXED, vec![of("DCT", json!({}))]),
        case("cosines_back", MIXED, vec![of("DCT", json!({"inverse": true}))]),
        case("vector_indexer", FLAGS, vec![of("VectorIndexer", json!({"maxCategories": 3, "handleInvalid": "keep"}))]),
        case("vector_binarizer", NUMBERS, vec![of("Binarizer", json!({"threshold": 5.5}))]),
        case("chosen", MIXED, vec![selector("VarianceThresholdSelector", json!({"varianceThreshold": 0.2}))]),
        case(
            "chosen_by_test",
            COUNTS,
            vec![selector(
                "UnivariateFeatureSelector",
                json!({"featureType": "categorical", "labelType": "categorical", "labelCol": "late",
                       "selectionMode": "numTopFeatures", "selectionThreshold": 2.0}),
            )],
        ),
        case(
            "interaction",
            FLAGS,
            vec![("Interaction", json!({"inputCols": ["originIndex", "hour", "features"], "outputCol": "out"}))],
        ),
        case(
            "target_encoder",
            FLAGS,
            vec![(
                "TargetEncoder",
                json!({"inputCols": ["originIndex", "carrierIndex"], "outputCols": ["origin mean", "carrier mean"],
                       "labelCol": "late", "targetType": "binary", "smoothing": 2.0, "handleInvalid": "keep"}),
            )],
        ),
        Case {
            name: "formula",
            stages: vec![
                ("RFormula", json!({"formula": "status ~ carrier + hour + distance + carrier:distance"})),
                ("LogisticRegression", json!({"maxIter": 5})),
            ],
        },
        Case {
            name: "numbers",
            stages: vec![
                (
                    "Bucketizer",
                    json!({"inputCols": ["hour", "gauge"], "outputCols": ["part", "kind"], "handleInvalid": "keep",
                           "splitsArray": [[0.0, 6.0, 12.0, 23.0], [-1000.0, 0.0, 2.5, 1000.0]]}),
                ),
                ("Binarizer", json!({"inputCol": "distance", "outputCol": "far", "threshold": 1000.0})),
                ("QuantileDiscretizer", json!({"inputCol": "distance", "outputCol": "fifth", "numBuckets": 5})),
                (
                    "OneHotEncoder",
                    json!({"inputCols": ["part", "count"], "outputCols": ["partHot", "countHot"],
                                         "dropLast": false, "handleInvalid": "keep"}),
                ),
            ],
        },
    ]
}
