"""Real Spark reads what Brickyard saved: `python read_back.py FOLDER`; test_ml.py writes FOLDER/cases.json."""

import json
import pathlib
import sys

from pyspark.sql import SparkSession

from observe_ml import STAGES, frame, output


def main(folder: pathlib.Path):
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    seen = {}
    for name, case in json.loads((folder / "cases.json").read_text()).items():
        try:
            table = frame(spark, case["data"])
            seen[name] = output(table, STAGES[case["class"]].load(str(folder / name)).transform(table))
        except Exception as error:  # one unreadable model must not hide the others
            seen[name] = {"error": str(error)[:1000]}
    (folder / "seen.json").write_text(json.dumps(seen))
    spark.stop()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
