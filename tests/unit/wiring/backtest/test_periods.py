"""Days as text, and put together so that a chart has few rows."""

from datetime import date

import pytest

from opportune.units import DAY
from opportune.wiring.backtest.days import date_of
from opportune.wiring.backtest.periods import by_period, most_of, named, periods

FIRST = 1_767_225_600_000
"""The first of January 2026, at midnight."""


def test_a_day_begins_at_midnight_in_utc() -> None:
    assert (date_of(FIRST), date_of(FIRST - 1), date_of(FIRST + DAY - 1)) == ("2026-01-01", "2025-12-31", "2026-01-01")


@pytest.mark.parametrize(
    ("days", "name", "day", "first"),
    [
        (1, "day", date(2026, 1, 9), date(2026, 1, 9)),
        (31, "day", date(2026, 1, 9), date(2026, 1, 9)),
        (32, "week, from Monday", date(2026, 1, 9), date(2026, 1, 5)),
        (217, "week, from Monday", date(2026, 1, 5), date(2026, 1, 5)),
        (218, "month", date(2026, 2, 9), date(2026, 2, 1)),
        (930, "month", date(2026, 2, 9), date(2026, 2, 1)),
        (931, "year", date(2026, 2, 9), date(2026, 1, 1)),
    ],
)
def test_the_longer_the_past_the_longer_its_periods(days: int, name: str, day: date, first: date) -> None:
    told, start = periods(FIRST, FIRST + days * DAY - 1)
    assert (told, start(day)) == (name, first)


def test_a_period_without_anything_is_there() -> None:
    _, start = periods(FIRST, FIRST + 3 * DAY)
    sums = by_period({"2026-01-02": {"cart": 2, "news": 1}}, FIRST, FIRST + 3 * DAY, start)
    assert list(sums.items()) == [(date(2026, 1, day), 3 if day == 2 else 0) for day in (1, 2, 3, 4)]
    assert (most_of([sums, {}]), most_of([])) == (3, 0)


def test_a_past_is_named_by_its_first_and_last_day() -> None:
    assert named(FIRST, FIRST) == "1 Jan 2026"
    assert named(FIRST, FIRST + 40 * DAY) == "1 Jan to 10 Feb 2026"
    assert named(FIRST - DAY, FIRST) == "31 Dec 2025 to 1 Jan 2026"
