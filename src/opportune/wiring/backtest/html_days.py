"""Sends by day as columns that a page has room for: days, else weeks, months or years, without a gap."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from opportune.console.axes import Ladder
from opportune.console.charts import Columns
from opportune.units import SECOND, Instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NARROWEST = 4.0
"""A column with the gap beside it has at least so much room."""


class Calendar(Struct, frozen=True):
    """The columns, each by the day it begins with, and which of them a day belongs to."""

    unit: str
    begins: tuple[date, ...]
    columns: Columns
    of: Callable[[date], date]

    def values(self, by_day: Mapping[str, Mapping[str, int]], name: str) -> tuple[int, ...]:
        """The sends of this name in each column."""
        sums = dict.fromkeys(self.begins, 0)
        for day, counts in by_day.items():
            sums[self.of(date.fromisoformat(day))] += counts.get(name, 0)
        return tuple(sums[begin] for begin in self.begins)


def day_of(instant: Instant) -> date:
    """The day in UTC."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant // SECOND)).date()


def said(day: date, *, year: bool = False, weekday: bool = False) -> str:
    """``2 Jun``, ``Tue 2 Jun 2026``."""
    head = f"{_WEEKDAYS[day.weekday()]} " if weekday else ""
    return f"{head}{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def calendar(first: date, last: date, width: float) -> Calendar:
    """All days from first to last, in the smallest unit that leaves each column room in a picture of this width."""
    for unit, of in _UNITS:
        begins = tuple(_begins(of, first, last))
        if len(begins) * _NARROWEST <= width or unit == "year":
            columns = Columns(tuple(_named(unit, begin) for begin in begins), _ladder(unit, begins), _BELOW[unit])
            return Calendar(unit, begins, columns, of)
    raise AssertionError(unit)


_UNITS: Sequence[tuple[str, Callable[[date], date]]] = (
    ("day", lambda day: day),
    ("week", lambda day: day - timedelta(days=day.weekday())),
    ("month", lambda day: day.replace(day=1)),
    ("year", lambda day: day.replace(month=1, day=1)),
)
_BELOW = {
    "day": "day (UTC)",
    "week": "week, by its Monday (UTC)",
    "month": "month (UTC)",
    "year": "year (UTC)",
}
_LONGEST = {"day": 1, "week": 7, "month": 31, "year": 366}


def _begins(of: Callable[[date], date], first: date, last: date) -> Iterator[date]:
    day = of(first)
    longest = next(_LONGEST[unit] for unit, each in _UNITS if each is of)
    while day <= last:
        yield day
        day = of(day + timedelta(days=longest))


def _named(unit: str, begin: date) -> str:
    if unit == "day":
        return said(begin, year=True, weekday=True)
    if unit == "week":
        return f"week of {said(begin, year=True)}"
    return f"{_MONTHS[begin.month - 1]} {begin.year}" if unit == "month" else str(begin.year)


def _ladder(unit: str, begins: Sequence[date]) -> Ladder:
    """All days, Mondays, the first of each month, of each quarter, of each year; years then by fives and more."""
    months = [place for place, begin in enumerate(begins) if place and begin.month != begins[place - 1].month]
    quarters = [place for place in months if begins[place].month in (1, 4, 7, 10)]
    years = [place for place in range(len(begins)) if place and begins[place].year != begins[place - 1].year]
    if unit == "year":
        return [[(place, str(begins[place].year)) for place in range(0, len(begins), by)] for by in (1, 5, 20, 100)]
    monthly = [[(place, _month(begins[place])) for place in way] for way in (months, quarters)]
    yearly = [(place, str(begins[place].year)) for place in years]
    if unit == "month":
        every = [(place, _month(begin)) for place, begin in enumerate(begins)]
        return [every, *monthly, yearly, every[:1]]
    daily = [(place, said(begin)) for place, begin in enumerate(begins)]
    mondays = [each for each in daily if begins[each[0]].weekday() == 0]
    return [daily, mondays, mondays[::2], *monthly, yearly, daily[:1]]


def _month(begin: date) -> str:
    """``Feb``; a January says its year."""
    return f"Jan {begin.year}" if begin.month == 1 else _MONTHS[begin.month - 1]
