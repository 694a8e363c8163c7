"""Every function of pyspark.sql.functions through the stock client, against what Spark 4.2 answered."""

import pytest

from agree import disagreements, report
from gaps import gold_cases
from observe import observe_function

# The last digits of logarithms and angles are each library's own.
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def session(server):
    spark = server.session(spark__sql__session__timeZone="UTC")
    yield spark
    spark.stop()


@pytest.mark.parametrize("group, case", gold_cases("functions"))
def test_answers_as_spark_does(session, tmp_path, group, case):
    for text in group["setup"]:
        session.sql(text)
    found = disagreements(case, observe_function(session, case, tmp_path), TOLERANCE)
    assert not found, report(found)
