"""The first tier of SQL and DataFrames: every recorded case, through the stock client, against what Spark answered."""

import pytest

from agree import disagreements, report
from gaps import gold_cases
from observe import REPOSITORY, names_for, observe, observe_sql

# Sums of doubles may be taken in another order.
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def session(server):
    spark = server.session(spark__sql__session__timeZone="UTC")
    yield spark
    spark.stop()


@pytest.fixture(scope="module")
def tmp(tmp_path_factory):
    return tmp_path_factory.mktemp("sql")


@pytest.mark.parametrize("group, case", gold_cases("sql"))
def test_answers_as_spark_does(session, tmp, group, case):
    for text in group["setup"]:
        session.sql(text)
    places = {"tmp": tmp, "repository": REPOSITORY}
    if "sql" in case:
        seen = observe_sql(session, case["sql"], places)
    else:
        seen = observe(case["code"], names_for(session, tmp), places)
    found = disagreements(case, seen, TOLERANCE)
    assert not found, report(found)
