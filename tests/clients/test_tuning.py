"""Searches, splits, pipelines and one against the rest through the stock client, against what Spark 4.2 answered."""

import pytest

from agree import dense, differences, report
from gaps import gold_cases
from observe import REPOSITORY, observe
from observe_tuning import names_for_tuning

# Fits run to the optimum; how near they come to it is each optimiser's own.
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def names(spark, tmp_path_factory):
    return names_for_tuning(spark, tmp_path_factory.mktemp("tuning"))


@pytest.mark.parametrize("group, case", gold_cases("tuning"))
def test_answers_as_spark_does(names, group, case):
    places = {"tmp": names["tmp"], "repository": REPOSITORY}
    seen = observe(group["setup"] + case["code"], names, places)
    if "error" in case:
        assert "error" in seen, f"Spark refuses this: {case['error']}"
        # An assertion of Spark's own comes without a type; whatever error we have is better.
        assert case["error"]["type"] in (seen["error"]["type"], "UnknownException"), seen["error"]
        return
    assert "error" not in seen, seen["error"]
    found = differences(dense(case.get("value")), dense(seen.get("value")), TOLERANCE, "value")
    assert not found, report(found)
