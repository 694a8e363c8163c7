// The first lines of code for every place, with this server's own addresses in them.
import type { Sample } from "./code";

/** The Spark Connect address as this browser would reach it: the server's port, the page's host. */
export function sparkAddress(sparkUrl: string | undefined, host: string): string {
  const port = /:(\d+)\/?$/.exec(sparkUrl ?? "")?.[1] ?? "15002";
  return `sc://${host}:${port}`;
}

export function tableSamples(sparkUrl: string | undefined): Sample[] {
  const address = sparkAddress(sparkUrl, location.hostname);
  return [
    {
      label: "PySpark",
      code: `from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("${address}").getOrCreate()
trips = spark.createDataFrame([("Ghent", 11.2), ("Bruges", 8.4)], ["city", "fare"])
trips.write.saveAsTable("trips")`,
    },
    { label: "SQL", code: `CREATE TABLE trips AS\nSELECT * FROM VALUES ('Ghent', 11.2), ('Bruges', 8.4) AS t(city, fare)` },
  ];
}

export function runSamples(): Sample[] {
  return [
    {
      label: "mlflow",
      code: `import mlflow

mlflow.set_tracking_uri("${location.origin}")
with mlflow.start_run():
    mlflow.log_param("depth", 5)
    for step in range(10):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)`,
    },
  ];
}

export function modelSamples(sparkUrl: string | undefined): Sample[] {
  const address = sparkAddress(sparkUrl, location.hostname);
  return [
    {
      label: "PySpark",
      code: `from pyspark.ml import Pipeline
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("${address}").getOrCreate()
rows = spark.createDataFrame([(1.0, 3.1), (2.0, 4.9), (3.0, 7.2)], ["x", "y"])
stages = [VectorAssembler(inputCols=["x"], outputCol="features"), LinearRegression(labelCol="y")]
Pipeline(stages=stages).fit(rows).write().save("models:/line")`,
    },
  ];
}

export function endpointSamples(model: string, version: string): Sample[] {
  const body = { name: model, config: { served_entities: [{ entity_name: model, entity_version: version }] } };
  return [
    { label: "SQL", code: `CREATE ENDPOINT ${model} USING MODEL '${model}/${version}'` },
    {
      label: "curl",
      code: `curl -X POST ${location.origin}/api/2.0/serving-endpoints \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(body)}'`,
    },
    { label: "Shell", code: `brickyard deploy models:/${model}/${version} --name ${model}` },
  ];
}

/** The same scoring call as curl and as plain Python. */
export function invocationSamples(path: string, body: unknown): Sample[] {
  const json = JSON.stringify(body, null, 2);
  return [
    {
      label: "curl",
      code: `curl -X POST ${location.origin}${path} \\
  -H 'Content-Type: application/json' \\
  -d '${json.replaceAll("'", "'\\''")}'`,
    },
    {
      label: "Python",
      code: `import requests

rows = ${python(body)}
answer = requests.post("${location.origin}${path}", json=rows)
print(answer.json()["predictions"])`,
    },
  ];
}

/** A JSON value as a Python literal, one entry a line. */
export function python(value: unknown, indent = ""): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent}    `;
  const lines = Array.isArray(value)
    ? value.map((inner) => deeper + python(inner, deeper))
    : Object.entries(value).map(([key, inner]) => `${deeper}${JSON.stringify(key)}: ${python(inner, deeper)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return lines.length ? `${open}\n${lines.join(",\n")}\n${indent}${close}` : open! + close!;
}
