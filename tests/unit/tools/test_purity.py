"""Loose types, builtins that reach the world, and the builtin hash are found where they are not allowed."""

import pytest

from tools.purity import builtin_hash, loose_types, touches_of_the_world
from tools.source import Source

POLICY = "src/opportune/policies/planted.py"
ADAPTER = "src/opportune/adapters/planted.py"


@pytest.mark.parametrize(
    "text",
    ["x = hash('a')\n", "y = sorted(n, key=hash)\n", "import builtins\nz = builtins.hash(1)\n", "(1).__hash__()\n"],
)
def test_the_builtin_hash_is_found_in_every_package(text: str) -> None:
    assert [offence.line for offence in builtin_hash(Source(ADAPTER, text))] == [text.count("\n")]


def test_our_own_hash_of_names_is_no_builtin_hash() -> None:
    text = "class C:\n    def __hash__(self) -> int:\n        return 1\n\nx = hash_of('a')\n"
    assert list(builtin_hash(Source(POLICY, text))) == []


@pytest.mark.parametrize("name", ["open", "print", "input", "breakpoint"])
def test_a_builtin_that_reaches_the_world_is_found_in_a_pure_package(name: str) -> None:
    text = f"def planted() -> None:\n    {name}('x')\n"
    assert [offence.line for offence in touches_of_the_world(Source(POLICY, text))] == [2]


def test_the_edge_may_reach_the_world() -> None:
    assert list(touches_of_the_world(Source(ADAPTER, "print(open('x'))\n"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "from typing import Any\n",
        "from typing import cast\n",
        "from typing_extensions import Any as Whatever\n",
        "import typing\nx: typing.Any\n",
        "import typing\ny = typing.cast(int, x)\n",
        "z: dict[str, Any]\n",
        "x = 1  # type: ignore\n",
        "x = 1  # type: ignore[assignment]\n",
    ],
)
def test_a_loose_type_is_found_in_a_pure_package(text: str) -> None:
    assert [offence.line for offence in loose_types(Source(POLICY, text))] == [text.count("\n")]


def test_a_loose_type_is_allowed_at_the_edge() -> None:
    assert list(loose_types(Source(ADAPTER, "from typing import Any, cast\nx: Any = 1  # type: ignore\n"))) == []


def test_a_cast_of_another_library_is_no_loose_type() -> None:
    assert list(loose_types(Source(POLICY, "from sqlglot import exp\nx = exp.Cast, exp.cast\n"))) == []
