"""Days become weeks, months or years where there are too many, and none is lost."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.backtest.html_days import calendar, day_of, said

DAYS = st.dates(date(1971, 1, 1), date(2090, 1, 1))


@given(DAYS, st.integers(0, 20_000), st.sampled_from([310.0, 380.0, 840.0]))
def test_every_day_has_its_column_and_the_columns_are_without_a_gap(first: date, length: int, width: float) -> None:
    last = first + timedelta(days=length)
    found = calendar(first, last, width)
    by_day = {day.isoformat(): {"cart": 1} for day in {first, last, first + timedelta(days=length // 2)}}
    assert sum(found.values(by_day, "cart")) == len(by_day)
    assert list(found.begins) == sorted(set(found.begins))
    assert found.begins[0] <= first and found.begins[-1] <= last
    assert len(found.columns.names) == len(found.begins)
    assert found.unit == "year" or len(found.begins) * 4 <= width


@pytest.mark.parametrize(("days", "unit"), [(30, "day"), (210, "day"), (211, "week"), (1600, "month"), (9000, "year")])
def test_the_unit_is_the_smallest_that_leaves_room(days: int, unit: str) -> None:
    first = date(2026, 1, 5)
    assert calendar(first, first + timedelta(days=days - 1), 840).unit == unit


def test_a_january_says_its_year() -> None:
    ladder = calendar(date(2025, 11, 1), date(2026, 2, 10), 840).columns.ladder
    assert ladder[3] == [(30, "Dec"), (61, "Jan 2026"), (92, "Feb")]


def test_a_day_is_said_as_people_say_it() -> None:
    assert said(date(2026, 6, 2), year=True, weekday=True) == "Tue 2 Jun 2026"
    assert day_of(1_767_225_599_999) == date(2025, 12, 31)
