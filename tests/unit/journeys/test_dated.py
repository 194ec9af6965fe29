"""Days and instants that traits name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.features.local_time import UTC, WallTime, local, zone_named
from opportune.journeys.dated import instant_named
from opportune.testing.world import instant
from opportune.units import DAY, HOUR, Scalar

BERLIN = zone_named("Europe/Berlin") or UTC


def test_two_days_before_nine_is_nine_over_a_change_of_the_clock() -> None:
    found = instant_named("2026-03-30", BERLIN, offset=-2 * DAY, at=WallTime(540))
    assert found == instant("2026-03-28T09:00+01:00")


def test_what_is_left_of_an_offset_moves_the_instant() -> None:
    found = instant_named("2026-03-30", BERLIN, offset=-36 * HOUR)
    assert found == instant("2026-03-29T00:00+01:00") - 12 * HOUR


def test_an_instant_without_a_wall_time_is_moved_by_the_span() -> None:
    found = instant_named("2026-03-30T09:00:00+02:00", BERLIN, offset=-2 * DAY)
    assert found == instant("2026-03-28T08:00+01:00")


@pytest.mark.parametrize("named", [None, True, "", "soon", "2026-02-30", -5, "24.12.2026"])
def test_what_is_no_date_names_nothing(named: Scalar) -> None:
    assert instant_named(named, BERLIN) is None


@given(day=st.dates(min_value=date(1971, 1, 1), max_value=date(2100, 1, 1)), days=st.integers(-300, 300))
def test_whole_days_move_the_calendar(day: date, days: int) -> None:
    base = instant_named(day.isoformat(), UTC)
    found = instant_named(day.isoformat(), BERLIN, offset=days * DAY, at=WallTime(720))
    assert base is not None and found is not None
    assert local(BERLIN, found)[0] == base // DAY + days
