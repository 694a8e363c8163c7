"""Runs one ML case through pyspark.ml and says what a client sees: attributes, output columns, the saved folder."""

import inspect
import json
import pathlib
import re

import pyarrow.parquet
from pyspark.ml import classification, clustering, evaluation, feature, fpm, recommendation, regression, stat
from pyspark.ml.linalg import Matrices, Vectors, VectorUDT
from pyspark.sql import functions, types

from observe import REPOSITORY, anonymous, encode, is_frame, observe_error

STAGES = {
    name: thing
    for module in (feature, classification, regression, clustering, evaluation, fpm, recommendation)
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
        "boolean": types.BooleanType(),
        "double": types.DoubleType(),
        "long": types.LongType(),
        "int": types.IntegerType(),
        "string": types.StringType(),
        "strings": types.ArrayType(types.StringType()),
        "doubles": types.ArrayType(types.DoubleType()),
        "longs": types.ArrayType(types.LongType()),
        "nested": types.ArrayType(types.ArrayType(types.StringType())),
    }
    schema = types.StructType([types.StructField(name, kinds[kind], True) for name, kind in data["columns"]])
    return spark.createDataFrame([tuple(decode(cell) for cell in row) for row in data["rows"]], schema)


def attribute(model, path: str, table=None):
    """model.summary.fMeasureByLabel() for "summary.fMeasureByLabel"; a DataFrame as its count and first rows. What
    stands in brackets is an argument, and `df` the table."""
    value = model
    for step in path.split("."):
        name, _, argument = step.rstrip(")").partition("(")
        given = int(argument) if argument.isdigit() else argument
        arguments = [table if argument == "df" else given] if argument else []
        value = getattr(value, name)
        value = value(*arguments) if callable(value) and not is_frame(value) else value
    if is_frame(value):
        rows = value.collect()
        shown = [[encode(cell) for cell in row] for row in rows[:SHOWN_ROWS]]
        return {"columns": value.columns, "count": len(rows), "rows": shown}
    return anonymous(value, {}) if isinstance(value, str) else encode(value)


def short(kind):
    """A type with the class name of a vector instead of all that it is made of."""
    if isinstance(kind, dict):
        return kind["class"] if "class" in kind else {name: short(part) for name, part in kind.items()}
    return kind


def output(before, after) -> dict:
    """The columns that a stage adds: their schema with metadata, and their values in some rows."""
    added = [name for name in after.columns if name not in before.columns]
    schema = [field for field in json.loads(after.schema.json())["fields"] if field["name"] in added]
    schema = json.loads(anonymous(json.dumps(schema), {}))
    for field in schema:
        field["type"] = short(field["type"])
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
        if list((folder / part).glob("*.parquet")):
            table = pyarrow.parquet.read_table(folder / part)
            footer = (table.schema.metadata or {}).get(b"org.apache.spark.sql.parquet.row.metadata", b"null")
            rows = json.loads(anonymous(json.dumps(cells(table.to_pylist())), {}))
            seen[part] = {"schema": json.loads(footer), "rows": rows}
    return seen


def saved_tree(folder: pathlib.Path) -> dict:
    """All of a saved operator: its metadata, its tables by folder with Spark's schema, and the operators in folders of
    their own, by folder."""
    metadata = json.loads(next((folder / "metadata").glob("part-*")).read_text())
    tables, children = {}, {}
    open_folders = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "metadata")
    while open_folders:
        inside = open_folders.pop(0)
        name = str(inside.relative_to(folder))
        if (inside / "metadata").exists():
            children[name] = saved_tree(inside)
        elif list(inside.glob("*.parquet")):
            table = pyarrow.parquet.read_table(inside)
            footer = table.schema.metadata[b"org.apache.spark.sql.parquet.row.metadata"]
            tables[name] = {"schema": json.loads(footer), "rows": cells(table.to_pylist())}
        else:
            open_folders += sorted(path for path in inside.iterdir() if path.is_dir())
    return {"metadata": metadata, "tables": tables, "children": children}


def parameters(stage) -> dict:
    """What a stage's parameters are set to, defaults among them; those that are stages themselves by their class."""
    values = {param.name: value for param, value in stage.extractParamMap().items()}
    return {name: type(value).__name__ if hasattr(value, "uid") else encode(value) for name, value in values.items()}


