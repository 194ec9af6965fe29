"""Schedules, dates and broadcasts: at the right instant on the user's own clock, once, also where the clock changes."""

import pytest

from opportune.journeys.memory import at_rest, awake
from opportune.testing.world import User, World
from opportune.units import DAY, HOUR, MINUTE
from tests.stories.moments import does_in_context, imports, on_clock
from tests.stories.shop import shop
from tests.stories.trigger_page import examples

[MONDAY_NEWS], [TRIAL_ENDS], [BLACK_FRIDAY] = examples("schedule"), examples("date"), examples("broadcast")
DAILY = "journey: daily\nenter: {every: day, at: '09:00'}\nsteps:\n  - send: reminder\n"
BIRTHDAY = "journey: birthday\nenter: {date: born_on, at: '08:00', repeat: yearly}\nsteps:\n  - send: reminder\n"


def clocks(user: User, zone: str) -> list[str]:
    """When the user received something, on this clock."""
    return [on_clock(mail.at, zone) for mail in user.received]


# Schedules


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu"])
def test_mondays_and_thursdays_at_nine_on_the_users_own_clock(zone: str) -> None:
    world = World(shop(journeys=MONDAY_NEWS))  # begins on Monday 2026-06-01, 12:00 UTC
    ann = world.user("ann", zone=zone, digest_wanted=True)
    world.passes(days=14)
    wanted = ["2026-06-04", "2026-06-08", "2026-06-11", "2026-06-15"]
    days = (["2026-06-01"] if zone == "America/New_York" else []) + wanted
    assert clocks(ann, zone) == [f"{day} 09:00" for day in days if f"{day} 09:00" <= on_clock(world.now, zone)]


def test_the_condition_is_asked_then() -> None:
    world = World(shop(journeys=MONDAY_NEWS))
    ann = world.user("ann", digest_wanted=False)
    world.passes(days=5)
    ann.does("Identified", digest_wanted=True)
    world.passes(days=4)
    assert clocks(ann, "UTC") == ["2026-06-08 09:00"]


def test_across_the_change_of_clocks_it_stays_nine() -> None:
    world = World(shop(journeys=DAILY), start="2026-10-30T12:00Z")
    ann = world.user("ann", zone="America/New_York")
    world.passes(days=5)
    assert clocks(ann, "America/New_York") == [
        f"{day} 09:00" for day in ("2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03")
    ]


def test_who_flies_west_has_had_that_morning_and_who_flies_east_waits_for_the_next() -> None:
    world = World(shop(journeys=DAILY), start="2026-06-01T05:00Z")
    ann, bob = world.user("ann", zone="Europe/Berlin"), world.user("bob", zone="Europe/Berlin")
    world.until("2026-06-01T06:00Z")
    does_in_context(bob, "App Opened", {"timezone": "Asia/Tokyo"})
    bob.does("Identified", timezone="Asia/Tokyo")
    world.until("2026-06-01T08:00Z")
    ann.does("Identified", timezone="America/New_York")
    world.until("2026-06-03T00:00Z")
    assert [on_clock(mail.at, "UTC") for mail in ann.received] == ["2026-06-01 07:00", "2026-06-02 13:00"]
    assert [on_clock(mail.at, "UTC") for mail in bob.received] == ["2026-06-02 00:00"]


def test_everybody_is_waited_for_from_the_publication_on_and_the_imported_too() -> None:
    world = World(shop())
    ann, bob = world.user("ann"), User(world, "bob")
    world.publish(shop(journeys=DAILY))
    imports(bob, "Identified", at=world.now - 30 * DAY, email="bob@example.com")
    world.passes(days=1)
    assert clocks(ann, "UTC") == clocks(bob, "UTC") == ["2026-06-02 09:00"]


def test_another_time_is_kept_from_its_publication_on_and_a_morning_is_never_had_twice() -> None:
    world = World(shop(journeys=DAILY), start="2026-06-01T06:00Z")
    ann = world.user("ann")
    world.until("2026-06-01T10:00Z")
    world.publish(shop(journeys=DAILY.replace("09:00", "11:00")))
    world.until("2026-06-02T12:00Z")
    assert clocks(ann, "UTC") == ["2026-06-01 09:00", "2026-06-02 11:00"]


