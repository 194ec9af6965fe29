"""What happens at the very instant at which a clock is changed, or beside it."""

import struct
from importlib.resources import files
from io import BytesIO
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from opportune.features.local_time import (
    Zone,
    day_of,
    local,
    next_outside,
    next_start,
    offset_at,
    resolve,
    wall_time,
    whole_hours,
    zone_names,
)
from opportune.units import HOUR, SECOND, Instant
from tests.unit.features.test_local_time import BERLIN, LORD_HOWE, NEW_YORK, day, utc, zone

STRETCH = 1 << 35
"""Offsets are learned for so many milliseconds at a time."""


def changing(second: int) -> Zone:
    """A zone whose only clock is set from UTC to an hour ahead of it at this second since 1970 (RFC 8536)."""
    counts = struct.pack(">6l", 0, 0, 0, 1, 2, 8)
    kinds = struct.pack(">lBB", 0, 0, 0) + struct.pack(">lBB", 3600, 0, 4)
    raw = b"TZif" + bytes(16) + counts + struct.pack(">l", second) + b"\1" + kinds + b"ONE\0TWO\0"
    return Zone("Nowhere/Once", ZoneInfo.from_file(BytesIO(raw)))


def test_the_names_are_those_that_tzdata_lists_but_for_the_one_that_is_no_place() -> None:
    zone_names.cache_clear()
    listed = set(files("tzdata").joinpath("zones").read_text("ascii").split())
    assert zone_names() == listed - {"Factory"} != listed


@pytest.mark.parametrize("number", range(48, 54))
def test_the_changes_of_one_stretch_lie_in_it_and_between_its_offsets(number: int) -> None:
    for each in (BERLIN, NEW_YORK, LORD_HOWE):
        changes, offsets = each.spells(number)
        assert len(offsets) == len(changes) + 1
        assert all(number * STRETCH <= change < (number + 1) * STRETCH for change in changes)
        assert 2 <= len(changes) <= 3


@pytest.mark.parametrize(("second", "stretch"), [(40 * STRETCH // SECOND, 39), (40 * STRETCH // SECOND + 2, 40)])
def test_a_change_beside_a_border_is_of_the_stretch_in_which_it_happens(second: int, stretch: int) -> None:
    nowhere = changing(second)
    assert (nowhere.name, repr(nowhere)) == ("Nowhere/Once", "Zone('Nowhere/Once')")
    assert [nowhere.spells(number)[0] for number in (stretch, 79 - stretch)] == [[second * SECOND], []]
    assert [offset_at(nowhere, second * SECOND - 1), offset_at(nowhere, second * SECOND)] == [0, HOUR]
    assert [offset_at(nowhere, 40 * STRETCH + off) for off in (-1, 0)] == [HOUR * (40 - stretch)] * 2


def test_a_wall_time_that_the_clock_would_show_when_it_is_set_back_comes_only_after_the_hour_that_is_repeated() -> None:
    assert resolve(BERLIN, day("2025-10-26"), 3 * 60) == utc("2025-10-26T02:00")


def test_a_night_that_ends_when_the_clock_is_set_back_lasts_an_hour_longer() -> None:
    night = wall_time("21:00"), wall_time("03:00")
    assert next_outside(*night, utc("2025-10-26T00:30"), [BERLIN]) == utc("2025-10-26T02:00")
    assert next_outside(*night, utc("2025-10-26T01:00"), [BERLIN]) == utc("2025-10-26T02:00")


def test_a_window_that_would_begin_when_the_clock_is_set_back_begins_an_hour_later() -> None:
    assert next_start(wall_time("03:00"), wall_time("05:00"), utc("2025-10-26T00:30"), [BERLIN]) == utc(
        "2025-10-26T02:00"
    )


NIGHT = wall_time("05:00"), wall_time("00:00")
"""Five hours are left; where New York is five hours behind London none is for both, and one where it is four."""
LONDON = zone("Europe/London")
FREE: Instant = utc("2025-03-10T04:00")
"""The first after New York's clocks went forward on the ninth, and London's did not."""


def test_an_instant_that_is_free_in_all_zones_is_looked_for_up_to_48_hours_ahead() -> None:
    for zones in ([LONDON, NEW_YORK], [NEW_YORK, LONDON]):
        assert next_outside(*NIGHT, FREE - 48 * HOUR, zones) == FREE
        assert next_outside(*NIGHT, FREE - 48 * HOUR - 1, zones) is None


def test_what_is_free_in_one_zone_after_48_hours_is_no_answer_while_it_is_quiet_in_another() -> None:
    for zones in ([LONDON, NEW_YORK], [NEW_YORK, LONDON]):
        assert next_outside(*NIGHT, utc("2025-03-08T00:00"), zones) is None


def test_hours_stay_whole_on_a_clock_that_is_moved_by_half_an_hour_many_stretches_long() -> None:
    at = 51 * STRETCH - HOUR // 3
    hours = list(islice(whole_hours(LORD_HOWE, at), 12_000))
    assert hours[0] - at < HOUR
    assert all(local(LORD_HOWE, each)[1] % 60 == 0 for each in hours)
    assert {later - each for each, later in pairwise(hours)} == {HOUR, HOUR * 3 // 2}


def test_days_of_the_first_years_are_days_too() -> None:
    for text in ("1970-01-02T23:00", "1970-01-03T22:59"):
        assert day_of(BERLIN, utc(text)) == (utc("1970-01-02T23:00"), utc("1970-01-03T23:00"))
