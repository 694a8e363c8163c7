"""Fits a small pipeline through the stock Spark client, registers it as `fares` and deploys it."""

import sys

from mlflow import MlflowClient
from pyspark.ml import Pipeline
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

spark_address, http_address = sys.argv[1:]
spark = SparkSession.builder.remote(spark_address).getOrCreate()
trips = spark.table("trips")
stages = [
    StringIndexer(inputCol="city", outputCol="city_index", handleInvalid="keep"),
    VectorAssembler(inputCols=["city_index", "distance_km"], outputCol="features"),
    LinearRegression(featuresCol="features", labelCol="fare"),
]
model = Pipeline(stages=stages).fit(trips)
model.write().save("models:/fares")
MlflowClient(http_address).set_registered_model_alias("fares", "champion", "1")
spark.sql("CREATE ENDPOINT fares USING MODEL 'fares@champion'").collect()
del model
spark.stop()
