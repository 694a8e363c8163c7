"""The ML cases of linear, generalized, bayesian, survival, isotonic, factorised and neural models.

Conventions are those of ml_cases.py: *_tight cases run to the optimum, `quality` cases are random by nature.
"""

import math
import random

TIGHT = {"tol": 1e-12, "maxIter": 500}
BY_LABEL = ["labels", "truePositiveRateByLabel", "falsePositiveRateByLabel", "precisionByLabel", "recallByLabel",
            "fMeasureByLabel"]  # fmt: skip
WHOLE = ["accuracy", "weightedTruePositiveRate", "weightedFalsePositiveRate", "weightedRecall", "weightedPrecision",
         "weightedFMeasure"]  # fmt: skip
CLASSIFIED = [f"summary.{name}" for name in [*BY_LABEL, *WHOLE]]
CURVES = [f"summary.{name}" for name in ["areaUnderROC", "roc", "pr", "fMeasureByThreshold", "precisionByThreshold",
                                         "recallByThreshold", "scoreCol", "weightCol"]]  # fmt: skip
TRAINED = ["summary.objectiveHistory", "summary.totalIterations"]
GENERALIZED = ["coefficients", "intercept", "numFeatures"] + [f"summary.{name}" for name in [
    "aic", "degreesOfFreedom", "deviance", "dispersion", "nullDeviance", "numInstances", "predictionCol", "rank",
    "residualDegreeOfFreedom", "residualDegreeOfFreedomNull", "numIterations", "solver"]]  # fmt: skip
INFERENCE = [f"summary.{name}" for name in ["coefficientStandardErrors", "tValues", "pValues", "__repr__"]]
RESIDUALS = [f"summary.residuals({kind})" for kind in ["deviance", "pearson", "working", "response"]]


def claims(rng: random.Random) -> list:
    """Policies: counts, amounts, shares of trials, times with censoring, an offset and weights."""
    rows = []
    for _ in range(120):
        x = [round(rng.gauss(0, 1), 3), round(rng.gauss(2, 0.5), 3), float(rng.randrange(3))]
        exposure = round(rng.gauss(0, 0.3), 3)
        rate = math.exp(0.4 * x[0] - 0.3 * x[1] + 0.5 * x[2] + exposure + 0.3)
        count, total = 0, rng.expovariate(1.0)
        while total < rate:
            count, total = count + 1, total + rng.expovariate(1.0)
        amount = round(rate * (rng.gammavariate(4, 0.25)) + 0.05, 4)
        chance = 1 / (1 + math.exp(-(0.8 * x[0] - 0.5 * x[1] + 0.6 * x[2] + 0.2)))
        trials = rng.randrange(1, 9)
        share = sum(rng.random() < chance for _ in range(trials)) / trials
        time = round(math.exp(1.0 + 0.3 * x[0] - 0.2 * x[2]) * rng.weibullvariate(1, 1.5) + 0.01, 4)
        rows.append([float(count), amount, float(rng.random() < chance), share, float(trials), round(rng.gauss(1, 1), 3),
                     time, float(rng.random() < 0.7), exposure, rng.choice([0.5, 1.0, 2.0]), {"dense": x}])  # fmt: skip
    return rows


def words(rng: random.Random) -> list:
    """Word counts of three kinds of text, every third sparse; and which words occur."""
    rows = []
    for number in range(60):
        kind = rng.randrange(3)
        counts = [float(max(0, round(rng.gauss(3 if word % 3 == kind else 1, 1)))) for word in range(6)]
        seen = [min(1.0, count) for count in counts]
        vector = {"dense": counts}
        if number % 3 == 0:
            indices = [i for i, count in enumerate(counts) if count]
            vector = {"size": 6, "indices": indices, "values": [counts[i] for i in indices]}
        rows.append([float(kind), rng.choice([0.5, 1.0, 2.0]), vector, {"dense": seen}])
    return rows


def steps(rng: random.Random) -> list:
    """A noisy rise with ties, and the same feature as the second slot of a vector."""
    rows = []
    for number in range(60):
        x = float(rng.randrange(40)) / 2
        label = round(math.sqrt(x) + rng.gauss(0, 0.7), 3)
        rows.append([label, x, rng.choice([0.0, 0.5, 1.0, 2.0]), {"dense": [float(number), x]}])
    return rows


