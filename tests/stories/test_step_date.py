"""Waits for a date that a trait names: a day of the user's calendar, or an instant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from opportune.testing.world import World
from opportune.units import DAY, HOUR
from tests.stories.shop import shop

NOON = "2026-06-01T12:00"
"""Of the user's clock, a Monday: when they enter."""


def world_of(wait: str, zone: str = "UTC", more: str = "") -> World:
    journey = f"journey: cart\nenter: {{on: Trial Started}}\nsteps:\n  - wait: {wait}\n{more}  - send: reminder\n"
    begun = datetime.fromisoformat(NOON).replace(tzinfo=ZoneInfo(zone))
    return World(shop(journeys=journey), start=round(begun.timestamp() * 1000), delay=0)


def heard_at(world: World, zone: str, trait: object) -> list[str]:
    """When, on the user's clock, the mail behind the wait goes out."""
    ann = world.user("ann", zone=zone, **({} if trait is None else {"trial_ends_on": trait}))  # type: ignore[arg-type]
    ann.does("Trial Started")
    world.passes(days=40)
    clock = ZoneInfo(zone)
    return [
        datetime.fromtimestamp(mail.at / 1000, UTC).astimezone(clock).strftime("%m-%d %H:%M") for mail in ann.received
    ]


@pytest.mark.parametrize(
    ("wait", "zone", "trait", "expected"),
    [
        ("{date: trial_ends_on}", "America/New_York", "2026-06-10", "06-10 00:00"),
        ('{date: trial_ends_on, at: "09:00"}', "Asia/Tokyo", "2026-06-10", "06-10 09:00"),
        ('{date: trial_ends_on, offset: -2 days, at: "09:00"}', "Europe/Berlin", "2026-06-10", "06-08 09:00"),
        ("{date: trial_ends_on, offset: -36 hours}", "Europe/Berlin", "2026-06-10", "06-08 12:00"),
        ("{date: trial_ends_on, offset: 1 day}", "Europe/Berlin", "2026-06-10T18:30:00+02:00", "06-11 18:30"),
        ('{date: trial_ends_on, offset: -1 day, at: "10:00"}', "Asia/Tokyo", "2026-06-10T18:30:00Z", "06-10 10:00"),
        ("{date: trial_ends_on}", "UTC", 1_781_000_000, "06-09 10:13"),
        ("{date: trial_ends_on}", "UTC", "2026-05-20", "06-01 12:00"),
        ("{date: trial_ends_on}", "UTC", None, "06-01 12:00"),
        ("{date: trial_ends_on}", "UTC", "soon", "06-01 12:00"),
    ],
)
def test_a_date_is_waited_for_on_the_users_calendar(wait: str, zone: str, trait: object, expected: str) -> None:
    assert heard_at(world_of(wait, zone), zone, trait) == [expected]


@pytest.mark.parametrize("trait", [None, "soon", True])
def test_without_a_date_the_run_can_end(trait: object) -> None:
    world = world_of("{date: trial_ends_on}", more="    missing: end\n")
    assert heard_at(world, "UTC", trait) == []


def test_a_date_that_is_moved_on_is_waited_for_where_it_is_now() -> None:
    world = world_of('{date: trial_ends_on, at: "09:00"}')
    ann, begun = world.user("ann", trial_ends_on="2026-06-03"), world.now
    ann.does("Trial Started")
    world.passes(days=1)
    ann.does("Identified", trial_ends_on="2026-06-05")
    world.passes(days=10)
    assert [mail.at - begun for mail in ann.received] == [4 * DAY - 3 * HOUR]


def test_a_date_that_is_moved_to_a_day_before_is_not_missed() -> None:
    world = world_of('{date: trial_ends_on, at: "09:00"}')
    ann, begun = world.user("ann", trial_ends_on="2026-06-20"), world.now
    ann.does("Trial Started")
    world.passes(days=1)
    ann.does("Identified", trial_ends_on="2026-06-05")
    world.passes(days=1)
    ann.does("Identified", plan="pro")
    world.passes(days=10)
    assert [mail.at - begun for mail in ann.received] == [4 * DAY - 3 * HOUR]
