"""How the value of a feature is read from a profile, as of an instant inside lateness."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from opportune.features.aggregate import Aggregate, Function
from opportune.features.condition import compile_value
from opportune.features.expression import Expression
from opportune.features.feature import Feature
from opportune.features.profile import Series
from opportune.features.scope import Reader, Readers, Scope
from opportune.features.series import count_upto, count_within, newest_within, total_upto, total_within
from opportune.features.sessions import session_at
from opportune.features.window import Everything, InSession, Last, SinceEvent
from opportune.units import ONE, SECOND, Instant, Micros, Millis, Scalar, Value

Compiler: TypeAlias = Callable[[Expression, Readers], Callable[[Scope], Value]]
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


def _formula_reader(compute: Callable[[Scope], Value]) -> Reader:
    return lambda scope: compute(Scope(scope.profile, scope.at))


def _aggregate_reader(aggregate: Aggregate, idle: Millis) -> Reader:
    key, function = aggregate.key, aggregate.function
    match aggregate.window:
        case Everything() | SinceEvent():
            if function == "count":
                return lambda scope: count_upto(scope.profile.series.get(key), scope.at)
            return lambda scope: _read(function, scope.profile.series.get(key), (None, scope.at), scope.at)
        case Last(span, offset):
            return _last_reader(aggregate, span + offset, offset)
        case InSession():
            return lambda scope: _read(function, scope.profile.series.get(key), _session(scope, idle), scope.at)


def _last_reader(aggregate: Aggregate, oldest: Millis, offset: Millis) -> Reader:
    """Over ``(at - oldest, at - offset]``."""
    key, function = aggregate.key, aggregate.function

    def counted(scope: Scope) -> Scalar:
        at = scope.at
        return count_within(scope.profile.series.get(key), at - oldest, at - offset)

    def read(scope: Scope) -> Scalar:
        at = scope.at
        return _read(function, scope.profile.series.get(key), (at - oldest, at - offset), at)

    return counted if function == "count" else read


def _session(scope: Scope, idle: Millis) -> Stretch:
    session = session_at(scope.profile, scope.at, idle)
    return (scope.at, scope.at) if session is None else (session.start - 1, scope.at)


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
        case _:
            raise ValueError(f"nothing reads {function} yet")


def _sum(found: tuple[int, Micros]) -> float | None:
    return found[1] / ONE if found[0] else None


def _average(found: tuple[int, Micros]) -> float | None:
    return float(found[1]) / (found[0] * ONE) if found[0] else None
