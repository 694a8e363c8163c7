"""Models from plain SQL: CREATE, EVALUATE, DESCRIBE, SHOW and DROP MODEL, predict, explain_prediction and nearest_neighbours."""

import math
import pathlib
import threading
import time

import numpy
import pytest
from conftest import REPOSITORY
from mlflow import MlflowClient
from pyspark.errors import PySparkException

FLIGHTS = REPOSITORY / "gold" / "data" / "flights_2k.csv"
# A label of each kind: a truth, a string, a number, and none.
QUERY = """
SELECT month, hour, carrier, origin, distance, dep_delay, {label} FROM flights WHERE arr_delay IS NOT NULL
"""
LABELS = {
    "truth": "arr_delay > 15 AS late",
    "words": "CASE WHEN arr_delay > 15 THEN 'late' ELSE 'in time' END AS late",
    "number": "arr_delay AS late",
    "index": "CAST(arr_delay > 15 AS INT) AS late",
}


@pytest.fixture(scope="module")
def sql(server):
    session = server.session()
    session.read.csv(str(FLIGHTS), header=True, inferSchema=True, nullValue="NA").createOrReplaceTempView("flights")
    yield session.sql


def one(frame) -> dict:
    (row,) = frame.collect()
    return row.asDict()


MODELS = [  # model, options, kind of the label, metric, at least
    ("forest", "model_type = 'RandomForestClassifier', label = 'late', numTrees = 20, seed = 7", "truth", "accuracy", 0.8),
    ("forest_of_words", "model_type = 'random_forest_classifier', label = 'late', seed = 7", "words", "f1", 0.75),
    ("boosted", "MODEL_TYPE = 'boosted_tree_classifier', label = 'late', maxIter = 30", "index", "areaUnderROC", 0.9),
    ("logistic", "model_type = 'logistic_reg', label = 'late', regParam = 0.01", "truth", "areaUnderROC", 0.9),
    ("linear", "model_type = 'LinearRegression', label = 'late', elasticNetParam = 0.5", "number", "r2", 0.6),
    ("trees", "model_type = 'GBTRegressor', label = 'late', maxIter = 10, seed = 1", "number", "r2", 0.5),
]


@pytest.mark.parametrize("name, options, label, metric, least", MODELS, ids=[model[0] for model in MODELS])
def test_a_model_is_created_evaluated_and_used(sql, name, options, label, metric, least):
    query = QUERY.format(label=LABELS[label])
    assert one(sql(f"CREATE MODEL {name} OPTIONS ({options}) AS {query}"))["version"] == "1"
    metrics = one(sql(f"EVALUATE MODEL {name} AS {query}"))
    assert metrics["rows"] > 1000 and metrics[metric] >= least, metrics

    predictions = sql(f"SELECT predict('{name}', *) AS p FROM flights").collect()
    assert len(predictions) == sql("SELECT * FROM flights").count()
    kinds = {type(row.p) for row in predictions if row.p is not None}
    assert kinds == ({str} if label == "words" else {float})
    if label == "words":
        assert {row.p for row in predictions} == {"late", "in time"}

    with pytest.raises(PySparkException, match="CREATE OR REPLACE MODEL"):
        sql(f"CREATE MODEL {name} OPTIONS ({options}) AS {query}")
    described = {row.property: row.value for row in sql(f"DESCRIBE MODEL {name}").collect()}
    assert described["latest_version"] == "1" and "carrier" in described["inputs"], described
    assert name in [row.name for row in sql("SHOW MODELS").collect()]
    sql(f"DROP MODEL {name}")
    assert name not in [row.name for row in sql("SHOW MODELS").collect()]
    sql(f"DROP MODEL IF EXISTS {name}")


def test_clusters_need_no_label(sql):
    sql("CREATE MODEL clusters OPTIONS (model_type = 'KMeans', k = 3, seed = 1) AS SELECT distance, hour FROM flights")
    assert one(sql("EVALUATE MODEL clusters AS SELECT distance, hour FROM flights"))["silhouette"] > 0.5
    assert {row.p for row in sql("SELECT predict('clusters', *) AS p FROM flights").collect()} == {0, 1, 2}
    again = sql("CREATE OR REPLACE MODEL clusters OPTIONS (model_type = 'kmeans', k = 2) AS SELECT distance FROM flights")
    assert one(again)["version"] == "2"


