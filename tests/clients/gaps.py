"""Cases of gold that Brickyard does not answer as Spark does yet: gaps.toml names each with its reason.

A gap is an expected failure; its line goes with the commit that closes it. So docs/compatibility.md can be believed, and
nothing that worked can stop working unseen.
"""

import json
import pathlib
import tomllib

import pytest

HERE = pathlib.Path(__file__).parent
GOLD = HERE.parents[1] / "gold"
GAPS = tomllib.loads((HERE / "gaps.toml").read_text())


def gold_cases(kind: str, build=lambda group, case: (group, case)) -> list:
    """Every recorded case of gold/KIND as a pytest parameter named group/case."""
    parameters = []
    for path in sorted((GOLD / kind).glob("*.json")):
        group = json.loads(path.read_text())
        for case in group["cases"]:
            reason = GAPS.get(kind, {}).get(f"{path.stem}/{case['name']}")
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
            parameters.append(pytest.param(*build(group, case), id=f"{path.stem}/{case['name']}", marks=marks))
    return parameters
