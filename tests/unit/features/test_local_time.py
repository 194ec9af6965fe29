"""The known hard nights: gaps, folds, odd offsets and days that never were."""

from datetime import UTC, date, datetime

import pytest

from opportune.errors import UnitError
from opportune.features.local_time import (
    WallTime,
    Zone,
    day_of,
    local,
    next_local,
    next_outside,
    next_start,
    offset_at,
    resolve,
    wall_time,
    week_of,
    whole_hours,
    zone_named,
    zone_names,
    zones_version,
)
from opportune.units import DAY, HOUR, MINUTE, Instant

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def zone(name: str) -> Zone:
    found = zone_named(name)
    assert found is not None
    return found


def utc(text: str) -> Instant:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


NEW_YORK, BERLIN, KATHMANDU = zone("America/New_York"), zone("Europe/Berlin"), zone("Asia/Kathmandu")
LORD_HOWE, APIA, CAIRO = zone("Australia/Lord_Howe"), zone("Pacific/Apia"), zone("Africa/Cairo")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../../etc/passwd",
        "/etc/localtime",
        "US/Pacific-New",
        "europe/paris",
        "Europe/",
        "Europe",
        "UTC\x00",
        "+02:00",
        "Factory",
        "Mars/Phobos",
        "localtime",
        "zones",
        ".",
    ],
)
def test_what_tzdata_does_not_name_exactly_is_no_zone(name: str) -> None:
    assert zone_named(name) is None


