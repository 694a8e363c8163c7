"""Held-out NDCG of LightGBM's lambdarank: gold/boosting/ranking.json, and the made rows, gold/data/ranking.csv.

python -m venv venv && venv/bin/pip install lightgbm==4.7.* scikit-learn==1.9.* && venv/bin/python gold/boosting_ranking.py

Queries of even number train, those of odd number test. `query_rows` says how many rows in turn are a query, where no
column does. `holes` empties every fifth value of every feature (row * 7 + column * 3) % 5 == 0.
"""

import csv
import json

import lightgbm
import numpy
from boosting_quality import ROOT, rows_and_features

COMMON = {"objective": "lambdarank", "learning_rate": 0.1, "num_leaves": 31, "verbosity": -1, "num_threads": 1}
MADE = {"file": "gold/data/ranking.csv", "features": [f"x{i}" for i in range(1, 8)], "label": "grade", "query": "query"}
PIXELS = [f"p{i}" for i in range(64)]
CASES = [
    {"name": "made", **MADE, "iterations": 60},
    {"name": "made_holes", **MADE, "iterations": 60, "holes": True},
    {"name": "made_truncated", **MADE, "iterations": 60, "truncation": 5},
    {"name": "made_without_norm", **MADE, "iterations": 60, "norm": False},
    {"name": "made_linear_gains", **MADE, "iterations": 60, "gains": [0.0, 1.0, 2.0, 3.0, 4.0]},
    {"name": "digits", "file": "data/digits.csv", "features": PIXELS, "label": "label", "query_rows": 30,
     "iterations": 60},
]  # fmt: skip


def make():
    """Queries of 5 to 30 rows; what makes a row fit depends on two features of its query, x6 and x7."""
    draws = numpy.random.default_rng(11)
    lines = []
    for query in range(200):
        rows = draws.integers(5, 31)
        x = draws.normal(size=(rows, 7)).round(2)
        x[:, 5:] = x[0, 5:]
        fit = x[:, 0] + x[:, 1] * x[:, 5] + numpy.abs(x[:, 2]) - 0.5 * x[:, 3] * (x[:, 6] > 0)
        grades = numpy.digitize(fit + draws.normal(size=rows), [0.5, 1.5, 2.5, 3.5])
        lines += [[query, grade, *row] for grade, row in zip(grades, x)]
    with open(ROOT / MADE["file"], "w") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([["query", "grade", *MADE["features"]], *lines])


def table(case):
    rows, x = rows_and_features(case)
    grades = numpy.array([int(row[case["label"]]) for row in rows])
    turns = numpy.arange(len(rows)) // case.get("query_rows", 1)
    return x, grades, numpy.array([int(row[case["query"]]) for row in rows]) if "query" in case else turns


def ndcg(margins, grades, queries, gains):
    """The mean NDCG of the first ten rows; 1 where no row is worth anything."""
    found = []
    for query in numpy.unique(queries):
        rows = queries == query
        worth = gains[grades[rows]]
        discounts = 1 / numpy.log2(numpy.arange(2, len(worth) + 2)[:10])
        of = lambda worth: (worth[:10] * discounts).sum()
        ideal = of(-numpy.sort(-worth))
        found.append(of(worth[numpy.argsort(-margins[rows], kind="stable")]) / ideal if ideal > 0 else 1.0)
    return float(numpy.mean(found))


def held_out(case):
    x, grades, queries = table(case)
    train = queries % 2 == 0
    settings = COMMON | {"lambdarank_truncation_level": case.get("truncation", 30)}
    settings |= {"lambdarank_norm": case.get("norm", True)}
    settings |= {"label_gain": case["gains"]} if "gains" in case else {}
    rows_of_query = numpy.unique(queries[train], return_counts=True)[1]
    data = lightgbm.Dataset(x[train], grades[train], group=rows_of_query)
    model = lightgbm.train(settings, data, num_boost_round=case["iterations"])
    gains = numpy.array(case.get("gains", 2.0 ** numpy.arange(31) - 1))
    return ndcg(model.predict(x[~train]), grades[~train], queries[~train], gains)


if __name__ == "__main__":
    make()
    cases = [case | {"held_out": held_out(case)} for case in CASES]
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    path = ROOT / "gold" / "boosting" / "ranking.json"
    path.write_text(f'{{"lightgbm": "{lightgbm.__version__}", "cases": [\n{lines}\n]}}\n')
    print([(case["name"], round(case["held_out"], 4)) for case in cases])
