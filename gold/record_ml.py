"""Records gold/ml: every case of ml_cases.py on real Spark."""

import json
import pathlib
import tempfile

import ml_cases
import ml_data
from observe import REPOSITORY
from observe_ml import observe_case


def record(spark):
    from record import write

    ml_data.make()
    with tempfile.TemporaryDirectory() as tmp:
        for group, cases in ml_cases.GROUPS.items():
            data = json.loads(json.dumps(ml_cases.data_of(cases)))
            recorded = [case | observe_case(spark, case, data[case["data"]], pathlib.Path(tmp)) for case in cases]
            write(REPOSITORY / "gold" / "ml" / f"{group}.json", {"spark": spark.version, "data": data}, recorded)
