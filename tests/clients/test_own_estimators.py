"""Brickyard's own estimators through its Python package: what they learn, and how they go with pyspark.ml."""

import collections
import csv
import json

import numpy
import pytest
from pyspark.errors import IllegalArgumentException, PySparkException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import OneVsRest, OneVsRestModel
from pyspark.ml.evaluation import MulticlassClassificationEvaluator, RegressionEvaluator
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.ml.linalg import Vectors
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder, TrainValidationSplit
from pyspark.sql.functions import desc
from sklearn.metrics import log_loss, mean_pinball_loss, mean_poisson_deviance, mean_squared_error

from brickyard.ml import (
    BoostingClassificationModel,
    BoostingClassifier,
    BoostingRanker,
    BoostingRankerModel,
    BoostingRegressionModel,
    BoostingRegressor,
    NearestNeighbours,
    NearestNeighboursModel,
)
from conftest import GOLD, REPOSITORY

ESTIMATORS = [BoostingClassifier, BoostingRegressor, BoostingRanker, NearestNeighbours]
MODELS = [BoostingClassificationModel, BoostingRegressionModel, BoostingRankerModel, NearestNeighboursModel]
QUALITY = json.loads((GOLD / "boosting" / "quality.json").read_text())["cases"]
IRIS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def read(spark, file: str, features: list[str]):
    table = spark.read.csv(str(REPOSITORY / file), header=True, inferSchema=True)
    return VectorAssembler(inputCols=features, outputCol="features").transform(table)


@pytest.fixture(scope="module")
def iris(spark):
    return read(spark, "data/iris.csv", IRIS).selectExpr("*", "1 AS query").cache()


@pytest.fixture(scope="module")
def regression(spark):
    return read(spark, "gold/data/regression.csv", ["x1", "x2", "x3", "x4", "x5"]).cache()


def small(kind):
    """An estimator of the class that learns in no time."""
    if kind is NearestNeighbours:
        return NearestNeighbours(k=3)
    if kind is BoostingRanker:
        return kind(queryCol="query", maxIter=5, numLeaves=4, minInstancesPerNode=5)
    return kind(maxIter=5, numLeaves=4, minInstancesPerNode=5)


def cells(table) -> list:
    """The rows of a table, in an order of their own."""
    return sorted(table.collect(), key=str)


# -- parameters


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_parameters_and_defaults_are_the_servers(spark, tmp_path, kind):
    estimator = kind()
    estimator.save(str(tmp_path / "estimator"))
    metadata = json.loads(next((tmp_path / "estimator" / "metadata").glob("part-*")).read_text())
    ours = {param.name: estimator.getOrDefault(param) for param in estimator.params if estimator.hasDefault(param)}
    assert ours == metadata["defaultParamMap"]
    without_default = {param.name for param in estimator.params} - ours.keys()
    assert without_default <= {"weightCol", "thresholds", "validationIndicatorCol", "idCol", "queryCol"}
    for name in without_default:
        value = [0.5, 0.5] if name == "thresholds" else "column"
        kind(**{name: value}).write().overwrite().save(str(tmp_path / "one"))
        loaded = kind.load(str(tmp_path / "one"))
        assert loaded.getOrDefault(name) == value


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_every_parameter_has_a_getter_a_setter_and_a_text(kind):
    estimator = kind()
    for param in estimator.params:
        name = param.name[0].upper() + param.name[1:]
        assert param.doc and getattr(kind, f"get{name}").__doc__ and getattr(kind, f"set{name}").__doc__
        if estimator.hasDefault(param):
            value = getattr(estimator, f"get{name}")()
            assert getattr(estimator, f"set{name}")(value) is estimator
            assert estimator.isSet(param) and getattr(estimator, f"get{name}")() == value


def test_an_unknown_parameter_is_named(spark):
    with pytest.raises(TypeError, match="BoostingClassifier has no parameter 'leaves'; it has .*numLeaves"):
        BoostingClassifier(leaves=31)
    with pytest.raises(TypeError, match="Could not convert"):
        BoostingClassifier(numLeaves="many")


