"""How old what a feature rests on is: when the newest event was that it has seen, and whether events may be missing."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from opportune.features.aggregate import Aggregate
from opportune.features.condition import Expression, reads
from opportune.features.feature import Feature
from opportune.features.keep import since_keep
from opportune.features.profile import Series
from opportune.features.readers import finder_of, stretch_of_window
from opportune.features.scope import Scope
from opportune.features.series import NEVER, newest_upto
from opportune.features.settling import later
from opportune.features.window import SinceEvent
from opportune.units import Instant, Millis


class Age(Struct, frozen=True, gc=False):
    """What a feature rests on, in one scope."""

    newest: Instant | None
    """The newest event it has seen, at or before the scope's instant; None: it knows of none."""
    since: Instant | None
    """What happened at or before it may be missing from the value; None: nothing is."""


Ages: TypeAlias = Mapping[str, Callable[[Scope], Age]]
"""By name of the feature."""
NOTHING = Age(None, None)


def ages_of(features: Iterable[Feature], *, idle: Millis) -> Ages:
    """The age of each feature by name; a formula is as old as the newest of what it reads, given before it.

    What reads traits only rests on no event: it never has an age, and misses nothing.
    """
    ages: dict[str, Callable[[Scope], Age]] = {}
    for feature in features:
        if feature.aggregate is not None:
            ages[feature.name] = _age_of(feature.aggregate, idle)
            continue
        assert feature.formula is not None, "a feature is one or the other"
        ages[feature.name] = _of_formula(feature.formula, ages)
    return ages


def has_age(feature: Feature, features: Mapping[str, Feature]) -> bool:
    """Whether the feature rests on events at all."""
    if feature.formula is None:
        return True
    read = reads(feature.formula)
    return bool(read.events) or any(has_age(features[name], features) for name in read.features)


def _age_of(aggregate: Aggregate, idle: Millis) -> Callable[[Scope], Age]:
    find, stretch_of = finder_of(aggregate), stretch_of_window(aggregate, idle)
    key, window = aggregate.key, aggregate.window
    begun_by = since_keep(window.event).key if isinstance(window, SinceEvent) else None

    def age(scope: Scope) -> Age:
        series = find(scope)
        if series is not None and series.since is None and series.lost is None and begun_by is None:
            return Age(_newest(series, scope.at), None)
        after, _ = stretch_of(scope)
        if series is None:
            group = scope.profile.groups.get(key)
            return NOTHING if group is None else Age(None, _since(group.lost, after))
        since = _missing(series, after, scope.at)
        begun = None if begun_by is None else scope.profile.series.get(begun_by)
        if begun is not None:
            since = later(since, _missing(begun, None, scope.at))
        return Age(_newest(series, scope.at), since)

    return age


def _newest(series: Series, at: Instant) -> Instant | None:
    newest = newest_upto(series, at)
    return None if newest == NEVER else newest


def _missing(series: Series, after: Instant | None, at: Instant) -> Instant | None:
    """Up to when events are missing from a window that begins after this instant, or reaches back for ever.

    What is without an end lacks nothing that was folded away early, unless it is read as of an instant before that.
    """
    if after is not None:
        return _since(later(series.lost, series.since), after)
    is_early = series.since is not None and newest_upto(series, at) < series.since
    return later(series.lost, series.since if is_early else None)


def _since(missing: Instant | None, after: Instant | None) -> Instant | None:
    """``missing``, if a window that begins after ``after`` reaches back so far."""
    return missing if missing is None or after is None or after < missing else None


def _of_formula(formula: Expression, ages: Ages) -> Callable[[Scope], Age]:
    read = reads(formula)
    parts = [ages[name] for name in sorted(read.features)]
    events = sorted(read.events)

    def age(scope: Scope) -> Age:
        newest, since = None, None
        for part in parts:
            found = part(scope)
            newest, since = later(newest, found.newest), later(since, found.since)
        for name in events:
            happened = scope.profile.lasts.get(name, ())
            place = bisect_right(happened, scope.at)
            newest = later(newest, happened[place - 1]) if place else newest
        return Age(newest, since)

    return age
