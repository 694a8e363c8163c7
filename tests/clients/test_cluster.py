"""A cluster on one machine: the same rows and the same bits as in process, also when an executor is killed meanwhile."""

import os
import pathlib
import signal
import threading
import time

import pytest
import requests
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import functions as F

from conftest import REPOSITORY, make_active

AGGREGATE = "SELECT carrier, count(*) AS flights, avg(distance) AS miles FROM flights GROUP BY carrier ORDER BY carrier"


def executors(server) -> list[int]:
    """The process ids of the server's executors."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == server.process.pid and b"executor" in words:
            found.append(int(folder.name))
    return sorted(found)


def training_rows(spark):
    flights = spark.read.parquet(str(REPOSITORY / "data" / "flights.parquet")).dropna(subset=["arr_delay"])
    late = flights.withColumn("label", (F.col("arr_delay") > 15).cast("double"))
    return VectorAssembler(inputCols=["month", "hour", "distance"], outputCol="features").transform(late)


def train(spark):
    make_active(spark)  # a model asks the active session for its attributes
    model = LogisticRegression(maxIter=30, tol=0.0).fit(training_rows(spark))
    return model.coefficients.toArray().tobytes(), model.intercept


@pytest.fixture
def in_process(start_server):
    spark = start_server().session()
    spark.read.parquet(str(REPOSITORY / "data" / "flights.parquet")).write.saveAsTable("flights")
    yield spark
    spark.stop()


@pytest.fixture
def cluster(start_server, tmp_path):
    return start_server("--executors", "2", data_dir=tmp_path / "cluster")


def test_the_cluster_gives_the_same_rows_and_the_same_bits(in_process, cluster):
    assert len(executors(cluster)) == 2
    listed = requests.get(f"{cluster.http}/ui/v1/executors", timeout=10).json()
    assert [executor["state"] for executor in listed] == ["active", "active"]
    spark = cluster.session()
    spark.read.parquet(str(REPOSITORY / "data" / "flights.parquet")).write.saveAsTable("flights")
    assert spark.sql(AGGREGATE).collect() == in_process.sql(AGGREGATE).collect()
    assert train(spark) == train(in_process)
    spark.stop()


def test_a_killed_executor_changes_nothing(in_process, cluster):
    spark = cluster.session()
    before = executors(cluster)

    def kill_one_meanwhile():
        time.sleep(1.0)
        os.kill(before[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one_meanwhile)
    killer.start()
    trained = train(spark)
    killer.join()
    assert trained == train(in_process)
    give_up_at = time.monotonic() + 20
    while len(executors(cluster)) < 2 and time.monotonic() < give_up_at:
        time.sleep(0.1)
    after = executors(cluster)
    assert len(after) == 2 and before[0] not in after, "another one took its place"
    spark.stop()
