"""Bad input: each gets a clear error with a code, `brickyard explain` knows the code, and the next request works."""

import re
import resource
import signal
import subprocess

import pytest
import requests
from pyspark.errors import PySparkException
from pyspark.ml.classification import LogisticRegression, LogisticRegressionModel
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import StandardScaler, StringIndexer, VectorAssembler
from pyspark.ml.linalg import Vectors
from pyspark.ml.regression import LinearRegression, RandomForestRegressor
from pyspark.sql import functions as F

from conftest import REPOSITORY, Server, run_brickyard

CODE = re.compile(r"\bBY-[A-Z]+-\d{4}\b")
GOLD_DATA = REPOSITORY / "gold" / "data"


def vectors(spark, *labelled):
    return spark.createDataFrame([(float(label), Vectors.dense(row)) for label, row in labelled], ["label", "features"])


def string_in_a_numeric_column(spark):
    schema = "id INT, name STRING, age INT, height DOUBLE, joined INT, member BOOLEAN, score DOUBLE"
    spark.read.schema(schema).csv(str(GOLD_DATA / "people.csv"), header=True, mode="FAILFAST").collect()


def model_without_its_columns(spark):
    fitted = LinearRegression().fit(vectors(spark, (0, [1.0]), (1, [2.0]), (3, [3.5])))
    fitted.transform(spark.createDataFrame([(1.0, 2.0)], ["a", "b"])).collect()


