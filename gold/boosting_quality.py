"""Held-out losses of scikit-learn's histogram boosting, which follows LightGBM: gold/boosting/quality.json.

python -m venv venv && venv/bin/pip install scikit-learn==1.9.* && venv/bin/python gold/boosting_quality.py

Even rows train, odd rows test. `holes` empties every fifth value of every feature (row * 7 + column * 3) % 5 == 0.
"""

import csv
import json
import pathlib

import numpy
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, mean_pinball_loss, mean_poisson_deviance, mean_squared_error

ROOT = pathlib.Path(__file__).parent.parent
COMMON = {"learning_rate": 0.1, "max_leaf_nodes": 31, "min_samples_leaf": 20, "early_stopping": False}
X5 = ["x1", "x2", "x3", "x4", "x5"]
GRID = ["a", "b", "c", "d"]
PIXELS = [f"p{i}" for i in range(64)]
CASES = [
    {"name": "binary", "file": "gold/data/binary.csv", "features": X5, "label": "y", "iterations": 40, "loss": "log_loss"},
    {"name": "binary_holes", "file": "gold/data/binary.csv", "features": X5, "label": "y", "iterations": 40,
     "loss": "log_loss", "holes": True},
    {"name": "digits", "file": "data/digits.csv", "features": PIXELS, "label": "label", "iterations": 60,
     "loss": "log_loss"},
    {"name": "grid_kind", "file": "gold/data/grid.csv", "features": GRID, "label": "kind", "iterations": 40,
     "loss": "log_loss"},
    {"name": "regression", "file": "gold/data/regression.csv", "features": X5, "label": "y", "iterations": 60,
     "loss": "squared_error"},
    {"name": "regression_weighted", "file": "gold/data/regression.csv", "features": X5, "label": "y", "iterations": 60,
     "loss": "squared_error", "weight": "w"},
    {"name": "regression_l2", "file": "gold/data/regression.csv", "features": X5, "label": "y", "iterations": 60,
     "loss": "squared_error", "l2": 20.0},
    {"name": "regression_monotone", "file": "gold/data/regression.csv", "features": X5, "label": "y", "iterations": 60,
     "loss": "squared_error", "monotone": [1, -1, 0, 1, 0]},
    {"name": "median", "file": "gold/data/regression.csv", "features": X5, "label": "y", "iterations": 60,
     "loss": "quantile", "quantile": 0.5},
    {"name": "quantile_90", "file": "gold/data/regression.csv", "features": X5, "label": "y", "iterations": 60,
     "loss": "quantile", "quantile": 0.9},
    {"name": "counts", "file": "gold/data/grid.csv", "features": ["b", "c", "d", "kind"], "label": "a", "iterations": 60,
     "loss": "poisson"},
    {"name": "categories", "file": "gold/data/grid.csv", "features": GRID, "label": "value", "iterations": 60,
     "loss": "squared_error", "categorical": [0, 1, 3]},
]  # fmt: skip


def rows_and_features(case):
    with open(ROOT / case["file"]) as file:
        rows = list(csv.DictReader(file))
    x = numpy.array([[float(row[name]) for name in case["features"]] for row in rows])
    if case.get("holes"):
        row, column = numpy.indices(x.shape)
        x[(row * 7 + column * 3) % 5 == 0] = numpy.nan
    return rows, x


def table(case):
    rows, x = rows_and_features(case)
    y = numpy.array([float(row[case["label"]]) for row in rows])
    weight = numpy.array([float(row[case["weight"]]) for row in rows]) if "weight" in case else numpy.ones(len(y))
    return x, y, weight


def held_out(case):
    x, y, weight = table(case)
    settings = COMMON | {"max_iter": case["iterations"], "l2_regularization": case.get("l2", 0.0)}
    settings |= {"monotonic_cst": case.get("monotone"), "categorical_features": case.get("categorical")}
    if case["loss"] == "log_loss":
        model = HistGradientBoostingClassifier(**settings)
    else:
        model = HistGradientBoostingRegressor(loss=case["loss"], quantile=case.get("quantile"), **settings)
    model.fit(x[::2], y[::2], sample_weight=weight[::2])
    if case["loss"] == "log_loss":
        return log_loss(y[1::2], model.predict_proba(x[1::2]), sample_weight=weight[1::2], labels=model.classes_)
    predicted = model.predict(x[1::2])
    score = {
        "squared_error": mean_squared_error,
        "poisson": mean_poisson_deviance,
        "quantile": lambda y, p, sample_weight: mean_pinball_loss(y, p, alpha=case["quantile"], sample_weight=sample_weight),
    }
    return score[case["loss"]](y[1::2], predicted, sample_weight=weight[1::2])


if __name__ == "__main__":
    cases = [case | {"held_out": held_out(case)} for case in CASES]
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    path = ROOT / "gold" / "boosting" / "quality.json"
    path.write_text(f'{{"scikit-learn": "{sklearn.__version__}", "cases": [\n{lines}\n]}}\n')
    print([(case["name"], round(case["held_out"], 4)) for case in cases])
