"""Saves small models with real Spark under gold/models, with what they predict: the load tests read them.

Beside each folder lies its JSON: the data, what the model adds to them, and the folder's content for those who do not
read Parquet. `record.py models/NAME` records some only.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from pyspark.ml import Pipeline

import cases_models
from ml_cases import DATA
from observe import REPOSITORY
from observe_ml import STAGES, frame, output, parameters, saved_tree

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
} | cases_models.MODELS
# Classic Spark writes what is made of stages under its JVM class names; a Connect client writes the Python ones.
CLASSIC = {"flights_pipeline_classic": (flights_pipeline, LATE_FLIGHTS)} | {
    f"{name}_classic": cases_models.OTHERS[name]
    for name in ("cross_validator", "nested_pipeline", "one_vs_rest", "train_validation_split")
}


def save(spark, name: str, make, data: dict):
    table = frame(spark, data)
    stage = make()
    model = stage.fit(table) if hasattr(stage, "fit") else stage
    added = output(table, model.transform(table))
    write(spark, name, model, {"data": data, "output": added})


def save_unfitted(spark):
    """All estimators, transformers and evaluators as the stages of one pipeline that nobody fits."""
    stages = cases_models.unfitted()
    shown = [{"class": type(stage).__name__, "params": parameters(stage)} for stage in stages]
    write(spark, "unfitted", Pipeline(stages=stages), {"stages": shown})


def write(spark, name: str, saved, expected: dict):
    """Check sums and marks of success are left out: the first models recorded have theirs."""
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    saved.write().overwrite().save(str(folder))
    for path in [*folder.rglob(".*.crc"), *folder.rglob("_SUCCESS")]:
        path.unlink()
    keep(name, {"spark": spark.version, "class": type(saved).__name__} | expected)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"gold/models/{name}: {size // 1000} kB")


def keep(name: str, expected: dict):
    """One line for each part."""
    expected |= {"saved": saved_tree(MODELS / name)}
    lines = [f" {json.dumps(key)}: {json.dumps(part, ensure_ascii=False)}" for key, part in expected.items()]
    (MODELS / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def record_some(spark, models: dict, is_wanted):
    for name, (make, data) in models.items():
        if is_wanted(name):
            try:
                save(spark, name, make, data)
            except Exception as error:  # one that Spark refuses must not hide the others
                print(f"gold/models/{name}: NOT RECORDED: {str(error)[:300]}")


def record(spark, names: list):
    """The models of these names, or all of them."""

    def is_wanted(name):
        return not names or name in names

    record_some(spark, CONNECT, is_wanted)
    if is_wanted("unfitted"):
        save_unfitted(spark)
    classic = [name for name in CLASSIC if is_wanted(name)]
    if classic:
        without_connect = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
        script = [sys.executable, str(pathlib.Path(__file__).resolve()), *classic]
        subprocess.run(script, env=without_connect, check=True)


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    without_connect = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    record_some(without_connect, CLASSIC, lambda name: name in sys.argv[1:])
    without_connect.stop()
