"""The names that the lines of tuning_cases.py use: the classes of pyspark.ml, tables, and what a folder holds."""

import json
import pathlib
import re

import pyspark.ml
from pyspark.ml import classification, clustering, evaluation, feature, regression, stat, tuning
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import Vectors
from pyspark.sql import functions

from ml_cases import DATA
from observe_ml import frame

MODULES = (classification, clustering, evaluation, feature, regression, stat, tuning)
CLASSES = {name: thing for module in MODULES for name, thing in vars(module).items() if isinstance(thing, type)}
UID = re.compile(r"(?<=_)[0-9a-f]{12}(?![0-9a-f])")


def saved(folder: str) -> dict:
    """By folder below this one, uids left out: the metadata that was written there."""
    found = {}
    for file in sorted(pathlib.Path(folder).rglob("metadata/part-*")):
        metadata = json.loads(UID.sub("{uid}", file.read_text()))
        del metadata["timestamp"]
        for values in (metadata["defaultParamMap"], metadata["paramMap"]):
            values.pop("seed", None)  # Python picks the seed of a search anew in every process
        found[UID.sub("{uid}", file.parents[1].relative_to(folder).as_posix())] = metadata
    return found


def shown(table, *columns) -> list:
    """Every 25th row of some columns, in the table's order."""
    return [list(row) for row in table.select(*columns).collect()[::25]]


def set_values(maps: list) -> list:
    """Parameter maps by the names of their parameters."""
    return [{param.name: value for param, value in one.items()} for one in maps]


def names_for_tuning(spark, tmp) -> dict:
    tables = {name: frame(spark, DATA[name]) for name in ("binary", "regression", "iris", "blobs")}
    plain = {"vector_to_array": vector_to_array, "array_to_vector": array_to_vector, "Vectors": Vectors}
    own = {"spark": spark, "F": functions, "tmp": str(tmp), "saved": saved, "shown": shown, "set_values": set_values}
    return CLASSES | {"Pipeline": pyspark.ml.Pipeline, "PipelineModel": pyspark.ml.PipelineModel} | tables | plain | own
