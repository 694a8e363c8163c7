"""Runs one ML case through pyspark.ml and says what a client sees: attributes, output columns, the saved folder."""

import json
import pathlib
import re

import pyarrow.parquet
from pyspark.ml import classification, clustering, evaluation, feature, regression
from pyspark.ml.linalg import Matrices, Vectors, VectorUDT
from pyspark.sql import functions, types

from observe import REPOSITORY, anonymous, encode, is_frame, observe_error

STAGES = {
    name: thing
    for module in (feature, classification, regression, clustering, evaluation)
    for name, thing in vars(module).items()
    if isinstance(thing, type)
}
SHOWN_ROWS = 20


def decode(value):
    """A cell of an inline data set or a parameter: {"dense": []} and {"size", "indices", "values"} are vectors."""
    if isinstance(value, dict) and "matrix" in value:
        rows = value["matrix"]
        return Matrices.dense(len(rows), len(rows[0]), [row[column] for column in range(len(rows[0])) for row in rows])
    if isinstance(value, dict) and "dense" in value:
        return Vectors.dense([decode(x) for x in value["dense"]])
    if isinstance(value, dict) and "double" in value:
        return float(value["double"])
    if isinstance(value, dict):
        return Vectors.sparse(value["size"], value["indices"], value["values"])
    return value


def frame(spark, data: dict):
    """The data set of a case: a file of the project, or columns and rows written in the case."""
    if "file" in data:
        table = spark.read.csv(str(REPOSITORY / data["file"]), header=True, inferSchema=True)
        for name, expression in data.get("columns", {}).items():
            table = table.withColumn(name, functions.expr(expression))
        if "where" in data:
            table = table.where(data["where"])
        if "features" in data:
            table = feature.VectorAssembler(inputCols=data["features"], outputCol="features").transform(table)
        return table
    kinds = {
        "vector": VectorUDT(),
        "double": types.DoubleType(),
        "int": types.IntegerType(),
        "string": types.StringType(),
        "strings": types.ArrayType(types.StringType()),
    }
    schema = types.StructType([types.StructField(name, kinds[kind], True) for name, kind in data["columns"]])
    return spark.createDataFrame([tuple(decode(cell) for cell in row) for row in data["rows"]], schema)


def attribute(model, path: str):
    """model.summary.fMeasureByLabel() for "summary.fMeasureByLabel", with a string as argument for
    "summary.residuals(pearson)"; a DataFrame as its count and first rows."""
    value = model
    for name in path.split("."):
        name, _, argument = name.partition("(")
        value = getattr(value, name)
        arguments = [argument.rstrip(")")] if argument else []
        value = value(*arguments) if callable(value) and not is_frame(value) else value
    if is_frame(value):
        rows = value.collect()
        shown = [[encode(cell) for cell in row] for row in rows[:SHOWN_ROWS]]
        return {"columns": value.columns, "count": len(rows), "rows": shown}
    return anonymous(value, {}) if isinstance(value, str) else encode(value)


def output(before, after) -> dict:
    """The columns that a stage adds: their schema with metadata, and their values in some rows."""
    added = [name for name in after.columns if name not in before.columns]
    schema = [field for field in json.loads(after.schema.json())["fields"] if field["name"] in added]
    schema = json.loads(anonymous(json.dumps(schema), {}))
    for field in schema:
        field["type"] = (
            field["type"]["class"] if isinstance(field["type"], dict) and "class" in field["type"] else field["type"]
        )
    rows = after.select(*added).collect()
    step = max(1, len(rows) // SHOWN_ROWS)
    chosen = list(range(0, len(rows), step))[:SHOWN_ROWS]
    values = [[encode(cell) for cell in rows[i]] for i in chosen]
    return {"schema": schema, "count": len(rows), "row_numbers": chosen, "rows": values}


def cells(value):
    """Rows of a Parquet file as JSON, structs as objects."""
    if isinstance(value, dict):
        return {name: cells(item) for name, item in value.items()}
    return [cells(item) for item in value] if isinstance(value, list) else encode(value)


def saved_folder(folder: pathlib.Path) -> dict:
    """A saved stage: names of its files, metadata, schema of the data files as Spark wrote it, and their rows."""
    uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".crc"]
    metadata = json.loads(next((folder / "metadata").glob("part-*")).read_text())
    metadata.pop("timestamp")
    seen = {"files": sorted({uuid.sub("{uuid}", name) for name in names})}
    seen["metadata"] = json.loads(anonymous(json.dumps(metadata), {}))
    for part in ("data", "treesMetadata"):
        if (folder / part).is_dir():
            table = pyarrow.parquet.read_table(folder / part)
            footer = (table.schema.metadata or {}).get(b"org.apache.spark.sql.parquet.row.metadata", b"null")
            rows = json.loads(anonymous(json.dumps(cells(table.to_pylist())), {}))
            seen[part] = {"schema": json.loads(footer), "rows": rows}
    return seen


def in_order_of_centers(model, seen: dict) -> dict:
    """K-means numbers its clusters by chance: number them by their centers instead."""
    centers = [[float(x) for x in center] for center in model.clusterCenters()]
    ranks = {old: new for new, old in enumerate(sorted(range(len(centers)), key=lambda i: centers[i]))}
    sizes = model.summary.clusterSizes
    seen["clusters"] = [{"center": centers[old], "size": sizes[old]} for old in sorted(ranks, key=ranks.get)]
    seen["output"]["rows"] = [[ranks[cell] for cell in row] for row in seen["output"]["rows"]]
    return seen


def make_stage(case: dict):
    """`thresholds` is a parameter of every classifier, though the constructors of trees do not take it."""
    params = {name: decode(value) for name, value in case.get("params", {}).items()}
    thresholds = params.pop("thresholds", None)
    stage = STAGES[case["stage"]](**params)
    return stage.setThresholds(thresholds) if thresholds else stage


def observe_stage(spark, case: dict, data: dict, tmp: pathlib.Path) -> dict:
    table = frame(spark, data)
    stage = make_stage(case)
    if case["stage"].endswith("Evaluator"):
        values = {}
        for change in case["variants"]:
            metric = stage.copy().setParams(**change)
            values[json.dumps(change)] = encode(metric.evaluate(table))
        return {"values": values, "isLargerBetter": stage.isLargerBetter()}

    fitted = stage.fit(table) if hasattr(stage, "fit") else stage
    after = fitted.transform(table)
    seen = {"attributes": {path: attribute(fitted, path) for path in case.get("attributes", [])}}
    seen["output"] = output(table, after)
    if case["stage"] == "KMeans":
        seen = in_order_of_centers(fitted, seen)
    if "metric" in case:
        seen["quality"] = STAGES[case["metric"]["evaluator"]](**case["metric"]["params"]).evaluate(after)
        del seen["output"]
    if case.get("save"):
        path = tmp / case["name"]
        fitted.write().overwrite().save(str(path))
        seen["saved"] = saved_folder(path)
        again = type(fitted).load(str(path))
        both = [one.select(*after.columns).collect() for one in (after, again.transform(table))]
        before, loaded = ([[encode(cell) for cell in row] for row in rows] for rows in both)  # NaN equals NaN in JSON
        seen["same_after_load"] = before == loaded
    return seen


def observe_case(spark, case: dict, data: dict, tmp: pathlib.Path) -> dict:
    try:
        return observe_stage(spark, case, data, tmp)
    except Exception as error:  # every error is an observation
        return {"error": observe_error(error, {"tmp": tmp, "repository": REPOSITORY})}
