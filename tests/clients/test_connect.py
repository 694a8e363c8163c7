"""The protocol itself: lost streams, interrupts, progress, sessions, deep plans, and models written piece by piece."""

import threading
import time

import grpc
import pytest
from pyspark.errors import PySparkException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import StringIndexer, StringIndexerModel, VectorAssembler
from pyspark.sql import functions as F
from pyspark.sql.connect.client import reattach

LONG = "SELECT sum(a.id * b.id) FROM range(3000000) a CROSS JOIN range(3000000) b"


class Lost(grpc.RpcError, grpc.Call):
    """What a client sees when the network breaks."""

    def code(self):
        return grpc.StatusCode.UNAVAILABLE

    def details(self):
        return "lost"

    def trailing_metadata(self):
        return ()

    initial_metadata = trailing_metadata

    def is_active(self):
        return False

    def time_remaining(self):
        return None

    def cancel(self):
        return False

    def add_callback(self, callback):
        return False


def test_a_lost_stream_is_continued(spark, monkeypatch):
    """Every third response is lost after it was sent; the client asks for the rest from the one before."""
    received = reattach.ExecutePlanResponseReattachableIterator._call_iter
    calls = {"responses": 0, "lost": 0}

    def lossy(iterator, step):
        response = received(iterator, step)
        calls["responses"] += 1
        if calls["responses"] % 3 == 0 and not response.HasField("result_complete"):
            calls["lost"] += 1
            iterator._iterator.cancel()
            iterator._iterator = None
            raise Lost()
        return response

    monkeypatch.setattr(reattach.ExecutePlanResponseReattachableIterator, "_call_iter", lossy)
    ids = spark.range(2_000_000).toPandas()["id"]
    assert len(ids) == 2_000_000 and ids.sum() == 1_999_999_000_000
    assert calls["lost"] > 0


def run_until_interrupted(spark, interrupt, tag=None):
    outcome = []

    def run():
        if tag:
            spark.addTag(tag)
        try:
            outcome.append(spark.sql(LONG).collect())
        except PySparkException as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1.0)
    interrupted = interrupt()
    thread.join(20)
    assert not thread.is_alive() and len(interrupted) == 1
    assert "OPERATION_CANCELED" in str(outcome[0]) and outcome[0].getSqlState() == "HY008"


def test_interrupts(spark):
    run_until_interrupted(spark, spark.interruptAll)
    assert spark.interruptTag("other") == []
    run_until_interrupted(spark, lambda: spark.interruptTag("mine"), tag="mine")
    assert spark.interruptAll() == [], "only what runs is interrupted"
    assert spark.range(3).count() == 3


def test_progress_is_told(spark):
    told = []
    spark.registerProgressHandler(lambda stages, inflight_tasks, operation_id, done: told.append((stages, done)))
    try:
        spark.sql("SELECT sum(a.id * b.id) FROM range(30000) a CROSS JOIN range(30000) b").collect()
    finally:
        spark.clearProgressHandlers()
    assert told and told[-1][1]


def test_a_deep_plan(spark):
    table = spark.range(2)
    for index in range(49):
        table = table.withColumn(f"c{index}", F.col("id") + index)
    assert [row["c48"] for row in table.orderBy("id").collect()] == [48, 49]


def test_sessions_are_apart_and_end(server, spark):
    spark.range(3).createOrReplaceTempView("mine")
    other = server.session()
    with pytest.raises(PySparkException) as caught:
        other.table("mine").collect()
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"
    other.stop()
    assert spark.table("mine").count() == 3


def test_the_catalog(spark):
    spark.range(3).write.mode("overwrite").saveAsTable("numbers")
    spark.range(3).createOrReplaceTempView("seen")
    assert spark.catalog.currentDatabase() == "default"
    assert spark.catalog.tableExists("numbers") and not spark.catalog.tableExists("nowhere")
    assert {"numbers", "seen"} <= {table.name for table in spark.catalog.listTables()}
    assert [(column.name, column.dataType) for column in spark.catalog.listColumns("numbers")] == [("id", "bigint")]
    assert spark.catalog.dropTempView("seen") and not spark.catalog.dropTempView("seen")


def test_artifacts_of_the_jvm_are_refused(spark, tmp_path):
    (tmp_path / "code.jar").write_bytes(b"PK")
    with pytest.raises(PySparkException) as caught:
        spark.addArtifact(str(tmp_path / "code.jar"))
    assert "not supported" in str(caught.value)


@pytest.fixture
def words(spark):
    rows = [(1.0, "a", 0.0), (2.0, "b", 1.0), (3.0, "a", 1.0), (0.5, "b", 0.0), (2.5, "b", 1.0), (0.1, "a", 0.0)]
    return spark.createDataFrame(rows, ["x", "word", "label"])


@pytest.fixture
def fitted(words):
    stages = [
        StringIndexer(inputCol="word", outputCol="number"),
        VectorAssembler(inputCols=["x", "number"], outputCol="features"),
        LogisticRegression(regParam=0.1),
    ]
    return Pipeline(stages=stages).fit(words)


@pytest.mark.parametrize("place", ["folder", "registry"])
def test_a_pipeline_is_saved_and_loaded(words, fitted, tmp_path, place):
    saved, loaded = ("models:/words", "models:/words/latest") if place == "registry" else [str(tmp_path / "model")] * 2
    fitted.write().overwrite().save(saved)
    again = PipelineModel.load(loaded)
    columns = ["x", "prediction", "probability"]
    assert again.transform(words).select(columns).collect() == fitted.transform(words).select(columns).collect()
    assert again.stages[2].coefficients == fitted.stages[2].coefficients


def test_a_summary(words, fitted):
    summary = fitted.stages[2].summary
    assert summary.totalIterations > 0 and 0.5 < summary.accuracy <= 1.0
    assert summary.predictions.count() == 6
    assert summary.roc.columns == ["FPR", "TPR"]
    features = fitted.transform(words).drop("rawPrediction", "probability", "prediction")
    assert fitted.stages[2].evaluate(features).accuracy == summary.accuracy


def test_a_model_made_of_labels(spark, words):
    model = StringIndexerModel.from_labels(["b", "a"], inputCol="word", outputCol="number")
    assert {(row["word"], row["number"]) for row in model.transform(words).collect()} == {("b", 0.0), ("a", 1.0)}
