"""Weekdays and hours that other engines are known to get wrong, each asked for by name."""

import pytest
from whenever import Instant as Moment
from whenever import PlainDateTime, ZonedDateTime, reset_tzpath

from opportune.features.local_time import (
    Zone,
    day_of,
    local,
    next_local,
    next_open,
    next_outside,
    next_start,
    offset_at,
    wall_time,
    week_of,
    zone_named,
    zone_names,
)
from opportune.units import DAY, HOUR, Instant
from tests.unit.features.test_local_time import utc

reset_tzpath([])  # the pinned rules only
FIRST, LAST = utc("2024-01-01T00:00"), utc("2034-01-01T00:00")
EVERY = frozenset(range(7))
MONDAY, WEDNESDAY, FRIDAY = frozenset({0}), frozenset({2}), frozenset({4})
WORKDAYS = frozenset(range(5))
MIDNIGHT = wall_time("00:00")


def zone(name: str) -> Zone:
    found = zone_named(name)
    assert found is not None
    return found


def on(name: str, text: str) -> Instant:
    """The instant at which a clock there shows this, as the second library reads it."""
    return ZonedDateTime.parse_iso(f"{text}[{name}]").timestamp(unit="millisecond")


@pytest.mark.parametrize("asked", ["2026-06-04T10:00-04:00", "2026-06-08T20:59-04:00", "2026-06-08T21:00-04:00"])
def test_monday_21_00_in_new_york_is_no_tuesday(asked: str) -> None:
    """Where it is Tuesday 01:00 by UTC."""
    found = next_local(zone("America/New_York"), on("America/New_York", asked), 21 * 60, MONDAY)
    assert found == on("America/New_York", "2026-06-08T21:00-04:00") == utc("2026-06-09T01:00")


@pytest.mark.parametrize("asked", ["2026-06-04T10:00+09:00", "2026-06-08T07:59+09:00", "2026-06-08T08:00+09:00"])
def test_monday_08_00_in_tokyo_is_no_sunday(asked: str) -> None:
    """Where it is Sunday 23:00 by UTC."""
    found = next_local(zone("Asia/Tokyo"), on("Asia/Tokyo", asked), 8 * 60, MONDAY)
    assert found == on("Asia/Tokyo", "2026-06-08T08:00+09:00") == utc("2026-06-07T23:00")


def test_late_on_monday_evening_in_new_york_the_next_monday_is_a_week_away() -> None:
    asked = on("America/New_York", "2026-06-08T21:00:00.001-04:00")
    assert next_local(zone("America/New_York"), asked, 21 * 60, MONDAY) == utc("2026-06-16T01:00")


def changes_of(name: str) -> list[Instant]:
    """When the clock of this zone is changed, from 2024 to 2033."""
    numbers = range(FIRST >> 35, (LAST >> 35) + 1)
    return [at for number in numbers for at in zone(name).spells(number)[0] if FIRST <= at < LAST]


def test_monday_at_nine_asked_for_on_the_friday_before_a_change_is_at_nine_by_the_new_clock() -> None:
    """Of every change of every zone."""
    looked = 0
    for name in sorted(zone_names()):
        here = zone(name)
        for change in changes_of(name):
            day, _, weekday = local(here, change)
            friday = day - (weekday - 4) % 7
            asked = next_local(here, (friday - 1) * DAY, 15 * 60, FRIDAY)
            found = next_local(here, asked, 9 * 60, MONDAY)
            shown = Moment.from_timestamp(found, unit="millisecond").to_tz(name)
            assert shown.to_plain() == PlainDateTime(1970, 1, 1, 9).add(days=friday + 3, naive_arithmetic_ok=True), name
            assert (local(here, asked)[0], local(here, asked)[2]) == (friday, 4)
            looked += 1
    assert looked > 3_500


@pytest.mark.parametrize("shown", ["20:00", "23:00", "23:59:59.999"])
def test_inside_a_night_from_20_00_to_02_00_nobody_waits(shown: str) -> None:
    """At 23:00 others wait 21 hours."""
    start, end = wall_time("20:00"), wall_time("02:00")
    for name, ahead in (("America/New_York", "-05:00"), ("Asia/Tokyo", "+09:00"), ("Asia/Kathmandu", "+05:45")):
        asked = on(name, f"2026-01-14T{shown}{ahead}")
        assert next_open(zone(name), asked, start, end, EVERY) == asked


def test_after_a_night_from_20_00_to_02_00_the_next_one_is_waited_for() -> None:
    start, end = wall_time("20:00"), wall_time("02:00")
    for shown in ("02:00", "03:00", "19:59"):
        asked = on("America/New_York", f"2026-01-14T{shown}-05:00")
        assert next_open(zone("America/New_York"), asked, start, end, EVERY) == utc("2026-01-15T01:00")


