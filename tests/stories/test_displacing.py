"""What is only planned gives way to something better that it blocks."""

import pytest

from opportune.testing.world import User, World
from tests.stories.shop import shop

NIGHT = 'quiet_hours: {from: "21:00", to: "08:00", channels: [sms]}'
CAP = "frequency_cap: {at_most: 1, within: 24 hours}"


def journey(name: str, more: str = "") -> str:
    """A journey that says the message of its name at once."""
    return f"journey: {name}\nkey: n\nenter: {{on: {name.title()}}}\nsteps:\n  - send: {name}\n{more}"


def world_with(*policies: str, later: str = "worth: 1", better: str = "worth: 2", more: str = "") -> World:
    """At night a text is planned for the morning; then something else comes up that could be mailed now."""
    journeys = {"later": journey("later", more), "better": journey("better")}
    messages = {"later": f"channels: [sms]\n{later}", "better": better, "next": "channels: [push]\nworth: 1"}
    world = World(shop(NIGHT, *policies, journeys=journeys, messages=messages), start="2026-06-01T22:00Z")
    ann = world.user("ann", phone="+49 30 123456", push_token="p")
    ann.does("Later", n=1)
    assert world.why(ann, "later").code == "planned"
    ann.does("Better", n=1)
    return world


@pytest.mark.parametrize(("worth", "is_displaced"), [("1.2", False), ("1.200001", True), ("1", False), ("5", True)])
def test_it_must_be_worth_more_by_the_margin(worth: str, is_displaced: bool) -> None:
    world = world_with(CAP, "arbitration: {displace_margin: 20%}", better=f"worth: {worth}")
    ann = User(world, "ann")
    world.passes(minutes=1)
    code = world.why(ann, "later").code
    assert (code == "displaced") is is_displaced
    world.passes(days=2)
    assert [mail.message for mail in ann.received] == (["better"] if is_displaced else ["later"])


def test_what_must_be_said_displaces_always_if_it_obeys() -> None:
    world = world_with(CAP, better="kind: transactional\nobeys: true\nworth: 0")
    ann = User(world, "ann")
    world.passes(days=2)
    assert [mail.message for mail in ann.received] == ["better"]
    assert world.why(ann, "later").code == "displaced"


def test_what_does_not_obey_has_nothing_to_displace() -> None:
    world = world_with(CAP, better="kind: transactional")
    ann = User(world, "ann")
    world.passes(days=2)
    assert [mail.message for mail in ann.received] == ["better", "later"]


def test_a_displaced_run_goes_on() -> None:
    world = world_with(CAP, more="  - wait: 30 hours\n  - send: next\n")
    ann = User(world, "ann")
    world.passes(days=3)
    assert [mail.message for mail in ann.received] == ["better", "next"]


def test_what_has_been_sent_is_never_displaced() -> None:
    world = World(
        shop(
            CAP,
            journeys={"later": journey("later"), "better": journey("better")},
            messages={"later": "", "better": "worth: 99\nuseful_for: 2 hours"},
        )
    )
    ann = world.user("ann")
    ann.does("Later", n=1)
    ann.does("Better", n=1)
    assert world.why(ann, "better").code == "frequency_cap"
    world.passes(minutes=1)
    ann.does("Better", n=2)
    assert world.why(ann, "better").code == "frequency_cap"


def test_no_more_is_displaced_than_must_be_and_the_cheapest_first() -> None:
    """Two are planned for the morning, worth 1 and 2; room for one is needed."""
    journeys = {name: journey(name) for name in ("cheap", "dear", "better")}
    messages = {
        "cheap": "channels: [sms]\nworth: 1",
        "dear": "channels: [sms]\nworth: 2",
        "better": "worth: 1.5",
    }
    world = World(
        shop(NIGHT, "frequency_cap: {at_most: 2, within: 24 hours}", journeys=journeys, messages=messages),
        start="2026-06-01T22:00Z",
    )
    ann = world.user("ann", phone="+49 30 123456")
    ann.does("Dear", n=1)
    world.passes(seconds=1)
    ann.does("Cheap", n=1)
    ann.does("Better", n=1)
    world.passes(days=1)
    assert {name: world.why(ann, name).code for name in journeys} == {
        "cheap": "displaced",
        "dear": "sent",
        "better": "sent",
    }


def test_it_must_be_worth_more_than_all_it_displaces_together() -> None:
    """To speak now, both of two gaps would have to be opened, worth 1 each."""
    journeys = {name: journey(name) for name in ("early", "late", "better")}
    for worth, expected in (("2.3", "minimum_gap"), ("2.5", "sent")):
        messages = {
            "early": "channels: [sms]\nworth: 1",
            "late": "channels: [push]\nworth: 1",
            "better": f"worth: {worth}\nuseful_for: 30 minutes",
        }
        world = World(
            shop(
                'quiet_hours: {from: "21:00", to: "22:30", channels: [sms]}',
                'quiet_hours: {from: "21:00", to: "23:00", channels: [push]}',
                "minimum_gap: {span: 2 hours, channels: [sms, email]}",
                "frequency_cap: {at_most: 1, within: 2 hours, channels: [push, email]}",
                journeys=journeys,
                messages=messages,
            ),
            start="2026-06-01T22:00Z",
        )
        ann = world.user("ann", phone="+49 30 123456", push_token="p")
        ann.does("Early", n=1)
        ann.does("Late", n=1)
        ann.does("Better", n=1)
        world.passes(minutes=1)
        assert world.why(ann, "better").code == expected


def test_displacing_does_not_help_where_another_gate_objects() -> None:
    messages = {"later": "channels: [sms]\nworth: 1", "better": "channels: [sms]\nworth: 9\nuseful_for: 2 hours"}
    world = World(
        shop(NIGHT, CAP, journeys={"later": journey("later"), "better": journey("better")}, messages=messages),
        start="2026-06-01T22:00Z",
    )
    ann = world.user("ann", phone="+49 30 123456")
    ann.does("Later", n=1)
    ann.does("Better", n=1)
    assert world.why(ann, "better").code == "quiet_hours"
    assert world.why(ann, "later").code == "planned"