def test_a_journey_that_is_gone_or_paused_says_nothing() -> None:
    world = World(shop(journeys=DAILY))
    ann = world.user("ann")
    world.publish(shop(journeys=DAILY), paused=["daily"])
    world.passes(days=2)
    assert world.attempts == []
    world.publish(shop(journeys=DAILY))
    world.passes(days=1)
    assert len(ann.received) == 1
    world.publish(shop())
    world.passes(days=3)
    assert len(ann.received) == 1


def test_what_was_missed_is_decided_as_of_its_own_instant() -> None:
    world = World(shop(journeys=DAILY, messages={"reminder": "useful_for: 1 day"}))
    ann = world.user("ann")
    world.now += 3 * DAY
    ann.does("App Opened")
    due = [each.due for each in world.decisions if each.chosen is not None]
    assert [on_clock(at, "UTC") for at in due[:1]] == ["2026-06-02 09:00"]
    world.passes(days=1)
    assert [mail.at for mail in ann.received if mail.at < world.now - DAY] == []


def test_what_is_armed_survives_rest() -> None:
    world = World(shop(journeys=DAILY))
    ann = world.user("ann")
    memory = world.memory(ann)
    assert awake(at_rest(memory)).armed == memory.armed != []


# Dates


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_three_days_before_the_trial_ends_at_ten_on_the_users_clock(zone: str) -> None:
    world = World(shop(journeys=TRIAL_ENDS))
    ann = world.user("ann", zone=zone, plan="trial", trial_ends_on="2026-06-20")
    world.passes(days=60)
    assert clocks(ann, zone) == ["2026-06-17 10:00"]


def test_another_date_takes_the_place_of_the_one_before() -> None:
    world = World(shop(journeys=TRIAL_ENDS))
    ann = world.user("ann", plan="trial", trial_ends_on="2026-06-20")
    world.passes(days=10)
    ann.does("Identified", trial_ends_on="2026-06-30")
    world.passes(days=10)
    assert ann.received == []
    world.passes(days=10)
    assert clocks(ann, "UTC") == ["2026-06-27 10:00"]
    ann.does("Identified", trial_ends_on="2026-07-30")
    world.passes(days=60)
    assert clocks(ann, "UTC") == ["2026-06-27 10:00", "2026-07-27 10:00"]


@pytest.mark.parametrize("value", [None, "soon", "2026-05-01", True])
def test_a_date_that_is_none_or_has_passed_arms_nothing(value: str | bool | None) -> None:
    world = World(shop(journeys=TRIAL_ENDS))
    ann = world.user("ann", plan="trial", trial_ends_on="2026-06-20")
    ann.does("Identified", trial_ends_on=value)
    world.passes(days=60)
    assert ann.received == []


def test_a_date_that_comes_with_imported_history_is_waited_for() -> None:
    world = World(shop(journeys=TRIAL_ENDS))
    ann = User(world, "ann")
    stated = {"email": "ann@example.com", "plan": "trial", "trial_ends_on": "2026-06-20"}
    imports(ann, "Identified", at=world.now - DAY, **stated)
    world.passes(days=30)
    assert clocks(ann, "UTC") == ["2026-06-17 10:00"]


def test_one_date_fires_once_whatever_clock_the_user_lives_by_then() -> None:
    world = World(shop(journeys=TRIAL_ENDS))
    ann = world.user("ann", zone="Europe/Berlin", plan="trial", trial_ends_on="2026-06-20")
    world.until("2026-06-17T08:30Z")
    assert len(ann.received) == 1
    ann.does("Identified", timezone="America/New_York")
    world.publish(shop(journeys=TRIAL_ENDS.replace("10:00", "15:00")))
    world.passes(days=5)
    assert len(ann.received) == 1


def test_who_flies_past_the_instant_gets_it_at_once() -> None:
    world = World(shop(journeys=TRIAL_ENDS))
    ann = world.user("ann", zone="Europe/Berlin", plan="trial", trial_ends_on="2026-06-20")
    world.until("2026-06-17T06:00Z")
    ann.does("Identified", timezone="Asia/Tokyo")
    world.passes(minutes=1)
    assert clocks(ann, "Asia/Tokyo") == ["2026-06-17 15:00"]


def test_an_instant_is_kept_to_the_millisecond() -> None:
    journey = "journey: call\nenter: {date: call_at, offset: -15 minutes}\nsteps:\n  - send: reminder\n"
    world = World(shop(journeys=journey))
    ann = world.user("ann", call_at="2026-06-03T10:30:00.250+02:00")
    world.passes(days=5)
    assert [mail.at for mail in ann.received] == [world.now - 5 * DAY + 44 * HOUR + 15 * MINUTE + 250]