def test_a_model_leaves_as_onnx(sql, tmp_path):
    """What ONNX Runtime reads of it is held against it in tests/exchange; here, that the doors lead there."""
    query = QUERY.format(label=LABELS["words"])
    sql(f"CREATE OR REPLACE MODEL leaving OPTIONS (model_type = 'GBTClassifier', label = 'late', maxIter = 3) AS {query}")
    export = f"EXPORT MODEL leaving TO '{tmp_path}/leaving' FORMAT "
    path = one(sql(export + "onnx"))["path"]
    graph = pathlib.Path(path).read_bytes()
    assert path.endswith("leaving/model.onnx") and all(name in graph for name in (b"carrier", b"TreeEnsemble"))
    with pytest.raises(PySparkException, match="leaving"):
        sql(export + "onnx")  # there is one already
    with pytest.raises(PySparkException, match="not supported: .*pickle"):
        sql(export + "pickle")


@pytest.mark.parametrize("measure", ["euclidean", "cosine"])
def test_neighbours_are_the_nearest(sql, measure):
    """Against distances of all to all; two columns of numbers become a vector, one of vectors is one."""
    sql("SELECT int(id) AS id, sin(id) AS x, cos(id * id) * 2 AS y FROM range(300)").createOrReplaceTempView("places")
    sql("SELECT id, array_to_vector(array(x, y)) AS v FROM places").createOrReplaceTempView("vectors")
    points = numpy.array([(row.x, row.y) for row in sql("SELECT x, y FROM places ORDER BY id").collect()])
    distances = numpy.linalg.norm(points[:, None] - points[None], axis=2)
    if measure == "cosine":
        units = points / numpy.linalg.norm(points, axis=1, keepdims=True)
        distances = 1.0 - units @ units.T
    options = f"model_type = 'NearestNeighbours', idCol = 'id', k = 4, distanceMeasure = '{measure}'"
    for table in ("places", "vectors"):
        sql(f"CREATE OR REPLACE MODEL near OPTIONS ({options}) AS SELECT * FROM {table}")
        for function, wanted in (
            ("predict('near', *)", 4),
            ("nearest_neighbours('near', *)", 4),
            ("nearest_neighbours('near', *, num_results => 7)", 7),
        ):
            found = sql(f"SELECT id, {function} AS near FROM {table}")
            assert found.schema["near"].dataType.simpleString() == "array<struct<id:bigint,distance:double>>"
            for row in found.collect():
                nearest = numpy.sort(distances[row.id])[:wanted]
                assert [one.distance for one in row.near] == pytest.approx(nearest, abs=1e-9)
                assert [distances[row.id][one.id] for one in row.near] == pytest.approx(nearest, abs=1e-9)


def test_neighbours_by_the_graph_in_a_join(sql):
    sql("SELECT id, sin(id) AS x, cos(id * id) AS y FROM range(500)").createOrReplaceTempView("places")
    options = "model_type = 'nearest_neighbours', algorithm = 'hnsw', idCol = 'ID'"
    sql(f"CREATE OR REPLACE MODEL graph OPTIONS ({options}) AS SELECT * FROM places")
    near = "SELECT id, explode(nearest_neighbours('graph', x, y, num_results => 1)) AS near FROM places"
    found = sql(f"SELECT count(*) AS n FROM ({near}) JOIN places p ON p.id = near.id WHERE near.distance = 0").first()
    assert found.n > 495, "each place is the nearest to itself"
    with pytest.raises(PySparkException, match="predicts nothing to evaluate"):
        sql("EVALUATE MODEL graph AS SELECT * FROM places")


