"""How the value of a feature is read from a profile, as of an instant inside lateness."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import TypeAlias

from opportune.features.aggregate import Aggregate
from opportune.features.clock import CLOCK
from opportune.features.condition import compile_value
from opportune.features.expression import Expression
from opportune.features.feature import Feature
from opportune.features.keep import since_keep
from opportune.features.lasts import text_of
from opportune.features.measures import Stretch, measure_of
from opportune.features.profile import Series
from opportune.features.scope import Reader, Readers, Scope
from opportune.features.series import NEVER, count_upto, newest_upto, total_within
from opportune.features.sessions import session_at
from opportune.features.values import found_at
from opportune.features.window import Everything, InSession, Last, SinceEvent
from opportune.units import ONE, Millis, Value

Compiler: TypeAlias = Callable[[Expression, Readers], Callable[[Scope], Value]]
"""How a formula becomes something that computes it."""


def readers_of(
    features: Iterable[Feature], *, idle: Millis, clock: Reader, compiler: Compiler = compile_value
) -> Readers:
    """A reader for each feature by name, and the user's clock; formulas read the others of the list before them."""
    readers: dict[str, Reader] = {CLOCK: clock}
    for feature in features:
        if feature.aggregate is not None:
            readers[feature.name] = _aggregate_reader(feature.aggregate, idle)
        elif feature.formula is not None:
            readers[feature.name] = _formula_reader(compiler(feature.formula, dict(readers)))
    return readers


def _formula_reader(compute: Callable[[Scope], Value]) -> Reader:
    """A formula sees nothing of the event at hand, but features BY a property that it reads do."""
    return lambda scope: compute(Scope(scope.profile, scope.at, keys=scope.properties or scope.keys))


def _aggregate_reader(aggregate: Aggregate, idle: Millis) -> Reader:
    if aggregate.by is None and aggregate.function in ("count", "sum"):
        match aggregate.window:
            case Everything() if aggregate.function == "count":
                key = aggregate.key
                return lambda scope: count_upto(scope.profile.series.get(key), scope.at)
            case Last(span, offset):
                return _last_reader(aggregate, span + offset, offset)
    finder, stretch_of, measure = finder_of(aggregate), stretch_of_window(aggregate, idle), measure_of(aggregate)
    return lambda scope: measure(finder(scope), stretch_of(scope), scope.at)


def _last_reader(aggregate: Aggregate, oldest: Millis, offset: Millis) -> Reader:
    """Over ``(at - oldest, at - offset]``: the most frequent by far, so each in one step."""
    key = aggregate.key

    def counted(scope: Scope) -> Value:
        series = scope.profile.series.get(key)
        if series is None:
            return 0
        ats, upto = series.ats, scope.at - offset
        end = len(ats) if ats and ats[-1] <= upto else bisect_right(ats, upto)
        return end - bisect_right(ats, scope.at - oldest)

    def added(scope: Scope) -> Value:
        at = scope.at
        count, total = total_within(scope.profile.series.get(key), at - oldest, at - offset)
        return total / ONE if count else None

    return counted if aggregate.function == "count" else added


def finder_of(aggregate: Aggregate) -> Callable[[Scope], Series | None]:
    """Where in a scope the entries of the aggregate stand."""
    key, by = aggregate.key, aggregate.by
    if by is None:
        return lambda scope: scope.profile.series.get(key)

    def found(scope: Scope) -> Series | None:
        group = scope.profile.groups.get(key)
        text = text_of(found_at(scope.properties or scope.keys, by))
        return None if group is None or text is None else group.series.get(text)

    return found


def stretch_of_window(aggregate: Aggregate, idle: Millis) -> Callable[[Scope], Stretch]:
    """Between which instants, in a scope, entries count."""
    fades_within, window = aggregate.fades_within, _window(aggregate, idle)
    if fades_within is None:
        return window

    def stretch(scope: Scope) -> Stretch:
        after, upto = window(scope)
        faded = scope.at - fades_within
        return (faded if after is None else max(after, faded)), upto

    return stretch


def _window(aggregate: Aggregate, idle: Millis) -> Callable[[Scope], Stretch]:
    match aggregate.window:
        case Everything():
            return lambda scope: (None, scope.at)
        case Last(span, offset):
            return lambda scope: (scope.at - offset - span, scope.at - offset)
        case InSession():
            return lambda scope: _session(scope, idle)
        case SinceEvent(event):
            key = since_keep(event).key
            return lambda scope: _since(scope, key)


def _session(scope: Scope, idle: Millis) -> Stretch:
    session = session_at(scope.profile, scope.at, idle)
    return (scope.at, scope.at) if session is None else (session.start - 1, scope.at)


def _since(scope: Scope, key: str) -> Stretch:
    """Nothing if it never happened."""
    newest = newest_upto(scope.profile.series.get(key), scope.at)
    return (scope.at if newest == NEVER else newest), scope.at
