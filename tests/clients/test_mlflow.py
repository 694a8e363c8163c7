"""The stock mlflow client: tracking, artifacts, logged models, the registry."""

import math
import os
import pathlib
import time
import uuid

import mlflow
import numpy
import pandas
import pytest
import requests
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LinearRegression

# A request that is refused must be refused at once: a 500 would be repeated for minutes.
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def client(server):
    mlflow.set_tracking_uri(server.http)
    mlflow.set_registry_uri(server.http)
    return MlflowClient(server.http)


@pytest.fixture
def experiment(client):
    """A new experiment's id, also the active one of the fluent API."""
    name = f"experiment-{uuid.uuid4().hex[:8]}"
    return mlflow.set_experiment(name).experiment_id


@pytest.fixture
def run(client, experiment):
    """A new run's id."""
    return client.create_run(experiment).info.run_id


def refusal(call, *arguments, **options) -> str:
    """The error code with which the server refuses a call."""
    with pytest.raises(MlflowException) as raised:
        call(*arguments, **options)
    return raised.value.error_code


# Probes


def test_probes_are_answered(server):
    assert requests.get(f"{server.http}/health").text == "OK"
    assert requests.get(f"{server.http}/version").text == "3.17.2"
    info = requests.get(f"{server.http}/api/3.0/mlflow/server-info").json()
    assert info["multipart_uploads_enabled"] is False


# Experiments


def test_the_default_experiment_exists(client):
    assert client.get_experiment("0").name == "Default"


def test_an_experiment_lives_and_dies(client):
    name = f"flights-{uuid.uuid4().hex[:8]}"
    experiment_id = client.create_experiment(name, tags={"team": "delays"})
    found = client.get_experiment_by_name(name)
    assert (found.experiment_id, found.tags, found.lifecycle_stage) == (experiment_id, {"team": "delays"}, "active")
    assert refusal(client.create_experiment, name) == "RESOURCE_ALREADY_EXISTS"

    client.set_experiment_tag(experiment_id, "team", "late")
    client.set_experiment_tag(experiment_id, "more", "1")
    client.delete_experiment_tag(experiment_id, "more")
    client.rename_experiment(experiment_id, name + "-renamed")
    found = client.get_experiment(experiment_id)
    assert (found.name, found.tags) == (name + "-renamed", {"team": "late"})

    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert refusal(client.create_run, experiment_id) == "INVALID_PARAMETER_VALUE"
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_experiments_are_searched(client):
    mark = uuid.uuid4().hex[:8]
    for name in ("b", "a", "C"):
        client.create_experiment(f"{mark}-{name}", tags={"mark": mark})

    def names(**options):
        return [found.name.removeprefix(f"{mark}-") for found in client.search_experiments(**options)]

    assert names(filter_string=f"name LIKE '{mark}-%'", order_by=["name ASC"]) == ["C", "a", "b"]
    assert names(filter_string=f"tags.mark = '{mark}' AND name ILIKE '%-c'") == ["C"]
    first = client.search_experiments(filter_string=f"tags.mark = '{mark}'", order_by=["name"], max_results=2)
    rest = client.search_experiments(
        filter_string=f"tags.mark = '{mark}'", order_by=["name"], max_results=2, page_token=first.token
    )
    assert (len(first), len(rest), rest.token) == (2, 1, None)


# Runs


def test_a_run_holds_what_it_logs(client, experiment):
    with mlflow.start_run(run_name="first", tags={"kind": "test"}, description="a run") as run:
        mlflow.log_params({"depth": 5, "rate": 0.1})
        mlflow.log_param("depth", 5)
        for step in range(3):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metrics({"rmse": 0.1 + 0.2, "nan": math.nan, "inf": math.inf}, step=1)
        mlflow.set_tag("stage", "dev")
    found = client.get_run(run.info.run_id)
    assert (found.info.run_name, found.info.status, found.info.experiment_id) == ("first", "FINISHED", experiment)
    assert found.info.end_time >= found.info.start_time
    assert found.data.params == {"depth": "5", "rate": "0.1"}
    assert found.data.metrics["loss"] == 1.0 / 3
    assert found.data.metrics["rmse"] == 0.1 + 0.2, "to the last bit"
    assert math.isnan(found.data.metrics["nan"])
    assert found.data.metrics["inf"] == 1.7976931348623157e308
    assert found.data.tags["kind"] == "test" and found.data.tags["stage"] == "dev"
    assert found.data.tags["mlflow.runName"] == "first"


