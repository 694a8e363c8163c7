"""docs/functions.md: every function of `pyspark.sql.functions` with its recorded cases and their gaps.

`compatibility.py` writes it. A function is absent if the gap of each case that Spark answers begins with that word.
"""

import json

from gaps import GAPS, GOLD

HEAD = """# Functions

Every function of `pyspark.sql.functions` 4.2, but the makers of functions written in Python. *Cases* are the recorded
ones of `gold/functions` that Brickyard answers as Spark 4.2 did: names and types of columns, rows, or the error's
condition and SQLSTATE; the tests hold them to be true. The target is 95 % of the functions with every case.
`python tests/clients/compatibility.py` writes this page; [compatibility](compatibility.md) tells the rest.
"""


def cases_by_function(family: str) -> dict[str, list]:
    """By function its cases, each with the reason of its gap or none."""
    found = {}
    for case in json.loads((GOLD / "functions" / f"{family}.json").read_text())["cases"]:
        gap = GAPS["functions"].get(f"{family}/{case['name']}")
        found.setdefault(case["function"], []).append(case | {"gap": gap})
    return found


def state(cases: list) -> str:
    if not any(case["gap"] for case in cases):
        return "agrees"
    answered = [case for case in cases if "error" not in case]
    is_absent = answered and all((case["gap"] or "").startswith("absent") for case in answered)
    return "absent" if is_absent else "differs"


def row(function: str, cases: list) -> str:
    if state(cases) == "absent":
        return f"| `{function}` | absent | |"
    reasons = {}
    for case in cases:
        if case["gap"]:
            reasons.setdefault(case["gap"], []).append(f"`{case['name']}`")
    differs = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())
    agree = sum(not case["gap"] for case in cases)
    return f"| `{function}` | {agree} of {len(cases)} | {differs} |"


def counted(name: str, functions: dict) -> str:
    states = [state(cases) for cases in functions.values()]
    cases = [case for of_one in functions.values() for case in of_one]
    agree = sum(not case["gap"] for case in cases)
    numbers = [len(states), *map(states.count, ("agrees", "differs", "absent")), f"{agree} of {len(cases)}"]
    return f"| {name} | " + " | ".join(map(str, numbers)) + " |"


def page() -> str:
    families = {path.stem: cases_by_function(path.stem) for path in sorted((GOLD / "functions").glob("*.json"))}
    every = {function: cases for functions in families.values() for function, cases in functions.items()}
    agree = sum(state(cases) == "agrees" for cases in every.values())
    lines = [HEAD, f"{agree} of {len(every)} functions agree in all their cases: {100 * agree / len(every):.1f} %.", ""]
    lines += ["| family | functions | agree | differ | absent | cases |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [counted(family, functions) for family, functions in families.items()]
    lines += [counted("all", every)]
    for family, functions in families.items():
        lines += ["", f"## {family.capitalize()}", "", "| function | cases agree | differs |", "| --- | --- | --- |"]
        lines += [row(function, cases) for function, cases in sorted(functions.items())]
    return "\n".join(lines) + "\n"