def pairs(rng: random.Random) -> list:
    """A product of features that no linear model sees, as a number and as a class."""
    rows = []
    for _ in range(200):
        x = [round(rng.uniform(-1, 1), 3) for _ in range(4)]
        value = 0.5 + x[0] - 0.5 * x[3] + 2 * x[0] * x[1] - 1.5 * x[2] * x[3]
        rows.append([round(value + rng.gauss(0, 0.05), 4), float(value > 0.5), {"dense": x}])
    return rows


DATA = {
    "claims": {
        "columns": [["count", "double"], ["amount", "double"], ["claim", "double"], ["share", "double"],
                    ["trials", "double"], ["level", "double"], ["time", "double"], ["event", "double"],
                    ["exposure", "double"], ["w", "double"], ["features", "vector"]],
        "rows": claims(random.Random(11)),
    },
    "word_counts": {
        "columns": [["kind", "double"], ["w", "double"], ["features", "vector"], ["seen", "vector"]],
        "rows": words(random.Random(12)),
    },
    "steps": {
        "columns": [["label", "double"], ["x", "double"], ["w", "double"], ["features", "vector"]],
        "rows": steps(random.Random(13)),
    },
    "pairs": {
        "columns": [["value", "double"], ["label", "double"], ["features", "vector"]],
        "rows": pairs(random.Random(14)),
    },
    "wrong_rows": {
        "columns": [["label", "double"], ["minus", "double"], ["half", "double"], ["hole", "double"],
                    ["features", "vector"]],
        "rows": [[0.0, -1.0, 0.5, 1.0, {"dense": [1.0, 2.0]}], [1.0, 1.0, 1.0, None, {"dense": [2.0, -1.0]}],
                 [1.0, 2.0, 0.0, 2.0, {"dense": [0.5, 3.0]}]],
    },
}  # fmt: skip


def svc(name, tolerance=1e-6, attributes=(), **params):
    own = ["coefficients", "intercept", "numClasses", "numFeatures"]
    return {"name": name, "data": "binary", "stage": "LinearSVC", "params": {"labelCol": "y"} | params,
            "attributes": own + list(attributes), "tolerance": tolerance}  # fmt: skip


def glm(name, family, label, attributes=(), tolerance=1e-6, **params):
    return {"name": name, "data": "claims", "stage": "GeneralizedLinearRegression",
            "params": {"family": family, "labelCol": label} | params,
            "attributes": [a for a in GENERALIZED if not (family == "tweedie" and a.endswith("aic"))] + list(attributes),
            "tolerance": tolerance}  # fmt: skip


def bayes(name, kind, data="word_counts", label="kind", **params):
    return {"name": name, "data": data, "stage": "NaiveBayes", "params": {"modelType": kind, "labelCol": label} | params,
            "attributes": ["pi", "theta", "sigma", "numClasses", "numFeatures"], "tolerance": 1e-10}  # fmt: skip


def survival(name, tolerance=1e-6, **params):
    return {"name": name, "data": "claims", "stage": "AFTSurvivalRegression",
            "params": {"labelCol": "time", "censorCol": "event"} | params,
            "attributes": ["coefficients", "intercept", "scale", "numFeatures"], "tolerance": tolerance}  # fmt: skip


def isotonic(name, data="steps", **params):
    return {"name": name, "data": data, "stage": "IsotonicRegression", "params": params,
            "attributes": ["boundaries", "predictions", "numFeatures"], "tolerance": 1e-12}  # fmt: skip


def perceptron(name, layers, start=None, data="iris", tolerance=1e-6, attributes=(), **params):
    if start is not None:
        rng = random.Random(start)
        size = sum((a + 1) * b for a, b in zip(layers, layers[1:]))
        params |= {"initialWeights": {"dense": [round(rng.uniform(-1, 1), 3) for _ in range(size)]}}
    return {"name": name, "data": data, "stage": "MultilayerPerceptronClassifier", "params": {"layers": layers} | params,
            "attributes": ["weights", "numClasses", "numFeatures", *attributes], "tolerance": tolerance}  # fmt: skip