@pytest.mark.parametrize(
    "estimator, message",
    [
        (BoostingClassifier(numLeaves=1), "numLeaves given invalid value 1"),
        (BoostingClassifier(maxBins=256), "maxBins given invalid value 256"),
        (BoostingClassifier(sampling="some"), "sampling given invalid value some"),
        (BoostingClassifier(sampling="goss", topRate=0.9, otherRate=0.9), "sum to more than 1"),
        (BoostingClassifier(monotoneConstraints=[1, 0]), "monotoneConstraints"),
        (BoostingClassifier(categoricalFeatures=[9]), "categoricalFeatures"),
        (BoostingRegressor(objective="cubic"), "objective given invalid value cubic"),
        (BoostingRegressor(objective="quantile", quantile=1.0), "quantile given invalid value 1"),
        (BoostingRanker(truncationLevel=0), "truncationLevel given invalid value 0"),
        (BoostingRanker(), "Failed to find a default value for queryCol"),
        (BoostingRanker(queryCol="label", labelGain=[0.0, 2.0, 1.0]), "labelGain that falls"),
        (NearestNeighbours(k=0), "k given invalid value 0"),
        (NearestNeighbours(distanceMeasure="manhattan"), "distanceMeasure given invalid value manhattan"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_parameter_is_refused(iris, estimator, message):
    with pytest.raises(IllegalArgumentException, match=message):
        estimator.fit(iris)


# -- what is learned


def halves(spark, case: dict):
    """Even and odd rows of a case's file, as gold/boosting_quality.py cuts them."""
    with open(REPOSITORY / case["file"]) as file:
        rows = list(csv.DictReader(file))
    features = numpy.array([[float(row[name]) for name in case["features"]] for row in rows])
    if case.get("holes"):
        row, column = numpy.indices(features.shape)
        features[(row * 7 + column * 3) % 5 == 0] = numpy.nan
    labels = [float(row[case["label"]]) for row in rows]
    weights = [float(row[case["weight"]]) if "weight" in case else 1.0 for row in rows]
    columns = ["features", "label", "weight", "number"]
    table = zip(map(Vectors.dense, features), labels, weights, range(len(rows)))
    table = spark.createDataFrame(list(table), columns).cache()
    return table.where("number % 2 = 0"), table.where("number % 2 = 1")


def held_out(case: dict, predicted) -> float:
    rows = predicted.orderBy("number").collect()
    labels, weights = [row.label for row in rows], [row.weight for row in rows]
    if case["loss"] == "log_loss":
        probabilities = numpy.array([row.probability.toArray() for row in rows])
        return log_loss(labels, probabilities, sample_weight=weights, labels=range(probabilities.shape[1]))
    loss = {
        "squared_error": mean_squared_error,
        "poisson": mean_poisson_deviance,
        "quantile": lambda y, p, **weight: mean_pinball_loss(y, p, alpha=case["quantile"], **weight),
    }[case["loss"]]
    return loss(labels, [row.prediction for row in rows], sample_weight=weights)


@pytest.mark.parametrize("case", QUALITY, ids=[case["name"] for case in QUALITY])
def test_boosting_is_as_good_as_scikit_learns(spark, case):
    train, test = halves(spark, case)
    params = {"maxIter": case["iterations"], "regLambda": case.get("l2", 0.0)}
    names = {"monotone": "monotoneConstraints", "categorical": "categoricalFeatures", "quantile": "quantile"}
    params |= {names[key]: case[key] for key in names.keys() & case.keys()}
    if "weight" in case:
        params["weightCol"] = "weight"
    if case["loss"] == "log_loss":
        estimator = BoostingClassifier(**params)
    else:
        objective = "squared" if case["loss"] == "squared_error" else case["loss"]
        estimator = BoostingRegressor(objective=objective, **params)
    assert held_out(case, estimator.fit(train).transform(test)) <= case["held_out"] * 1.05 + 0.002


def test_a_classifier_tells_of_its_trees(iris):
    model = small(BoostingClassifier).fit(iris)
    assert (model.numClasses, model.numFeatures, model.getNumTrees) == (3, 4, 15)
    assert 15 < model.totalNumNodes <= 15 * 7, "a tree of four leaves has three inner nodes"
    importances = dict(zip(IRIS, model.featureImportances.toArray()))
    assert sum(importances.values()) == pytest.approx(1.0)
    assert importances["petal_length"] + importances["petal_width"] > 0.9
    assert len(model.startMargins) == 3
    assert model.toDebugString.count("Tree ") == 15
    assert repr(model) == f"BoostingClassificationModel: uid={model.uid}, numTrees=15, numClasses=3, numFeatures=4"
    row = model.transform(iris).first()
    assert model.predict(row.features) == row.prediction
    assert model.predictRaw(row.features) == row.rawPrediction
    assert model.predictProbability(row.features) == row.probability
    counts = small(BoostingClassifier).setImportanceType("split").fit(iris).featureImportances
    assert sum(counts) == (model.totalNumNodes - 15) / 2


@pytest.mark.parametrize("kind", [BoostingClassifier, BoostingRegressor])
def test_a_model_tells_of_leaves_and_of_its_iterations(iris, tmp_path, kind):
    model = small(kind).setLeafCol("leaves").fit(iris)
    model.save(str(tmp_path / "model"))
    for one in (model, type(model).load(str(tmp_path / "model"))):
        assert one.treeWeights == [1.0] * one.getNumTrees
        row = one.transform(iris).first()
        assert len(row.leaves) == one.getNumTrees and one.predictLeaf(row.features) == row.leaves
        losses = one.evaluateEachIteration(iris)
        assert len(losses) == 5 and losses == sorted(losses, reverse=True)
    assert "leaves" not in model.setLeafCol("").transform(iris).columns


def test_a_ranker_puts_the_rows_of_scattered_queries_in_order(spark, tmp_path):
    case = json.loads((GOLD / "boosting" / "ranking.json").read_text())["cases"][0]
    rows = read(spark, case["file"], case["features"]).withColumnRenamed("grade", "label")
    rows = rows.orderBy("x1").selectExpr("features", "label", "query", "query % 10 = 0 AS held").cache()
    train, test = rows.where("query % 2 = 0"), rows.where("query % 2 = 1")
    model = BoostingRanker(queryCol="query", maxIter=case["iterations"]).fit(train)
    assert (model.numFeatures, model.getNumTrees, model.getQueryCol()) == (7, 60, "query")
    model.save(str(tmp_path / "model"))
    losses = BoostingRankerModel.load(str(tmp_path / "model")).evaluateEachIteration(test)
    assert 1.0 - losses[-1] >= case["held_out"] - 0.015 and losses[-1] < losses[0]

    ordered = collections.defaultdict(list)
    for row in model.transform(test).orderBy("query", desc("prediction")).collect():
        ordered[row.query].append(2.0**row.label - 1.0)
    lost = []
    for gains in ordered.values():
        discounts = 1.0 / numpy.log2(numpy.arange(2, len(gains) + 2))[:10]
        best = discounts @ sorted(gains, reverse=True)[:10]
        lost.append(1.0 - discounts @ gains[:10] / best if best else 0.0)
    assert numpy.mean(lost) == pytest.approx(losses[-1], abs=1e-3), "but for rows of equal predictions"

    stopped = BoostingRanker(queryCol="query", maxIter=300, validationIndicatorCol="held").fit(train)
    assert 0 < stopped.getNumTrees < 290
    with pytest.raises(PySparkException, match="Labels MUST be in"):
        BoostingRanker(queryCol="query").fit(train.selectExpr("features", "query", "label - 1 AS label"))


def test_a_regressor_keeps_to_its_constraints(spark, regression):
    params = {"maxIter": 30, "minInstancesPerNode": 5, "monotoneConstraints": [1, 0, 0, 0, 0]}
    model = BoostingRegressor(labelCol="y", **params).fit(regression)
    line = [Vectors.dense([x / 10.0, 0.0, 100.0, 0.0, 2.0]) for x in range(-30, 31)]
    predictions = [model.predict(vector) for vector in line]
    assert predictions == sorted(predictions) and predictions[0] < predictions[-1]


def test_training_ends_when_the_validation_loss_does_not_fall(regression):
    marked = regression.selectExpr("*", "crc32(string(x1)) % 4 = 0 AS held")
    params = {"labelCol": "y", "maxIter": 150, "stepSize": 0.3, "minInstancesPerNode": 5}
    stopped = BoostingRegressor(validationIndicatorCol="held", earlyStoppingRounds=5, **params).fit(marked)
    never = BoostingRegressor(validationIndicatorCol="held", earlyStoppingRounds=0, **params).fit(marked)
    assert 0 < stopped.getNumTrees <= never.getNumTrees < 150, "the model ends with its best iteration"
    rows = marked.where("held")
    loss = RegressionEvaluator(labelCol="y")
    unchecked = BoostingRegressor(**params).fit(marked.where("NOT held"))
    assert unchecked.getNumTrees == 150
    assert loss.evaluate(stopped.transform(rows)) < loss.evaluate(unchecked.transform(rows))


def test_samples_of_rows_and_features_are_drawn_by_the_seed(regression):
    def trees(**params):
        model = BoostingRegressor(labelCol="y", maxIter=10, **params).fit(regression)
        return model.toDebugString.split("\n", 1)[1]

    whole = trees()
    for sampled in ({"subsamplingRate": 0.5}, {"featureFraction": 0.4}, {"sampling": "goss", "stepSize": 0.9}):
        assert trees(seed=1, **sampled) == trees(seed=1, **sampled)
        assert trees(seed=1, **sampled) != trees(seed=2, **sampled)
        assert trees(seed=1, **sampled) != whole


def test_neighbours_by_the_graph_are_nearly_the_nearest(spark, tmp_path):
    numbers = numpy.random.default_rng(3).normal(size=(2000, 8))
    rows = spark.createDataFrame([(Vectors.dense(vector),) for vector in numbers], ["features"])
    exact = NearestNeighbours(k=10).fit(rows).transform(rows.limit(100)).collect()
    model = NearestNeighbours(k=10, algorithm="hnsw", efConstruction=80).fit(rows)
    model.save(str(tmp_path / "model"))
    for graph in (model, NearestNeighboursModel.load(str(tmp_path / "model"))):
        found = graph.transform(rows.limit(100)).collect()
        hits = sum(len({a.id for a in one.neighbours} & {b.id for b in two.neighbours}) for one, two in zip(exact, found))
        assert hits > 970, hits
        assert all(row.neighbours[0].distance == 0 for row in found)
    few = model.setEfSearch(10).transform(rows.limit(100)).collect()
    assert all(len(row.neighbours) == 10 for row in few)


@pytest.mark.parametrize("measure", ["euclidean", "cosine"])
def test_neighbours_are_the_nearest(spark, measure):
    numbers = numpy.random.default_rng(7).normal(size=(300, 6))
    rows = [(number * 10, Vectors.dense(vector)) for number, vector in enumerate(numbers[:250])]
    queries = [(number, Vectors.dense(vector)) for number, vector in enumerate(numbers[250:])]
    remembered = spark.createDataFrame(rows, ["id", "features"])
    asked = spark.createDataFrame(queries, ["query", "features"])
    model = NearestNeighbours(k=4, idCol="id", distanceMeasure=measure, outputCol="near").fit(remembered)
    assert (model.numRows, model.numFeatures) == (250, 6)

    if measure == "euclidean":
        distances = numpy.linalg.norm(numbers[250:, None] - numbers[None, :250], axis=2)
    else:
        unit = numbers / numpy.linalg.norm(numbers, axis=1, keepdims=True)
        distances = 1.0 - unit[250:] @ unit[:250].T
    for row in model.transform(asked).collect():
        nearest = numpy.argsort(distances[row.query])[:4]
        assert [found.id for found in row.near] == [number * 10 for number in nearest]
        assert [found.distance for found in row.near] == pytest.approx(list(distances[row.query][nearest]))
    more = model.setK(7).setOutputCol("neighbours").transform(asked).first().neighbours
    assert len(more) == 7 and more[0].distance <= more[6].distance
    everything = model.setK(1000).transform(asked).first().neighbours
    assert len(everything) == 250


# -- estimators like any other


@pytest.mark.parametrize("kind, model_kind", zip(ESTIMATORS, MODELS))
def test_saved_and_loaded(iris, tmp_path, kind, model_kind):
    estimator = small(kind)
    model = estimator.fit(iris)
    assert type(model) is model_kind and model.uid == estimator.uid
    estimator.save(str(tmp_path / "estimator"))
    again = kind.load(str(tmp_path / "estimator"))
    assert again.uid == estimator.uid and again.extractParamMap() == estimator.extractParamMap()

    model.save(str(tmp_path / "model"))
    loaded = model_kind.load(str(tmp_path / "model"))
    assert type(loaded) is model_kind and loaded.uid == model.uid and repr(loaded) == repr(model)
    assert cells(loaded.transform(iris)) == cells(model.transform(iris))
    assert loaded.getFeaturesCol() == "features"


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_in_a_pipeline(spark, tmp_path, kind):
    word, label, query = "array('a', 'b', 'c')[int(id % 3)] AS word", "double(id % 3 = 1) AS label", "id % 2 AS query"
    words = spark.range(60).selectExpr("id", word, label, query)
    assembler = VectorAssembler(inputCols=["number"], outputCol="features")
    pipeline = Pipeline(stages=[StringIndexer(inputCol="word", outputCol="number"), assembler, small(kind)])
    pipeline.save(str(tmp_path / "pipeline"))
    loaded = Pipeline.load(str(tmp_path / "pipeline"))
    assert [type(stage) for stage in loaded.getStages()] == [StringIndexer, VectorAssembler, kind]

    model = loaded.fit(words)
    assert cells(model.transform(words)) == cells(pipeline.fit(words).transform(words))
    model.save(str(tmp_path / "model"))
    again = PipelineModel.load(str(tmp_path / "model"))
    assert cells(again.transform(words)) == cells(model.transform(words))
    if kind is not NearestNeighbours:
        assert "in {" in model.stages[-1].toDebugString, "an indexed column is split as a category"


def test_in_a_cross_validator(iris, tmp_path):
    boosting = BoostingClassifier(minInstancesPerNode=5)
    grid = ParamGridBuilder().addGrid(boosting.maxIter, [1, 20]).addGrid(boosting.numLeaves, [2, 8]).build()
    evaluator = MulticlassClassificationEvaluator(metricName="logLoss")
    search = CrossValidator(estimator=boosting, estimatorParamMaps=grid, evaluator=evaluator, parallelism=2, seed=1)
    model = search.fit(iris)
    assert len(model.avgMetrics) == 4 and min(model.avgMetrics) < 0.3 < max(model.avgMetrics)
    assert model.bestModel.getMaxIter() == 20
    search.write().save(str(tmp_path / "search"))
    assert CrossValidator.load(str(tmp_path / "search")).getEstimator().uid == boosting.uid
    model.write().save(str(tmp_path / "model"))
    loaded = CrossValidatorModel.load(str(tmp_path / "model"))
    assert type(loaded.bestModel) is BoostingClassificationModel
    assert cells(loaded.transform(iris)) == cells(model.transform(iris))


def test_in_a_train_validation_split(regression):
    boosting = BoostingRegressor(labelCol="y", minInstancesPerNode=5)
    grid = ParamGridBuilder().addGrid(boosting.maxIter, [1, 40]).build()
    split = TrainValidationSplit(
        estimator=boosting, estimatorParamMaps=grid, evaluator=RegressionEvaluator(labelCol="y"), seed=1
    )
    model = split.fit(regression)
    assert model.validationMetrics[1] < model.validationMetrics[0]
    assert model.bestModel.getNumTrees == 40


def test_as_one_versus_the_rest(iris, tmp_path):
    model = OneVsRest(classifier=small(BoostingClassifier)).fit(iris)
    assert [type(one) for one in model.models] == [BoostingClassificationModel] * 3
    assert MulticlassClassificationEvaluator(metricName="accuracy").evaluate(model.transform(iris)) > 0.9
    model.save(str(tmp_path / "model"))
    loaded = OneVsRestModel.load(str(tmp_path / "model"))
    assert cells(loaded.transform(iris)) == cells(model.transform(iris))