def test_birthdays_come_every_year_and_the_29th_of_february_on_the_28th() -> None:
    world = World(shop(journeys=BIRTHDAY, messages={"reminder": "useful_for: 7 days"}), start="2026-06-01T12:00Z")
    ann, bob = world.user("ann", born_on="1990-07-04"), world.user("bob", born_on="1992-02-29")
    world.passes(days=900)
    assert clocks(ann, "UTC") == ["2026-07-04 08:00", "2027-07-04 08:00", "2028-07-04 08:00"]
    assert clocks(bob, "UTC") == ["2027-02-28 08:00", "2028-02-29 08:00"]


@pytest.mark.parametrize(
    ("born", "zone"),
    [
        ("0001-01-01T00:00Z", "America/New_York"),
        ("9999-12-31T23:59Z", "Asia/Tokyo"),
        ("9999-06-01", "UTC"),
        ("soon", "UTC"),
        (None, "UTC"),
        (True, "UTC"),
        (4_102_444_800, "UTC"),
    ],
)
def test_birthdays_that_no_calendar_has_or_are_far_off_are_none(born: str | float | bool | None, zone: str) -> None:
    world = World(shop(journeys=BIRTHDAY))
    ann = world.user("ann", zone=zone)
    ann.does("Identified", born_on=born)
    world.passes(days=400)
    assert ann.received == []


def test_a_birthday_that_somebody_flies_past_comes_at_once_and_only_once() -> None:
    world = World(shop(journeys=BIRTHDAY), start="2026-07-01T12:00Z")
    ann = world.user("ann", zone="America/Los_Angeles", born_on="1990-07-04")
    world.until("2026-07-04T12:00Z")
    ann.does("Identified", timezone="Asia/Tokyo")
    world.passes(minutes=1)
    assert clocks(ann, "Asia/Tokyo") == ["2026-07-04 21:00"]
    ann.does("Identified", timezone="America/Los_Angeles")
    world.passes(days=100)
    assert len(ann.received) == 1


# Broadcasts


def test_ten_on_each_users_own_clock_within_two_hours_and_only_whom_it_concerns() -> None:
    world = World(shop(journeys=BLACK_FRIDAY), start="2026-11-20T12:00Z")
    users = [world.user(f"u{number}", zone="Asia/Tokyo", plan="pro") for number in range(30)]
    other = world.user("other", zone="Asia/Tokyo", plan="free")
    world.passes(days=10)
    ats = [at for user in users for at in clocks(user, "Asia/Tokyo")]
    assert len(ats) == 30
    assert len(set(ats)) > 15
    assert all("2026-11-27 10:00" <= at < "2026-11-27 12:00" for at in ats)
    assert other.received == []


def test_with_an_offset_it_is_one_instant_for_all() -> None:
    journey = BLACK_FRIDAY.replace("2026-11-27 10:00", "2026-11-27T10:00+01:00").replace(", over: 2 hours", "")
    world = World(shop(journeys=journey), start="2026-11-20T12:00Z")
    ann, bob = world.user("ann", zone="Asia/Tokyo", plan="pro"), world.user("bob", plan="pro")
    world.passes(days=10)
    assert clocks(ann, "UTC") == clocks(bob, "UTC") == ["2026-11-27 09:00"]


def test_it_goes_once_also_if_it_is_published_again_or_the_user_flies_west() -> None:
    world = World(shop(journeys=BLACK_FRIDAY.replace(", over: 2 hours", "")), start="2026-11-20T12:00Z")
    ann = world.user("ann", zone="Europe/Berlin", plan="pro")
    world.until("2026-11-27T09:30Z")
    assert len(ann.received) == 1
    ann.does("Identified", timezone="America/New_York")
    world.publish(shop(journeys=BLACK_FRIDAY))
    world.passes(days=10)
    assert len(ann.received) == 1


def test_who_comes_later_gets_none_and_nobody_does_of_one_that_has_passed() -> None:
    world = World(shop(), start="2026-11-28T12:00Z")
    ann = world.user("ann", plan="pro")
    world.publish(shop(journeys=BLACK_FRIDAY))
    bob = world.user("bob", plan="pro")
    world.passes(days=10)
    assert ann.received == bob.received == []
