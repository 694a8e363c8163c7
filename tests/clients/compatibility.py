"""Writes what agrees with Spark, from the recorded cases and their gaps: docs/ml.md, docs/functions.md, and tables
of docs/compatibility.md.

    python tests/clients/compatibility.py

The tests hold it to its word: a case that fails without a line in gaps.toml is red, and so is a line that is not true.
"""

import json

import catalogue
import functions_page
from gaps import GAPS, GOLD

DOCS = GOLD.parent / "docs"
TITLES = {"sql": "SQL and DataFrames", "ml": "Machine learning", "tuning": "Searches, pipelines and functions"}
TABLES = "## Agreement with recorded cases\n"


def tables(kind: str) -> list[str]:
    lines = [f"### {TITLES[kind]}", "", "| group | agree with Spark 4.2 | not yet |", "| --- | --- | --- |"]
    for path in sorted((GOLD / kind).glob("*.json")):
        names = [case["name"] for case in json.loads(path.read_text())["cases"]]
        gaps = {name: GAPS[kind][f"{path.stem}/{name}"] for name in names if f"{path.stem}/{name}" in GAPS[kind]}
        missing = "; ".join(f"`{name}`: {reason}" for name, reason in gaps.items())
        lines.append(f"| {path.stem.replace('_', ' ')} | {len(names) - len(gaps)} of {len(names)} | {missing} |")
    return lines


def pages() -> dict:
    """The pages by their files: of the one what is written by hand, with the tables behind it."""
    compatibility = DOCS / "compatibility.md"
    by_hand = compatibility.read_text().partition(TABLES)[0]
    printed = "\n".join(line for kind in TITLES for line in ["", *tables(kind)])
    return {
        compatibility: f"{by_hand}{TABLES}{printed}\n",
        DOCS / "ml.md": catalogue.page(by_hand),
        DOCS / "functions.md": functions_page.page(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text)
