"""Saves small models with real Spark under gold/models, with what they predict: the load tests read them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from pyspark.ml import Pipeline

from ml_cases import DATA
from observe import REPOSITORY
from observe_ml import STAGES, frame, output

MODELS = REPOSITORY / "gold" / "models"
LATE_FLIGHTS = {
    "file": "gold/data/flights_2k.csv",
    "columns": {"late": "CAST(arr_delay > 15 AS DOUBLE)"},
    "where": "arr_delay IS NOT NULL",
}


def flights_pipeline():
    """Every stage of a usual pipeline, two string columns in one indexer."""
    index = STAGES["StringIndexer"](inputCols=["carrier", "origin"], outputCols=["c", "o"], handleInvalid="keep")
    encode = STAGES["OneHotEncoder"](inputCols=["c", "o"], outputCols=["carriers", "origins"])
    columns = ["carriers", "origins", "month", "hour", "distance", "dep_delay"]
    assemble = STAGES["VectorAssembler"](inputCols=columns, outputCol="assembled")
    scale = STAGES["StandardScaler"](inputCol="assembled", outputCol="features", withMean=True)
    classify = STAGES["LogisticRegression"](labelCol="late", regParam=0.01, maxIter=50)
    return Pipeline(stages=[index, encode, assemble, scale, classify])


CONNECT = {
    "flights_pipeline": (flights_pipeline, LATE_FLIGHTS),
    "decision_tree": (lambda: STAGES["DecisionTreeClassifier"](labelCol="kind", maxDepth=4), DATA["grid"]),
    "decision_tree_regression": (lambda: STAGES["DecisionTreeRegressor"](labelCol="value", maxDepth=3), DATA["grid"]),
    "random_forest": (
        lambda: STAGES["RandomForestClassifier"](labelCol="kind", numTrees=3, maxDepth=4, seed=17),
        DATA["grid"],
    ),
    "random_forest_regression": (
        lambda: STAGES["RandomForestRegressor"](labelCol="value", numTrees=3, maxDepth=3, seed=17),
        DATA["grid"],
    ),
    "linear_regression": (lambda: STAGES["LinearRegression"](labelCol="y", regParam=0.1), DATA["regression"]),
    "multinomial": (lambda: STAGES["LogisticRegression"](labelCol="label", regParam=0.1), DATA["iris"]),
    "kmeans": (lambda: STAGES["KMeans"](k=3, seed=1), DATA["blobs"]),
}
# Classic Spark writes a pipeline under its JVM class name; a Connect client writes the Python one.
CLASSIC = {"flights_pipeline_classic": (flights_pipeline, LATE_FLIGHTS)}


def save(spark, name: str, make, data: dict):
    table = frame(spark, data)
    model = make().fit(table)
    shutil.rmtree(MODELS / name, ignore_errors=True)
    model.write().overwrite().save(str(MODELS / name))
    expected = {"spark": spark.version, "class": type(model).__name__, "data": data}
    expected["output"] = output(table, model.transform(table))
    (MODELS / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")
    size = sum(path.stat().st_size for path in (MODELS / name).rglob("*") if path.is_file())
    print(f"gold/models/{name}: {size // 1000} kB")


def record(spark):
    for name, (make, data) in CONNECT.items():
        save(spark, name, make, data)
    without_connect = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    subprocess.run([sys.executable, str(pathlib.Path(__file__).resolve()), "classic"], env=without_connect, check=True)


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    classic = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    for name, (make, data) in CLASSIC.items():
        save(classic, name, make, data)
    classic.stop()
