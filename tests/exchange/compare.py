"""The rows of a case, and the comparison of what another runtime made of them with the native answer."""

import json
from pathlib import Path

import numpy as np


def rows(case: Path) -> dict[str, list]:
    return json.loads((case / "rows.json").read_text())["rows"]


def numbers(values: list) -> np.ndarray:
    """`[rows, slots]`; what is missing is NaN."""
    as_lists = [value if isinstance(value, list) else [value] for value in values]
    return np.array([[np.nan if item is None else item for item in row] for row in as_lists], dtype=np.float64)


def same(name: str, expected: np.ndarray, found: np.ndarray, tolerance: float) -> None:
    found = np.asarray(found, dtype=np.float64).reshape(len(expected), -1)
    assert found.shape == expected.shape, f"{name}: {found.shape} instead of {expected.shape}"
    missing = np.isnan(expected)
    assert (np.isnan(found) == missing).all(), f"{name}: other values are missing"
    away = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    assert (away[~missing] <= tolerance).all(), f"{name}: off by up to {np.nanmax(away)}"
