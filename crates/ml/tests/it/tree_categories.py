"""Records tree_categories.json with Spark 4.2: trees over features that their metadata declares categorical.

    python tree_categories.py > tree_categories.json
"""

import json
import random
import re

from pyspark.ml.classification import DecisionTreeClassifier
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import DecisionTreeRegressor
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

CATEGORIES = [4, 8, 20, None, None]
STAGES = {"DecisionTreeClassifier": DecisionTreeClassifier, "DecisionTreeRegressor": DecisionTreeRegressor}
CASES = [
    ("DecisionTreeClassifier", {"labelCol": "k3"}),
    ("DecisionTreeClassifier", {"labelCol": "k2"}),
    ("DecisionTreeRegressor", {"labelCol": "y"}),
    ("DecisionTreeClassifier", {"labelCol": "k3", "impurity": "entropy", "maxDepth": 4}),
    ("DecisionTreeClassifier", {"labelCol": "k3", "maxBins": 256, "maxDepth": 3}),
]


def rows(rng: random.Random) -> list:
    made = []
    for _ in range(400):
        c4, c8, c20 = rng.randrange(4), rng.randrange(8), rng.randrange(20)
        x, z = round(rng.gauss(0, 1), 3), float(rng.randrange(3))
        kind = (c4 in (1, 3)) + (c8 in (0, 5, 7))
        value = (c8 in (2, 3, 6)) * 3.0 + c20 * ((c20 % 3) - 1) * 0.2 + x
        if rng.random() < 0.1:
            kind = rng.randrange(3)
        made.append([[float(c4), float(c8), float(c20), x, z], float(kind), float(kind > 0), round(value, 3)])
    return made


def main():
    spark = SparkSession.builder.master("local[1]").getOrCreate()
    data = rows(random.Random(7))
    flat = [tuple(features + labels) for features, *labels in data]
    frame = spark.createDataFrame(flat, ["f0", "f1", "f2", "f3", "f4", "k3", "k2", "y"]).coalesce(1)
    nominal = {i: {"ml_attr": {"type": "nominal", "num_vals": n}} for i, n in enumerate(CATEGORIES) if n}
    columns = [col(f"f{i}").alias(f"f{i}", metadata=nominal.get(i, {})) for i in range(5)]
    frame = frame.select(*columns, "k3", "k2", "y")
    frame = VectorAssembler(inputCols=[f"f{i}" for i in range(5)], outputCol="features").transform(frame).cache()
    cases = []
    for stage, params in CASES:
        model = STAGES[stage](**params).fit(frame)
        text = re.sub(r"uid=(\w+)_[0-9a-f]{12}", r"uid=\1_{uid}", model.toDebugString)
        importances = model.featureImportances
        answer = {"toDebugString": text, "importances": [importances.indices.tolist(), importances.values.tolist()]}
        cases.append({"stage": stage, "params": params, **answer})
    names = ["features", "k3", "k2", "y"]
    print(json.dumps({"categories": CATEGORIES, "columns": names, "rows": data, "cases": cases}))


if __name__ == "__main__":
    main()
