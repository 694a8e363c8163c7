"""One task by Brickyard: `python ours.py ADDRESS TASK DATA_FOLDER REPEATS` prints seconds and quality as JSON.

What is timed is `fit` of the stock client on a cached table that no fit has seen before; `again` is another fit on the
same table. For exact neighbours the search is part of both.
"""

import json
import os
import pathlib
import sys
import time

import numpy
from pyspark.ml.classification import LogisticRegression, MultilayerPerceptronClassifier, RandomForestClassifier
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.recommendation import ALS
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import quality
from data_sets import load

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "python"))

from brickyard.ml import BoostingClassifier, BoostingRanker, NearestNeighbours  # noqa: E402

ESTIMATORS = {
    "boosting": lambda: BoostingClassifier(labelCol="y", maxIter=100, numLeaves=31, stepSize=0.1),
    "boosting_classes": lambda: BoostingClassifier(labelCol="y", maxIter=50, numLeaves=31, stepSize=0.1),
    "ranking": lambda: BoostingRanker(labelCol="y", queryCol="query", maxIter=100, numLeaves=31, stepSize=0.1),
    "forest": lambda: RandomForestClassifier(labelCol="y", numTrees=50, maxDepth=8, maxBins=255, seed=1),
    "logistic": lambda: LogisticRegression(labelCol="y", maxIter=100, regParam=1e-4),
    "linear": lambda: LinearRegression(labelCol="delay"),
    "kmeans": lambda: KMeans(k=10, maxIter=20, tol=0.0, seed=1),
    "als": lambda: ALS(
        userCol="f0", itemCol="f1", ratingCol="y", rank=32, maxIter=10, regParam=0.01, implicitPrefs=True, seed=1
    ),
    "neighbours": lambda: NearestNeighbours(k=10, idCol="number"),
    "graph_build": lambda: NearestNeighbours(
        k=10, idCol="number", algorithm="hnsw", m=16, efConstruction=200, efSearch=100
    ),
    "perceptron": lambda: MultilayerPerceptronClassifier(
        labelCol="y", layers=[64, 32, 10], maxIter=100, tol=0.0, seed=1
    ),
}
ESTIMATORS |= {"boosting_dense": ESTIMATORS["boosting"], "logistic_dense": ESTIMATORS["logistic"]}
ESTIMATORS |= {"graph_search": ESTIMATORS["graph_build"]}


def table(spark, folder: pathlib.Path, part: str, task: str):
    """A part of the data, with its features as one vector."""
    rows = spark.read.parquet(str(folder / f"{part}.parquet"))
    if task == "als":
        return rows
    features = sorted((name for name in rows.columns if name[1:].isdigit()), key=lambda name: int(name[1:]))
    vectors = VectorAssembler(inputCols=features, outputCol="features").transform(rows)
    return vectors.select("features", "number", *[label for label in ("y", "delay", "query") if label in rows.columns])


def column(rows, expression) -> numpy.ndarray:
    """A column of numbers, in the order of the rows' numbers."""
    return rows.select("number", expression.alias("value")).toPandas().sort_values("number")["value"].to_numpy()


def factors(rows) -> numpy.ndarray:
    """Factors by id; an id that has none has zeros."""
    found = rows.toPandas()
    whole = numpy.zeros((found["id"].max() + 1, len(found["features"][0])))
    whole[found["id"].to_numpy()] = numpy.stack(found["features"].to_numpy())
    return whole


def held_out(task: str, model, test, folder: pathlib.Path) -> float:
    if task == "kmeans":
        return quality.cost(load(folder, "test"), numpy.array(model.clusterCenters()))
    if task == "als":
        users, items = factors(model.userFactors), factors(model.itemFactors)
        pairs = load(folder, "test")
        inside = pairs[(pairs[:, 0] < len(users)) & (pairs[:, 1] < len(items))]
        return quality.precision_at_10(users, items, load(folder, "train"), inside)
    predicted = model.transform(test)
    if task == "linear":
        return quality.rmse(load(folder, "test", "delay"), column(predicted, F.col("prediction")))
    if task == "ranking":
        scores = column(predicted, F.col("prediction"))
        return quality.ndcg_at_10(load(folder, "test", "y"), load(folder, "test", "query"), scores)
    if task in ("perceptron", "boosting_classes"):
        return quality.accuracy(load(folder, "test", "y"), column(predicted, F.col("prediction")))
    return quality.auc(load(folder, "test", "y"), column(predicted, vector_to_array("probability")[1]))


def main(address: str, task: str, folder: str, repeats: str):
    spark = SparkSession.builder.remote(address).getOrCreate()
    folder = pathlib.Path(folder)
    test = table(spark, folder, "test", task).cache()
    test.count()

    def search(model) -> numpy.ndarray:
        """By query the ids of its neighbours."""
        found = model.transform(test.select("number", "features"))
        found = found.select("number", F.explode("neighbours").alias("near")).select("number", "near.id").toPandas()
        return found.sort_values("number", kind="stable")["id"].to_numpy().reshape(-1, 10)

    def once(train):
        """Seconds of one fit, of one fit and search, or of one search, with its answer."""
        started = time.perf_counter()
        answer = ESTIMATORS[task]().fit(train)
        if task == "graph_search":
            started = time.perf_counter()
        if task in ("neighbours", "graph_search"):
            answer = search(answer)
        return time.perf_counter() - started, answer

    seconds, again = [], []
    for _ in range(int(repeats)):
        train = table(spark, folder, "train", task).cache()
        train.count()
        taken, answer = once(train)
        seconds.append(taken)
        if not task.startswith("graph"):
            again.append(once(train)[0])
        train.unpersist()
    if task in ("neighbours", "graph_build", "graph_search"):
        found = search(answer) if task == "graph_build" else answer
        result = quality.recall(found, numpy.load(folder / "nearest.npy"))
    else:
        result = held_out(task, answer, test, folder)
    times = {"seconds": seconds} | ({"again": again} if again else {})
    print(json.dumps(times | {"quality": result}), flush=True)
    spark.stop()
    os._exit(0)  # the client waits for ever at exit for the models it still holds


if __name__ == "__main__":
    main(*sys.argv[1:])
