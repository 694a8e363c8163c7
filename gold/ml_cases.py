"""The ML cases: stage, parameters and data set; record.py adds what real Spark answers.

`tolerance` is relative, for every number of the case; cases named *_tight run to the optimum, so that any
correct optimiser agrees. `quality` cases are random by nature: only the metric counts, as a lower bound.
"""

import cases_linear

FEATURES = ["x1", "x2", "x3", "x4", "x5"]
DATA = {
    "iris": {"file": "data/iris.csv", "features": ["sepal_length", "sepal_width", "petal_length", "petal_width"]},
    "binary": {"file": "gold/data/binary.csv", "features": FEATURES},
    "regression": {"file": "gold/data/regression.csv", "features": FEATURES},
    "grid": {"file": "gold/data/grid.csv", "features": ["a", "b", "c", "d"]},
    "blobs": {"file": "gold/data/blobs.csv", "features": ["x", "y"]},
    "two_blobs": {"file": "gold/data/blobs.csv", "where": "abs(x) > 4", "features": ["x", "y"]},
    "flights": {
        "file": "gold/data/flights_2k.csv",
        "where": "arr_delay IS NOT NULL",
        "features": ["month", "day", "hour", "distance", "dep_delay", "air_time"],
    },
    "vectors": {
        "columns": [["id", "int"], ["features", "vector"]],
        "rows": [
            [1, {"dense": [1.0, 0.0, 3.0]}],
            [2, {"size": 3, "indices": [0, 2], "values": [2.0, -1.0]}],
            [3, {"dense": [4.0, 0.0, 0.5]}],
            [4, {"size": 3, "indices": [], "values": []}],
        ],
    },
    "words": {
        "columns": [["id", "int"], ["kind", "string"], ["colour", "string"]],
        "rows": [
            [i, k, c]
            for i, (k, c) in enumerate(
                [("b", "red"), ("a", "red"), ("c", "blue"), ("b", "green"), ("a", "blue"), ("b", "red"), ("d", "green")]
            )
        ],
    },
    "words_with_holes": {
        "columns": [["id", "int"], ["kind", "string"]],
        "rows": [[0, "b"], [1, None], [2, "a"], [3, "b"]],
    },
    "categories": {
        "columns": [["id", "int"], ["one", "double"], ["two", "double"]],
        "rows": [[0, 0.0, 1.0], [1, 1.0, 0.0], [2, 2.0, 1.0], [3, 0.0, 0.0]],
    },
    "mixed": {
        "columns": [["id", "int"], ["a", "int"], ["b", "double"], ["v", "vector"]],
        "rows": [
            [0, 1, 2.5, {"dense": [3.0, 4.0]}],
            [1, 0, 0.0, {"size": 2, "indices": [1], "values": [5.0]}],
            [2, 7, -1.0, {"dense": [0.0, 0.0]}],
        ],
    },
    "mixed_with_holes": {
        "columns": [["id", "int"], ["a", "int"], ["b", "double"], ["v", "vector"]],
        "rows": [
            [0, 1, 2.5, {"dense": [3.0, 4.0]}],
            [1, None, 0.5, {"dense": [1.0, 2.0]}],
            [2, 7, {"double": "nan"}, {"dense": [0.0, 1.0]}],
            [3, 7, None, None],
        ],
    },
    "sentences": {
        "columns": [["text", "string"], ["words", "strings"]],
        "rows": [["Hello big  World", ["a", "b", "a"]], [" x y ", ["", "Zürich", "b"]], ["", []]],
    },
    "scored": {
        "columns": [
            ["label", "double"],
            ["prediction", "double"],
            ["weight", "double"],
            ["score", "double"],
            ["rawPrediction", "vector"],
        ],
        "rows": [
            [label, float(score > 0.45), weight, score, {"dense": [-score, score]}]
            for label, weight, score in [
                (1.0, 1.0, 0.9),
                (1.0, 2.0, 0.8),
                (0.0, 1.0, 0.7),
                (1.0, 0.5, 0.6),
                (1.0, 1.0, 0.55),
                (0.0, 3.0, 0.5),
                (1.0, 1.0, 0.5),
                (0.0, 1.0, 0.4),
                (1.0, 1.0, 0.3),
                (0.0, 2.0, 0.2),
                (0.0, 1.0, 0.2),
                (0.0, 1.0, 0.1),
            ]
        ],
    },
    "three_classes": {
        "columns": [["label", "double"], ["prediction", "double"], ["weight", "double"], ["probability", "vector"]],
        "rows": [
            [label, prediction, weight, {"dense": probability}]
            for label, prediction, weight, probability in [
                (0.0, 0.0, 1.0, [0.7, 0.2, 0.1]),
                (0.0, 1.0, 2.0, [0.3, 0.6, 0.1]),
                (1.0, 1.0, 1.0, [0.1, 0.8, 0.1]),
                (1.0, 1.0, 0.5, [0.2, 0.5, 0.3]),
                (1.0, 2.0, 1.0, [0.1, 0.3, 0.6]),
                (2.0, 2.0, 1.0, [0.0, 0.1, 0.9]),
                (2.0, 0.0, 2.0, [0.5, 0.25, 0.25]),
                (2.0, 2.0, 1.0, [0.2, 0.2, 0.6]),
            ]
        ],
    },
    "estimates": {
        "columns": [["label", "double"], ["prediction", "double"], ["weight", "double"]],
        "rows": [[3.0, 2.5, 1.0], [-0.5, 0.0, 2.0], [2.0, 2.0, 1.0], [7.0, 8.0, 0.5], [4.25, 5.0, 3.0]],
    },
}

