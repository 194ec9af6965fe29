"""Tests stand where one looks for them, and are named for what is true."""

import ast
from collections.abc import Iterator

import pytest

from tests.api.source_tree import ROOT, SOURCE

KINDS = {"api", "contracts", "faults", "fuzz", "laws", "oracle", "security", "stories", "unit", "browser"}
TESTS = ROOT / "tests"


def test_every_folder_of_tests_is_one_of_the_known_kinds() -> None:
    found = {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/test_*.py")}
    assert found - KINDS == set()
    assert list(TESTS.glob("test_*.py")) == []


def mirrored(name: str) -> bool:
    """Is there a module or package that this unit test is named for? ``test_cap_moves.py`` may be for ``cap.py``."""
    folder, _, stem = name.rpartition("/")
    words = stem.removeprefix("test_").removesuffix(".py").split("_")
    home = ROOT / folder if folder.split("/")[0] == "tools" else SOURCE / folder
    stems = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any((home / f"{stem}.py").exists() or (home / stem / "__init__.py").exists() for stem in stems)


@pytest.mark.parametrize(
    "name", sorted(p.relative_to(TESTS / "unit").as_posix() for p in TESTS.glob("unit/**/test_*.py"))
)
def test_a_unit_test_mirrors_a_module(name: str) -> None:
    assert mirrored(name), f"tests/unit/{name}: there is no module of this name at the same place in src/opportune"


def offences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a test mocks, or sleeps for more than a turn of the loop."""
    forbidden = {"mock", "unittest.mock", "pytest_mock", "freezegun", "time_machine"}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if {alias.name for alias in names} & forbidden:
                yield node.lineno, "mocks"
            case ast.ImportFrom(module=str(module)) if module in forbidden:
                yield node.lineno, "mocks"
            case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=0)]):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time" | "asyncio"), attr="sleep")):
                yield node.lineno, "sleeps"


@pytest.mark.parametrize("text", ["import unittest.mock", "from unittest.mock import Mock", "time.sleep(1)"])
def test_a_planted_mock_or_sleep_is_found(text: str) -> None:
    assert len(list(offences(ast.parse(text)))) == 1


PAUSING = TESTS / "faults" / "pausing.py"
"""Where programs that are not under test take their time."""


def test_no_test_mocks_or_sleeps() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in sorted(TESTS.rglob("*.py"))
        if path != PAUSING
        for line, what in offences(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