@pytest.mark.parametrize(
    "call, message",
    [
        ("'near', *, num_results => 0", "k given invalid value 0"),
        ("'near', *, num_results => hour", "constant whole number"),
        ("'near', *, results => 3", "no named argument but num_results"),
        ("'far', *", "finds no neighbours"),
        ("*", "the name of a model"),
    ],
)
def test_a_wrong_search_of_neighbours_is_refused(sql, call, message):
    query = "AS SELECT hour, distance FROM flights"
    sql(f"CREATE OR REPLACE MODEL near OPTIONS (model_type = 'NearestNeighbours') {query}")
    sql(f"CREATE OR REPLACE MODEL far OPTIONS (model_type = 'KMeans') {query}")
    with pytest.raises(PySparkException, match=message):
        sql(f"SELECT nearest_neighbours({call}) FROM flights").collect()


EXPLAINED = [
    ("probability", "model_type = 'RandomForestClassifier', label = 'late', numTrees = 5, seed = 3", "index"),
    ("prediction", "model_type = 'RandomForestRegressor', label = 'late', numTrees = 5, seed = 3", "number"),
    ("prediction", "model_type = 'BoostingRegressor', label = 'late', maxIter = 10", "number"),
]


@pytest.mark.parametrize("output, options, label", EXPLAINED)
def test_an_explanation_adds_up_to_the_prediction(sql, output, options, label):
    sql(f"CREATE OR REPLACE MODEL explained OPTIONS ({options}) AS {QUERY.format(label=LABELS[label])}")
    rows = sql("SELECT explain_prediction('explained', *) AS e, predict('explained', *) AS p FROM flights LIMIT 50").collect()
    names = {"month", "hour", "distance", "dep_delay"}
    for row in rows:
        assert row.e.output.startswith(output), row.e.output
        features = {name.removesuffix("_filled").removesuffix("_index") for name in row.e.contributions}
        assert features >= names | {"carrier", "origin"}, features
        total = row.e.base + sum(row.e.contributions.values())
        if output == "prediction":
            assert math.isclose(total, row.p, rel_tol=1e-9), (total, row.p)
        else:  # of the class that is predicted
            assert 0.5 <= total <= 1 + 1e-9
    best = sql("SELECT explain_prediction('explained', *).contributions['carrier_index'] AS c FROM flights LIMIT 1")
    assert best.first().c is not None


REFUSED = [
    ("CREATE MODEL m OPTIONS (label = 'late') AS {q}", "model_type is missing"),
    ("CREATE MODEL m OPTIONS (model_type = 'Oracle', label = 'late') AS {q}", "there is no model type Oracle"),
    ("CREATE MODEL m OPTIONS (model_type = 'LinearRegression') AS {q}", "learns a label"),
    ("CREATE MODEL m OPTIONS (model_type = 'KMeans', label = 'late') AS {q}", "has no label"),
    ("CREATE MODEL m OPTIONS (model_type = 'LinearRegression', label = 'gone') AS {q}", "the query has no column gone"),
    ("CREATE MODEL m OPTIONS (model_type = 'LinearRegression', label = 'late', trees = 3) AS {q}", "no parameter trees"),
    ("CREATE MODEL m OPTIONS (model_type = 'LinearRegression', label = 'late', maxIter = -1) AS {q}", "invalid value"),
    ("CREATE MODEL m OPTIONS (model_type = 'KMeans', k = hparam_range(9, 2)) AS {q}", "the smaller first"),
    ("CREATE MODEL m OPTIONS (model_type = 'KMeans', k = hparam_range(-3, 2)) AS {q}", "invalid value"),
    ("CREATE MODEL m OPTIONS (model_type = 'KMeans', num_trials = 0) AS {q}", "num_trials"),
    ("CREATE MODEL m OPTIONS (model_type = 'KMeans') AS SELECT current_date() AS day", "which no model learns from"),
    ("EVALUATE MODEL nothing AS {q}", "nothing"),
    ("DROP MODEL nothing", "there is no model nothing"),
    ("DESCRIBE MODEL nothing", "nothing"),
]


@pytest.mark.parametrize("statement, says", REFUSED, ids=[says for _, says in REFUSED])
def test_what_is_wrong_is_said(sql, statement, says):
    with pytest.raises(PySparkException, match=says):
        sql(statement.format(q=QUERY.format(label=LABELS["number"]))).collect()
    assert "m" not in [row.name for row in sql("SHOW MODELS").collect()]


