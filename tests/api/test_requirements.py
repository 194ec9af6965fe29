"""The page of requirements has every row once, and claims nothing that nothing shows."""

import re
from pathlib import Path

import pytest

from tests.api.source_tree import ROOT, SOURCE

PAGE = ROOT / "docs" / "requirements.md"
IDS = [
    *(f"T{number}" for number in range(1, 9)),
    *(f"P{number}" for number in range(1, 13)),
    *(f"C{number}" for number in range(7)),
    *(f"L{number}" for number in range(1, 11)),
    *(f"I{number}" for number in range(1, 7)),
]


def rows() -> dict[str, list[str]]:
    """The cells of each row after its id: capability, state, where, shown by."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-Z]\d+ \|", line)]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    assert [row[0] for row in cells if len(row) != 5] == []
    assert len({row[0] for row in cells}) == len(cells)
    return {row[0]: row[1:] for row in cells}


def missing(names: str, home: Path) -> list[str]:
    """The paths in a cell that are not there; code marks and commas around them are left aside."""
    return [name for name in re.findall(r"[\w./-]+/[\w./-]*", names) if not (home / name).exists()]


def test_every_row_is_there_once() -> None:
    assert list(rows()) == IDS


@pytest.mark.parametrize("row", IDS)
def test_a_row_claims_only_what_something_shows(row: str) -> None:
    capability, state, where, shown = rows()[row]
    assert capability
    assert state in {"not yet", "partly", "done"}
    if state == "not yet":
        return
    assert where
    assert shown
    assert missing(where, SOURCE) == []
    assert missing(shown, ROOT) == []
