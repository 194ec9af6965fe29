"""The reference of triggers: each kind has a section, examples are read as that kind, bounds are those that hold."""

import re
from typing import get_args

import msgspec
import pytest

from opportune.features.settling import MOST_TEXTS
from opportune.journeys.armed import MOST_OF_A_KEY, MOST_OF_A_USER
from opportune.journeys.trigger import (
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Sequence,
    Silence,
    Trigger,
    Watched,
)
from opportune.playbook.json_triggers import trigger_schema
from opportune.playbook.read_trigger import MOST_COUNTS, MOST_EVENTS
from tests.stories.shop import shop
from tests.stories.trigger_page import PAGE, SECTIONS, examples

KINDS: dict[str, type[msgspec.Struct]] = {
    "event": Watched,
    "counted": Counted,
    "absence": Absence,
    "sequence": Sequence,
    "crossing": Crossing,
    "segment": Crossing,
    "schedule": Schedule,
    "date": DateTrait,
    "silence": Silence,
    "broadcast": Broadcast,
    "items": Watched,
    "scores": Crossing,
}
FEATURES = "logins_7d: COUNT_IF(event = 'Logged In') OVER LAST '7 days'\nsearches_1h: COUNT_IF(event = 'Searched')\n"
SEGMENTS = "at_risk: logins_7d < 2\n"


def test_every_kind_has_its_section() -> None:
    assert list(SECTIONS) == list(KINDS)
    assert set(KINDS.values()) == set(get_args(Trigger))


@pytest.mark.parametrize(("section", "kind"), KINDS.items())
def test_an_example_is_read_as_this_kind(section: str, kind: type[msgspec.Struct]) -> None:
    assert examples(section)
    for text in examples(section):
        [journey] = shop(journeys=text, features=FEATURES, segments=SEGMENTS).journeys.values()
        assert isinstance(journey.enter, kind)


def test_every_section_is_linked_from_the_table() -> None:
    assert re.findall(r"^\| \[[^]]*\]\(#(\w+)\)", PAGE, re.MULTILINE) == list(KINDS)


def test_every_key_is_told() -> None:
    schema = trigger_schema()
    options = schema["anyOf"]
    assert isinstance(options, list)
    keys = {key for option in options if "properties" in option for key in option["properties"]}
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE and f"{{{key}:" not in PAGE] == []


def test_the_bounds_are_those_that_hold() -> None:
    told = PAGE.replace("\n", " ")
    assert f"At most {MOST_OF_A_KEY} events of one journey and key are armed, and {MOST_OF_A_USER} of one user" in told
    assert f"a number or up to {MOST_COUNTS}" in told
    assert f"a list of up to {MOST_EVENTS}" in told
    assert f"`sequence` names 2 to {MOST_EVENTS} events" in told
    assert f"the {MOST_TEXTS} texts seen last" in told