def factorised(name, stage, label, evaluator, metric, **params):
    return {"name": name, "data": "pairs", "stage": stage, "params": {"labelCol": label, "seed": 5} | params,
            "attributes": ["numFeatures"],
            "metric": {"evaluator": evaluator, "params": {"labelCol": label, "metricName": metric}}}  # fmt: skip


def huber(name, tolerance=1e-4, **params):  # Spark stops at five digits, short of the optimum
    summary = [f"summary.{a}" for a in ["r2", "meanAbsoluteError"]]  # paths within bounds are everyone's own
    return {"name": name, "data": "regression", "stage": "LinearRegression",
            "params": {"labelCol": "y", "loss": "huber"} | params,
            "attributes": ["coefficients", "intercept", "scale", *summary], "tolerance": tolerance}  # fmt: skip


def bounded(name, data="binary", rows=1, tolerance=1e-5, **params):
    bound = {"lowerBoundsOnCoefficients": {"matrix": [[0.0, -0.1, -0.01, -5.0, 0.0]] * rows},
             "upperBoundsOnCoefficients": {"matrix": [[0.5, 0.1, 0.01, 5.0, 0.2]] * rows}}  # fmt: skip
    if data == "iris":
        bound = {key: {"matrix": [row[:4] for row in value["matrix"]]} for key, value in bound.items()}
    label = "label" if data == "iris" else "y"
    return {"name": name, "data": data, "stage": "LogisticRegression", "params": {"labelCol": label} | bound | params,
            "attributes": ["coefficientMatrix", "interceptVector"], "tolerance": tolerance}  # fmt: skip


def wrong(name, stage, data="wrong_rows", **params):
    return {"name": f"{name}_{stage}", "data": data, "stage": stage, "params": params, "attributes": []}


