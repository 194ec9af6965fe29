"""What is larger than it may be is found, and nothing that is just as large as it may be."""

import ast

import pytest

from tools.sizes import nesting_of, sizes
from tools.source import Source

POLICY = "class Planted(Gate, frozen=True):\n    pass\n"


def found(path: str, text: str) -> list[str]:
    return [str(offence) for offence in sizes(Source(path, text)) if not offence.is_advice]


def test_a_file_of_400_lines_may_be_and_one_of_401_is_found() -> None:
    assert found("src/opportune/engine.py", "x = 1\n" * 400) == []
    assert found("src/opportune/engine.py", "x = 1\n" * 401) == [
        "src/opportune/engine.py:1: 401 lines: at most 400; which two things is it?"
    ]


def test_a_file_past_250_lines_is_asked_a_question_that_fails_nothing() -> None:
    (advice,) = sizes(Source("src/opportune/engine.py", "x = 1\n" * 251))
    assert advice.is_advice


@pytest.mark.parametrize("package", ["channels", "sources", "stores"])
def test_an_adapter_past_120_lines_is_found(package: str) -> None:
    path = f"src/opportune/adapters/{package}/planted.py"
    assert found(path, "x = 1\n" * 120) == []
    assert found(path, "x = 1\n" * 121) != []


def test_a_policy_past_120_lines_is_found_but_not_the_verbs_or_what_policies_share() -> None:
    long = POLICY + "x = 1\n" * 119
    assert found("src/opportune/policies/planted.py", long) != []
    assert found("src/opportune/policies/verbs.py", long) == []
    assert found("src/opportune/policies/slate.py", "x = 1\n" * 121) == []


def test_a_function_of_50_lines_may_be_and_one_of_51_is_found() -> None:
    head = "def planted() -> None:\n"
    assert found("tools/planted.py", head + "    x = 1\n" * 49) == []
    assert found("tools/planted.py", head + "    x = 1\n" * 50) == [
        "tools/planted.py:1: planted has 51 lines: at most 50"
    ]


def test_a_sixth_parameter_is_found_wherever_it_stands() -> None:
    assert found("tools/planted.py", "def planted(a, b, c, d, e): ...\n") == []
    assert found("tools/planted.py", "class C:\n    def planted(self, a, b, c, d, e): ...\n") == []
    assert found("tools/planted.py", "def planted(a, b, /, c, *, d, e, f): ...\n") != []
    assert found("tools/planted.py", "async def planted(a, b, c, d, *e, **f): ...\n") != []


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        ("pass", 0),
        ("if a:\n  pass\nelif b:\n  pass\nelif c:\n  pass\nelse:\n  pass", 1),
        ("if a:\n  pass\nelse:\n  if b:\n    pass\n  x = 1", 2),
        ("match a:\n  case 1:\n    pass\n  case 2:\n    for b in c:\n      pass", 2),
        (
            "with a:\n  for b in c:\n    while d:\n      try: ...\n      except E:\n        if f: ...",
            5,
        ),
        ("for a in b:\n  def inner():\n    if c:\n      if d:\n        pass", 1),
    ],
)
def test_nesting_counts_blocks_and_neither_elif_nor_inner_functions(body: str, depth: int) -> None:
    assert nesting_of(ast.parse(body)) == depth


def test_a_fourth_level_is_found() -> None:
    text = "def planted():\n  if a:\n    if b:\n      if c:\n        if d:\n          pass\n"
    assert found("tools/planted.py", text) == ["tools/planted.py:1: planted nests 4 deep: at most 3"]


def test_what_a_test_is_given_is_advice() -> None:
    (advice,) = sizes(Source("tests/laws/test_planted.py", "def test_planted(a, b, c, d, e, f): ...\n"))
    assert advice.is_advice