def test_any_time_of_a_weekday_is_at_once_on_a_wednesday() -> None:
    for shown in ("00:00", "12:34", "23:59:59.999"):
        asked = on("America/New_York", f"2026-01-14T{shown}-05:00")
        assert next_open(zone("America/New_York"), asked, MIDNIGHT, MIDNIGHT, WORKDAYS) == asked
        assert next_open(zone("America/New_York"), asked, MIDNIGHT, MIDNIGHT, WEDNESDAY) == asked


def test_any_time_of_a_weekday_is_the_first_of_monday_on_a_saturday() -> None:
    for shown in ("2026-01-17T00:00", "2026-01-17T12:00", "2026-01-18T23:59"):
        asked = on("America/New_York", f"{shown}-05:00")
        assert next_open(zone("America/New_York"), asked, MIDNIGHT, MIDNIGHT, WORKDAYS) == utc("2026-01-19T05:00")


@pytest.mark.parametrize(
    ("name", "monday"),
    [
        ("Asia/Kathmandu", "2026-06-08T03:15"),  # 05:45 ahead
        ("Asia/Kolkata", "2026-06-08T03:30"),  # 05:30
        ("Australia/Eucla", "2026-06-08T00:15"),  # 08:45
        ("Pacific/Chatham", "2026-06-07T20:15"),  # 12:45 in winter
        ("Pacific/Marquesas", "2026-06-08T18:30"),  # 09:30 behind
        ("America/St_Johns", "2026-06-08T11:30"),  # 02:30 behind in summer
    ],
)
def test_nine_is_nine_where_clocks_are_off_by_half_or_a_quarter_of_an_hour(name: str, monday: str) -> None:
    asked, start, end = utc("2026-06-05T12:00"), wall_time("09:00"), wall_time("09:15")
    assert next_local(zone(name), asked, 9 * 60, MONDAY) == utc(monday)
    assert next_open(zone(name), asked, start, end, MONDAY) == utc(monday)


def test_lord_howe_moves_its_clock_by_half_an_hour() -> None:
    here, quarter_past_two = zone("Australia/Lord_Howe"), 2 * 60 + 15
    spring, autumn = utc("2026-10-03T14:00"), utc("2026-04-04T14:00")  # 02:00 became 02:30, and 02:00 became 01:30
    assert next_local(here, spring, quarter_past_two, EVERY) == utc("2026-10-03T15:30")  # lost: 02:30
    assert next_local(here, spring, 9 * 60, EVERY) == utc("2026-10-03T22:00")
    assert next_local(here, autumn, 1 * 60 + 45, EVERY) == utc("2026-04-04T14:45")  # the first of two
    assert next_local(here, utc("2026-04-04T14:46"), 1 * 60 + 45, EVERY) == utc("2026-04-05T15:15")
    assert next_local(here, autumn, 9 * 60, EVERY) == utc("2026-04-04T22:30")


def test_the_friday_that_samoa_left_out_is_passed_over() -> None:
    """After Thursday 29 December 2011 came Saturday the 31st."""
    here, thursday = zone("Pacific/Apia"), utc("2011-12-30T09:00")  # 23:00 of the 29th
    assert next_local(here, thursday, 9 * 60, FRIDAY) == utc("2012-01-05T19:00")
    assert next_open(here, thursday, wall_time("09:00"), wall_time("17:00"), FRIDAY) == utc("2012-01-05T19:00")
    assert next_open(here, thursday, wall_time("09:00"), wall_time("17:00"), EVERY) == utc("2011-12-30T19:00")
    assert day_of(here, thursday) == (utc("2011-12-29T10:00"), utc("2011-12-30T10:00"))
    assert day_of(here, utc("2011-12-30T10:00")) == (utc("2011-12-30T10:00"), utc("2011-12-31T10:00"))
    start, end = week_of(here, thursday)
    assert end - start == 6 * DAY


@pytest.mark.parametrize(
    ("back", "ahead"),
    [
        ("2025-02-23T02:00", "2025-04-06T02:00"),
        ("2026-02-15T02:00", "2026-03-22T02:00"),
    ],
)
def test_morocco_goes_back_for_ramadan_and_ahead_after_it(back: str, ahead: str) -> None:
    here, nine, sunday = zone("Africa/Casablanca"), 9 * 60, frozenset({6})
    for change, before, after in ((utc(back), HOUR, 0), (utc(ahead), 0, HOUR)):
        assert (offset_at(here, change - 1), offset_at(here, change)) == (before, after)
        friday = change - 2 * DAY
        assert next_local(here, friday, nine, sunday) - friday == 2 * DAY + 7 * HOUR - after
        assert next_local(here, friday, nine, MONDAY) - friday == 3 * DAY + 7 * HOUR - after
        night = next_outside(wall_time("21:00"), wall_time("08:00"), change - 4 * HOUR, [here])
        assert night == change + 6 * HOUR - after
        evening = next_start(wall_time("21:00"), wall_time("08:00"), change + 8 * HOUR, [here])
        assert evening == change + 19 * HOUR - after