def test_a_run_without_a_name_gets_one(client, experiment):
    run = client.create_run(experiment)
    assert run.info.run_name.count("-") == 2
    assert client.get_run(run.info.run_id).data.tags["mlflow.runName"] == run.info.run_name
    client.set_tag(run.info.run_id, "mlflow.runName", "renamed")
    assert client.get_run(run.info.run_id).info.run_name == "renamed"
    client.update_run(run.info.run_id, status="FAILED", name="again")
    found = client.get_run(run.info.run_id)
    assert (found.info.run_name, found.info.status) == ("again", "FAILED")


def test_nested_runs_have_parents(client, experiment):
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        pass
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    found = mlflow.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", output_format="list")
    assert [run.info.run_id for run in found] == [child.info.run_id]


def test_metric_histories_come_whole(client, run):
    values = [Metric("loss", 1.0 / (step + 1), 1_000 + step, step) for step in range(2_500)]
    for start in range(0, len(values), 1000):
        client.log_batch(run, metrics=values[start : start + 1000])
    history = client.get_metric_history(run, "loss")
    assert [(m.step, m.value) for m in history] == [(m.step, m.value) for m in values]
    assert client.get_run(run).data.metrics["loss"] == 1.0 / 2500
    client.log_metric(run, "loss", 7.0, step=3)
    assert client.get_run(run).data.metrics["loss"] == 1.0 / 2500, "an earlier step is not the latest"
    assert client.get_metric_history(run, "absent") == []


def test_metric_histories_are_sampled(server, client, run):
    client.log_batch(run, metrics=[Metric("loss", step, step, step) for step in range(1000)])
    asked = {"run_ids": [run], "metric_key": "loss", "max_results": 10}
    answer = requests.get(f"{server.http}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", params=asked)
    steps = [metric["step"] for metric in answer.json()["metrics"]]
    assert len(steps) == 10 and steps[0] == 0 and steps[-1] == 999


def test_a_deleted_run_is_found_only_where_asked(client, experiment, run):
    client.delete_run(run)
    assert refusal(client.log_metric, run, "m", 1.0) == "INVALID_PARAMETER_VALUE"
    assert client.search_runs([experiment]) == []
    assert len(client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)) == 1
    client.restore_run(run)
    assert len(client.search_runs([experiment])) == 1


def test_tags_are_deleted(client, run):
    client.set_tag(run, "a", "1")
    client.delete_tag(run, "a")
    assert "a" not in client.get_run(run).data.tags
    assert refusal(client.delete_tag, run, "a") == "RESOURCE_DOES_NOT_EXIST"


def test_datasets_are_inputs(client, experiment):
    frame = pandas.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]})
    dataset = mlflow.data.from_pandas(frame, source="flights.csv", name="flights", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"part": "1"})
        mlflow.log_input(dataset, context="training")
    [found] = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("flights", dataset.digest)
    assert {tag.key: tag.value for tag in found.tags} == {"mlflow.data.context": "training", "part": "1"}
    for filter_string in ("dataset.name = 'flights'", "datasets.context = 'training'"):
        assert len(client.search_runs([experiment], filter_string)) == 1
    assert client.search_runs([experiment], "dataset.name = 'other'") == []
    other = Dataset("other", "d", "local", "{}")
    client.log_inputs(run.info.run_id, [DatasetInput(other, [InputTag("mlflow.data.context", "eval")])])
    assert len(client.get_run(run.info.run_id).inputs.dataset_inputs) == 2


# Searching runs

RUNS = [
    # name, loss, depth, kind
    ("a", 3.0, 5, "x"),
    ("b", math.nan, 10, None),
    ("c", None, 7, "Xy"),
    ("d", 1.0, 6, None),
]
SEARCHES = [
    ("", [], "dcba"),
    ("", ["metrics.loss ASC"], "dabc"),
    ("", ["metrics.loss DESC"], "adbc"),
    ("", ["params.`max depth` ASC"], "badc"),
    ("", ["tags.kind DESC"], "acdb"),
    ("", ["attributes.run_name ASC"], "abcd"),
    ("metrics.loss > 0", [], "da"),
    ("metrics.loss != 3", [], "db"),
    ("params.`max depth` = '5' AND metrics.loss >= 3.0", [], "a"),
    ("tags.kind LIKE 'x%'", [], "a"),
    ("tags.kind ILIKE 'x%'", [], "ca"),
    ("tags.kind IS NULL", [], "db"),
    ("run_name = 'b'", [], "b"),
    ("attributes.status = 'RUNNING' AND start_time > 0", [], "dcba"),
]