TIGHT = {"tol": 1e-12, "maxIter": 500}
COEFFICIENTS = ["coefficients", "intercept", "coefficientMatrix", "interceptVector", "numClasses", "numFeatures"]
BY_LABEL = ["labels", "truePositiveRateByLabel", "falsePositiveRateByLabel", "precisionByLabel", "recallByLabel",
            "fMeasureByLabel"]  # fmt: skip
WHOLE = ["accuracy", "weightedTruePositiveRate", "weightedFalsePositiveRate", "weightedRecall", "weightedPrecision",
         "weightedFMeasure"]  # fmt: skip
CLASSIFIED = [f"summary.{name}" for name in ["objectiveHistory", "totalIterations", *BY_LABEL, *WHOLE]]
BINARY = [f"summary.{name}" for name in ["areaUnderROC", "roc", "pr", "fMeasureByThreshold", "precisionByThreshold",
                                         "recallByThreshold"]]  # fmt: skip
REGRESSED = ["coefficients", "intercept", "scale", "numFeatures"] + [f"summary.{name}" for name in [
    "explainedVariance", "meanAbsoluteError", "meanSquaredError", "rootMeanSquaredError", "r2", "r2adj", "numInstances",
    "degreesOfFreedom", "objectiveHistory", "totalIterations"]]  # fmt: skip
INFERENCE = [f"summary.{name}" for name in ["devianceResiduals", "coefficientStandardErrors", "tValues", "pValues"]]
TREE = ["toDebugString", "numNodes", "depth", "featureImportances", "numFeatures"]


def logistic(name, data="binary", attributes=(), tolerance=1e-6, **params):
    label = "label" if data == "iris" else "y"
    return {"name": name, "data": data, "stage": "LogisticRegression", "params": {"labelCol": label} | params,
            "attributes": list(attributes or COEFFICIENTS + CLASSIFIED), "tolerance": tolerance}  # fmt: skip


def linear(name, attributes=(), tolerance=1e-6, **params):
    return {"name": name, "data": "regression", "stage": "LinearRegression", "params": {"labelCol": "y"} | params,
            "attributes": REGRESSED + list(attributes), "tolerance": tolerance}  # fmt: skip


def tree(name, stage, label, data="grid", attributes=TREE, **params):
    return {"name": name, "data": data, "stage": stage, "params": {"labelCol": label} | params,
            "attributes": list(attributes), "tolerance": 1e-9}  # fmt: skip


def stage(name, stage, data, attributes=(), save=True, **params):
    return {"name": name, "data": data, "stage": stage, "params": params, "attributes": list(attributes),
            "tolerance": 1e-12, "save": save}  # fmt: skip


