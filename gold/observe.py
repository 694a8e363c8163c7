"""What a client sees of a case, as JSON: record.py runs this on real Spark, the client tests run it on Brickyard."""

import ast
import base64
import contextlib
import datetime
import decimal
import io
import json
import math
import pathlib
import re

from pyspark.errors import PySparkException
from pyspark.sql import Row, Window, functions, types

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]


def encode(value):
    """A value as JSON. What JSON has no word for becomes an object of one key that names the type."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"double": repr(value)}
        case decimal.Decimal():
            return {"decimal": str(value)}
        case datetime.datetime():
            return {"timestamp": value.isoformat(sep=" ")}
        case datetime.date():
            return {"date": value.isoformat()}
        case datetime.time():
            return {"time": value.isoformat()}
        case datetime.timedelta():
            return {"microseconds": round(value / datetime.timedelta(microseconds=1))}
        case bytes() | bytearray():
            return {"base64": base64.b64encode(bytes(value)).decode()}
        case Row():
            return {"struct": {name: encode(field) for name, field in value.asDict().items()}}
        case dict():
            pairs = [[encode(key), encode(item)] for key, item in value.items()]
            return {"map": sorted(pairs, key=json.dumps)}
        case list() | tuple() | set():
            return [encode(item) for item in value]
    kind = type(value).__name__
    if kind == "VariantVal":
        return {"variant": value.toJson()}
    if kind == "DenseVector":
        return {"dense": [encode(float(x)) for x in value.toArray()]}
    if kind == "SparseVector":
        values = [encode(float(x)) for x in value.values]
        return {"size": int(value.size), "indices": [int(i) for i in value.indices], "values": values}
    if kind in ("DenseMatrix", "SparseMatrix"):
        return {"matrix": [[encode(float(x)) for x in row] for row in value.toArray()]}
    if type(value).__module__ == "numpy":
        return encode(value.tolist())
    raise TypeError(f"no JSON for {kind}: {value!r}")


def anonymous(text: str, places: dict) -> str:
    """The text without what differs from run to run: folders, uids, times and expression ids."""
    failure = re.search(r"Job aborted due to stage failure.* executor driver\): ([^\n]*)", text)
    text = failure.group(1) if failure else text
    for name, path in sorted(places.items(), key=lambda item: -len(str(item[1]))):
        text = text.replace(str(path), "{" + name + "}")
    text = re.sub(r"\b([A-Za-z]+)_[0-9a-f]{12}(?![0-9a-f])", r"\1_{uid}", text)
    text = re.sub(r'"timestamp":\d+', '"timestamp":0', text)
    return re.sub(r"#\d+L?", "#", text)


def observe_error(error: Exception, places: dict) -> dict:
    """Type, condition, SQLSTATE and parameters; the wording only of errors that have no condition."""
    seen = {"type": type(error).__name__}
    if not isinstance(error, PySparkException) or not error.getCondition():
        seen["message"] = anonymous(str(error).split("\n\nJVM stacktrace")[0], places)
    else:
        seen["condition"] = error.getCondition()
        seen["sqlState"] = error.getSqlState()
    if seen.get("condition") and seen["condition"] != "FAILED_EXECUTE_UDF":
        parameters = sorted((error.getMessageParameters() or {}).items())
        seen["parameters"] = {name: anonymous(value, places) for name, value in parameters}
    return seen


def observe_frame(frame, shown: bool) -> dict:
    """Schema, rows and, if asked, what show() prints."""
    rows = frame.collect()
    printed = io.StringIO()
    if shown:
        with contextlib.redirect_stdout(printed):
            frame.show()
    seen = {"schema": json.loads(frame.schema.json()), "rows": [[encode(v) for v in row] for row in rows]}
    return seen | ({"show": printed.getvalue()} if shown else {})


def is_frame(value) -> bool:
    return type(value).__name__ == "DataFrame" and type(value).__module__.startswith("pyspark.sql")


def observe(code: str, names: dict, places: dict, shown: bool = True) -> dict:
    """Runs Python lines; the last one's value, what was printed, or the error that ended them."""
    *statements, last = ast.parse(code).body
    names = dict(names)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(ast.Module(statements, []), "case", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "case", "eval"), names)
        seen = observe_frame(value, shown) if is_frame(value) else {}
        if value is not None and not is_frame(value):
            seen["value"] = encode(value)
    except Exception as error:  # every error is an observation
        return {"error": observe_error(error, places)}
    if printed.getvalue():
        seen["printed"] = anonymous(printed.getvalue(), places)
    return seen


def names_for(spark, tmp) -> dict:
    """The names that the Python lines of sql_cases.py use."""
    return {
        "spark": spark,
        "F": functions,
        "T": types,
        "Row": Row,
        "Window": Window,
        "gold_data": str(REPOSITORY / "gold" / "data"),
        "tmp": str(tmp),
    }


def observe_sql(spark, sql: str, places: dict, shown: bool = True) -> dict:
    return observe("spark.sql(text)", {"spark": spark, "text": sql}, places, shown)


def observe_function(spark, case: dict, tmp) -> dict:
    """A case of functions, under its settings of the session."""
    places = {"tmp": tmp, "repository": REPOSITORY}
    config = case.get("config", {})
    before = {name: spark.conf.get(name, None) for name in config}
    try:
        for name, value in config.items():
            spark.conf.set(name, value)
        if "sql" in case:
            return observe_sql(spark, case["sql"], places, shown=False)
        return observe(case["code"], names_for(spark, tmp), places, shown=False)
    finally:
        for name, value in before.items():
            if value is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, value)
