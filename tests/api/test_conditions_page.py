"""Every example of the reference page is true."""

import json
import re
from pathlib import Path

import pytest

from opportune.errors import ConditionError
from opportune.features.condition import Kind, Scope, compile_value, condition, expression, interpret
from opportune.features.profile import Profile
from opportune.units import DAY, HOUR

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conditions.md"
VALUES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", PAGE.read_text(), re.MULTILINE)
REFUSALS = re.findall(r"^\| `([^`]+)` \| ([^`|]+) \|$", PAGE.read_text().split("## What is refused")[1], re.MULTILINE)
FEATURES: dict[str, Kind] = {"help_searches_1h": "number"}
NOW = 100 * DAY


def test_the_page_has_its_examples() -> None:
    assert len(VALUES) >= 38
    assert len(REFUSALS) >= 12


@pytest.mark.parametrize(("text", "properties", "value"), VALUES)
def test_an_example_has_the_value_the_page_says(text: str, properties: str, value: str) -> None:
    profile = Profile(traits={}, series={}, sessions=[], lasts={"Order Completed": [NOW - DAY]})
    scope = Scope(profile=profile, at=NOW, properties=json.loads(properties), entry=NOW - HOUR)
    read = expression(text)
    assert repr(interpret(read, scope, {})) == repr(json.loads(value))
    assert repr(compile_value(read, {})(scope)) == repr(json.loads(value))


@pytest.mark.parametrize(("text", "error"), REFUSALS)
def test_a_refusal_says_what_the_page_says(text: str, error: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition(text, features=FEATURES)
    assert str(refused.value) == error
