"""Waits by the user's own clock: the instants that were asked for, on that clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from opportune.testing.world import World, instant
from tests.stories.shop import shop


def heard_at(wait: str, zone: str, entered: str, *, stays: str = "") -> str:
    """When, on the user's clock, the mail behind this wait goes out to who enters at this instant of the clock."""
    journey = f"journey: cart\nenter: {{on: Cart Updated}}\nsteps:\n  - wait: {wait}\n  - send: reminder\n"
    begun = datetime.fromisoformat(entered).replace(tzinfo=ZoneInfo(zone))
    world = World(shop(journeys=journey), start=round(begun.timestamp() * 1000))
    ann = world.user("ann", zone=zone)
    ann.does("Cart Updated")
    world.passes(days=10)
    [mail] = ann.received
    return datetime.fromtimestamp(mail.at / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M")


@pytest.mark.parametrize("word", ["Consent Given", "Consent Withdrawn"])
def test_straight_after_a_send_a_wall_time_is_never_that_of_the_same_instant(word: str) -> None:
    steps = '  - repeat: {times: 3, steps: [{wait: {at: "09:00"}}, {send: reminder}]}'
    journey = f"journey: cart\nenter: {{on: Cart Updated}}\nsteps:\n{steps}\n"
    world = World(shop(journeys=journey), start="2026-06-01T09:00+02:00", delay=0)
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does(word, channel="email")
    ann.does("Cart Updated")
    world.passes(days=5)
    mornings = [instant(f"2026-06-0{day}T09:00+02:00") for day in (1, 2, 3)]
    assert [each.due for each in world.decisions] == mornings
    assert [each.at for each in ann.received] == (mornings if word == "Consent Given" else [])


@pytest.mark.parametrize(
    ("wait", "zone", "entered", "expected"),
    [
        ('{at: "21:00", on: [monday]}', "America/New_York", "2026-06-05T12:00", "Mon 08 21:00"),
        ('{at: "08:00", on: [monday]}', "Asia/Tokyo", "2026-06-07T23:30", "Mon 08 08:00"),
        ('{at: "09:00", on: monday}', "Europe/Berlin", "2026-10-23T12:00", "Mon 26 09:00"),
        ('{at: "09:00"}', "Europe/Berlin", "2026-06-01T09:00", "Mon 01 09:00"),
        ('{at: "09:00"}', "Europe/Berlin", "2026-06-01T09:01", "Tue 02 09:00"),
        ('{between: ["20:00", "02:00"]}', "Europe/Berlin", "2026-06-01T23:00", "Mon 01 23:00"),
        ('{between: ["20:00", "02:00"], on: [friday]}', "Europe/Berlin", "2026-06-06T01:30", "Sat 06 01:30"),
        ('{between: ["20:00", "02:00"], on: [friday]}', "Europe/Berlin", "2026-06-06T02:00", "Fri 12 20:00"),
        ("{between: active}", "America/New_York", "2026-06-01T03:00", "Mon 01 09:00"),
        ("{between: active}", "America/New_York", "2026-06-01T20:59", "Mon 01 20:59"),
        ("{between: active}", "America/New_York", "2026-06-01T21:00", "Tue 02 09:00"),
        ("{on: [monday, tuesday, wednesday, thursday, friday]}", "Asia/Tokyo", "2026-06-03T15:00", "Wed 03 15:00"),
        ("{on: [saturday]}", "Asia/Tokyo", "2026-06-03T15:00", "Sat 06 00:00"),
    ],
)
def test_a_wait_by_the_clock_ends_when_that_clock_shows_it(wait: str, zone: str, entered: str, expected: str) -> None:
    assert heard_at(wait, zone, entered) == expected


def test_a_user_of_no_known_zone_has_the_clock_of_the_playbook() -> None:
    journey = 'journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - wait: {at: "15:00"}\n  - send: reminder\n'
    world = World(shop(journeys=journey))
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [3 * 3_600_000]