@pytest.fixture(scope="module")
def searched(client):
    """An experiment with the runs above, oldest first."""
    experiment_id = client.create_experiment(f"searched-{uuid.uuid4().hex[:8]}")
    for position, (name, loss, depth, kind) in enumerate(RUNS):
        run = client.create_run(experiment_id, run_name=name, start_time=1_000 + position)
        metrics = [] if loss is None else [Metric("loss", loss, 1, 0)]
        tags = [] if kind is None else [RunTag("kind", kind)]
        client.log_batch(run.info.run_id, metrics, [Param("max depth", str(depth))], tags)
    return experiment_id


@pytest.mark.parametrize("filter_string, order_by, expected", SEARCHES)
def test_runs_are_searched(client, searched, filter_string, order_by, expected):
    found = client.search_runs([searched], filter_string, order_by=order_by)
    assert "".join(run.info.run_name for run in found) == expected


def test_runs_are_found_by_id(client, searched):
    ids = [run.info.run_id for run in client.search_runs([searched])]
    assert len(client.search_runs([searched], f"run_id IN ('{ids[0]}', '{ids[1]}')")) == 2
    assert len(client.search_runs([searched], f"run_id NOT IN ('{ids[0]}')")) == 3


def test_searches_come_in_pages(client, searched):
    first = client.search_runs([searched], max_results=3)
    rest = client.search_runs([searched], max_results=3, page_token=first.token)
    assert "".join(run.info.run_name for run in [*first, *rest]) == "dcba"
    assert rest.token is None
    assert len(mlflow.search_runs([searched])) == 4


@pytest.mark.parametrize(
    "filter_string",
    [
        "metrics.loss = '1'",
        "metrics.loss",
        "params.a = 1",
        "params.a IN ('x')",
        "a = 'x' OR b = 'y'",
        "nope.a = 'x'",
        "attributes.nope = 'x'",
        "params.a = 'x",
        "run_id = 'x'; DROP TABLE runs",
        " AND ".join(["metrics.a > 1"] * 2000),
    ],
)
def test_bad_filters_are_refused(client, searched, filter_string):
    assert refusal(client.search_runs, [searched], filter_string) == "INVALID_PARAMETER_VALUE"


# Bad input: refused with the right code, at once

