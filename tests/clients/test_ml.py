"""Estimators, transformers and evaluators through the stock client, against what real Spark 4.2 answered."""

import json
import math
import os
import pathlib
import re
import subprocess

import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.linalg import Vectors
from pyspark.ml.stat import Summarizer
from pyspark.ml.tuning import CrossValidatorModel, TrainValidationSplitModel

from agree import dense, differences, report
from gaps import GOLD, gold_cases
from observe_ml import STAGES, frame, make_stage, observe_case, output, parameters

MODELS = sorted(path.stem for path in (GOLD / "models").glob("*.json"))
# The topics of a document are searched from a start drawn by chance.
INFERRED = {"LocalLDAModel": 1e-3, "DistributedLDAModel": 1e-3}
NUMBER = re.compile(r"(-?\d+\.\d+(?:E-?\d+)?)")
DRAWN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
ON_THE_WAY = 1e-4  # an optimiser that stopped at another step is this near, relative, in its objective


def same_attribute(path: str, expected, seen, tolerance: float) -> list[str]:
    """Steps of an optimiser are its own; where it starts, and where it ends, are not."""
    if path.endswith("totalIterations"):
        return [] if isinstance(seen, int) and (seen > 0) == (expected > 0) else [f"{path}: {seen!r}"]
    if path.endswith("objectiveHistory") and isinstance(seen, list) and seen:
        first = differences(expected[0], seen[0], 1e-9, f"{path}[0]")
        return first + differences(expected[-1], seen[-1], max(tolerance, ON_THE_WAY), f"{path}[-1]")
    drawn = isinstance(expected, str) and DRAWN.search(expected)
    if drawn:  # a name of which the end is drawn by chance
        same = isinstance(seen, str) and seen.startswith(expected[: drawn.start()])
        return [] if same else [f"{path}: expected {expected!r}, seen {seen!r}"]
    if path == "toDebugString":  # the numbers in it are sums, whose last digits are those of the order of adding up
        expected, seen = numbers_apart(expected), numbers_apart(seen)
        tolerance = max(tolerance, 1e-9)
    return differences(dense(expected), dense(seen), tolerance, path)


def numbers_apart(text: str) -> list:
    return [float(part) if index % 2 else part for index, part in enumerate(NUMBER.split(text))]


def same_saved(expected: dict, seen: dict, tolerance: float) -> list[str]:
    """The same folders, metadata and columns; names of part files and their number are the writer's own."""

    def folders(saved):
        names = (re.sub(r"_[0-9a-f]{12}/", "_{uid}/", name) for name in saved["files"])
        return {pathlib.PurePath(name).parent.as_posix() for name in names}

    def member_trees(saved):
        """By position: Spark 3.5 and 4.2 name these columns differently. Seed and time of a tree are its own."""
        rows = [list(row.values()) for row in saved.get("treesMetadata", {}).get("rows", [])]
        return [
            [number, json.loads(re.sub(r'"(seed|timestamp)":-?\d+', r'"\1":0', text)), weight]
            for number, text, weight in rows
        ]

    found = differences(sorted(folders(expected)), sorted(folders(seen)), where="files")
    found += differences(member_trees(expected), member_trees(seen), tolerance, "treesMetadata")
    for part in (expected.keys() | seen.keys()) - {"files", "treesMetadata"}:
        found += differences(expected.get(part), seen.get(part), tolerance, part)
    return found


