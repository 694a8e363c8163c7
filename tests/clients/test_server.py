"""The process: ready soon, stops cleanly, remembers everything, and asks who is there at every door."""

import json
import signal

import grpc
import pytest
import requests
from mlflow import MlflowClient
from pyspark.errors import PySparkException
from pyspark.ml import Pipeline
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

from conftest import run_brickyard

READY_WITHIN_SECONDS = 1.0


def test_ready_soon_on_free_ports(start_server):
    first = start_server()
    ports = {first.http.rsplit(":", 1)[1], first.grpc.rsplit(":", 1)[1]}
    assert len(ports) == 2 and "0" not in ports
    assert first.http in first.log_text() and str(first.port) in first.log_text(), "the addresses are printed"
    again = min(start_server(data_dir=first.data_dir.with_name(f"more{i}")).ready_seconds for i in range(3))
    assert again < READY_WITHIN_SECONDS, f"ready after {again:.2f} s"


def test_a_restart_keeps_everything(start_server, tmp_path):
    server = start_server()
    spark = server.session()
    spark.sql("SELECT 1 AS a, 'x' AS b").write.saveAsTable("kept")
    table = spark.createDataFrame([(float(i), 2.0 * i) for i in range(5)], ["x", "y"])
    stages = [VectorAssembler(inputCols=["x"], outputCol="features"), LinearRegression(labelCol="y")]
    Pipeline(stages=stages).fit(table).write().save("models:/kept")
    client = MlflowClient(server.http, server.http)
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "rmse", 0.25)
    client.set_registered_model_alias("kept", "champion", "1")
    config = {"served_entities": [{"entity_name": "kept", "entity_version": "1"}]}
    body = {"name": "kept", "config": config}
    requests.post(f"{server.http}/api/2.0/serving-endpoints", json=body, timeout=30).raise_for_status()
    row = {"dataframe_records": [{"x": 21.0}]}
    before = requests.post(f"{server.http}/serving-endpoints/kept/invocations", json=row, timeout=30).json()
    spark.stop()
    server.stop()

    server = start_server(data_dir=server.data_dir)
    spark = server.session()
    assert [tuple(kept) for kept in spark.table("kept").collect()] == [(1, "x")]
    client = MlflowClient(server.http, server.http)
    assert client.get_run(run.info.run_id).data.metrics == {"rmse": 0.25}
    assert client.get_model_version_by_alias("kept", "champion").version == "1"
    after = requests.post(f"{server.http}/serving-endpoints/kept/invocations", json=row, timeout=30).json()
    assert after == before and "predictions" in after
    spark.stop()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stops_while_clients_are_connected(start_server, how):
    server = start_server()
    spark = server.session()
    assert spark.range(10).count() == 10
    server.process.send_signal(how)
    assert server.process.wait(10) == 0


def test_killed_and_started_again(start_server):
    server = start_server()
    spark = server.session()
    spark.range(1000).write.saveAsTable("survivor")
    server.kill()
    again = start_server(data_dir=server.data_dir)
    assert again.session().table("survivor").count() == 1000


def test_settings_by_flag_variable_and_file(tmp_path, monkeypatch):
    shown = run_brickyard("config", "--show", "--data-dir", tmp_path)
    assert shown.returncode == 0 and str(tmp_path) in shown.stdout
    for words in (["version"], ["--help"], ["doctor", "--data-dir", tmp_path]):
        done = run_brickyard(*words)
        assert done.returncode == 0 and done.stdout.strip(), (words, done.stderr)


def test_sessions_are_apart(server):
    one, other = server.session(), server.session()
    one.range(3).createOrReplaceTempView("mine")
    one.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    assert one.table("mine").count() == 3
    with pytest.raises(PySparkException):
        other.table("mine").count()
    assert other.conf.get("spark.sql.session.timeZone") != "Asia/Tokyo"
    one.stop()
    assert other.range(2).count() == 2
    other.stop()


def test_no_open_door_to_the_network(tmp_path):
    for flag in ("--http", "--grpc"):
        other = {"--http": "--grpc", "--grpc": "--http"}[flag]
        done = run_brickyard("up", "--data-dir", tmp_path / "data", flag, "0.0.0.0:0", other, "127.0.0.1:0")
        assert done.returncode != 0, flag
        assert "BY-AUTH-" in done.stderr and "--auth" in done.stderr, done.stderr


@pytest.fixture
def guarded(start_server):
    server = start_server("--auth", "token")
    made = run_brickyard("token", "create", "--user", "ada", "--data-dir", server.data_dir)
    assert made.returncode == 0, made.stderr
    return server, made.stdout.strip().splitlines()[-1]


DOORS = {
    "mlflow": ("POST", "/api/2.0/mlflow/experiments/search", {"max_results": 10}),
    "mlflow for its page": ("POST", "/ajax-api/2.0/mlflow/experiments/search", {"max_results": 10}),
    "artifacts": ("GET", "/api/2.0/mlflow-artifacts/artifacts?path=", None),
    "databricks": ("GET", "/api/2.0/serving-endpoints", None),
    "scoring": ("POST", "/serving-endpoints/none/invocations", {"instances": [{"x": 1}]}),
}


@pytest.mark.parametrize("door", DOORS)
def test_http_doors_ask_for_a_token(guarded, door):
    server, token = guarded
    method, path, body = DOORS[door]

    def status(**headers):
        return requests.request(method, server.http + path, json=body, headers=headers, timeout=30).status_code

    assert status() == 401
    assert status(Authorization="Bearer by_wrong") == 401
    assert status(Authorization=f"Bearer {token}") == (404 if door == "scoring" else 200)
    assert requests.get(f"{server.http}/health", timeout=30).status_code == 200, "health needs no login"


def test_the_spark_door_asks_for_a_token(guarded):
    server, token = guarded

    def count(address):
        # On "localhost" the client sends a token without TLS; on any other name it insists on TLS.
        spark = SparkSession.builder.remote(address).create()
        try:
            return spark.range(3).count()
        finally:
            spark.stop()

    address = f"sc://localhost:{server.port}"
    assert count(f"{address}/;token={token}") == 3
    for wrong in (address, f"{address}/;token=by_wrong"):
        with pytest.raises((PySparkException, grpc.RpcError)) as caught:
            count(wrong)
        assert "UNAUTHENTICATED" in str(caught.value) or "token" in str(caught.value), caught.value


def test_a_token_is_not_kept_in_clear(guarded):
    server, token = guarded
    for path in server.data_dir.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path
    assert token not in server.log_text()


def test_the_log_as_json(start_server):
    server = start_server("--log-format", "json")
    assert server.session().range(2).count() == 2
    server.stop()
    lines = [line for line in server.log_text().splitlines() if line.startswith("{")]
    assert lines and all("level" in json.loads(line) for line in lines)
