"""When a user mostly looks, in words: the hours of the local week in which ``send_time`` expects them."""

from collections.abc import Iterable, Iterator

from opportune.features.rhythm import Rhythm

NOTABLE = 0.75
"""An hour is named if one looks at least so many times as often in it as in the best hour."""
MOST_NAMED = 4
"""Stretches; the busiest are named."""
_DAYS = (("weekdays", range(5)), ("weekends", range(5, 7)))


def top_hours(rhythm: Rhythm) -> list[str]:
    """Such as ``weekdays 07:00-09:00``, half-open, local; weekdays before weekends, and both together if they agree."""
    curves = {
        name: [sum(rhythm.rates[24 * day + hour] for day in days) / len(days) for hour in range(24)]
        for name, days in _DAYS
    }
    best = max(max(curve) for curve in curves.values())
    found = [
        (max(curve[hour % 24] for hour in range(first, last)), name, first, last)
        for name, curve in curves.items()
        for first, last in _stretches({hour for hour in range(24) if curve[hour] >= max(1.0, NOTABLE * best)})
    ]
    busiest = sorted(found, key=lambda each: -each[0])[:MOST_NAMED]
    named = [(name, first, last) for _, name, first, last in found if (_, name, first, last) in busiest]
    return list(_said(named))


def _stretches(hours: set[int]) -> Iterator[tuple[int, int]]:
    """Hours in a row as [first, last); one over midnight ends above 24. All hours are one stretch."""
    if len(hours) == 24:
        yield 0, 24
        return
    for first in sorted(hours):
        if (first - 1) % 24 not in hours:
            last = first
            while last % 24 in hours:
                last += 1
            yield first, last


def _said(named: Iterable[tuple[str, int, int]]) -> Iterator[str]:
    days: dict[tuple[int, int], list[str]] = {}
    for name, first, last in named:
        days.setdefault((first, last), []).append(name)
    for (first, last), names in days.items():
        day = "every day" if len(names) == len(_DAYS) else names[0]
        yield f"{day} {first:02}:00-{(last - 1) % 24 + 1:02}:00"
