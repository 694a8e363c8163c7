"""Every function of pyspark.sql.functions through the stock client, against what Spark 4.2 answered."""

import pytest

import function_cases
from agree import disagreements, report
from gaps import gold_cases
from observe import observe_function

# The last digits of logarithms and angles are each library's own.
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def session(server):
    spark = server.session(spark__sql__session__timeZone="UTC")
    for text in function_cases.SETUP:
        spark.sql(text)
    yield spark
    spark.stop()


@pytest.mark.parametrize("case", gold_cases("functions", build=lambda group, case: [case]))
def test_answers_as_spark_does(session, tmp_path, case):
    found = disagreements(case, observe_function(session, case, tmp_path), TOLERANCE)
    assert not found, report(found)