@pytest.mark.parametrize("name", ["UTC", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/GMT+12"])
def test_tzdata_names_and_legacy_names_are_zones(name: str) -> None:
    assert zone_named(name) is zone_named(name) is not None


def test_a_zone_and_the_rules_say_which_they_are() -> None:
    assert repr(BERLIN) == "Zone('Europe/Berlin')"
    assert zones_version()[:2] == "20"
    assert len(zone_names()) > 500


def test_wall_times_are_written_as_hours_and_minutes() -> None:
    assert wall_time("21:00") == WallTime(1260)
    assert wall_time("9:05") == WallTime(545)
    assert str(wall_time("09:05")) == "09:05"


@pytest.mark.parametrize("text", ["24:00", "21", "21:60", "-1:00", "21:00:00", " 21:00", "٢١:٠٠", "9 pm", ""])
def test_other_wall_times_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnitError, match="'21:00', from 00:00 to 23:59"):
        wall_time(text)


@pytest.mark.parametrize(
    ("name", "at", "minutes"),
    [
        ("Asia/Kathmandu", "2025-06-01T00:00", 345),
        ("Asia/Pyongyang", "2015-08-14T00:00", 540),
        ("Asia/Pyongyang", "2015-08-16T00:00", 510),
        ("Asia/Pyongyang", "2018-05-05T00:00", 540),
        ("Europe/Volgograd", "2020-06-01T00:00", 240),
        ("Europe/Volgograd", "2021-06-01T00:00", 180),
        ("Australia/Lord_Howe", "2025-01-01T00:00", 660),
        ("Australia/Lord_Howe", "2025-06-01T00:00", 630),
        ("America/St_Johns", "2060-07-01T00:00", -150),
    ],
)
def test_the_offset_in_force_then_is_used(name: str, at: str, minutes: int) -> None:
    assert offset_at(zone(name), utc(at)) == minutes * MINUTE


def test_instants_beyond_the_calendar_keep_its_first_and_last_offset() -> None:
    assert offset_at(BERLIN, -(1 << 50)) == offset_at(BERLIN, utc("0001-06-01T00:00"))
    assert offset_at(BERLIN, 1 << 50) == HOUR


def test_the_weekday_is_that_of_the_users_own_clock() -> None:
    at = utc("2025-06-01T20:00")  # Sunday in Greenwich
    assert local(zone("Asia/Tokyo"), at) == (day("2025-06-02"), 300, MONDAY)
    assert local(NEW_YORK, at) == (day("2025-06-01"), 960, SUNDAY)


@pytest.mark.parametrize(
    ("name", "on", "wall", "expected"),
    [
        ("America/New_York", "2025-03-09", "02:30", "2025-03-09T07:00"),  # gap: 03:00 local
        ("America/New_York", "2025-11-02", "01:30", "2025-11-02T05:30"),  # fold: the first
        ("America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00"),  # midnight does not exist
        ("Africa/Cairo", "2024-04-26", "00:15", "2024-04-25T22:00"),
        ("Asia/Beirut", "2024-03-31", "00:00", "2024-03-30T22:00"),
        ("Australia/Lord_Howe", "2025-10-05", "02:15", "2025-10-04T15:30"),  # half-hour gap
        ("Australia/Lord_Howe", "2025-04-06", "01:45", "2025-04-05T14:45"),  # half-hour fold
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00"),  # the whole day was left out
        ("Europe/Berlin", "2025-06-01", "12:00", "2025-06-01T10:00"),
    ],
)
def test_a_wall_time_in_a_gap_moves_forward_and_a_repeated_one_is_the_first(
    name: str, on: str, wall: str, expected: str
) -> None:
    assert resolve(zone(name), day(on), wall_time(wall).minutes) == utc(expected)


def test_both_passes_of_a_repeated_quarter_are_quiet() -> None:
    start, end = wall_time("01:15"), wall_time("01:45")
    assert next_outside(start, end, utc("2025-11-02T05:20"), [NEW_YORK]) == utc("2025-11-02T05:45")
    assert next_outside(start, end, utc("2025-11-02T06:20"), [NEW_YORK]) == utc("2025-11-02T06:45")
    assert next_start(start, end, utc("2025-11-02T05:45"), [NEW_YORK]) == utc("2025-11-02T06:15")


def test_a_window_inside_the_spring_gap_does_not_happen_that_night() -> None:
    start, end = wall_time("02:15"), wall_time("02:45")
    before = utc("2025-03-09T06:59")
    assert next_outside(start, end, before, [NEW_YORK]) == before
    assert next_start(start, end, before, [NEW_YORK]) == utc("2025-03-10T06:15")


def test_a_window_begins_behind_the_gap_that_swallowed_its_start() -> None:
    start, end = wall_time("02:30"), wall_time("05:00")
    assert next_start(start, end, utc("2025-03-09T05:00"), [NEW_YORK]) == utc("2025-03-09T07:00")


def test_the_night_is_quiet_until_eight_and_from_nine() -> None:
    start, end = wall_time("21:00"), wall_time("08:00")
    assert next_outside(start, end, utc("2025-06-01T18:59:59.999"), [BERLIN]) == utc("2025-06-01T18:59:59.999")
    assert next_outside(start, end, utc("2025-06-01T19:00"), [BERLIN]) == utc("2025-06-02T06:00")
    assert next_outside(start, end, utc("2025-06-02T05:59:59.999"), [BERLIN]) == utc("2025-06-02T06:00")
    assert next_start(start, end, utc("2025-06-02T06:00"), [BERLIN]) == utc("2025-06-02T19:00")


def test_quiet_hours_hold_in_every_zone() -> None:
    start, end = wall_time("21:00"), wall_time("08:00")
    assert next_outside(start, end, utc("2025-06-01T19:00"), [BERLIN, NEW_YORK]) == utc("2025-06-02T12:00")
    assert next_start(start, end, utc("2025-06-02T12:00"), [NEW_YORK, BERLIN]) == utc("2025-06-02T19:00")


def test_zones_that_leave_no_instant_free_say_so() -> None:
    long_night = wall_time("08:00"), wall_time("07:00")
    assert next_outside(*long_night, utc("2025-06-01T12:00"), [BERLIN, NEW_YORK]) is None


def test_an_empty_window_or_no_zone_is_never_inside() -> None:
    noon, evening = WallTime(720), WallTime(1200)
    assert next_outside(noon, noon, 5, [BERLIN]) == 5
    assert next_outside(noon, evening, 5, []) == 5
    assert next_start(noon, noon, 5, [BERLIN]) is None
    assert next_start(noon, evening, 5, []) is None


@pytest.mark.parametrize(
    ("name", "at", "hours"),
    [
        ("Europe/Berlin", "2025-03-30T12:00", 23),
        ("Europe/Berlin", "2025-10-26T12:00", 25),
        ("Europe/Berlin", "2025-06-01T12:00", 24),
        ("Australia/Lord_Howe", "2025-10-04T20:00", 23.5),
        ("America/Sao_Paulo", "2018-11-04T12:00", 23),
    ],
)
def test_a_local_day_is_as_long_as_the_clock_makes_it(name: str, at: str, hours: float) -> None:
    start, end = day_of(zone(name), utc(at))
    assert start <= utc(at) < end
    assert end - start == hours * HOUR


def test_the_day_after_one_that_was_left_out_follows_the_day_before_it() -> None:
    before, after = day_of(APIA, utc("2011-12-30T09:00")), day_of(APIA, utc("2011-12-30T11:00"))
    assert before[1] == after[0] == utc("2011-12-30T10:00")


def test_a_clock_set_back_over_midnight_does_not_reopen_the_ended_day() -> None:
    st_johns = zone("America/St_Johns")  # 00:01 became 23:01 until 2011
    first, again = utc("2010-11-07T02:30:30"), utc("2010-11-07T03:00")
    assert local(st_johns, again)[0] == local(st_johns, first)[0] - 1
    assert day_of(st_johns, again) == day_of(st_johns, first)


def test_a_week_runs_from_monday_to_monday() -> None:
    start, end = week_of(BERLIN, utc("2025-03-30T21:59"))
    assert (start, end) == (utc("2025-03-23T23:00"), utc("2025-03-30T22:00"))
    assert end - start == 7 * DAY - HOUR


def test_the_next_friday_evening_is_of_the_users_own_friday() -> None:
    evening, fridays = 18 * 60, frozenset({FRIDAY})
    assert next_local(KATHMANDU, utc("2025-06-01T00:00"), evening, fridays) == utc("2025-06-06T12:15")
    assert next_local(KATHMANDU, utc("2025-06-06T12:15"), evening, fridays) == utc("2025-06-06T12:15")
    assert next_local(KATHMANDU, utc("2025-06-06T12:16"), evening, fridays) == utc("2025-06-13T12:15")


def test_a_repeated_wall_time_comes_once() -> None:
    every = frozenset(range(7))
    assert next_local(NEW_YORK, utc("2025-11-02T05:31"), 90, every) == utc("2025-11-03T06:30")


def test_a_friday_that_was_left_out_is_not_made_up() -> None:
    assert next_local(APIA, utc("2011-12-30T00:00"), 720, frozenset({FRIDAY})) == utc("2012-01-05T22:00")
    assert next_local(APIA, utc("2011-12-30T00:00"), 720, frozenset({SATURDAY})) == utc("2011-12-30T22:00")


def test_a_wall_time_lost_over_midnight_keeps_its_weekday() -> None:
    nuuk = zone("America/Nuuk")  # Saturday 23:00 became Sunday 00:00
    assert next_local(nuuk, utc("2024-03-30T20:00"), 23 * 60 + 30, frozenset({SATURDAY})) == utc("2024-03-31T01:00")


@pytest.mark.parametrize("weekdays", [frozenset[int](), frozenset({7})])
def test_no_weekday_at_all_is_refused(weekdays: frozenset[int]) -> None:
    with pytest.raises(UnitError, match=r"from 0 \(Monday\) to 6 \(Sunday\)"):
        next_local(BERLIN, 0, 720, weekdays)


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("Asia/Kathmandu", "2025-06-01T00:00", "2025-06-01T00:15"),
        ("Europe/Berlin", "2025-06-01T00:00", "2025-06-01T00:00"),
        ("America/New_York", "2025-03-09T06:10", "2025-03-09T07:00"),  # 03:00 after the gap
        ("America/New_York", "2025-11-02T05:59", "2025-11-02T06:00"),  # 01:00 again
        ("Australia/Lord_Howe", "2025-10-04T15:10", "2025-10-04T16:00"),  # 02:00 became 02:30
        ("Australia/Lord_Howe", "2025-04-05T14:10", "2025-04-05T15:30"),  # 02:00 became 01:30
    ],
)
def test_whole_hours_are_whole_on_the_users_clock(name: str, at: str, expected: str) -> None:
    assert next(whole_hours(zone(name), utc(at))) == utc(expected)