def in_order_of_centers(model, seen: dict) -> dict:
    """K-means numbers its clusters by chance: number them by their centers instead."""
    if hasattr(model, "clusterCenters"):
        centers = [[float(x) for x in center] for center in model.clusterCenters()]
    else:
        gaussians = model.gaussiansDF.collect()
        centers = [[float(x) for x in row.mean] for row in gaussians]
    ranks = {old: new for new, old in enumerate(sorted(range(len(centers)), key=lambda i: centers[i]))}
    sizes = model.summary.clusterSizes
    seen["clusters"] = [{"center": centers[old], "size": sizes[old]} for old in sorted(ranks, key=ranks.get)]
    if not hasattr(model, "clusterCenters"):
        for old, new in ranks.items():
            seen["clusters"][new] |= {"weight": model.weights[old], "cov": encode(gaussians[old].cov)}

    def renamed(cell):
        """A prediction, or the probabilities of all clusters."""
        in_order = sorted(ranks, key=ranks.get)
        return {"dense": [cell["dense"][old] for old in in_order]} if isinstance(cell, dict) else ranks[cell]

    seen["output"]["rows"] = [[renamed(cell) for cell in row] for row in seen["output"]["rows"]]
    return seen


def in_order_of_means(row: dict) -> dict:
    """The saved lists of a mixture, whose components are numbered by chance as well."""
    order = sorted(range(len(row["mus"])), key=lambda place: row["mus"][place]["values"])
    return {name: [cells[place] for place in order] for name, cells in row.items()}


def make_stage(case: dict):
    """Some constructors do not take every parameter: those of trees no `thresholds`, for example."""
    params = {name: decode(value) for name, value in case.get("params", {}).items()}
    taken = inspect.signature(STAGES[case["stage"]].__init__).parameters
    stage = STAGES[case["stage"]](**{name: value for name, value in params.items() if name in taken})
    for name in params.keys() - taken.keys():
        getattr(stage, f"set{name[0].upper()}{name[1:]}")(params[name])
    return stage


def observe_stage(spark, case: dict, data: dict, tmp: pathlib.Path) -> dict:
    table = frame(spark, data)
    stage = make_stage(case)
    if case["stage"].endswith("Evaluator"):
        values = {}
        for change in case["variants"]:
            metric = stage.copy().setParams(**change)
            values[json.dumps(change)] = encode(metric.evaluate(table))
        return {"values": values, "isLargerBetter": stage.isLargerBetter()}

    for answers in ("assignClusters", "findFrequentSequentialPatterns"):
        if hasattr(stage, answers):
            return {"rows": [[encode(cell) for cell in row] for row in getattr(stage, answers)(table).collect()]}

    fitted = stage.fit(table) if hasattr(stage, "fit") else stage
    seen = {"attributes": {path: attribute(fitted, path, table) for path in case.get("attributes", [])}}
    table = frame(spark, case["query"]) if "query" in case else table
    after = fitted.transform(table)
    seen["output"] = output(table, after)
    if case.get("iterations"):
        losses = case["iterations"]
        of = [fitted.evaluateEachIteration(table, *([loss] if loss != "logistic" else [])) for loss in losses]
        seen["iterationErrors"] = {loss: encode(errors) for loss, errors in zip(losses, of)}
    if case["stage"] in ("KMeans", "BisectingKMeans", "GaussianMixture"):
        seen = in_order_of_centers(fitted, seen)
    if "metric" in case:
        seen["quality"] = STAGES[case["metric"]["evaluator"]](**case["metric"]["params"]).evaluate(after)
        del seen["output"]
    if case.get("save"):
        path = tmp / case["name"]
        fitted.write().overwrite().save(str(path))
        seen["saved"] = saved_folder(path)
        if case["stage"] == "GaussianMixture":
            seen["saved"]["data"]["rows"] = [in_order_of_means(row) for row in seen["saved"]["data"]["rows"]]
        again = type(fitted).load(str(path))
        both = [one.select(*after.columns).collect() for one in (after, again.transform(table))]
        before, loaded = ([[encode(cell) for cell in row] for row in rows] for rows in both)  # NaN equals NaN in JSON
        seen["same_after_load"] = before == loaded
    return seen


def observe_statistic(spark, case: dict, data: dict) -> dict:
    """A function of pyspark.ml.stat: the columns and rows of its answer."""
    of, function = case["statistic"].split(".")
    table = frame(spark, data)
    if of == "Summarizer":
        features, weight, metrics = case["arguments"]
        weight = functions.col(weight) if weight else None
        summary = stat.Summarizer.metrics(*metrics).summary(functions.col(features), weight)
        answer = table.select(summary.alias("summary")).select("summary.*")
    else:
        answer = getattr(getattr(stat, of), function)(table, *case["arguments"])
    return {"columns": answer.columns, "rows": [[encode(cell) for cell in row] for row in answer.collect()]}


def observe_case(spark, case: dict, data: dict, tmp: pathlib.Path) -> dict:
    try:
        if "statistic" in case:
            return observe_statistic(spark, case, data)
        return observe_stage(spark, case, data, tmp)
    except Exception as error:  # every error is an observation
        return {"error": observe_error(error, {"tmp": tmp, "repository": REPOSITORY})}
