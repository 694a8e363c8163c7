"""Cases of Spark's gradient boosting. Nothing is random in them but where features or rows are drawn."""

TREES = ["toDebugString", "treeWeights", "getNumTrees", "totalNumNodes", "featureImportances", "numFeatures"]


def boosted(name, stage, label, data, attributes=TREES, **params):
    return {"name": name, "data": data, "stage": stage, "params": {"labelCol": label} | params,
            "attributes": list(attributes), "tolerance": 1e-6}  # fmt: skip


def classifier(name, data="binary", label="y", **params):
    return boosted(name, "GBTClassifier", label, data, [*TREES, "numClasses"], **params)


def regressor(name, data="grid", label="value", **params):
    return boosted(name, "GBTRegressor", label, data, **params)


def drawn(name, stage, label, data, evaluator, metric, **params):
    return {"name": name, "data": data, "stage": stage, "params": {"labelCol": label, "seed": 17} | params,
            "attributes": ["getNumTrees", "treeWeights", "numFeatures"],
            "metric": {"evaluator": evaluator, "params": {"labelCol": label, "metricName": metric}}}  # fmt: skip


GROUPS = {
    "boosting": [
        classifier("logistic", maxIter=5, maxDepth=3) | {"save": True, "iterations": ["logistic"]},
        classifier("logistic_defaults", maxIter=8),
        classifier("logistic_step", maxIter=6, maxDepth=2, stepSize=0.4),
        classifier("logistic_weighted", maxIter=5, maxDepth=3, weightCol="w") | {"iterations": ["logistic"]},
        classifier("logistic_thresholds", maxIter=3, maxDepth=2, thresholds=[0.3, 0.7]),
        classifier("logistic_leaf", maxIter=3, maxDepth=2, leafCol="leaf"),
        classifier("logistic_one_tree", maxIter=1, maxDepth=2),
        classifier("logistic_validation", "held_out_binary", maxIter=60, maxDepth=3, stepSize=0.5,
                   validationIndicatorCol="held"),
        classifier("logistic_columns", maxIter=2, maxDepth=2, rawPredictionCol="raw", probabilityCol="", predictionCol="p"),
        regressor("squared", maxIter=6, maxDepth=3) | {"save": True, "iterations": ["squared", "absolute"]},
        regressor("squared_min_instances", maxIter=4, maxDepth=5, minInstancesPerNode=6, stepSize=0.3),
        regressor("squared_weighted", maxIter=5, maxDepth=3, weightCol="w"),
        regressor("squared_leaf", maxIter=3, maxDepth=2, leafCol="leaf"),
        regressor("absolute", maxIter=6, maxDepth=3, lossType="absolute"),
        regressor("squared_validation", "held_out_grid", maxIter=80, maxDepth=3, stepSize=0.8, minInstancesPerNode=1,
                  validationIndicatorCol="held"),
        regressor("absolute_validation", "held_out_grid", maxIter=40, maxDepth=2, lossType="absolute",
                  validationTol=0.05, validationIndicatorCol="held"),
        drawn("flights", "GBTRegressor", "arr_delay", "flights", "RegressionEvaluator", "rmse"),
        drawn("binary_drawn", "GBTClassifier", "y", "binary", "BinaryClassificationEvaluator", "areaUnderROC",
              subsamplingRate=0.7, featureSubsetStrategy="sqrt", maxIter=30),
        drawn("grid_drawn", "GBTRegressor", "value", "grid", "RegressionEvaluator", "r2", subsamplingRate=0.8,
              featureSubsetStrategy="2"),
        classifier("three_classes", "iris", "label"),
        classifier("no_trees", maxIter=0),
        classifier("too_large_step", stepSize=1.5),
        classifier("unknown_loss", lossType="squared"),
        classifier("three_thresholds", thresholds=[0.1, 0.2, 0.7]),
        regressor("unknown_impurity", impurity="gini"),
        regressor("indicator_is_a_number", validationIndicatorCol="w"),
    ],
}  # fmt: skip

DATA = {
    "held_out_binary": {"file": "gold/data/binary.csv", "features": ["x1", "x2", "x3", "x4", "x5"],
                        "columns": {"held": "x3 > 110"}},
    "held_out_grid": {"file": "gold/data/grid.csv", "features": ["a", "b", "c", "d"], "columns": {"held": "c > 3.5"}},
}  # fmt: skip
