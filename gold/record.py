"""Records what real Spark 4.2 answers, through its own Connect server: gold/sql, gold/ml and gold/models.

    python -m venv spark-venv && spark-venv/bin/pip install pyspark[connect]==4.2.0 'pandas<3' pyarrow
    spark-venv/bin/python gold/record.py [sql] [ml] [models]        # Java 17, one core, about five minutes
"""

import json
import logging
import os
import pathlib
import sys
import tempfile

import sql_cases
from observe import REPOSITORY, observe, observe_sql

GOLD = REPOSITORY / "gold"
CONFIG = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.connect.serverStacktrace.enabled": "false",
}


def session():
    from pyspark.sql import SparkSession

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    builder = SparkSession.builder.remote("local[1]")
    for name, value in CONFIG.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def write(path: pathlib.Path, header: dict, cases: list):
    """One case a line, so that a change of one case is one line of a diff."""
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    head = json.dumps(header, ensure_ascii=False)[:-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
    print(f"{path.relative_to(REPOSITORY)}: {len(cases)} cases, {path.stat().st_size // 1000} kB")


def names_for(spark, tmp) -> dict:
    """The names that the Python lines of sql_cases.py use."""
    from pyspark.sql import Row, Window, functions, types

    return {"spark": spark, "F": functions, "T": types, "Row": Row, "Window": Window,
            "gold_data": str(GOLD / "data"), "tmp": str(tmp)}  # fmt: skip


def record_sql(spark):
    with tempfile.TemporaryDirectory() as tmp:
        places = {"tmp": tmp, "repository": REPOSITORY}
        for text in sql_cases.SETUP:
            spark.sql(text)
        for group, cases in {**sql_cases.SQL, **sql_cases.CODE}.items():
            recorded = []
            for name, text in cases.items():
                if group in sql_cases.SQL:
                    recorded.append({"name": name, "sql": text} | observe_sql(spark, text, places))
                else:
                    recorded.append({"name": name, "code": text} | observe(text, names_for(spark, tmp), places))
            write(GOLD / "sql" / f"{group}.json", {"spark": spark.version, "setup": sql_cases.SETUP}, recorded)


def main(wanted):
    os.chdir(tempfile.mkdtemp())  # Spark leaves its warehouse in the working folder
    spark = session()
    if "sql" in wanted:
        record_sql(spark)
    if "ml" in wanted:
        import record_ml

        record_ml.record(spark)
    if "models" in wanted:
        import record_models

        record_models.record(spark)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:] or ["sql", "ml", "models"])
