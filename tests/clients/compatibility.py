"""Prints what agrees with Spark, from the recorded cases and their gaps: the tables of docs/compatibility.md.

    python tests/clients/compatibility.py

The tests hold it to its word: a case that fails without a line in gaps.toml is red, and so is a line that is not true.
"""

import json

from gaps import GAPS, GOLD

TITLES = {"sql": "SQL and DataFrames", "ml": "Machine learning", "tuning": "Searches and pipelines"}


def tables(kind: str) -> list[str]:
    lines = [f"### {TITLES[kind]}", "", "| group | agree with Spark 4.2 | not yet |", "| --- | --- | --- |"]
    for path in sorted((GOLD / kind).glob("*.json")):
        names = [case["name"] for case in json.loads(path.read_text())["cases"]]
        gaps = {name: GAPS[kind][f"{path.stem}/{name}"] for name in names if f"{path.stem}/{name}" in GAPS[kind]}
        missing = "; ".join(f"`{name}`: {reason}" for name, reason in gaps.items())
        lines.append(f"| {path.stem.replace('_', ' ')} | {len(names) - len(gaps)} of {len(names)} | {missing} |")
    return lines


if __name__ == "__main__":
    print("\n".join(line for kind in TITLES for line in [*tables(kind), ""]))
