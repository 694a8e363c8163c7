"""Will this flight be late? From a year of real flights to a model that answers over HTTP.

Only PySpark and MLflow, as they come from PyPI. Start a server first (`brickyard up`), then

    pip install pyspark-client==4.2.0 mlflow==3.17.2
    python flights.py                                     # or: --spark sc://HOST:PORT --http http://HOST:PORT
"""

import argparse
import json
import os
import pathlib
import time

import mlflow
import requests
from pyspark.ml import Pipeline
from pyspark.ml.classification import RandomForestClassifier
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

FLIGHTS = pathlib.Path(__file__).resolve().parents[2] / "data" / "flights.parquet"
FOREST = {"numTrees": 100, "maxDepth": 10, "seed": 1}
EVENING_FLIGHT = {"carrier": "EV", "origin": "EWR", "month": 7, "weekday": 5, "hour": 20, "distance": 300}

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument(
    "--spark", default=os.environ.get("BRICKYARD_SPARK", "sc://localhost:15002"), help="Spark Connect"
)
arguments.add_argument("--http", default=os.environ.get("BRICKYARD_HTTP", "http://localhost:8080"), help="web address")
server = arguments.parse_args()

# 1. The data: what an airline knows when it sells the ticket. How late a flight left would give the answer away.
spark = SparkSession.builder.remote(server.spark).getOrCreate()
flights = (
    spark.read.parquet(str(FLIGHTS))
    .dropna(subset=["arr_delay"])  # cancelled flights never arrive
    .withColumn("date", F.make_date("year", "month", "day"))
    .withColumn("weekday", F.dayofweek("date"))
    .withColumn("late", (F.col("arr_delay") > 15).cast("double"))
    .select("date", "carrier", "origin", "month", "weekday", "hour", "distance", "late")
)
# Flights of one day share its weather: every fifth day is kept aside whole, so that the test is honest.
train = flights.where("dayofyear(date) % 5 != 0").cache()
test = flights.where("dayofyear(date) % 5 = 0").cache()
trained_on, tested_on = train.count(), test.count()

# 2. The model: words become numbers, numbers become a vector, a hundred trees vote.
pipeline = Pipeline(
    stages=[
        StringIndexer(inputCols=["carrier", "origin"], outputCols=["carrier_no", "origin_no"], handleInvalid="keep"),
        OneHotEncoder(inputCols=["carrier_no", "origin_no"], outputCols=["carriers", "origins"]),
        VectorAssembler(
            inputCols=["carriers", "origins", "month", "weekday", "hour", "distance"], outputCol="features"
        ),
        RandomForestClassifier(labelCol="late", **FOREST),
    ]
)
started = time.perf_counter()
model = pipeline.fit(train)
seconds = time.perf_counter() - started
auc = BinaryClassificationEvaluator(labelCol="late").evaluate(model.transform(test))

# 3. The record: who trained what, with which parameters, and how good it was.
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
mlflow.set_tracking_uri(server.http)
mlflow.set_experiment("flights")
with mlflow.start_run(run_name="forest") as run:
    mlflow.log_params(FOREST | {"rows": trained_on})
    mlflow.log_metrics({"auc": auc, "fit_seconds": seconds})

# 4. The registry: saving to models:/NAME makes a new version, and an alias says which version is in use.
model.write().save("models:/delays")
registry = mlflow.MlflowClient()
version = max(int(found.version) for found in registry.search_model_versions("name = 'delays'"))
registry.set_registered_model_alias("delays", "champion", str(version))
registry.set_model_version_tag("delays", str(version), "run_id", run.info.run_id)

# 5. The endpoint: the whole pipeline answers over HTTP, from the raw columns.
config = {"served_entities": [{"entity_name": "delays", "entity_version": str(version)}]}
endpoints = f"{server.http}/api/2.0/serving-endpoints"
if requests.get(f"{endpoints}/delays", timeout=30).status_code == 404:
    answer = requests.post(endpoints, json={"name": "delays", "config": config}, timeout=60)
else:  # it is there from an earlier run: give it the new version
    answer = requests.put(f"{endpoints}/delays/config", json=config, timeout=60)
answer.raise_for_status()

# 6. One flight: how sure is the model? Without "params", the answer is the class alone: 0.0 or 1.0.
invocations = f"{server.http}/serving-endpoints/delays/invocations"
body = {"dataframe_records": [EVENING_FLIGHT], "params": {"columns": ["probability"]}}
answer = requests.post(invocations, json=body, timeout=30)
answer.raise_for_status()
in_time, late = answer.json()["predictions"][0]["probability"]

print(f"""
  Flights that arrive more than 15 minutes late, New York City, 2013

  trained on     {trained_on:>9,} flights   {FOREST["numTrees"]} trees of depth {FOREST["maxDepth"]} in {seconds:.1f} s
  tested on      {tested_on:>9,} flights   of days that the model has not seen
  area under ROC {auc:>9.3f}           0.5 is guessing, 1 is knowing
  registered     {f"delays v{version}":>9}           models:/delays@champion
  one flight     {json.dumps(EVENING_FLIGHT)}
  will be late   {late:>9.0%}           says the endpoint

  Ask for another:
  curl {invocations} \\
    -H 'Content-Type: application/json' -d '{json.dumps(body)}'

  See the run, the model and the endpoint: {server.http}
""")
spark.stop()
