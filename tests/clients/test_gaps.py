"""A gap names a recorded case: a misspelt line would hide nothing and explain nothing."""

import json

import pytest

import compatibility
import function_cases
from gaps import GAPS, GOLD


@pytest.mark.parametrize("kind", GAPS)
def test_every_gap_names_a_case(kind):
    names = set()
    for path in (GOLD / kind).glob("*.json"):
        names |= {f"{path.stem}/{case['name']}" for case in json.loads(path.read_text())["cases"]}
    assert set(GAPS[kind]) <= names, set(GAPS[kind]) - names


RECORDER_FAILED = {
    "ArrowInvalid",
    "AttributeError",
    "KeyError",
    "NameError",
    "OverflowError",
    "TypeError",
    "ValueError",
}


@pytest.mark.parametrize("kind", GAPS)
def test_every_recorded_error_is_sparks(kind):
    """An error of the recorder, or of a JVM that broke, is no answer: whoever fails in the same way would agree with it.

    Searches are made of Python, and their own errors are Python's; the cases that want one are named so.
    """
    void = []
    for path in (GOLD / kind).glob("*.json"):
        for case in json.loads(path.read_text())["cases"]:
            error = {} if kind == "tuning" and case["name"].startswith("error_") else case.get("error") or {}
            if error.get("type") in RECORDER_FAILED or "StackOverflow" in (error.get("message") or ""):
                void.append(f"{path.stem}/{case['name']}")
    assert not void, "record these again"


@pytest.mark.parametrize("page", compatibility.pages(), ids=lambda path: path.name)
def test_what_the_documentation_claims_is_what_was_recorded(page):
    written = "python tests/clients/compatibility.py writes it again"
    assert page.read_text() == compatibility.pages()[page], written


def test_every_class_has_a_case():
    page = (compatibility.DOCS / "ml.md").read_text()
    assert "| 0 of 0 |" not in page, "record a case, or name the class as absent in docs/compatibility.md"


def test_every_function_has_a_case():
    """As many as are written, under the names they are written with: what was not recorded is not known."""
    recorded, written = {}, {}
    for path in (GOLD / "functions").glob("*.json"):
        recorded[path.stem] = [case["name"] for case in json.loads(path.read_text())["cases"]]
    for family in function_cases.FAMILIES:
        written[family] = [case["name"] for case in function_cases.cases(family)]
    assert recorded == written, "record these again"
    named = [function for family in function_cases.FAMILIES.values() for function in family]
    assert sorted(named) == sorted(function_cases.public_functions())
