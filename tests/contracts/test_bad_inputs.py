"""Every shared hostile input is tested or listed with its reason; those about playbooks and numbers are tried here."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from opportune.errors import PlaybookError
from opportune.messages.phone import usable_phone
from opportune.messages.template import Template, render
from opportune.playbook.reading import playbook_from
from opportune.testing.world import World, instant
from opportune.wiring.exporting import cells
from opportune.wiring.rows_out import EndingRow
from tests.api.source_tree import ROOT
from tests.contracts.bad_inputs import LEFT, OWN, READERS
from tests.stories.shop import CART, shop
from tests.unit.adapters.channels import test_smtp_bad_inputs
from tests.unit.adapters.sources import test_http_bad_inputs

SHARED = Path(os.environ.get("OPPORTUNE_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "bad_inputs.jsonl"
NOON = instant("2026-06-01T12:00Z")


@cache
def rows() -> dict[str, dict[str, Any]]:
    if not SHARED.is_file():
        pytest.skip("needs shared_data: OPPORTUNE_SHARED names no folder with bad_inputs.jsonl in it")
    return {row["id"]: row for row in map(json.loads, SHARED.read_text("utf-8").splitlines())}


def test_every_input_is_tested_or_left_with_its_reason() -> None:
    read = {name for name, row in rows().items() if any(row["surface"] in each for each in READERS.values())}
    assert set(rows()) == (read | set(OWN) | set(LEFT))
    assert not set(OWN) & set(LEFT)
    assert len(rows()) == 193


def test_the_readers_name_what_they_leave_to_others() -> None:
    assert set(test_http_bad_inputs.ELSEWHERE) <= set(OWN) | set(LEFT)
    assert set(test_smtp_bad_inputs.COVERED) == {name for name, row in rows().items() if row["surface"] == "delivery"}


@pytest.mark.parametrize("name", OWN)
def test_a_test_that_is_named_is_there(name: str) -> None:
    for place in OWN[name]:
        path, _, test = place.partition("::")
        assert f"def {test}(" in (ROOT / "tests" / path).read_text("utf-8"), place


def test_what_is_left_says_why() -> None:
    assert all(len(reason) > 30 for reason in LEFT.values())


# Playbooks

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": CART,
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
}


def policy(text: str) -> dict[str, str]:
    return {"opportune.yaml": f"{FILES['opportune.yaml']}policies:\n  - {text}\n"}


@pytest.mark.parametrize(
    ("changed", "place", "says"),
    [
        (policy("frequency_cap: {at_most: 0, within: 7 days}"), "opportune.yaml:4", "at_most"),
        (policy("frequency_cap: {at_most: -1, within: 7 days}"), "opportune.yaml:4", "at_most"),
        (policy("frequency_cap: {at_most: 1.5, within: 7 days}"), "opportune.yaml:4", "at_most"),
        (policy('frequency_cap: {at_most: "3", within: 7 days}'), "opportune.yaml:4", "at_most"),
        (policy("frequency_cap: {at_most: true, within: 7 days}"), "opportune.yaml:4", "at_most"),
        (policy("frequency_cap: {at_most: 1e9, within: 0s}"), "opportune.yaml:4", "within must be a positive span"),
        (policy("holdout: {share: 110%}"), "opportune.yaml:4", "share lies between 0% and 100%"),
        (policy("holdout: {share: .nan}"), "opportune.yaml:4", "share"),
        (policy('quiet_hours: {from: "21:00", to: "08:00", zone: local}'), "opportune.yaml:4", "has no 'zone'"),
        (policy('quiet_hours: {from: "00:00", to: "00:00"}'), "opportune.yaml:4", "no time at all"),
        ({"opportune.yaml": "zone: local\nconsent: {email: always}\n"}, "opportune.yaml:1", "no zone 'local'"),
        (
            {"messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [carrier_pigeon]\n"},
            "messages/reminder.yaml:3",
            "there are in_app, push, email, sms, webhook",
        ),
        ({"messages/reminder.liquid": ""}, "messages/reminder.liquid:1", "needs words"),
        (
            {"messages/reminder.yaml": f"{FILES['messages/reminder.yaml']}variants: {{a: ../../etc/passwd}}\n"},
            "messages/reminder.yaml:4",
            "no template '../../etc/passwd'",
        ),
        ({"journeys/again.yaml": CART}, "journeys/cart.yaml:2", "already defined in journeys/again.yaml:2"),
        (
            {"messages/reminder.liquid": f"subject: a\n---\n{{{{ unsubscribe_url }}}} {'A' * 5_000_000}"},
            "messages/reminder.liquid:3",
            "at most 100,000 characters",
        ),
    ],
)
def test_a_playbook_is_refused_with_place_and_remedy(changed: dict[str, str], place: str, says: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        playbook_from(FILES | changed)
    assert f"{place}: " in str(refused.value)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("().__class__.__bases__[0].__subclasses__()", "cannot be used"),
        ('__import__("os").system("id")', "unknown function"),
        ('"a"*10**9', "'**' cannot be used"),
        ("9**9**9", "'**' cannot be used"),
        ("range(10**12)", "unknown function"),
        ("matches(url, '(a+)+$')", "unknown function"),
        ("regexp_matches(url, '(a+)+$')", "write LIKE"),
        ("(SELECT 1) = 1", "an expression reads one user"),
        ("value = 1; DROP TABLE users", "one expression only"),
        ("`value` = 1", "cannot be used"),
    ],
)
def test_a_condition_is_refused_with_its_reason(condition: str, says: str) -> None:
    journey = (
        f"journey: cart\nenter: {{on: Cart Updated, where: {json.dumps(condition)}}}\nsteps:\n  - send: reminder\n"
    )
    with pytest.raises(PlaybookError) as refused:
        playbook_from(FILES | {"journeys/cart.yaml": journey})
    assert "journeys/cart.yaml:2: where: " in str(refused.value)
    assert says in str(refused.value)


def test_a_value_that_reads_like_sql_is_a_value() -> None:
    journey = "journey: cart\nenter: {on: Cart Updated, where: \"name = 'x'\"}\nsteps:\n  - send: reminder\n"
    world = World(shop(journeys=journey))
    ann = world.user("ann", email="ann@example.com")
    ann.does("Cart Updated", name="x' OR 1=1 --")
    assert world.attempts == []
    ann.does("Cart Updated", name="x")
    assert len(world.attempts) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{{ '{0.__class__}'.format(u) }}",
        "{% for x in ['{0.__class__}'.format] %}{{ x(u) }}{% endfor %}",
        "{{ 'a'*300000000 }}",
        "{{ '%100000000d' % 1 }}",
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "Hi {{ frist_name }}",
        '{% include "/etc/passwd" %}',
        '{% import "os" as o %}',
        "{% extends x %}",
        "{{ user.db_password }}",
        "{{ config }}",
        "{{ self }}",
        "{{ request }}",
        "{% set x = x + 1 %}",
        "unclosed {% if %}",
        "{{ cart.items|length }}",
    ],
)
def test_a_template_is_refused_whatever_the_values(text: str) -> None:
    with pytest.raises(PlaybookError):
        render(Template(text), {"u": "x", "cart": "a text", "user": "ann"}, NOON)


# Numbers and tables

NUMBERS = {"phone-001": "+14155552671"}
"""What becomes of those that are usable; everything else that is a number in the file is refused."""
RANGES = "phone-013"


def test_a_phone_number_is_refused_or_used_exactly() -> None:
    numbers = {name: row["input"] for name, row in rows().items() if row["surface"] == "phone" and name not in LEFT}
    assert len(numbers) == 9
    for name, text in numbers.items():
        if name == RANGES:
            assert (usable_phone("+881612345678"), usable_phone("+979123456789")) == (None, None)
        else:
            assert usable_phone(text) == NUMBERS.get(name), name


@pytest.mark.parametrize("said", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_that_leaves_for_a_spreadsheet_is_not_calculated(said: str) -> None:
    row = EndingRow(decision="d", user=said, outcome="sent", code="accepted", at="2026-06-01T12:00:00.000Z")
    assert f"'{said}" in cells(row)
