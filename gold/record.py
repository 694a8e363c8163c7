"""Records what real Spark 4.2 answers, through its own Connect server: every folder of gold/ that README.md lists.

python -m venv spark-venv && spark-venv/bin/pip install pyspark[connect]==4.2.0 'pandas<3' pyarrow
spark-venv/bin/python gold/record.py [sql] [functions] [ml] [tuning] [models]  # Java 17, one core, 20 minutes
spark-venv/bin/python gold/record.py ml/kmeans sql/show models/als  # some only
"""

import json
import logging
import os
import pathlib
import re
import sys
import tempfile

from pyspark.sql import SparkSession

import function_cases
import ml_cases
import ml_data
import record_models
import sql_cases
import tuning_cases
from observe import REPOSITORY, names_for, observe, observe_function, observe_sql
from observe_ml import observe_case
from observe_tuning import names_for_tuning
from uses import noted

GOLD = REPOSITORY / "gold"
CONFIG = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.connect.serverStacktrace.enabled": "false",
}


def session():
    os.environ.setdefault("SPARK_TESTING", "1")  # a free port, beside other servers
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    builder = SparkSession.builder.remote("local[1]")
    for name, value in CONFIG.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def write(path: pathlib.Path, header: dict, cases: list):
    """One case a line, so that a change of one case is one line of a diff."""
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    lines = re.sub(r'("timestamp\\*":)\d+', r"\g<1>0", lines)
    head = json.dumps(header, ensure_ascii=False)[:-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
    print(f"{path.relative_to(REPOSITORY)}: {len(cases)} cases, {path.stat().st_size // 1000} kB")


def is_wanted(kind: str, group: str, wanted: list) -> bool:
    return kind in wanted or f"{kind}/{group}" in wanted


def record_sql(spark, wanted):
    with tempfile.TemporaryDirectory() as tmp:
        places = {"tmp": tmp, "repository": REPOSITORY}
        for text in sql_cases.SETUP:
            spark.sql(text)
        for group, cases in {**sql_cases.SQL, **sql_cases.CODE}.items():
            if not is_wanted("sql", group, wanted):
                continue
            recorded = []
            for name, text in cases.items():
                if group in sql_cases.SQL:
                    recorded.append({"name": name, "sql": text} | observe_sql(spark, text, places))
                else:
                    recorded.append({"name": name, "code": text} | observe(text, names_for(spark, tmp), places))
            write(GOLD / "sql" / f"{group}.json", {"spark": spark.version, "setup": sql_cases.SETUP}, recorded)


def record_functions(spark, wanted):
    with tempfile.TemporaryDirectory() as tmp:
        for text in function_cases.SETUP:
            spark.sql(text)
        for family in function_cases.FAMILIES:
            if not is_wanted("functions", family, wanted):
                continue
            recorded = [case | observe_function(spark, case, tmp) for case in function_cases.cases(family)]
            header = {"spark": spark.version, "setup": function_cases.SETUP}
            write(GOLD / "functions" / f"{family}.json", header, recorded)


def record_ml(spark, wanted):
    ml_data.make()
    with tempfile.TemporaryDirectory() as tmp:
        for group, cases in ml_cases.GROUPS.items():
            if not is_wanted("ml", group, wanted):
                continue
            data = json.loads(json.dumps(ml_cases.data_of(cases)))
            recorded = []
            for case in cases:
                with noted(uses := set()):
                    seen = observe_case(spark, case, data[case["data"]], pathlib.Path(tmp))
                if case.get("stage") != "VectorAssembler":
                    uses.discard("VectorAssembler")  # it makes the tables
                recorded.append(case | seen | {"uses": sorted(uses)})
            write(GOLD / "ml" / f"{group}.json", {"spark": spark.version, "data": data}, recorded)


def record_tuning(spark, wanted):
    ml_data.make()
    with tempfile.TemporaryDirectory() as tmp:
        names, places = names_for_tuning(spark, tmp), {"tmp": tmp, "repository": REPOSITORY}
        for group, cases in tuning_cases.TUNING.items():
            if not is_wanted("tuning", group, wanted):
                continue
            recorded = []
            for name, code in cases.items():
                prepared = dict(names)
                exec(tuning_cases.SETUP, prepared)
                with noted(uses := set()):
                    seen = observe(code, prepared, places)
                recorded.append({"name": name, "code": code} | seen | {"uses": sorted(uses)})
            write(GOLD / "tuning" / f"{group}.json", {"spark": spark.version, "setup": tuning_cases.SETUP}, recorded)


def main(wanted):
    os.chdir(tempfile.mkdtemp())  # Spark leaves its warehouse in the working folder
    spark = session()
    record_sql(spark, wanted)
    record_functions(spark, wanted)
    record_ml(spark, wanted)
    record_tuning(spark, wanted)
    models = [name.removeprefix("models/") for name in wanted if name.startswith("models/")]
    if models or "models" in wanted:
        record_models.record(spark, models)
    spark.stop()
    sys.stdout.flush()
    os._exit(0)  # the client waits for ever at exit for the models it still holds


if __name__ == "__main__":
    main(sys.argv[1:] or ["sql", "functions", "ml", "tuning", "models"])
