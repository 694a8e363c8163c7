"""Models from plain SQL: CREATE, EVALUATE, DESCRIBE, SHOW and DROP MODEL, predict and explain_prediction."""

import math

import pytest
from conftest import REPOSITORY
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