def forest(name, stage, label, data, evaluator, metric, **params):
    return {"name": name, "data": data, "stage": stage, "params": {"labelCol": label, "seed": 17} | params,
            "attributes": ["getNumTrees", "treeWeights", "numFeatures"],
            "metric": {"evaluator": evaluator, "params": {"labelCol": label, "metricName": metric}}}  # fmt: skip


GROUPS = {
    "logistic_regression": [
        logistic("defaults", attributes=COEFFICIENTS + CLASSIFIED + BINARY, tolerance=1e-3) | {"save": True},
        logistic("defaults_tight", **TIGHT),
        logistic("l2", regParam=0.1, tolerance=1e-3),
        logistic("l2_tight", regParam=0.1, **TIGHT),
        logistic("l1_tight", regParam=0.05, elasticNetParam=1.0, **TIGHT) | {"save": True},
        logistic("elastic_net_tight", regParam=0.05, elasticNetParam=0.5, **TIGHT),
        logistic("no_intercept_tight", fitIntercept=False, regParam=0.01, **TIGHT),
        logistic("no_standardization_tight", standardization=False, regParam=0.1, **TIGHT),
        logistic("no_standardization_l1_tight", standardization=False, regParam=0.02, elasticNetParam=1.0, **TIGHT),
        logistic("weighted_tight", weightCol="w", regParam=0.01, **TIGHT),
        logistic("threshold", threshold=0.7, regParam=0.1, tolerance=1e-3),
        logistic("thresholds", thresholds=[0.2, 0.8], regParam=0.1, tolerance=1e-3),
        logistic("no_iterations", maxIter=0, tolerance=1e-6),
        logistic("binary_as_multinomial_tight", family="multinomial", regParam=0.1, **TIGHT,
                 attributes=COEFFICIENTS[2:] + CLASSIFIED),
        logistic("multinomial_tight", "iris", COEFFICIENTS[2:] + CLASSIFIED, regParam=0.1, **TIGHT) | {"save": True},
        logistic("multinomial", "iris", COEFFICIENTS[2:] + CLASSIFIED, 1e-3, regParam=0.01),
        logistic("multinomial_l1_tight", "iris", COEFFICIENTS[2:] + CLASSIFIED, regParam=0.05, elasticNetParam=1.0, **TIGHT),
        logistic("multinomial_no_intercept_tight", "iris", COEFFICIENTS[2:] + CLASSIFIED, regParam=0.1, fitIntercept=False,
                 **TIGHT),
        logistic("columns_renamed", predictionCol="p", probabilityCol="q", rawPredictionCol="r", regParam=0.1,
                 tolerance=1e-3),
    ],
    "linear_regression": [
        linear("normal", INFERENCE, solver="normal") | {"save": True},
        linear("automatic", INFERENCE),
        linear("normal_l2", INFERENCE, solver="normal", regParam=0.3),
        linear("normal_no_intercept", INFERENCE, solver="normal", fitIntercept=False),
        linear("normal_weighted", INFERENCE, solver="normal", weightCol="w"),
        linear("normal_no_standardization", solver="normal", standardization=False, regParam=0.3),
        linear("lbfgs", solver="l-bfgs", tolerance=1e-3),
        linear("lbfgs_tight", solver="l-bfgs", **TIGHT),
        linear("lbfgs_l2_tight", solver="l-bfgs", regParam=0.3, **TIGHT),
        linear("elastic_net_tight", regParam=0.1, elasticNetParam=0.5, **TIGHT),
        linear("l1_tight", regParam=0.2, elasticNetParam=1.0, **TIGHT) | {"save": True},
        linear("l1_no_standardization_tight", regParam=0.1, elasticNetParam=1.0, standardization=False, **TIGHT),
        linear("weighted_tight", solver="l-bfgs", weightCol="w", **TIGHT),
        linear("no_intercept_tight", solver="l-bfgs", fitIntercept=False, **TIGHT),
        linear("normal_coordinate_descent", solver="normal", regParam=0.1, elasticNetParam=1.0, **TIGHT),
    ],
    "decision_tree": [
        tree("gini", "DecisionTreeClassifier", "kind", maxDepth=3, attributes=[*TREE, "numClasses"]) | {"save": True},
        tree("entropy", "DecisionTreeClassifier", "kind", maxDepth=3, impurity="entropy"),
        tree("gini_deep", "DecisionTreeClassifier", "kind", maxDepth=8),
        tree("min_instances", "DecisionTreeClassifier", "kind", maxDepth=5, minInstancesPerNode=15),
        tree("min_gain", "DecisionTreeClassifier", "kind", maxDepth=5, minInfoGain=0.02),
        tree("weighted", "DecisionTreeClassifier", "kind", maxDepth=4, weightCol="w"),
        tree("min_weight", "DecisionTreeClassifier", "kind", maxDepth=5, weightCol="w", minWeightFractionPerNode=0.1),
        tree("depth_zero", "DecisionTreeClassifier", "kind", maxDepth=0),
        tree("thresholds", "DecisionTreeClassifier", "kind", maxDepth=2, thresholds=[0.6, 0.2, 0.2]),
        tree("leaf_column", "DecisionTreeClassifier", "kind", maxDepth=3, leafCol="leaf"),
        tree("binned", "DecisionTreeClassifier", "kind", maxDepth=3, maxBins=6),
        tree("iris", "DecisionTreeClassifier", "label", "iris", maxDepth=4, maxBins=64),
        tree("variance", "DecisionTreeRegressor", "value", maxDepth=3) | {"save": True},
        tree("variance_deep", "DecisionTreeRegressor", "value", maxDepth=6, minInstancesPerNode=4),
        tree("variance_weighted", "DecisionTreeRegressor", "value", maxDepth=3, weightCol="w"),
        tree("variance_column", "DecisionTreeRegressor", "value", maxDepth=3, varianceCol="spread"),
    ],
    "random_forest": [
        forest("flights", "RandomForestRegressor", "arr_delay", "flights", "RegressionEvaluator", "rmse", numTrees=20),
        forest("iris", "RandomForestClassifier", "label", "iris", "MulticlassClassificationEvaluator", "accuracy"),
        forest("binary", "RandomForestClassifier", "y", "binary", "BinaryClassificationEvaluator", "areaUnderROC",
               numTrees=50),
        forest("grid", "RandomForestClassifier", "kind", "grid", "MulticlassClassificationEvaluator", "f1", maxDepth=8),
        forest("grid_regression", "RandomForestRegressor", "value", "grid", "RegressionEvaluator", "r2",
               featureSubsetStrategy="all", numTrees=30),
        tree("one_tree_without_bootstrap", "RandomForestClassifier", "kind", maxDepth=3, numTrees=1, bootstrap=False,
             featureSubsetStrategy="all", attributes=["totalNumNodes", "featureImportances", "numClasses"]) | {"save": True},
    ],
    "kmeans": [
        {"name": "blobs", "data": "blobs", "stage": "KMeans", "params": {"k": 3, "seed": 1}, "save": False,
         "attributes": ["summary.trainingCost", "summary.k", "numFeatures"], "tolerance": 1e-9},
        {"name": "blobs_weighted", "data": "blobs", "stage": "KMeans", "params": {"k": 3, "seed": 1, "weightCol": "w"},
         "attributes": ["summary.trainingCost"], "tolerance": 1e-9},
        {"name": "two_blobs_cosine", "data": "two_blobs", "stage": "KMeans",
         "params": {"k": 2, "seed": 5, "distanceMeasure": "cosine", "tol": 0.0},
         "attributes": ["summary.trainingCost", "summary.k"], "tolerance": 1e-9},
        {"name": "two_blobs_random_start", "data": "two_blobs", "stage": "KMeans",
         "params": {"k": 2, "seed": 9, "initMode": "random"}, "attributes": ["summary.trainingCost"], "tolerance": 1e-9},
    ],
    "feature": [
        stage("assemble", "VectorAssembler", "mixed", inputCols=["a", "b", "v"], outputCol="out"),
        stage("assemble_error", "VectorAssembler", "mixed_with_holes", save=False, inputCols=["a", "b"], outputCol="out"),
        stage("assemble_keep", "VectorAssembler", "mixed_with_holes", save=False, inputCols=["a", "b"], outputCol="out",
              handleInvalid="keep"),
        stage("assemble_skip", "VectorAssembler", "mixed_with_holes", save=False, inputCols=["a", "b"], outputCol="out",
              handleInvalid="skip"),
        stage("assemble_string", "VectorAssembler", "words", save=False, inputCols=["id", "kind"], outputCol="out"),
        *[stage(f"index_{order}", "StringIndexer", "words", ["labels", "labelsArray"], inputCol="kind", outputCol="out",
                stringOrderType=order)
          for order in ["frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"]],
        stage("index_two_columns", "StringIndexer", "words", ["labelsArray"], inputCols=["kind", "colour"],
              outputCols=["out1", "out2"]),
        stage("index_number", "StringIndexer", "categories", ["labels"], inputCol="one", outputCol="out"),
        stage("index_null_error", "StringIndexer", "words_with_holes", ["labels"], inputCol="kind", outputCol="out"),
        stage("index_null_skip", "StringIndexer", "words_with_holes", ["labels"], inputCol="kind", outputCol="out",
              handleInvalid="skip"),
        stage("index_null_keep", "StringIndexer", "words_with_holes", ["labels"], inputCol="kind", outputCol="out",
              handleInvalid="keep"),
        stage("one_hot", "OneHotEncoder", "categories", ["categorySizes"], inputCols=["one", "two"],
              outputCols=["out1", "out2"]),
        stage("one_hot_keep_last", "OneHotEncoder", "categories", ["categorySizes"], inputCol="one", outputCol="out",
              dropLast=False),
        stage("one_hot_keep_invalid", "OneHotEncoder", "categories", ["categorySizes"], inputCol="one", outputCol="out",
              handleInvalid="keep"),
        stage("one_hot_keep_both", "OneHotEncoder", "categories", ["categorySizes"], inputCol="one", outputCol="out",
              handleInvalid="keep", dropLast=False),
        stage("scale_std", "StandardScaler", "vectors", ["mean", "std"], inputCol="features", outputCol="out"),
        stage("scale_mean", "StandardScaler", "vectors", ["mean", "std"], inputCol="features", outputCol="out",
              withMean=True, withStd=False),
        stage("scale_both", "StandardScaler", "vectors", ["mean", "std"], inputCol="features", outputCol="out", withMean=True),
        stage("scale_neither", "StandardScaler", "vectors", ["mean", "std"], inputCol="features", outputCol="out",
              withStd=False),
        stage("scale_file", "StandardScaler", "regression", ["mean", "std"], inputCol="features", outputCol="out",
              withMean=True),
    ],
    "feature_more": [
        stage("binarize", "Binarizer", "estimates", inputCol="label", outputCol="out", threshold=2.5),
        stage("binarize_vectors", "Binarizer", "vectors", inputCol="features", outputCol="out", threshold=0.75),
        stage("binarize_two", "Binarizer", "estimates", inputCols=["label", "weight"], outputCols=["out1", "out2"],
              thresholds=[2.0, 1.0]),
        stage("bucketize", "Bucketizer", "estimates", inputCol="label", outputCol="out",
              splits=[-1e10, 0.0, 2.0, 4.25, 7.0]),
        stage("bucketize_beyond", "Bucketizer", "estimates", inputCol="label", outputCol="out", splits=[0.0, 1.0, 2.0]),
        stage("bucketize_two", "Bucketizer", "estimates", inputCols=["label", "weight"], outputCols=["out1", "out2"],
              splitsArray=[[-1.0, 0.0, 9.0], [0.0, 1.0, 2.0, 3.0]]),
        *[stage(f"bucketize_nan_{invalid}", "Bucketizer", "mixed_with_holes", inputCol="b", outputCol="out",
                splits=[-1.0, 1.0, 3.0], handleInvalid=invalid) for invalid in ["error", "skip", "keep"]],
        *[stage(f"impute_{strategy}", "Imputer", "mixed_with_holes", inputCols=["a", "b"], outputCols=["out1", "out2"],
                strategy=strategy) for strategy in ["mean", "median", "mode"]],
        stage("impute_sevens", "Imputer", "mixed_with_holes", inputCol="a", outputCol="out", missingValue=7.0),
        stage("min_max", "MinMaxScaler", "vectors", ["originalMin", "originalMax"], inputCol="features", outputCol="out"),
        stage("min_max_range", "MinMaxScaler", "vectors", ["originalMin", "originalMax"], inputCol="features", outputCol="out",
              min=-1.0, max=2.0),
        stage("max_abs", "MaxAbsScaler", "vectors", ["maxAbs"], inputCol="features", outputCol="out"),
        *[stage(f"normalize_{p}", "Normalizer", "vectors", inputCol="features", outputCol="out", p=p)
          for p in [1.0, 2.0, 3.0]],
        stage("normalize_file", "Normalizer", "iris", inputCol="features", outputCol="out"),
        stage("slice", "VectorSlicer", "vectors", inputCol="features", outputCol="out", indices=[2, 0]),
        stage("slice_names", "VectorSlicer", "iris", inputCol="features", outputCol="out", indices=[3],
              names=["sepal_width", "sepal_length"]),
        stage("expand", "PolynomialExpansion", "vectors", inputCol="features", outputCol="out"),
        stage("expand_three", "PolynomialExpansion", "vectors", inputCol="features", outputCol="out", degree=3),
        stage("tokenize", "Tokenizer", "sentences", inputCol="text", outputCol="out"),
        stage("hash", "HashingTF", "sentences", inputCol="words", outputCol="out"),
        stage("hash_binary", "HashingTF", "sentences", inputCol="words", outputCol="out", numFeatures=8, binary=True),
        stage("idf", "IDF", "vectors", ["idf", "docFreq", "numDocs"], inputCol="features", outputCol="out"),
        stage("idf_rare", "IDF", "vectors", ["idf", "docFreq", "numDocs"], inputCol="features", outputCol="out", minDocFreq=3),
        stage("index_to_string", "IndexToString", "categories", inputCol="one", outputCol="out", labels=["x", "y", "z"]),
        stage("index_to_string_beyond", "IndexToString", "categories", inputCol="one", outputCol="out", labels=["x", "y"]),
    ],
    "evaluators": [
        {"name": name, "data": data, "stage": f"{kind}Evaluator", "params": params, "variants": variants, "tolerance": 1e-12}
        for name, data, kind, params, variants in [
            ("regression", "estimates", "Regression", {},
             [{"metricName": m} for m in ["rmse", "mse", "r2", "mae", "var"]] + [{"metricName": "r2", "throughOrigin": True},
                                                                                {"metricName": "var", "throughOrigin": True}]),
            ("regression_weighted", "estimates", "Regression", {"weightCol": "weight"},
             [{"metricName": m} for m in ["rmse", "mse", "r2", "mae", "var"]]),
            ("binary", "scored", "BinaryClassification", {},
             [{"metricName": m, "numBins": bins} for m in ["areaUnderROC", "areaUnderPR"] for bins in [1000, 0, 3]]),
            ("binary_weighted", "scored", "BinaryClassification", {"weightCol": "weight"},
             [{"metricName": m} for m in ["areaUnderROC", "areaUnderPR"]]),
            ("binary_scalar_score", "scored", "BinaryClassification", {"rawPredictionCol": "score"},
             [{"metricName": m} for m in ["areaUnderROC", "areaUnderPR"]]),
            *[(f"multiclass{suffix}", "three_classes", "MulticlassClassification", params,
               [{"metricName": m} for m in ["f1", "accuracy", "weightedPrecision", "weightedRecall", "weightedFMeasure",
                                            "weightedTruePositiveRate", "weightedFalsePositiveRate", "logLoss",
                                            "hammingLoss"]]
               + [{"metricName": f"{m}ByLabel", "metricLabel": float(k)} for k in range(3)
                  for m in ["truePositiveRate", "falsePositiveRate", "precision", "recall", "fMeasure"]]
               + [{"metricName": "weightedFMeasure", "beta": 2.0}, {"metricName": "fMeasureByLabel", "beta": 0.5}])
              for suffix, params in [("", {}), ("_weighted", {"weightCol": "weight"})]],
            ("multiclass_of_two", "scored", "MulticlassClassification", {}, [{"metricName": "f1"}, {"metricName": "accuracy"}]),
        ]
    ],
    "errors": [
        logistic("negative_iterations", maxIter=-1),
        logistic("elastic_net_above_one", elasticNetParam=1.5),
        logistic("unknown_family", family="poisson"),
        logistic("missing_features_column", featuresCol="nothing"),
        logistic("missing_label_column") | {"params": {"labelCol": "nothing"}},
        logistic("features_are_numbers", featuresCol="x1"),
        logistic("binomial_of_three_classes", "iris", family="binomial"),
        logistic("label_is_not_whole") | {"data": "regression"},
        *[{"name": f"{name}_{stage}", "data": data, "stage": stage, "params": {}, "attributes": []}
          for stage in ["LogisticRegression", "LinearRegression", "DecisionTreeClassifier", "RandomForestRegressor"]
          for name, data in [("string_label", "string_label"), ("nan_features", "nan_features"), ("empty", "empty"),
                             ("null_label", "null_label"), ("negative_label", "negative_label")]],
        *[{"name": f"{name}_{stage}", "data": data, "stage": stage, "params": {}, "attributes": []}
          for stage in ["KMeans"] for name, data in [("nan_features", "nan_features"), ("empty", "empty")]],
        tree("impurity_of_regression", "DecisionTreeClassifier", "kind", impurity="variance"),
        tree("one_bin", "DecisionTreeClassifier", "kind", maxBins=1),
        {"name": "one_cluster", "data": "blobs", "stage": "KMeans", "params": {"k": 1}},
        stage("one_hot_of_strings", "OneHotEncoder", "words", inputCol="kind", outputCol="out"),
        stage("one_hot_of_halves", "OneHotEncoder", "estimates", inputCol="label", outputCol="out"),
        stage("index_missing_column", "StringIndexer", "words", inputCol="nothing", outputCol="out"),
        stage("assemble_missing_column", "VectorAssembler", "mixed", inputCols=["a", "nothing"], outputCol="out"),
        stage("output_column_exists", "StringIndexer", "words", inputCol="kind", outputCol="colour"),
        stage("unknown_order", "StringIndexer", "words", inputCol="kind", outputCol="out", stringOrderType="random"),
        {"name": "unknown_metric", "data": "scored", "stage": "BinaryClassificationEvaluator", "params": {},
         "variants": [{"metricName": "f1"}]},
        {"name": "evaluate_missing_column", "data": "estimates", "stage": "BinaryClassificationEvaluator", "params": {},
         "variants": [{"metricName": "areaUnderROC"}]},
    ],
}  # fmt: skip

LABELLED = [["label", "double"], ["features", "vector"]]
NAN = {"double": "nan"}
DATA |= {
    "string_label": {"columns": [["label", "string"], ["features", "vector"]],
                     "rows": [["yes", {"dense": [1.0, 2.0]}], ["no", {"dense": [2.0, 1.0]}]]},
    "nan_features": {"columns": LABELLED, "rows": [[0.0, {"dense": [1.0, NAN]}], [1.0, {"dense": [2.0, 1.0]}],
                                                   [1.0, {"dense": [0.5, 3.0]}]]},
    "empty": {"columns": LABELLED, "rows": []},
    "null_label": {"columns": LABELLED, "rows": [[None, {"dense": [1.0, 2.0]}], [1.0, {"dense": [2.0, 1.0]}]]},
    "negative_label": {"columns": LABELLED, "rows": [[-1.0, {"dense": [1.0, 2.0]}], [1.0, {"dense": [2.0, 1.0]}]]},
}  # fmt: skip
DATA |= cases_linear.DATA
GROUPS |= cases_linear.GROUPS


def data_of(group: list) -> dict:
    """The data sets that a group's cases use."""
    used = {case["data"] for case in group}
    return {name: data for name, data in DATA.items() if name in used}
