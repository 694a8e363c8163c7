"""One PySpark script for every server: `python workload.py sc://HOST:PORT CSV_FOLDER` prints seconds as JSON."""

import json
import sys
import time

started = time.perf_counter()

from pyspark.ml.classification import LogisticRegression, RandomForestClassifier  # noqa: E402
from pyspark.ml.clustering import KMeans  # noqa: E402
from pyspark.ml.evaluation import BinaryClassificationEvaluator  # noqa: E402
from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

NUMBERS = ["month", "day", "hour", "minute", "distance", "dep_delay", "air_time", "sched_dep_time", "sched_arr_time"]


def main(address: str, csv_folder: str):
    seconds = {}
    imported = time.perf_counter()

    def measure(name, work):
        begin = time.perf_counter()
        result = work()
        seconds[name] = time.perf_counter() - begin
        return result

    spark = measure("session", lambda: first_answer(address))
    raw = spark.read.csv(csv_folder, header=True, inferSchema=True)
    rows = measure("read CSV", raw.count)

    data = measure("prepare and cache", lambda: prepare(raw))
    logistic = measure("logistic, 50 iterations", lambda: fit_logistic(data))
    forest = measure("forest, 50 trees, depth 8", lambda: fit_forest(data))
    clusters = measure("k-means, k = 10", lambda: KMeans(k=10, maxIter=20, seed=1).fit(data))

    auc = BinaryClassificationEvaluator(labelCol="late")
    quality = {
        "rows": rows,
        "logistic AUC": auc.evaluate(logistic.transform(data)),
        "forest AUC": auc.evaluate(forest.transform(data)),
        "k-means cost": clusters.summary.trainingCost,
    }
    print(json.dumps({"seconds": seconds, "import_seconds": imported - started, "quality": quality}))
    spark.stop()


def first_answer(address: str) -> SparkSession:
    spark = SparkSession.builder.remote(address).getOrCreate()
    spark.range(1).count()
    return spark


def prepare(raw):
    """Eleven columns: nine numbers, two of words; late means more than fifteen minutes."""
    known = raw.dropna(subset=["arr_delay", *NUMBERS]).selectExpr(
        *NUMBERS, "carrier", "origin", "CAST(arr_delay > 15 AS DOUBLE) AS late"
    )
    indexer = StringIndexer(inputCols=["carrier", "origin"], outputCols=["carrier_no", "origin_no"]).fit(known)
    indexed = indexer.transform(known)
    encoder = OneHotEncoder(inputCols=["carrier_no", "origin_no"], outputCols=["carriers", "origins"]).fit(indexed)
    assembler = VectorAssembler(inputCols=[*NUMBERS, "carriers", "origins"], outputCol="features")
    data = assembler.transform(encoder.transform(indexed)).select("features", "late").cache()
    data.count()
    return data


def fit_logistic(data):
    return LogisticRegression(labelCol="late", maxIter=50, tol=0.0).fit(data)


def fit_forest(data):
    return RandomForestClassifier(labelCol="late", numTrees=50, maxDepth=8, seed=1).fit(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
