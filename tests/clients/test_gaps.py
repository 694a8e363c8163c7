"""A gap names a recorded case: a misspelt line would hide nothing and explain nothing."""

import json

import pytest
from gaps import GAPS, GOLD


@pytest.mark.parametrize("kind", GAPS)
def test_every_gap_names_a_case(kind):
    names = set()
    for path in (GOLD / kind).glob("*.json"):
        names |= {f"{path.stem}/{case['name']}" for case in json.loads(path.read_text())["cases"]}
    assert set(GAPS[kind]) <= names, set(GAPS[kind]) - names
