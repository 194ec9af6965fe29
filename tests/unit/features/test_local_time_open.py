"""Windows of chosen weekdays: whose day a night belongs to, and what is left of a window when the clock changes."""

import pytest

from opportune.errors import UnitError
from opportune.features.local_time import WallTime, next_hour, next_open, wall_time
from opportune.units import Instant
from tests.unit.features.test_local_time import (
    APIA,
    BERLIN,
    FRIDAY,
    KATHMANDU,
    LORD_HOWE,
    NEW_YORK,
    SATURDAY,
    SUNDAY,
    utc,
    zone,
)

WEDNESDAY = 2
EVERY = frozenset(range(7))
MIDNIGHT = WallTime(0)


def open_in(name: str, at: str, start: str, end: str, weekdays: frozenset[int] = EVERY) -> Instant:
    return next_open(zone(name), utc(at), wall_time(start), wall_time(end), weekdays)


def test_inside_the_window_is_at_once() -> None:
    assert open_in("Asia/Kathmandu", "2025-06-04T03:15", "09:00", "17:00") == utc("2025-06-04T03:15")
    assert open_in("Asia/Kathmandu", "2025-06-04T11:14", "09:00", "17:00") == utc("2025-06-04T11:14")


def test_the_end_belongs_to_the_next_day() -> None:
    assert open_in("Asia/Kathmandu", "2025-06-04T11:15", "09:00", "17:00") == utc("2025-06-05T03:15")


def test_before_the_window_is_at_its_start() -> None:
    assert open_in("Asia/Kathmandu", "2025-06-04T03:14", "09:00", "17:00") == utc("2025-06-04T03:15")


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    friday, saturday = frozenset({FRIDAY}), frozenset({SATURDAY})
    one_in_the_morning = "2025-06-07T05:00"  # of Saturday, in New York
    assert open_in("America/New_York", one_in_the_morning, "20:00", "02:00", friday) == utc(one_in_the_morning)
    assert open_in("America/New_York", one_in_the_morning, "20:00", "02:00", saturday) == utc("2025-06-08T00:00")


def test_equal_ends_are_a_whole_day() -> None:
    wednesday = frozenset({WEDNESDAY})
    assert next_open(BERLIN, utc("2025-06-04T12:34"), MIDNIGHT, MIDNIGHT, wednesday) == utc("2025-06-04T12:34")
    assert next_open(BERLIN, utc("2025-06-04T22:00"), MIDNIGHT, MIDNIGHT, wednesday) == utc("2025-06-10T22:00")


def test_a_whole_day_from_nine_is_its_own_day_until_nine() -> None:
    nine, wednesday = WallTime(9 * 60), frozenset({WEDNESDAY})
    assert next_open(BERLIN, utc("2025-06-05T06:59"), nine, nine, wednesday) == utc("2025-06-05T06:59")
    assert next_open(BERLIN, utc("2025-06-05T07:00"), nine, nine, wednesday) == utc("2025-06-11T07:00")


def test_a_window_in_a_repeated_hour_opens_once() -> None:
    first, second = "2025-11-02T05:35", "2025-11-02T06:35"  # 01:35 twice
    assert open_in("America/New_York", first, "01:30", "01:45") == utc(first)
    assert open_in("America/New_York", second, "01:30", "01:45") == utc("2025-11-03T06:30")


def test_a_window_across_a_repeated_hour_stays_open_through_both() -> None:
    assert open_in("America/New_York", "2025-11-02T06:10", "01:30", "02:30") == utc("2025-11-02T06:10")


def test_a_gap_takes_the_beginning_of_a_window() -> None:
    assert open_in("America/New_York", "2025-03-09T06:00", "02:30", "04:00") == utc("2025-03-09T07:00")


def test_a_gap_takes_the_end_of_a_window() -> None:
    assert open_in("America/New_York", "2025-03-09T06:59", "01:30", "02:30") == utc("2025-03-09T06:59")
    assert open_in("America/New_York", "2025-03-09T07:00", "01:30", "02:30") == utc("2025-03-10T05:30")


def test_a_window_that_a_gap_takes_whole_is_none() -> None:
    sunday = frozenset({SUNDAY})
    assert open_in("America/New_York", "2025-03-09T00:00", "02:15", "02:45") == utc("2025-03-10T06:15")
    assert open_in("America/New_York", "2025-03-09T00:00", "02:15", "02:45", sunday) == utc("2025-03-16T06:15")


def test_half_an_hour_is_lost_and_won_on_lord_howe() -> None:
    two, half_past = wall_time("02:00"), wall_time("02:30")
    spring, autumn = utc("2025-10-04T15:00"), utc("2025-04-05T14:45")  # 01:30, and 01:45 before 02:00 becomes 01:30
    assert next_open(LORD_HOWE, spring, two, half_past, EVERY) == utc("2025-10-05T15:00")
    assert next_open(LORD_HOWE, autumn, two, half_past, EVERY) == utc("2025-04-05T15:30")


def test_the_night_of_a_day_that_was_left_out_is_not_made_up() -> None:
    friday = frozenset({FRIDAY})  # 30 December 2011 never was in Samoa
    evening, night = wall_time("20:00"), wall_time("02:00")
    assert next_open(APIA, utc("2011-12-30T00:00"), evening, night, friday) == utc("2012-01-06T06:00")


def test_the_night_before_a_day_that_was_left_out_ends_with_its_day() -> None:
    thursday, evening, night = frozenset({3}), wall_time("20:00"), wall_time("02:00")
    assert next_open(APIA, utc("2011-12-30T09:59"), evening, night, thursday) == utc("2011-12-30T09:59")
    assert next_open(APIA, utc("2011-12-30T10:00"), evening, night, thursday) == utc("2012-01-05T06:00")


def test_a_clock_set_back_over_midnight_opens_no_day_again() -> None:
    saturday = frozenset({SATURDAY})  # in Paraguay Sunday 00:00 became Saturday 23:00
    assert open_in("America/Asuncion", "2024-03-24T03:30", "22:00", "00:00", saturday) == utc("2024-03-24T03:30")
    assert open_in("America/Asuncion", "2024-03-24T04:00", "22:00", "00:00", saturday) == utc("2024-03-31T02:00")


@pytest.mark.parametrize("weekdays", [frozenset[int](), frozenset({7})])
def test_a_window_needs_a_weekday(weekdays: frozenset[int]) -> None:
    for each in (KATHMANDU, NEW_YORK):
        with pytest.raises(UnitError, match=r"from 0 \(Monday\) to 6 \(Sunday\)"):
            next_open(each, 0, MIDNIGHT, MIDNIGHT, weekdays)


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("Europe/Berlin", "2025-06-01T10:00", "2025-06-01T11:00"),
        ("Europe/Berlin", "2025-06-01T10:59", "2025-06-01T11:00"),
        ("Asia/Kathmandu", "2025-06-01T10:00", "2025-06-01T10:15"),
        (
            "Australia/Lord_Howe",
            "2025-10-04T15:10",
            "2025-10-04T15:30",
        ),  # 02:00 became 02:30: a change, and two o'clock
        (
            "Australia/Lord_Howe",
            "2025-04-05T14:50",
            "2025-04-05T15:00",
        ),  # 02:00 became 01:30: a change, and one o'clock
    ],
)
def test_the_hour_may_be_another_at_the_next_whole_one_or_when_the_clock_is_set(
    name: str, at: str, expected: str
) -> None:
    assert next_hour(zone(name), utc(at)) == utc(expected)
