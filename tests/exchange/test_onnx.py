"""ONNX Runtime gives what the model itself gives, and refuses what it refuses."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from compare import numbers, rows, same
from conftest import exports

TOOL = "onnx"
TOLERANCE = 1e-9
TYPES = {"tensor(double)": np.float64, "tensor(int64)": np.int64}


def session(case: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(case / "model.onnx"), options, providers=["CPUExecutionProvider"])


def feed(model: onnxruntime.InferenceSession, columns: dict[str, list]) -> dict[str, np.ndarray]:
    fed = {}
    for given in model.get_inputs():
        values = columns[given.name]
        if given.type == "tensor(string)":
            fed[given.name] = np.array([[value or ""] for value in values], dtype=object)
        else:
            fed[given.name] = numbers(values).astype(TYPES[given.type])
    return fed


def check(case: Path) -> None:
    model, columns = session(case), rows(case)
    outputs = [output.name for output in model.get_outputs()]
    assert outputs
    for name, found in zip(outputs, model.run(None, feed(model, columns)), strict=True):
        if found.dtype == object:
            assert [row[0] for row in found] == columns[name], name
        elif name == "prediction" and found.dtype == np.int64:
            assert [row[0] for row in found] == columns[name]
        else:
            same(name, numbers(columns[name]), found, TOLERANCE)


def test_predictions_agree(case: Path) -> None:
    onnx.checker.check_model(str(case / "model.onnx"), full_check=True)
    check(case)


def refused(case: str, change: dict[str, object], words: str) -> None:
    path = exports() / TOOL / case
    model, columns = session(path), rows(path)
    fed = feed(model, columns)
    for name, value in change.items():
        fed[name][3, 0] = value
    with pytest.raises(Exception, match=words):
        model.run(None, fed)


def test_what_the_model_refuses_the_graph_refuses() -> None:
    refused("flights_forest", {"distance": np.nan}, "a number is missing")
    refused("numbers", {"hour": 99}, "hour is in no bucket")


def test_unseen_labels_are_a_category_where_they_are_kept() -> None:
    path = exports() / TOOL / "flights_forest"
    model, columns = session(path), rows(path)
    fed = feed(model, columns)
    fed["origin"][:, 0] = "nowhere"
    probability = model.run(["probability"], fed)[0]
    assert np.allclose(probability.sum(axis=1), 1.0)
