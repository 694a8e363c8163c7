"""From a fitted pipeline to an endpoint: one model, and the same bits whichever door asks it."""

import json

import pytest
import requests
from mlflow import MlflowClient
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression, RandomForestClassifier
from pyspark.ml.feature import OneHotEncoder, StandardScaler, StringIndexer, VectorAssembler
from pyspark.sql import functions as F

from conftest import REPOSITORY

RAW = ["carrier", "origin", "month", "hour", "distance"]
ROWS = 10_000


@pytest.fixture(scope="module")
def flights(spark):
    table = spark.read.parquet(str(REPOSITORY / "data" / "flights.parquet")).dropna(subset=["arr_delay"])
    table = table.withColumn("late", (F.col("arr_delay") > 15).cast("double")).select(*RAW, "late", "day")
    return table.where("month = 6").cache()


def pipeline(*last) -> Pipeline:
    numbers = StringIndexer(inputCols=["carrier", "origin"], outputCols=["c", "o"], handleInvalid="keep")
    slots = OneHotEncoder(inputCols=["c", "o"], outputCols=["cs", "os"])
    vector = VectorAssembler(inputCols=["cs", "os", "month", "hour", "distance"], outputCol="raw")
    return Pipeline(stages=[numbers, slots, vector, StandardScaler(inputCol="raw", outputCol="features"), *last])


@pytest.fixture(scope="module")
def forest(flights):
    return pipeline(RandomForestClassifier(labelCol="late", numTrees=20, maxDepth=6, seed=1)).fit(flights)


@pytest.fixture(scope="module")
def registered(server, forest):
    """The forest as models:/late, with alias champion; its version."""
    forest.write().save("models:/late")
    client = MlflowClient(server.http, server.http)
    version = newest_version(client, "late")
    client.set_registered_model_alias("late", "champion", version)
    return version


def newest_version(client: MlflowClient, name: str) -> str:
    return str(max(int(found.version) for found in client.search_model_versions(f"name = '{name}'")))


