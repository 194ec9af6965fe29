"""Every example of the reference page is true."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from opportune.errors import ConditionError
from opportune.features.clock import CLOCK, user_clock
from opportune.features.condition import Kind, Scope, compile_value, condition, expression, interpret
from opportune.features.expression import Comparison, Node, Operator, walk
from opportune.features.local_time import zone_named
from opportune.features.profile import Profile, Stated
from opportune.features.sql_words import FUNCTIONS
from opportune.units import DAY, HOUR

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conditions.md"
VALUES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", PAGE.read_text(), re.MULTILINE)
REFUSALS = re.findall(r"^\| `([^`]+)` \| ([^`|]+) \|$", PAGE.read_text().split("## What is refused")[1], re.MULTILINE)
FEATURES: dict[str, Kind] = {"help_searches_1h": "number", "interests": "list"}
BERLIN = [Stated(0, 1, "Europe/Berlin")]
NOW = 100 * DAY


def test_the_page_has_its_examples() -> None:
    assert len(VALUES) >= 45
    assert len(REFUSALS) >= 12


def test_every_function_and_every_node_has_its_example() -> None:
    said = " ".join(text for text, _, _ in VALUES)
    assert [name for name in (*FUNCTIONS, "EXISTS") if f"{name}(" not in said] == []
    shown = {type(node) for text, _, _ in VALUES for node in walk(expression(text, features=FEATURES).node)}
    assert set(get_args(Node)) - shown == set()
    assert [word for word in (*get_args(Comparison), *get_args(Operator)) if f" {word} " not in said] == []


@pytest.mark.parametrize(("text", "properties", "value"), VALUES)
def test_an_example_has_the_value_the_page_says(text: str, properties: str, value: str) -> None:
    zone = zone_named("UTC")
    assert zone is not None
    readers = {"interests": lambda scope: ("ferns", "palms"), CLOCK: user_clock(zone)}
    profile = Profile({"timezone": BERLIN}, series={}, sessions=[], lasts={"Order Completed": [NOW - DAY]})
    scope = Scope(profile=profile, at=NOW, properties=json.loads(properties), entry=NOW - HOUR)
    read = expression(text, features=FEATURES)
    assert repr(interpret(read, scope, readers)) == repr(json.loads(value))
    assert repr(compile_value(read, readers)(scope)) == repr(json.loads(value))


@pytest.mark.parametrize(("text", "error"), REFUSALS)
def test_a_refusal_says_what_the_page_says(text: str, error: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text, features=FEATURES)
    assert str(refused.value) == error
