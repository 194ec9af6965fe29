"""What events.yaml may say, and what is refused there."""

import pytest

from opportune.events.interactions import Property
from opportune.playbook.read_events import LONGEST_NAME, MOST_EVENTS, MOST_PROPERTIES, MOST_WORDS
from opportune.playbook.reading import playbook_from
from tests.unit.playbook.files import FILES, complaints


def refused(text: str) -> list[str]:
    return complaints({**FILES, "events.yaml": text})


def test_short_and_long_forms_say_the_same() -> None:
    text = """Pricing Viewed:
  plan: text
  page.url: {kind: text}
  tier: {one_of: [basic, plus]}
  count: {kind: whole, required: true}
Logged In:
"""
    schemas = playbook_from({**FILES, "events.yaml": text}).schemas
    assert schemas["Pricing Viewed"].properties == (
        Property("plan", "text"),
        Property("page.url", "text"),
        Property("tier", "text", one_of=("basic", "plus")),
        Property("count", "whole", is_required=True),
    )
    assert schemas["Logged In"].properties == ()


WRONG = [
    ("a", "1: events.yaml must be a mapping of names to values, not 'a'"),
    ("", "1: events.yaml is empty"),
    ("A: text", "1: A must be a mapping of names to values, not 'text'"),
    ("A:\n  b: txt",
     "2: b must be one of text, number, whole, boolean, instant, list, object, unknown, not 'txt'"),
    ("A:\n  b:",
     "2: b must be one of text, number, whole, boolean, instant, list, object, unknown, not nothing"),
    ("A:\n  b: [text]",
     "2: b must be one of text, number, whole, boolean, instant, list, object, unknown, not a list"),
    ("A:\n  b: {}",
     "2: kind must be one of text, number, whole, boolean, instant, list, object, unknown, not nothing"),
    ("A:\n  b: {kind: text, require: true}", "2: b has no 'require'; did you mean 'required'?"),
    ("A:\n  b: {kind: text, required: often}", "2: required must be true or false, not 'often'"),
    ("A:\n  b: {kind: number, one_of: [x]}",
     "2: one_of is for texts, and b is declared as number; leave one of the two out"),
    ("A:\n  b: {one_of: [x, x]}", "2: one_of names a text twice; name it once"),
    ("A:\n  b: {one_of: {x: 1}}", "2: one_of must be a list of words, such as [email, push]"),
    ('A:\n  "b\\"": text',
     f"2: a property's name has 1 to {LONGEST_NAME} signs, none of them a quote or a backslash, not 'b\"'"),
    ("A:\n  b..c: text",
     f"2: a property's name has 1 to {LONGEST_NAME} signs, none of them a quote or a backslash, not 'b..c'"),
]  # fmt: skip
EVENTS_WRONG = [text for text, _ in WRONG]
"""Texts of an events.yaml that are refused."""


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_is_named_with_its_line(text: str, problem: str) -> None:
    assert f"events.yaml:{problem}" in refused(text)


def test_the_bounds_are_held() -> None:
    events = "".join(f"E{number}: {{}}\n" for number in range(MOST_EVENTS))
    properties = "A:\n" + "".join(f"  p{number}: text\n" for number in range(MOST_PROPERTIES))
    words = f"A: {{b: {{one_of: [{', '.join(f'w{number}' for number in range(MOST_WORDS))}]}}}}"
    assert refused(events) == refused(properties) == refused(words) == []
    assert refused(f"{events}more: {{}}\n") == ["events.yaml:1: at most 1,000 events are declared, not 1,001"]
    assert refused(f"{properties}  more: text\n") == ["events.yaml:2: A: at most 200 properties, not 201"]
    assert refused(words.replace("w0", "w, w0")) == ["events.yaml:1: one_of holds at most 200 texts, not 201"]
    assert refused(f"{'n' * (LONGEST_NAME + 1)}: {{}}") == [
        "events.yaml:1: the name of an event has at most 200 letters, not 201"
    ]