def turned(expected: dict, seen: dict) -> dict:
    """Principal components that point as Spark's do, where a case says that their signs are free."""
    rows = zip(expected["output"]["rows"], seen["output"]["rows"])
    pairs = [(one["dense"], other["dense"]) for (one,), (other,) in rows]
    signs = [math.copysign(1.0, sum(one[k] * other[k] for one, other in pairs)) for k in range(len(pairs[0][0]))]
    for _, row in pairs:
        row[:] = [sign * value for sign, value in zip(signs, row)]
    components = seen["saved"]["data"]["rows"][0]["pc"]
    size = components["numRows"]
    components["values"] = [signs[place // size] * value for place, value in enumerate(components["values"])]
    return seen


def in_order(stage: str, rows: list | None) -> list | None:
    """Rows of an answer that comes in no order, with the clusters by the least of their ids."""
    if rows and stage == "PowerIterationClustering":
        least = {cluster: min(row[0] for row in rows if row[1] == cluster) for _, cluster in rows}
        rows = [[row, least[cluster]] for row, cluster in rows]
    return sorted(rows, key=json.dumps) if rows and stage in ("PowerIterationClustering", "PrefixSpan") else rows


def worse(metric: str, expected: float, seen: float) -> bool:
    return seen > expected * 1.05 if metric in ("rmse", "mse", "mae") else seen < expected - 0.02


@pytest.mark.parametrize("group, case", gold_cases("ml"))
def test_answers_as_spark_does(spark, tmp_path, group, case):
    seen = observe_case(spark, case, group["data"][case["data"]], tmp_path)
    if "error" in case:
        assert "error" in seen, f"Spark refuses this: {case['error']}"
        assert seen["error"]["type"] != "UnknownException", seen
        if case["error"]["type"] == "IllegalArgumentException":  # others show the inside of a failed task
            assert seen["error"]["type"] == case["error"]["type"], (case["error"], seen["error"])
        return
    assert "error" not in seen, seen["error"]
    if case.get("free") == "signs":
        seen = turned(case, seen)

    tolerance = case.get("tolerance", 0.0)
    found = differences(case.get("values"), seen.get("values"), tolerance, "values")
    found += differences(case.get("clusters"), seen.get("clusters"), tolerance, "clusters")
    found += differences(case.get("columns"), seen.get("columns"), where="columns")
    rows = [in_order(case.get("stage"), answer.get("rows")) for answer in (case, seen)]
    found += differences(*rows, tolerance, "rows")
    for path, expected in (case.get("attributes") or {}).items():
        found += same_attribute(path, expected, seen["attributes"][path], tolerance)
    if "output" in case:
        found += differences(case["output"], seen["output"], tolerance, "output", without={"nullable"})
    if "saved" in case:
        found += same_saved(case["saved"], seen["saved"], tolerance)
        assert seen["same_after_load"], "the loaded model does not predict what the saved one did"
    assert not found, report(found)
    if "quality" in case:
        metric = case["metric"]["params"]["metricName"]
        assert not worse(metric, case["quality"], seen["quality"]), (case["quality"], seen["quality"])


WHOLE = {kind.__name__: kind for kind in (Pipeline, PipelineModel, CrossValidatorModel, TrainValidationSplitModel)}


def unnamed(stages: list) -> list:
    """Without what differs from process to process: default seeds, the locale, and columns named after a stage's uid."""

    def params(stage):
        own = {name: value for name, value in stage["params"].items() if name not in ("seed", "locale")}
        return json.loads(re.sub(r"_[0-9a-f]{12}", "", json.dumps(own)))

    return [stage | {"params": params(stage)} for stage in stages]


@pytest.mark.parametrize("name", MODELS)
def test_loads_what_spark_saved(spark, name):
    expected = json.loads((GOLD / "models" / f"{name}.json").read_text())
    model = (STAGES | WHOLE)[expected["class"]].load(str(GOLD / "models" / name))
    if "stages" in expected:
        seen = [{"class": type(stage).__name__, "params": parameters(stage)} for stage in model.getStages()]
        found = differences(unnamed(expected["stages"]), unnamed(seen), where="stages")
    else:
        table = frame(spark, expected["data"])
        seen = output(table, model.transform(table))
        tolerance = INFERRED.get(expected["class"], 1e-12)
        found = differences(expected["output"], seen, tolerance, "output", without={"nullable"})
    assert not found, report(found)


def test_an_indexer_passes_over_an_absent_column(spark):
    """As in Spark: the indexer of the label stays in the pipeline where there are no labels to index."""
    words = spark.createDataFrame([("a",), ("b",)], ["label"])
    model = STAGES["StringIndexer"](inputCol="label", outputCol="no").fit(words)
    assert model.transform(spark.range(2)).columns == ["id"]


def test_a_summary_of_nothing_is_refused(spark):
    table = spark.createDataFrame([(Vectors.dense([1.0]),)], ["v"])
    with pytest.raises(Exception, match="Nothing has been added to this summarizer"):
        table.where("false").select(Summarizer.mean(table.v)).collect()


SPARK_PYTHON = os.environ.get("BRICKYARD_SPARK_PYTHON")


@pytest.mark.skipif(not SPARK_PYTHON, reason="BRICKYARD_SPARK_PYTHON names a Python with pyspark 4.2 and Java 17")
@pytest.mark.timeout(900)
def test_spark_loads_what_we_save(spark, tmp_path):
    """One real Spark reads every model back and predicts; the predictions are ours."""
    cases, tolerances = {}, {}
    for path in sorted((GOLD / "ml").glob("*.json")):
        group = json.loads(path.read_text())
        for case in group["cases"]:
            if case.get("save") and "error" not in case:
                data = group["data"][case["data"]]
                table = frame(spark, data)
                stage = make_stage(case)
                model = stage.fit(table) if hasattr(stage, "fit") else stage
                folder = tmp_path / f"{path.stem}_{case['name']}"
                model.write().save(str(folder))
                ours = output(table, model.transform(table))
                cases[folder.name] = {"class": type(model).__name__, "data": data, "output": ours}
                tolerances[folder.name] = INFERRED.get(type(model).__name__, 1e-12)
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    script = [SPARK_PYTHON, str(GOLD / "read_back.py"), str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]

    theirs = json.loads((tmp_path / "seen.json").read_text())
    found = []
    for name, case in cases.items():
        found += differences(case["output"], theirs[name], tolerances[name], name, without={"nullable"})
    assert not found, report(found)