CASES = {
    "missing_file": (lambda s: s.read.csv("/nowhere/at/all.csv", header=True).count(), "all.csv"),
    "missing_parquet": (lambda s: s.read.parquet("/nowhere/at/all.parquet").count(), "all.parquet"),
    "ragged_csv": (
        lambda s: (
            s.read.schema("a INT, b INT, c INT")
            .csv(str(GOLD_DATA / "ragged.csv"), header=True, mode="FAILFAST")
            .collect()
        ),
        "ragged.csv",
    ),
    "string_in_a_numeric_column": (string_in_a_numeric_column, "joined"),
    "cast_of_a_word": (lambda s: s.sql("SELECT CAST('abc' AS INT)").collect(), "abc"),
    "unknown_column": (lambda s: s.range(3).select("nope").collect(), "nope"),
    "unknown_column_in_sql": (lambda s: s.sql("SELECT nope FROM range(3)").collect(), "nope"),
    "unknown_table": (lambda s: s.table("nowhere").collect(), "nowhere"),
    "syntax": (lambda s: s.sql("SELEC 1").collect(), ""),
    "label_with_one_class": (
        lambda s: LogisticRegression().fit(vectors(s, (1, [1.0, 2.0]), (1, [2.0, 1.0]))),
        "label",
    ),
    "label_is_a_string": (
        lambda s: LinearRegression().fit(s.createDataFrame([("a", Vectors.dense(1.0))], ["label", "features"])),
        "label",
    ),
    "nan_features": (
        lambda s: LogisticRegression().fit(vectors(s, (0, [1.0, float("nan")]), (1, [2.0, 1.0]))),
        "NaN",
    ),
    "nan_features_of_k_means": (lambda s: KMeans(k=2).fit(vectors(s, (0, [float("nan")]), (1, [2.0]))), "NaN"),
    "empty_table": (lambda s: LinearRegression().fit(vectors(s, (0, [1.0])).where("label > 5")), ""),
    "empty_table_of_a_forest": (lambda s: RandomForestRegressor().fit(vectors(s, (0, [1.0])).where("label > 5")), ""),
    "empty_table_of_a_scaler": (
        lambda s: StandardScaler(inputCol="features", outputCol="o").fit(vectors(s, (0, [1.0])).where("label > 5")),
        "",
    ),
    "missing_feature_column": (lambda s: LogisticRegression(featuresCol="f").fit(vectors(s, (0, [1.0]))), "f"),
    "model_without_its_columns": (model_without_its_columns, "features"),
    "assembled_string": (
        lambda s: (
            VectorAssembler(inputCols=["k"], outputCol="v").transform(s.createDataFrame([("a",)], ["k"])).collect()
        ),
        "k",
    ),
    "unseen_label": (
        lambda s: (
            StringIndexer(inputCol="k", outputCol="n")
            .fit(s.createDataFrame([("a",)], ["k"]))
            .transform(s.createDataFrame([("b",)], ["k"]))
            .collect()
        ),
        "b",
    ),
    "parameter_out_of_range": (lambda s: LogisticRegression(maxIter=-1).fit(vectors(s, (0, [1.0]))), "maxIter"),
    "model_that_is_not_there": (lambda s: LogisticRegressionModel.load("/nowhere/model"), "/nowhere/model"),
    "division_by_zero": (lambda s: s.range(1).select(F.lit(1) / F.col("id")).collect(), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_clear_error_then_a_good_request(spark, name):
    bad_request, word = CASES[name]
    with pytest.raises(PySparkException) as caught:
        bad_request(spark)
    message = str(caught.value)
    code = CODE.search(message)
    assert code, f"no code in: {message}"
    assert word in message
    assert "panicked" not in message and ".rs:" not in message, message
    explained = run_brickyard("explain", code.group())
    assert explained.returncode == 0 and code.group() in explained.stdout, explained.stderr
    assert spark.range(3).count() == 3


def test_a_body_that_is_wrong(server, spark):
    model = LinearRegression(labelCol="y", featuresCol="v")
    table = spark.createDataFrame([(float(i), 2.0 * i) for i in range(5)], ["x", "y"])
    from pyspark.ml import Pipeline

    fitted = Pipeline(stages=[VectorAssembler(inputCols=["x"], outputCol="v"), model]).fit(table)
    fitted.write().save("models:/doubling")
    config = {"served_entities": [{"entity_name": "doubling", "entity_version": "1"}]}
    endpoints = f"{server.http}/api/2.0/serving-endpoints"
    requests.post(endpoints, json={"name": "doubling", "config": config}, timeout=30).raise_for_status()

    address = f"{server.http}/serving-endpoints/doubling/invocations"
    json_type = {"Content-Type": "application/json"}
    good = {"dataframe_records": [{"x": 3.0}]}
    huge = b'{"dataframe_records": [' + b'{"x": 1.0},' * 4_000_000 + b'{"x": 1.0}]}'
    bad = [
        ("missing column", {"json": {"dataframe_records": [{"z": 1.0}]}}, 400, "x"),
        ("a word for a number", {"json": {"dataframe_records": [{"x": "three"}]}}, 400, "x"),
        ("no rows named", {"json": {"rows": []}}, 400, ""),
        ("two forms at once", {"json": good | {"instances": [{"x": 1.0}]}}, 400, ""),
        ("not JSON", {"data": b"{", "headers": json_type}, 400, ""),
        ("not a known type", {"data": b"x", "headers": {"Content-Type": "image/png"}}, 415, ""),
        ("over the limit", {"data": huge, "headers": json_type}, 413, ""),
    ]
    for name, request, status, word in bad:
        answer = requests.post(address, timeout=60, **request)
        assert answer.status_code == status, (name, answer.status_code, answer.text[:300])
        assert word in answer.text, (name, answer.text)
        assert status == 415 or "error_code" in answer.json() or "message" in answer.json(), (name, answer.text)
        assert requests.post(address, json=good, timeout=30).status_code == 200, f"after {name}"


FILE_LIMIT_BYTES = 8 << 20


def small_disk():
    """Files stop growing at a limit with an error, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, FILE_LIMIT_BYTES))


def test_a_full_disk(tmp_path, monkeypatch):
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: popen(*a, **k, preexec_fn=small_disk))
    server = Server(tmp_path / "server")
    monkeypatch.undo()
    try:
        spark = server.session()
        with pytest.raises(PySparkException) as caught:
            noise = spark.range(3_000_000).select(F.sha2(F.col("id").cast("string"), 256).alias("noise"))
            noise.write.saveAsTable("too_big")
        assert CODE.search(str(caught.value)), str(caught.value)
        assert spark.range(3).count() == 3
        spark.range(3).write.saveAsTable("small")
        assert spark.table("small").count() == 3
        assert not spark.catalog.tableExists("too_big"), "a table half written must not be seen"
        spark.stop()
    finally:
        server.stop()


def test_an_unusable_data_folder(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    ports = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
    done = run_brickyard("up", "--data-dir", tmp_path / "file", *ports)
    assert done.returncode != 0 and CODE.search(done.stderr), (done.stdout, done.stderr)


def test_a_taken_port(server, tmp_path):
    taken = server.http.removeprefix("http://")
    done = run_brickyard("up", "--data-dir", tmp_path / "d", "--http", taken, "--grpc", "127.0.0.1:0")
    assert done.returncode != 0 and CODE.search(done.stderr) and taken in done.stderr, (done.stdout, done.stderr)


def test_nothing_panicked(server):
    """Last of this file: all that went wrong above went wrong in good order."""
    assert "panicked" not in server.log_text(), server.log_text()[-4000:]