def test_only_trees_are_explained(sql):
    query = QUERY.format(label=LABELS["number"])
    sql(f"CREATE OR REPLACE MODEL line OPTIONS (model_type = 'LinearRegression', label = 'late') AS {query}")
    with pytest.raises(PySparkException, match="not made of trees"):
        sql("SELECT explain_prediction('line', *) FROM flights").collect()


SEARCH = """
CREATE OR REPLACE MODEL searched OPTIONS (
    model_type = 'RandomForestClassifier', label = 'late', seed = 1, num_trials = {trials},
    hparam_tuning_algorithm = '{algorithm}', numTrees = hparam_range(2, 12), maxDepth = hparam_candidates(array(2, 5)),
    minInfoGain = hparam_log_range(1e-6, 1e-1)) AS """


def trials_of(server, run_id):
    """The nested runs of a search, as the stock client of MLflow sees them, in order."""
    client = MlflowClient(server.http)
    parent = client.get_run(run_id)
    query = f"tags.`mlflow.parentRunId` = '{run_id}'"
    nested = client.search_runs([parent.info.experiment_id], query, order_by=["attributes.start_time ASC"])
    return parent, sorted(nested, key=lambda run: int(run.data.tags["brickyard.search.trial"]))


@pytest.mark.parametrize("algorithm", ["random", "tpe", "hyperband"])
def test_a_search_logs_each_trial(server, sql, algorithm):
    made = one(sql(SEARCH.format(algorithm=algorithm, trials=14) + QUERY.format(label=LABELS["index"])))
    parent, trials = trials_of(server, made["run_id"])
    assert parent.info.status == "FINISHED" and len(trials) == 14
    for trial in trials:
        assert trial.data.params.keys() == {"numTrees", "maxDepth", "minInfoGain"}
        assert 2 <= int(trial.data.params["numTrees"]) <= 12 and trial.data.params["maxDepth"] in ("2", "5")
        assert 0.5 <= trial.data.metrics["objective"] <= 1
    most = max(trial.data.metrics["rows_share"] for trial in trials)
    whole = [trial for trial in trials if trial.data.metrics["rows_share"] == most]
    best = max(whole, key=lambda trial: trial.data.metrics["objective"])
    assert {name: parent.data.params[name] for name in best.data.params} == best.data.params


def quietly(run, *arguments):
    """For a thread whose server will be killed."""
    try:
        run(*arguments)
    except Exception:
        pass


def test_a_search_survives_a_kill(start_server, tmp_path):
    """The statement that is given again goes on after the last trial, in the same run."""
    query = SEARCH.format(algorithm="tpe", trials=40) + QUERY.format(label=LABELS["index"])

    def session_of(server):
        session = server.session()
        table = session.read.csv(str(FLIGHTS), header=True, inferSchema=True, nullValue="NA")
        table.createOrReplaceTempView("flights")
        return session

    def search_runs(server):
        client = MlflowClient(server.http)
        experiment = client.get_experiment_by_name("searched")
        return client.search_runs([experiment.experiment_id], max_results=200) if experiment else []

    server = start_server(data_dir=tmp_path / "data")
    session = session_of(server)
    threading.Thread(target=quietly, args=(session.sql, query), daemon=True).start()
    give_up_at = time.monotonic() + 60
    while len(search_runs(server)) < 6:
        assert time.monotonic() < give_up_at, "the search did not begin"
        time.sleep(0.05)
    server.kill()

    again = start_server(data_dir=tmp_path / "data")
    before = {run.info.run_id for run in search_runs(again)}
    parents = [run for run in search_runs(again) if "mlflow.parentRunId" not in run.data.tags]
    assert 6 <= len(before) < 41 and len(parents) == 1
    made = one(session_of(again).sql(query))
    assert made["run_id"] == parents[0].info.run_id
    _, trials = trials_of(again, made["run_id"])
    numbers = [int(run.data.tags["brickyard.search.trial"]) for run in trials]
    assert numbers == list(range(40))  # one that was being logged when the server died was made again
    kept = {run.info.run_id for run in trials}
    assert len(before - kept - {made["run_id"]}) <= 1
