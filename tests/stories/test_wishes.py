"""A user who asked for peace, or for less, gets what was asked for; what must be said is said all the same."""

import pytest

from opportune.testing.world import World, instant
from opportune.units import DAY, HOUR
from tests.stories.shop import shop

PING = """
journey: ping
key: n
enter: {on: Ping}
steps:
  - send: reminder
"""
LONG = {"reminder": "useful_for: 30 days"}
MUST = {"reminder": "kind: transactional\nuseful_for: 1 day"}


def test_a_pause_holds_messages_back_until_it_is_over() -> None:
    world = World(shop(journeys=PING, messages=LONG), delay=0)
    ann = world.user("ann", messages_paused_until="2026-06-08T12:00:00Z")
    ann.does("Ping", n=1)
    world.passes(days=10)
    assert [mail.at for mail in ann.received] == [instant("2026-06-08T12:00Z")]


def test_why_says_that_the_user_paused_and_until_when() -> None:
    world = World(shop(journeys=PING, messages={"reminder": "useful_for: 1 day"}))
    ann = world.user("ann", messages_paused_until="2026-06-08T12:00:00Z")
    ann.does("Ping", n=1)
    story = world.why(ann, "reminder")
    assert (story.code, story.until) == ("paused", instant("2026-06-08T12:00Z"))


def test_a_pause_that_comes_after_the_plan_holds_the_plan_back_too() -> None:
    world = World(shop('quiet_hours: {from: "11:00", to: "13:00"}', journeys=PING, messages=LONG), delay=0)
    ann = world.user("ann")
    ann.does("Ping", n=1)
    ann.does("Identified", messages_paused_until=world.now + DAY)
    world.passes(days=2)
    assert [mail.at for mail in ann.received] == [instant("2026-06-02T13:00Z")]


def test_a_pause_that_is_taken_back_holds_nothing() -> None:
    world = World(shop(journeys=PING, messages=LONG), delay=0)
    ann = world.user("ann", messages_paused_until=world.now + 7 * DAY)
    ann.does("Identified", messages_paused_until=None)
    ann.does("Ping", n=1)
    world.passes(hours=1)
    assert len(ann.received) == 1


@pytest.mark.parametrize(("pace", "hours"), [(None, [0, 1, 2]), (2, [0, 1, 168]), (1, [0, 168, 336]), (0, [])])
def test_a_pace_spreads_messages_over_weeks(pace: int | None, hours: list[int]) -> None:
    world = World(shop(journeys=PING, messages=LONG), delay=0)
    ann = world.user("ann", messages_per_week=pace)
    start = world.now
    for number in range(3):
        world.until(start + number * HOUR)
        ann.does("Ping", n=number)
    world.passes(days=29)
    assert [(mail.at - start) // HOUR for mail in ann.received] == hours


@pytest.mark.parametrize("wish", [{"messages_paused_until": "2027-01-01"}, {"messages_per_week": 0}])
def test_what_must_be_said_is_said_to_those_who_want_peace(wish: dict[str, str]) -> None:
    world = World(shop(journeys=PING, messages=MUST), delay=0)
    ann = world.user("ann", **wish)
    ann.does("Ping", n=1)
    world.passes(hours=1)
    assert len(ann.received) == 1