GROUPS = {
    "linear_svc": [
        svc("defaults", 1e-3, CLASSIFIED + CURVES) | {"save": True},
        svc("l2", 1e-3, TRAINED, regParam=0.1),
        svc("l2_deep", 1e-3, regParam=0.1, maxIter=500, tol=1e-9),
        svc("no_intercept", 1e-3, regParam=0.5, fitIntercept=False),
        svc("no_standardization", 1e-3, regParam=0.1, standardization=False),
        svc("weighted", 1e-3, CLASSIFIED + CURVES, regParam=0.1, weightCol="w"),
        svc("threshold", 1e-3, regParam=0.1, threshold=0.3),
        svc("few_iterations", 1e-6, TRAINED, regParam=0.1, maxIter=3),
        svc("no_iterations", 1e-6, TRAINED, maxIter=0),
    ],
    "generalized": [
        glm("gaussian", "gaussian", "level", INFERENCE + RESIDUALS) | {"save": True},
        glm("gaussian_weighted", "gaussian", "level", INFERENCE, weightCol="w"),
        glm("gaussian_offset", "gaussian", "level", INFERENCE, offsetCol="exposure"),
        glm("gaussian_l2", "gaussian", "level", regParam=0.3),
        glm("gaussian_log", "gaussian", "amount", INFERENCE + RESIDUALS, link="log"),
        glm("gaussian_inverse", "gaussian", "amount", link="inverse"),
        glm("binomial", "binomial", "claim", INFERENCE + RESIDUALS) | {"save": True},
        glm("binomial_probit", "binomial", "claim", INFERENCE, link="probit"),
        glm("binomial_cloglog", "binomial", "claim", INFERENCE, link="cloglog"),
        glm("binomial_trials", "binomial", "share", INFERENCE + RESIDUALS, weightCol="trials"),
        glm("poisson", "poisson", "count", INFERENCE + RESIDUALS),
        glm("poisson_offset", "poisson", "count", INFERENCE + RESIDUALS, offsetCol="exposure", linkPredictionCol="eta"),
        glm("poisson_offset_weighted", "poisson", "count", offsetCol="exposure", weightCol="w"),
        glm("poisson_sqrt", "poisson", "count", INFERENCE, link="sqrt"),
        glm("poisson_identity", "poisson", "amount", link="identity"),
        glm("poisson_l2", "poisson", "count", regParam=0.5),
        glm("poisson_no_intercept", "poisson", "count", INFERENCE, fitIntercept=False),
        glm("poisson_no_intercept_offset", "poisson", "count", fitIntercept=False, offsetCol="exposure"),
        glm("gamma", "gamma", "amount", INFERENCE + RESIDUALS),
        glm("gamma_log", "gamma", "amount", INFERENCE, link="log", weightCol="w"),
        glm("gamma_identity", "gamma", "amount", link="identity"),
        glm("tweedie", "tweedie", "amount", INFERENCE + RESIDUALS, variancePower=1.5),
        glm("tweedie_log", "tweedie", "count", INFERENCE, variancePower=1.6, linkPower=0.0, weightCol="w"),
        glm("tweedie_as_poisson", "tweedie", "count", INFERENCE, variancePower=1.0, linkPower=0.0),
        glm("two_iterations", "poisson", "count", maxIter=2),
        glm("link_column_only", "poisson", "count", predictionCol="", linkPredictionCol="eta"),
    ],
    "naive_bayes": [
        bayes("multinomial", "multinomial") | {"save": True},
        bayes("multinomial_weighted", "multinomial", weightCol="w", smoothing=0.5),
        bayes("complement", "complement") | {"save": True},
        bayes("complement_weighted", "complement", weightCol="w"),
        bayes("bernoulli", "bernoulli", featuresCol="seen"),
        bayes("bernoulli_weighted", "bernoulli", featuresCol="seen", weightCol="w", smoothing=2.0),
        bayes("gaussian", "gaussian", "iris", "label") | {"save": True},
        bayes("gaussian_weighted", "gaussian", "binary", "y", weightCol="w"),
        bayes("thresholds", "multinomial", thresholds=[0.8, 0.1, 0.1]),
    ],
    "perceptron": [
        perceptron("started", [4, 5, 3], 1, attributes=CLASSIFIED + TRAINED, tolerance=1e-4, blockSize=150, maxIter=20)
        | {"save": True},
        perceptron("no_hidden_layer", [4, 3], 2, attributes=TRAINED, tolerance=1e-4, blockSize=150, maxIter=15),
        perceptron("two_hidden_layers", [4, 6, 5, 3], 3, attributes=TRAINED, tolerance=1e-4, blockSize=150, maxIter=10),
        perceptron("gradient_descent", [4, 5, 3], 4, attributes=TRAINED, blockSize=150, maxIter=25, solver="gd",
                   stepSize=0.5),
        perceptron("small_blocks", [4, 5, 3], 5, attributes=TRAINED, tolerance=1e-4, blockSize=30, maxIter=10),
        perceptron("thresholds", [4, 5, 3], 1, tolerance=1e-4, blockSize=150, maxIter=5, thresholds=[0.2, 0.9, 0.3]),
        {"name": "random_start", "data": "iris", "stage": "MultilayerPerceptronClassifier",
         "params": {"layers": [4, 8, 3], "seed": 3, "maxIter": 100}, "attributes": ["numClasses"],
         "metric": {"evaluator": "MulticlassClassificationEvaluator", "params": {"metricName": "accuracy"}}},
    ],
    "survival": [
        survival("defaults", 1e-3) | {"save": True},
        survival("defaults_tight", **TIGHT),
        survival("no_intercept_tight", fitIntercept=False, **TIGHT),
        survival("quantiles_tight", quantilesCol="quantiles", quantileProbabilities=[0.1, 0.5, 0.9], **TIGHT),
        survival("few_iterations", maxIter=2),
    ],
    "isotonic": [
        isotonic("rising") | {"save": True},
        isotonic("falling", isotonic=False),
        isotonic("weighted", weightCol="w"),
        isotonic("second_slot", featureIndex=1),
        isotonic("number_column", featuresCol="x"),
    ],
    "factorised": [
        factorised("regression", "FMRegressor", "value", "RegressionEvaluator", "rmse", factorSize=4, stepSize=0.1,
                   maxIter=200),
        factorised("regression_gd", "FMRegressor", "value", "RegressionEvaluator", "rmse", factorSize=4, stepSize=0.5,
                   maxIter=100, solver="gd"),
        factorised("no_linear_term", "FMRegressor", "value", "RegressionEvaluator", "rmse", factorSize=4, stepSize=0.1,
                   fitLinear=False, fitIntercept=False),
        factorised("classification", "FMClassifier", "label", "BinaryClassificationEvaluator", "areaUnderROC", factorSize=4,
                   stepSize=0.1),
        factorised("classification_gd", "FMClassifier", "label", "BinaryClassificationEvaluator", "areaUnderROC",
                   factorSize=4, stepSize=1.0, solver="gd"),
        # So small a start decides nothing: the linear part alone is compared, to the last digits.
        *[{"name": f"linear_part_{stage}_{solver}", "data": "pairs", "stage": stage,
           "params": {"labelCol": label, "factorSize": 2, "initStd": 1e-12, "stepSize": 0.1, "maxIter": 20,
                      "solver": solver, "regParam": 0.01, **({} if solver == "gd" else {"maxIter": 2})},
           "attributes": ["intercept", "linear", "numFeatures"], "tolerance": 1e-6,
           "save": solver == "gd"}
          for stage, label in [("FMRegressor", "value"), ("FMClassifier", "label")] for solver in ["gd", "adamW"]],
    ],
    "linear_more": [
        huber("huber_tight", regParam=0.01, **TIGHT) | {"save": True},
        huber("huber", 1e-3),
        huber("huber_epsilon_tight", epsilon=2.0, regParam=0.1, **TIGHT),
        huber("huber_no_intercept_tight", fitIntercept=False, regParam=0.1, **TIGHT),
        huber("huber_weighted_tight", weightCol="w", regParam=0.1, standardization=False, **TIGHT),
        bounded("bounded_tight", **TIGHT),
        bounded("bounded_l2_tight", regParam=0.05, **TIGHT),
        bounded("bounded_intercept_tight", regParam=0.01, lowerBoundsOnIntercepts={"dense": [0.0]},
                upperBoundsOnIntercepts={"dense": [0.1]}, **TIGHT),
        bounded("bounded_multinomial_tight", "iris", 3, 1e-3, regParam=0.1, **TIGHT),  # four digits
    ],
    "linear_errors": [
        wrong("three_classes", "LinearSVC", "iris"),
        wrong("half_label", "LinearSVC", labelCol="half"),
        wrong("hole", "LinearSVC", labelCol="hole"),
        wrong("nan_features", "LinearSVC", "nan_features"),
        wrong("minus", "GeneralizedLinearRegression", labelCol="minus", family="poisson"),
        wrong("zero", "GeneralizedLinearRegression", labelCol="label", family="gamma"),
        wrong("minus_weight", "GeneralizedLinearRegression", weightCol="minus"),
        wrong("hole_offset", "GeneralizedLinearRegression", offsetCol="hole"),
        wrong("pair", "GeneralizedLinearRegression", family="poisson", link="logit"),
        wrong("power", "GeneralizedLinearRegression", family="tweedie", variancePower=0.5),
        wrong("minus_value", "NaiveBayes"),
        wrong("count_value", "NaiveBayes", modelType="bernoulli"),
        wrong("half_label", "NaiveBayes", labelCol="half"),
        wrong("unknown_type", "NaiveBayes", modelType="poisson"),
        wrong("zero_time", "AFTSurvivalRegression", censorCol="half", labelCol="label"),
        wrong("half_event", "AFTSurvivalRegression", censorCol="minus", labelCol="label"),
        wrong("minus_weight", "IsotonicRegression", weightCol="minus"),
        wrong("one_layer", "MultilayerPerceptronClassifier", layers=[3]),
        wrong("label_above", "MultilayerPerceptronClassifier", layers=[2, 2], labelCol="minus"),
        wrong("half_label", "FMClassifier", labelCol="half"),
        wrong("nan_features", "FMRegressor", "nan_features"),
        wrong("epsilon", "LinearRegression", loss="huber", epsilon=1.0),
    ],
}  # fmt: skip
