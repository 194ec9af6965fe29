"""Days put together, so that a chart of any past has few rows: by day, by week, by month or by year."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from opportune.units import SECOND, Instant

MOST_ROWS = 31


def periods(since: Instant, until: Instant) -> tuple[str, Callable[[date], date]]:
    """By what the days of this past are put together, and the first day of the period of a day."""
    days = (_day(until) - _day(since)).days + 1
    if days <= MOST_ROWS:
        return "day", lambda day: day
    if days <= 7 * MOST_ROWS:
        return "week, from Monday", lambda day: day - timedelta(days=day.weekday())
    if days <= 30 * MOST_ROWS:
        return "month", lambda day: day.replace(day=1)
    return "year", lambda day: day.replace(day=1, month=1)


def by_period(
    by_day: Mapping[str, Mapping[str, int]], since: Instant, until: Instant, first: Callable[[date], date]
) -> dict[date, int]:
    """The sums of each period, those without anything too, in order."""
    found: dict[date, int] = {}
    day, last = _day(since), _day(until)
    while day <= last:
        found.setdefault(first(day), 0)
        day += timedelta(days=1)
    for name, counts in by_day.items():
        start = first(date.fromisoformat(name))
        found[start] = found.get(start, 0) + sum(counts.values())
    return dict(sorted(found.items()))


def named(since: Instant, until: Instant) -> str:
    """The first and the last day: ``15 Apr to 26 Oct 2004``."""
    first, last = _day(since), _day(until)
    head = f"{first.day} {first:%b}" + (f" {first.year}" if first.year != last.year else "")
    return f"{head} to {last.day} {last:%b} {last.year}" if first != last else f"{last.day} {last:%b} {last.year}"


def most_of(columns: Sequence[Mapping[date, int]]) -> int:
    """The fullest period of all."""
    return max((count for column in columns for count in column.values()), default=0)


def _day(at: Instant) -> date:
    return datetime.fromtimestamp(at // SECOND, UTC).date()