BAD_REQUESTS = [
    ("POST", "runs/create", {"experiment_id": "x"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/create", {"experiment_id": "99999999"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("POST", "runs/create", {"experiment_id": "99999999999999999999"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-metric", {"key": "a", "value": 1}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-metric", {"run_id": "nope", "key": "a", "value": 1}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("POST", "runs/log-metric", {"run_id": "RUN", "key": "a", "value": "one"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-metric", {"run_id": "RUN", "key": "a"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-metric", {"run_id": "RUN", "key": "../a", "value": 1}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-metric", {"run_id": "RUN", "key": "a" * 251, "value": 1}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-metric", {"run_id": "RUN", "key": "a", "value": 1, "step": 1.5}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-parameter", {"run_id": "RUN", "key": "p", "value": "x" * 6001}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/set-tag", {"run_id": "RUN", "key": "", "value": "x"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-batch", {"run_id": "RUN", "tags": "x"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/log-batch", {"run_id": "RUN", "tags": [{"value": "x" * 1_000_000}]}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/update", {"run_id": "RUN", "status": "DANCING"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/search", {"experiment_ids": ["0"], "max_results": 50001}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/search", {"experiment_ids": ["0"], "max_results": -1}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/search", {"experiment_ids": ["0"], "page_token": "what"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "runs/search", [1, 2], 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "experiments/create", {"name": ""}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "experiments/create", {"name": "n" * 501}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "experiments/delete", {"experiment_id": "77777777"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", "experiments/get-by-name", {"experiment_name": "nobody"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", "runs/get", {}, 400, "INVALID_PARAMETER_VALUE"),
    ("GET", "metrics/get-history", {"run_id": "nope", "metric_key": "a"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", "artifacts/list", {"run_id": "RUN", "path": "../.."}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "logged-models", {"experiment_id": "0", "name": "a/b"}, 400, "INVALID_PARAMETER_VALUE"),
    ("GET", "logged-models/m-nope", {}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("POST", "registered-models/create", {"name": "a/b"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "registered-models/create", {}, 400, "INVALID_PARAMETER_VALUE"),
    ("GET", "registered-models/get", {"name": "nobody"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ("GET", "model-versions/get", {"name": "nobody", "version": "one"}, 400, "INVALID_PARAMETER_VALUE"),
    ("GET", "model-versions/search", {"filter": "stage = 'x'"}, 400, "INVALID_PARAMETER_VALUE"),
    ("POST", "traces", {}, 501, "NOT_IMPLEMENTED"),
    ("GET", "no/such/thing", {}, 404, "ENDPOINT_NOT_FOUND"),
]


@pytest.mark.parametrize("prefix", ["api", "ajax-api"])
@pytest.mark.parametrize("method, path, fields, status, code", BAD_REQUESTS)
def test_bad_requests_are_refused(server, run, prefix, method, path, fields, status, code):
    if isinstance(fields, dict):
        fields = {key: run if value == "RUN" else value for key, value in fields.items()}
    carried = {"params": fields} if method == "GET" else {"json": fields}
    answer = requests.request(method, f"{server.http}/{prefix}/2.0/mlflow/{path}", **carried)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text


def test_a_param_keeps_its_first_value(client, run):
    client.log_param(run, "depth", "5")
    client.log_param(run, "depth", "5")
    assert refusal(client.log_param, run, "depth", "6") == "INVALID_PARAMETER_VALUE"
    batch = {"params": [Param("new", "1"), Param("depth", "6")], "metrics": [Metric("m", 1.0, 1, 1)]}
    assert refusal(client.log_batch, run, **batch) == "INVALID_PARAMETER_VALUE"
    found = client.get_run(run).data
    assert (found.params, found.metrics) == ({"depth": "5"}, {}), "a refused batch writes nothing"


# Artifacts


def test_artifacts_go_up_and_down(client, run, tmp_path):
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "out" / "a ä%.txt").write_text("one")
    (tmp_path / "out" / "deep" / "b.txt").write_text("two")
    client.log_artifacts(run, tmp_path / "out", "data")
    client.log_text(run, "three", "notes/c.txt")
    client.log_dict(run, {"x": 1}, "d.json")
    assert [(f.path, f.is_dir) for f in client.list_artifacts(run)] == [
        ("d.json", False),
        ("data", True),
        ("notes", True),
    ]
    files = [file for file in client.list_artifacts(run, "data") if not file.is_dir]
    assert [(file.path, file.file_size) for file in files] == [("data/a ä%.txt", 3)]
    assert client.list_artifacts(run, "nothing") == []
    folder = pathlib.Path(client.download_artifacts(run, "", tmp_path / "."))
    assert (folder / "data" / "a ä%.txt").read_text() == "one"
    assert (folder / "data" / "deep" / "b.txt").read_text() == "two"
    assert mlflow.artifacts.load_text(f"runs:/{run}/notes/c.txt") == "three"
    assert mlflow.artifacts.load_dict(f"runs:/{run}/d.json") == {"x": 1}


def peak_megabytes(process) -> float:
    """The most memory that the process ever held."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def test_a_large_artifact_streams(server, client, run, tmp_path):
    large = tmp_path / "large.bin"
    chunk = numpy.random.default_rng(7).bytes(MEGABYTE)
    with open(large, "wb") as file:
        for _ in range(200):
            file.write(chunk)
    client.log_text(run, "warm up", "small.txt")
    before = peak_megabytes(server.process)
    client.log_artifact(run, large)
    (tmp_path / "down").mkdir()
    found = pathlib.Path(client.download_artifacts(run, "large.bin", tmp_path / "down"))
    assert found.stat().st_size == 200 * MEGABYTE
    with open(found, "rb") as file:
        while read := file.read(MEGABYTE):
            assert read == chunk
    assert peak_megabytes(server.process) - before < 40, "the server held the file in memory"


CLIMBING = ["../x", "a/../../x", "%2e%2e/x", "..%2fx", "a/%2e%2e/%2e%2e/x", "%252e%252e/x", "%2Fetc/passwd"]


@pytest.mark.parametrize("path", CLIMBING)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_paths_never_climb(server, method, path):
    asked = requests.Request(method, server.http).prepare()
    asked.url = f"{server.http}/api/2.0/mlflow-artifacts/artifacts/{path}"
    answer = requests.Session().send(asked)
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error_code"] in ("INVALID_PARAMETER_VALUE", "ENDPOINT_NOT_FOUND")


def test_a_missing_artifact_is_not_found(server):
    for path in ("nothing/here.txt", "0"):
        answer = requests.get(f"{server.http}/api/2.0/mlflow-artifacts/artifacts/{path}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_multipart_is_declined(server):
    body = {"path": "x", "num_parts": 2}
    answer = requests.post(f"{server.http}/api/2.0/mlflow-artifacts/mpu/create/0/run/artifacts", json=body)
    assert answer.status_code == 501
    assert answer.json()["message"].startswith("Multipart upload is not supported for the current artifact repository")


# Logged models


@pytest.fixture(scope="module")
def regression():
    inputs = pandas.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
    return inputs, LinearRegression().fit(inputs, [1.0, 3.0, 5.0, 8.0])


@pytest.fixture
def logged(client, experiment, regression):
    """A model logged in a run: what `log_model` returned, and the run's id."""
    inputs, model = regression
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(
            model, name="clf", input_example=inputs, params={"alpha": "1"}, serialization_format="cloudpickle"
        )
        mlflow.log_metric("rmse", 0.5, model_id=info.model_id)
    return info, run.info.run_id


def test_a_model_is_logged_and_loaded(client, experiment, logged, regression):
    info, run_id = logged
    inputs, model = regression
    expected = model.predict(inputs)
    for uri in (info.model_uri, f"runs:/{run_id}/clf"):
        assert (mlflow.pyfunc.load_model(uri).predict(inputs) == expected).all()
    assert (mlflow.sklearn.load_model(info.model_uri).predict(inputs) == expected).all()

    found = client.get_logged_model(info.model_id)
    assert (found.name, str(found.status), found.source_run_id) == ("clf", "READY", run_id)
    assert found.params["alpha"] == "1"
    assert [(m.key, m.value, m.run_id) for m in found.metrics] == [("rmse", 0.5, run_id)]
    [output] = client.get_run(run_id).outputs.model_outputs
    assert output.model_id == info.model_id


def test_logged_models_are_searched(client, experiment, logged):
    info, _ = logged

    def ids(filter_string=None, **options):
        found = mlflow.search_logged_models([experiment], filter_string, output_format="list", **options)
        return [model.model_id for model in found]

    assert ids() == ids("name = 'clf'") == ids("metrics.rmse < 1") == ids("params.alpha = '1'") == [info.model_id]
    assert ids("metrics.rmse > 1") == ids("name = 'other'") == []
    assert ids(order_by=[{"field_name": "metrics.rmse", "ascending": False}]) == [info.model_id]
    client.set_logged_model_tags(info.model_id, {"good": "yes"})
    assert ids("tags.good = 'yes'") == [info.model_id]
    client.delete_logged_model_tag(info.model_id, "good")
    assert ids("tags.good = 'yes'") == []
    client.delete_logged_model(info.model_id)
    assert ids() == []
    assert refusal(client.get_logged_model, info.model_id) == "RESOURCE_DOES_NOT_EXIST"


# The registry


@pytest.fixture
def name():
    """A name that no registered model has."""
    return f"model-{uuid.uuid4().hex[:8]}"


def test_a_model_is_registered_and_loaded(client, logged, regression, name):
    info, run_id = logged
    inputs, model = regression
    first = mlflow.register_model(info.model_uri, name, tags={"k": "v"})
    second = mlflow.register_model(f"runs:/{run_id}/clf", name)
    assert (str(first.version), str(second.version), first.status, first.run_id) == ("1", "2", "READY", run_id)
    client.set_registered_model_alias(name, "champion", "1")
    for uri in (f"models:/{name}/1", f"models:/{name}/2", f"models:/{name}@champion", f"models:/{name}/latest"):
        assert (mlflow.pyfunc.load_model(uri).predict(inputs) == model.predict(inputs)).all()
    found = client.get_model_version_by_alias(name, "champion")
    assert (str(found.version), found.aliases, found.tags) == ("1", ["champion"], {"k": "v"})
    assert client.get_model_version_download_uri(name, "1").startswith("mlflow-artifacts:/")
    assert client.get_registered_model(name).aliases == {"champion": "1"}


def test_log_model_registers_at_once(client, experiment, regression, name):
    inputs, model = regression
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, name="clf", registered_model_name=name, input_example=inputs)
    assert (mlflow.pyfunc.load_model(f"models:/{name}/1").predict(inputs) == model.predict(inputs)).all()


@pytest.fixture
def registered(client, name):
    """A registered model with three versions."""
    client.create_registered_model(name, tags={"team": "delays"}, description="flights")
    for number in range(3):
        client.create_model_version(name, f"/models/{number}", tags={"number": str(number)})
    return name


def test_versions_are_managed(client, registered):
    client.update_model_version(registered, "1", "better")
    client.set_model_version_tag(registered, "1", "checked", "yes")
    client.delete_model_version_tag(registered, "1", "number")
    found = client.get_model_version(registered, "1")
    assert (found.description, found.tags, found.source) == ("better", {"checked": "yes"}, "/models/0")
    client.delete_model_version(registered, "3")
    assert refusal(client.get_model_version, registered, "3") == "RESOURCE_DOES_NOT_EXIST"
    assert str(client.create_model_version(registered, "/models/x").version) == "4", "numbers are never reused"


def test_aliases_follow_their_versions(client, registered):
    client.set_registered_model_alias(registered, "champion", "1")
    client.set_registered_model_alias(registered, "champion", "2")
    assert str(client.get_model_version_by_alias(registered, "champion").version) == "2"
    client.delete_registered_model_alias(registered, "champion")
    assert refusal(client.get_model_version_by_alias, registered, "champion") == "INVALID_PARAMETER_VALUE"
    assert refusal(client.set_registered_model_alias, registered, "v1", "1") == "INVALID_PARAMETER_VALUE"
    assert refusal(client.set_registered_model_alias, registered, "ghost", "9") == "RESOURCE_DOES_NOT_EXIST"


def test_stages_still_work(client, registered):
    client.transition_model_version_stage(registered, "1", "Production")
    client.transition_model_version_stage(registered, "2", "Production", archive_existing_versions=True)
    assert client.get_model_version(registered, "1").current_stage == "Archived"
    [latest] = client.get_latest_versions(registered, ["Production"])
    assert str(latest.version) == "2"


def test_registered_models_are_managed(client, registered):
    assert refusal(client.create_registered_model, registered) == "RESOURCE_ALREADY_EXISTS"
    client.set_registered_model_tag(registered, "a", "b")
    client.delete_registered_model_tag(registered, "team")
    client.update_registered_model(registered, "late flights")
    found = client.get_registered_model(registered)
    assert (found.description, found.tags) == ("late flights", {"a": "b"})
    assert str(max(int(version.version) for version in found.latest_versions)) == "3"
    client.rename_registered_model(registered, registered + "-new")
    assert len(client.search_model_versions(f"name = '{registered}-new'")) == 3
    client.delete_registered_model(registered + "-new")
    assert refusal(client.get_registered_model, registered + "-new") == "RESOURCE_DOES_NOT_EXIST"


def test_the_registry_is_searched(client, registered):
    def versions(filter_string, **options):
        return [str(version.version) for version in client.search_model_versions(filter_string, **options)]

    assert versions(f"name = '{registered}'", order_by=["version_number ASC"]) == ["1", "2", "3"]
    assert versions(f"name = '{registered}' AND version_number > 1", order_by=["version_number DESC"]) == ["3", "2"]
    assert versions(f"name = '{registered}' AND tags.number = '1'") == ["2"]
    assert versions(f"name = '{registered}' AND source_path LIKE '/models/2%'") == ["3"]
    models = client.search_registered_models(f"name ILIKE '{registered.upper()}'")
    assert [model.name for model in models] == [registered]
    assert client.search_registered_models(f"name = '{registered}' AND tags.team = 'other'") == []


def test_prompts_are_kept_apart(client):
    name = f"prompt_{uuid.uuid4().hex[:8]}"
    mlflow.genai.register_prompt(name, template="Say {{word}}", tags={"language": "en"})
    assert mlflow.genai.load_prompt(f"prompts:/{name}/1").format(word="yes") == "Say yes"
    assert client.search_registered_models(f"name = '{name}'") == []
    assert [prompt.name for prompt in client.search_prompts(f"name = '{name}'")] == [name]


# Speed


def test_batches_are_logged_fast(client, run, record_property):
    """A remark, and a floor far below it: a hundred metrics, durably, many times a second."""
    batches = 100
    started = time.monotonic()
    for number in range(batches):
        client.log_batch(run, metrics=[Metric(f"m{key}", key, number, number) for key in range(100)])
    batches_per_second = batches / (time.monotonic() - started)
    record_property("log_batch_per_second", round(batches_per_second))
    assert batches_per_second > 10
