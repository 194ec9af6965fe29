"""How the value of a feature is read from a profile, as of an instant inside lateness."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from opportune.features.aggregate import Aggregate, Function
from opportune.features.condition import compile_value
from opportune.features.expression import Expression
from opportune.features.feature import Feature
from opportune.features.profile import Profile, Series
from opportune.features.scope import Readers, Scope
from opportune.features.series import count_upto, count_within, newest_within, total_upto, total_within
from opportune.features.sessions import session_at
from opportune.features.window import Everything, InSession, Last
from opportune.units import ONE, SECOND, Instant, Micros, Millis, Scalar

Reader: TypeAlias = Callable[[Profile, Instant], Scalar]
Compiler: TypeAlias = Callable[[Expression, Readers], Callable[[Scope], Scalar]]
"""How a formula becomes something that computes it."""
Stretch: TypeAlias = tuple[Instant | None, Instant]
"""``(after, upto]``; ``after`` None: since ever."""


def readers_of(features: Iterable[Feature], *, idle: Millis, compiler: Compiler = compile_value) -> Readers:
    """A reader for each feature by name; formulas read the others of the same list, given before them."""
    readers: dict[str, Reader] = {}
    for feature in features:
        if feature.aggregate is not None:
            readers[feature.name] = _aggregate_reader(feature.aggregate, idle)
        elif feature.formula is not None:
            readers[feature.name] = _formula_reader(compiler(feature.formula, dict(readers)))
    return readers


def _formula_reader(compute: Callable[[Scope], Scalar]) -> Reader:
    return lambda profile, at: compute(Scope(profile, at))


def _aggregate_reader(aggregate: Aggregate, idle: Millis) -> Reader:
    key, function = aggregate.key, aggregate.function
    match aggregate.window:
        case Everything():
            if function == "count":
                return lambda profile, at: count_upto(profile.series.get(key), at)
            return lambda profile, at: _read(function, profile.series.get(key), (None, at), at)
        case Last(span, offset):
            if function == "count":
                oldest = span + offset
                return lambda profile, at: count_within(profile.series.get(key), at - oldest, at - offset)
            return lambda profile, at: _read(function, profile.series.get(key), (at - offset - span, at - offset), at)
        case InSession():
            return lambda profile, at: _read(function, profile.series.get(key), _session(profile, at, idle), at)


def _session(profile: Profile, at: Instant, idle: Millis) -> Stretch:
    session = session_at(profile, at, idle)
    return (at, at) if session is None else (session.start - 1, at)


def _read(function: Function, series: Series | None, stretch: Stretch, at: Instant) -> Scalar:
    """The value over a stretch: a count of nothing is 0, all else of nothing is NULL."""
    after, upto = stretch
    match function:
        case "count":
            return count_upto(series, upto) if after is None else count_within(series, after, upto)
        case "sum" | "avg":
            found = total_upto(series, upto) if after is None else total_within(series, after, upto)
            return _sum(found) if function == "sum" else _average(found)
        case "last" | "since":
            place = newest_within(series, after, upto)
            if series is None or place is None:
                return None
            return series.values[place] if function == "last" else (at - series.ats[place]) / SECOND


def _sum(found: tuple[int, Micros]) -> float | None:
    return found[1] / ONE if found[0] else None


def _average(found: tuple[int, Micros]) -> float | None:
    return found[1] / (found[0] * ONE) if found[0] else None
