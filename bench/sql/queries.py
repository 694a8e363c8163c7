"""The queries by number, and what tells that two engines gave the same answer."""

import hashlib
import pathlib
import re

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def tpch() -> dict[int, str]:
    text = pathlib.Path(__file__).with_name("tpch.sql").read_text()
    parts = re.split(r"^-- (\d+)$", text, flags=re.MULTILINE)[1:]
    return {int(number): query.strip().rstrip(";") for number, query in zip(parts[::2], parts[1::2], strict=True)}


def checksum(rows: list) -> str:
    """Of the rows in order; numbers count to six digits, for sums may be taken in another order."""

    def cell(value):
        try:
            return f"{float(value):.6g}" if value is not None and not isinstance(value, str) else str(value)
        except TypeError:
            return str(value)

    text = "\n".join("|".join(map(cell, row)) for row in rows)
    return f"{len(rows)} rows, {hashlib.sha256(text.encode()).hexdigest()[:8]}"