def create_endpoint(server, name: str, model: str, version: str) -> dict:
    config = {"served_entities": [{"entity_name": model, "entity_version": version}]}
    answer = requests.post(
        f"{server.http}/api/2.0/serving-endpoints", json={"name": name, "config": config}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def invoke(server, name: str, body: dict) -> requests.Response:
    return requests.post(f"{server.http}/serving-endpoints/{name}/invocations", json=body, timeout=60)


def split(frame) -> dict:
    rows = json.loads(frame.to_json(orient="split", index=False))
    return {"dataframe_split": {"columns": rows["columns"], "data": rows["data"]}}


def as_answered(rows, predictions: list) -> list:
    """Rows of transform() in the form of the answer: a number, or an object with the columns asked for."""

    def cell(value):
        return value.toArray().tolist() if hasattr(value, "toArray") else value

    if isinstance(predictions[0], dict):
        return [{name: cell(row[name]) for name in predictions[0]} for row in rows]
    return [row["prediction"] for row in rows]


def test_a_saved_pipeline_is_one_version(server, registered):
    client = MlflowClient(server.http, server.http)
    version = client.get_model_version_by_alias("late", "champion")
    assert (version.version, version.status) == (registered, "READY")
    versions_before = len(client.search_model_versions("name = 'late'"))
    assert versions_before == 1, "five stages and their metadata are one model"


def test_every_save_is_a_new_version(server, flights):
    client = MlflowClient(server.http, server.http)
    model = pipeline(LogisticRegression(labelCol="late", maxIter=5)).fit(flights)
    model.write().save("models:/twice")
    model.write().save("models:/twice")
    assert sorted(found.version for found in client.search_model_versions("name = 'twice'")) == ["1", "2"]


def test_a_saved_folder_is_registered_by_mlflow(server, flights, tmp_path, monkeypatch):
    import mlflow

    model = pipeline(LogisticRegression(labelCol="late", maxIter=5)).fit(flights)
    model.write().save(str(tmp_path / "saved"))
    mlflow.set_tracking_uri(server.http)
    version = mlflow.register_model(f"file://{tmp_path}/saved", "from_folder")
    create_endpoint(server, "from-folder", "from_folder", str(version.version))
    rows = flights.limit(5)
    answer = invoke(server, "from-folder", split(rows.select(*RAW).toPandas()))
    assert answer.status_code == 200, answer.text
    predictions = answer.json()["predictions"]
    assert predictions == as_answered(model.transform(rows).collect(), predictions)


def test_ten_thousand_rows_to_the_bit(server, flights, forest, registered):
    create_endpoint(server, "bits", "late", registered)
    rows = flights.orderBy("day", "hour", "distance", "carrier", "origin").limit(ROWS).cache()
    expected = forest.transform(rows).collect()
    assert len(expected) == ROWS
    columns = {"params": {"columns": ["rawPrediction", "probability", "prediction"]}}
    answer = invoke(server, "bits", split(rows.select(*RAW).toPandas()) | columns)
    assert answer.status_code == 200, answer.text
    predictions = answer.json()["predictions"]
    assert predictions == as_answered(expected, predictions)  # JSON carries doubles exactly: == is to the bit
    assert len({json.dumps(prediction) for prediction in predictions}) > 1, "all rows alike would prove nothing"


def test_logistic_rows_to_the_bit(server, flights):
    model = pipeline(LogisticRegression(labelCol="late", regParam=0.01)).fit(flights)
    model.write().save("models:/late_logistic")
    create_endpoint(server, "logistic-bits", "late_logistic", "1")
    rows = flights.orderBy("day", "hour", "distance", "carrier", "origin").limit(1000).cache()
    body = split(rows.select(*RAW).toPandas()) | {"params": {"columns": ["probability", "prediction"]}}
    predictions = invoke(server, "logistic-bits", body).json()["predictions"]
    assert predictions == as_answered(model.transform(rows).collect(), predictions)


def test_the_three_forms_of_a_request_agree(server, flights, registered):
    create_endpoint(server, "forms", "late", registered)
    frame = flights.limit(3).select(*RAW).toPandas()
    records = json.loads(frame.to_json(orient="records"))
    bodies = [split(frame), {"dataframe_records": records}, {"instances": records}]
    answers = [invoke(server, "forms", body) for body in bodies]
    assert [answer.status_code for answer in answers] == [200] * 3, [answer.text for answer in answers]
    assert answers[0].json() == answers[1].json() == answers[2].json()


def test_order_of_columns_and_extra_columns_do_not_matter(server, flights, registered):
    create_endpoint(server, "columns", "late", registered)
    frame = flights.limit(4).select(*RAW).toPandas()
    turned = frame[list(reversed(RAW))].assign(extra="x")
    assert invoke(server, "columns", split(frame)).json() == invoke(server, "columns", split(turned)).json()


def test_an_endpoint_lives_and_dies(server, registered):
    address = f"{server.http}/api/2.0/serving-endpoints"
    create_endpoint(server, "short-lived", "late", registered)
    again = {
        "name": "short-lived",
        "config": {"served_entities": [{"entity_name": "late", "entity_version": registered}]},
    }
    assert requests.post(address, json=again, timeout=30).status_code in (400, 409)
    assert "short-lived" in {endpoint["name"] for endpoint in requests.get(address, timeout=30).json()["endpoints"]}

    shown = requests.get(f"{address}/short-lived", timeout=30).json()
    assert shown["state"]["ready"] == "READY"
    assert shown["config"]["served_entities"][0]["entity_version"] == registered

    assert requests.delete(f"{address}/short-lived", timeout=30).status_code == 200
    assert requests.get(f"{address}/short-lived", timeout=30).status_code == 404
    assert invoke(server, "short-lived", {"dataframe_records": [{}]}).status_code == 404


def test_an_endpoint_takes_a_new_version(server, flights):
    address = f"{server.http}/api/2.0/serving-endpoints"
    early, late = (pipeline(LogisticRegression(labelCol="late", maxIter=n)).fit(flights) for n in (0, 20))
    early.write().save("models:/moving")
    late.write().save("models:/moving")
    create_endpoint(server, "moving", "moving", "1")
    rows = flights.limit(50)
    body = split(rows.select(*RAW).toPandas())
    first = invoke(server, "moving", body).json()["predictions"]
    config = {"served_entities": [{"entity_name": "moving", "entity_version": "2"}]}
    answer = requests.put(f"{address}/moving/config", json=config, timeout=30)
    assert answer.status_code == 200, answer.text
    second = invoke(server, "moving", body).json()["predictions"]
    assert first == as_answered(early.transform(rows).collect(), first)
    assert second == as_answered(late.transform(rows).collect(), second)


def test_the_databricks_client_manages_and_queries(server, flights, registered):
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.serving import EndpointCoreConfigInput, ServedEntityInput

    client = WorkspaceClient(host=server.http, token="any")
    entity = ServedEntityInput(entity_name="late", entity_version=registered)
    config = EndpointCoreConfigInput(name="by-sdk", served_entities=[entity])
    endpoint = client.serving_endpoints.create_and_wait(name="by-sdk", config=config)
    assert endpoint.state.ready.value == "READY"
    record = flights.limit(1).select(*RAW).toPandas().to_dict(orient="records")[0]
    assert len(client.serving_endpoints.query("by-sdk", dataframe_records=[record]).predictions) == 1
    assert "by-sdk" in {found.name for found in client.serving_endpoints.list()}
    client.serving_endpoints.delete("by-sdk")


def test_sql_predicts_with_the_same_bits(server, spark, flights, forest, registered):
    flights.limit(2000).createOrReplaceTempView("some_flights")
    asked = spark.sql(
        "SELECT predict('late@champion', carrier, origin, month, hour, distance) AS p, * FROM some_flights"
    ).collect()
    expected = forest.transform(spark.table("some_flights")).collect()
    predicted = [row["p"]["prediction"] if hasattr(row["p"], "asDict") else row["p"] for row in asked]
    assert predicted == [row["prediction"] for row in expected]
    star = spark.sql("SELECT predict('late@champion', *) AS p FROM some_flights").collect()
    assert [row["p"] for row in star] == [row["p"] for row in asked]


def test_sql_deploys(server, spark, flights, registered):
    spark.sql("CREATE ENDPOINT by_sql USING MODEL late@champion")
    body = split(flights.limit(2).select(*RAW).toPandas())
    assert len(invoke(server, "by_sql", body).json()["predictions"]) == 2


def test_the_command_line_deploys(server, brickyard, flights, registered):
    done = brickyard("deploy", "models:/late@champion", "--name", "by-command", "--server", server.http)
    assert done.returncode == 0, done.stderr
    body = split(flights.limit(2).select(*RAW).toPandas())
    assert len(invoke(server, "by-command", body).json()["predictions"]) == 2
