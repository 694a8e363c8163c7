"""Where the exported files are: `cargo test -p brickyard-exchange` writes them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def exports() -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "tmp" / "exchange"


def cases(tool: str) -> list[Path]:
    return sorted(path for path in (exports() / tool).glob("*") if (path / "rows.json").exists())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        found = cases(metafunc.module.TOOL)
        metafunc.parametrize("case", found, ids=[path.name for path in found])
