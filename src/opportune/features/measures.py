"""What each aggregate reads from the entries of its series, over a stretch of time."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from opportune.features.aggregate import Aggregate
from opportune.features.profile import Series
from opportune.features.series import (
    count_upto,
    count_within,
    greatest,
    least,
    newest_within,
    total_upto,
    total_within,
    whole,
)
from opportune.units import ONE, SECOND, Instant, Micros, Millis, Scalar, Value, micros

Stretch: TypeAlias = tuple[Instant | None, Instant]
"""``(after, upto]``; ``after`` None: since ever."""
Measure: TypeAlias = Callable[[Series | None, Stretch, Instant], Value]
"""The value of a series over a stretch, as of an instant."""


def measure_of(aggregate: Aggregate) -> Measure:
    """How the aggregate is calculated: a count of nothing is 0, all else of nothing is NULL."""
    match aggregate.function:
        case "count":
            return lambda series, stretch, at: _count(series, stretch)
        case "sum":
            return lambda series, stretch, at: _sum(_total(series, stretch))
        case "avg":
            return lambda series, stretch, at: _average(_total(series, stretch))
        case "min":
            return lambda series, stretch, at: least(_within(series, stretch))
        case "max":
            return lambda series, stretch, at: greatest(_within(series, stretch))
        case "first":
            return lambda series, stretch, at: _first(series, stretch)
        case "last":
            return lambda series, stretch, at: _last(series, stretch)
        case "since":
            return _since
        case "distinct":
            return lambda series, stretch, at: _different(series, stretch)
        case "decay":
            half_life = aggregate.half_life or 1
            return lambda series, stretch, at: _decayed(series, stretch, at, half_life)
        case "top":
            most, fading = aggregate.k or 1, aggregate.half_life
            return lambda series, stretch, at: _top(_weights(series, stretch, at, fading), most)
        case "hours":
            return lambda series, stretch, at: _hours(_weights(series, stretch, at, None))


def places(series: Series, stretch: Stretch) -> tuple[int, int]:
    """The places [first, end) of the entries in the stretch."""
    after, upto = stretch
    end = bisect_right(series.ats, upto)
    return (0 if after is None else min(bisect_right(series.ats, after), end)), end


def _count(series: Series | None, stretch: Stretch) -> int:
    after, upto = stretch
    return count_upto(series, upto) if after is None else count_within(series, after, upto)


def _total(series: Series | None, stretch: Stretch) -> tuple[int, Micros]:
    after, upto = stretch
    return total_upto(series, upto) if after is None else total_within(series, after, upto)


def _sum(found: tuple[int, Micros]) -> float | None:
    return found[1] / ONE if found[0] else None


def _average(found: tuple[int, Micros]) -> float | None:
    return float(found[1]) / (found[0] * ONE) if found[0] else None


def _within(series: Series | None, stretch: Stretch) -> list[Scalar]:
    if series is None:
        return []
    first, end = places(series, stretch)
    return series.values[first:end]


def _first(series: Series | None, stretch: Stretch) -> Scalar:
    if series is None:
        return None
    first, end = places(series, stretch)
    return series.values[first] if first < end else None


def _last(series: Series | None, stretch: Stretch) -> Scalar:
    place = newest_within(series, *stretch)
    return None if series is None or place is None else series.values[place]


def _since(series: Series | None, stretch: Stretch, at: Instant) -> float | None:
    place = newest_within(series, *stretch)
    return None if series is None or place is None else (at - series.ats[place]) / SECOND


def _decayed(series: Series | None, stretch: Stretch, at: Instant, half_life: Millis) -> float | None:
    if series is None:
        return None
    first, end = places(series, stretch)
    faded = [
        micros(size * 2.0 ** ((then - at) / half_life))
        for then, size in zip(series.ats[first:end], series.values[first:end], strict=True)
        if isinstance(size, float)
    ]
    return sum(faded) / ONE if faded else None


def _different(series: Series | None, stretch: Stretch) -> int:
    if series is None:
        return 0
    folded_away = series.tally if stretch[0] is None else ()
    return len({*_within(series, stretch), *folded_away})


def _weights(series: Series | None, stretch: Stretch, at: Instant, half_life: Millis | None) -> dict[str, Micros]:
    """What the entries weigh together, by name of the value."""
    if series is None:
        return {}
    found: dict[str, Micros] = {}
    if stretch[0] is None:
        found = {name: whole(total, carry) for name, (_, total, carry) in series.tally.items()}
    if half_life is None and not series.weights:
        for each, count in Counter(_within(series, stretch)).items():
            found[str(each)] = found.get(str(each), 0) + count * ONE
        return found
    for place in range(*places(series, stretch)):
        weight = series.weights[place] if series.weights else 1.0
        if half_life is not None:
            weight *= 2.0 ** ((series.ats[place] - at) / half_life)
        name = str(series.values[place])
        found[name] = found.get(name, 0) + micros(weight)
    return found


def _top(weights: dict[str, Micros], most: int) -> tuple[str, ...] | None:
    names = sorted((name for name in weights if weights[name] > 0), key=lambda name: (-weights[name], name))
    return tuple(name[1:] for name in names[:most]) or None


def _hours(weights: dict[str, Micros]) -> tuple[int, ...] | None:
    return tuple(weights.get(str(hour), 0) // ONE for hour in range(24)) if weights else None
