"""Functions of users in worker processes: what they may import, how they end, what they cost others.

What they compute is recorded from Spark: gold/sql/python.json."""

import os
import pathlib
import threading
import time
import zipfile

import pandas
import pytest
from pyspark.errors import PySparkException
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession, functions

from conftest import run_brickyard


@pytest.fixture
def spark(server):
    session = server.session()
    yield session
    session.stop()


def code_of(error: PySparkException) -> str:
    """BY-PYTHON-0001 and so on, at the end of a message."""
    return str(error).rsplit("[", 1)[-1].split("]")[0]


def workers_of(server) -> list:
    """Command lines of all processes below the server's own."""
    found, below = [], {server.process.pid}
    for _ in range(3):
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, parent = int(stat.parent.name), int(stat.read_text().rsplit(")", 1)[1].split()[1])
                if parent in below and pid not in below:
                    below.add(pid)
                    found.append(pid)
            except OSError:
                pass  # ended meanwhile
    return found


def wait_until(condition, seconds=10):
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"not so after {seconds} s"
        time.sleep(0.05)


def test_functions_import_what_the_session_brought(spark, tmp_path):
    (tmp_path / "shades.py").write_text("def darker(colour): return 'dark ' + colour\n")
    with zipfile.ZipFile(tmp_path / "paints.zip", "w") as archive:
        archive.writestr("paints/__init__.py", "def painted(thing): return thing + ', painted'\n" + "#" * 100_000)
    spark.addArtifacts(str(tmp_path / "shades.py"), str(tmp_path / "paints.zip"), pyfile=True)

    @functions.udf
    def described(colour):
        import paints
        import shades

        return paints.painted(shades.darker(colour))

    rows = spark.sql("SELECT 'red' AS colour").select(described("colour")).collect()
    assert rows[0][0] == "dark red, painted"
    (tmp_path / "shades.py").write_text("def darker(colour): return 'pale ' + colour\n")
    spark.addArtifacts(str(tmp_path / "shades.py"), pyfile=True)
    assert spark.sql("SELECT 'red' AS colour").select(described("colour")).collect()[0][0] == "pale red, painted"


def test_a_function_sees_no_secret_of_the_server(start_server, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do not tell")
    spark = start_server().session()
    seen = spark.range(1).select(functions.udf(lambda _: ",".join(sorted(os.environ)))("id")).collect()[0][0]
    assert "PATH" in seen.split(",") and "SECRET" not in seen


def test_an_exception_ends_its_query_alone(spark, server):
    other = server.session()

    @functions.udf("long")
    def picky(x):
        if x == 70_000:
            raise ValueError(f"no {x} here")
        return x

    with pytest.raises(PySparkException, match="ValueError: no 70000 here") as caught:
        spark.range(0, 100_000, 1, 1).select(picky("id")).collect()
    assert "in picky" in str(caught.value), "the trace names the function"
    assert other.range(3).select(functions.udf(lambda x: x + 1, "long")("id").alias("x")).toPandas().x.sum() == 6
    assert spark.range(3).select(picky("id").alias("x")).toPandas().x.sum() == 3


def test_an_interrupt_kills_the_workers(start_server):
    server = start_server()
    spark = server.session()

    @functions.udf("long")
    def endless(x):
        while True:
            pass

    spark.addTag("endless")
    failures = []

    def run():
        spark.addTag("endless")
        try:
            spark.range(1).select(endless("id")).collect()
        except PySparkException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: len(workers_of(server)) >= 2, 30)
    time.sleep(1)
    assert spark.interruptTag("endless")
    thread.join(10)
    assert not thread.is_alive() and failures
    wait_until(lambda: len(workers_of(server)) == 1)
    assert spark.range(2).select(functions.udf(lambda x: x + 1, "long")("id").alias("x")).toPandas().x.sum() == 3
    spark.stop()
    wait_until(lambda: not workers_of(server))


@pytest.mark.parametrize(
    "case, function, options, code",
    [
        ("gone", lambda x: os._exit(3), [], "BY-PYTHON-0002"),
        ("too much memory", lambda x: len(bytearray(8 << 30)), ["--python-memory", "3GiB"], "BY-PYTHON-0001"),
        ("too slow", lambda x: time.sleep(60), ["--python-timeout", "2"], "BY-PYTHON-0005"),
        ("no Python", lambda x: x, ["--python", "/nowhere/python"], "BY-PYTHON-0003"),
        ("a Python without pyspark", lambda x: x, ["--python", "/bin/false"], "BY-PYTHON-0003"),
    ],
)
def test_what_ends_a_worker_is_told(start_server, case, function, options, code):
    spark = start_server(*options).session()
    with pytest.raises(PySparkException) as caught:
        spark.range(1).select(functions.udf(function, "long")("id")).collect()
    assert code_of(caught.value) == code, case
    assert spark.range(3).count() == 3, "the server lives"


@pytest.mark.parametrize(
    "options, may", [([], False), (["--python-users", "bob"], False), (["--python-users", "bob,ada"], True)]
)
def test_who_may_run_code(start_server, options, may):
    server = start_server("--auth", "token", *options)
    made = run_brickyard("token", "create", "--user", "ada", "--data-dir", server.data_dir)
    token = made.stdout.split()[-1]
    spark = SparkSession.builder.remote(f"sc://localhost:{server.port}/;token={token}").create()
    server.sessions.append(spark)
    assert spark.range(3).count() == 3
    frames = {
        "a function": lambda: spark.range(2).select(functions.udf(lambda x: x, "long")("id")).collect(),
        "a map": lambda: spark.range(2).mapInPandas(lambda frames: frames, "id long").collect(),
        "a registered one": lambda: spark.udf.register("f", lambda x: x, "long"),
    }
    for name, run in frames.items():
        if may:
            run()
            continue
        with pytest.raises(PySparkException) as caught:
            run()
        assert code_of(caught.value) == "BY-PYTHON-0004", name


def test_columns_of_functions_feed_everything_else(spark):
    squared = functions.udf(lambda x: float(x * x), "double")
    frame = spark.range(0, 40_000, 1, 2).withColumn("y", squared("id")).withColumn("x", functions.col("id") * 1.0)
    frame.write.mode("overwrite").saveAsTable("squares")
    total = spark.sql("SELECT count(*), sum(y) FROM squares").collect()[0]
    assert tuple(total) == (40_000, float(sum(x * x for x in range(40_000))))
    line = VectorAssembler(inputCols=["x"], outputCol="features").transform(frame.withColumn("y", 3 * frame.x + 1))
    model = LinearRegression(labelCol="y").fit(line)
    assert model.coefficients[0] == pytest.approx(3)
    assert frame.cache().where("y < 10").count() == 4


def test_rows_come_in_batches_as_the_session_says(spark):
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "100")

    def sizes(frames):
        for frame in frames:
            yield pandas.DataFrame({"n": [len(frame)]})

    assert {row.n for row in spark.range(0, 1000, 1, 1).mapInPandas(sizes, "n long").collect()} == {100}


def test_large_local_frames_are_sent_once(spark):
    frame = pandas.DataFrame({"i": range(400_000), "s": [f"row {i % 1000}" for i in range(400_000)]})
    sent = spark.createDataFrame(frame)
    assert sent.count() == 400_000
    assert sent.groupBy("s").count().count() == 1000
    assert spark.createDataFrame(frame).agg(functions.sum("i")).collect()[0][0] == sum(range(400_000))
