"""When a condition may change though nothing happens: windows move on, sessions end, hours strike.

What fades (DECAY, weights with a half-life) changes all the time by a little: it counts as changing with events only.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from opportune.features.aggregate import Aggregate
from opportune.features.clock import zones_stated
from opportune.features.expression import Expression, Happened, LocalPart, Node, Read, walk
from opportune.features.feature import Feature
from opportune.features.keep import since_keep
from opportune.features.lines import Crossings
from opportune.features.local_time import Zone, next_hour
from opportune.features.profile import Profile
from opportune.features.window import Everything, InSession, Last, SinceEvent
from opportune.units import Instant, Millis

Change: TypeAlias = Callable[[Profile, Instant], Instant | None]
"""The first instant after the one given at which something may change; None: it never does."""
_STATED = ("name", "trait")


class Changes:
    """Says it of conditions that read these features."""

    def __init__(self, features: Mapping[str, Feature], *, idle: Millis, zone: Zone) -> None:
        self._features = features
        self._idle = idle
        self._zone = zone

    def of(self, expression: Expression) -> Change:
        """When this condition may change: between two such instants it stays what it is at the first.

        It may name instants at which nothing changes, and never leaves one out. Features BY a property are NULL where
        no event is at hand, and so change never.
        """
        nodes = self._nodes(expression.node)
        parts = [*self._windows(nodes), *self._others(nodes)]
        return lambda profile, at: min(
            (found for part in parts if (found := part(profile, at)) is not None), default=None
        )

    def touched_by(self, expression: Expression) -> frozenset[str] | None:
        """Names of the events that may change it at once, those that state traits aside; None: any may."""
        names = set[str]()
        for node in self._nodes(expression.node):
            feature = self._read(node)
            aggregate = None if feature is None else feature.aggregate
            if isinstance(node, Happened):
                names.add(node.event)
            if aggregate is None:
                continue
            if aggregate.chosen.names is None or isinstance(aggregate.window, InSession):
                return None
            names.update(aggregate.chosen.names)
            if isinstance(aggregate.window, SinceEvent):
                names.add(aggregate.window.event)
        return frozenset(names)

    def _nodes(self, node: Node) -> list[Node]:
        """The node, all below it, and those of the formulas that are read."""
        found: list[Node] = []
        waiting, known = [node], set[str]()
        while waiting:
            for each in walk(waiting.pop()):
                found.append(each)
                feature = self._read(each)
                if feature is not None and feature.formula is not None and feature.name not in known:
                    known.add(feature.name)
                    waiting.append(feature.formula.node)
        return found

    def _read(self, node: Node) -> Feature | None:
        return self._features.get(node.path) if isinstance(node, Read) and node.source == "feature" else None

    def _windows(self, nodes: Iterable[Node]) -> Iterator[Change]:
        """What comes into and leaves the windows of the aggregates that are read."""
        offsets: dict[str, set[Millis]] = {}
        is_in_session = False
        read = dict.fromkeys(feature for node in nodes if (feature := self._read(node)) is not None)
        for aggregate in (each.aggregate for each in read if each.aggregate is not None and each.aggregate.by is None):
            offsets.setdefault(aggregate.key, set()).update(_offsets(aggregate))
            is_in_session = is_in_session or isinstance(aggregate.window, InSession)
            if isinstance(aggregate.window, SinceEvent):
                offsets.setdefault(since_keep(aggregate.window.event).key, set()).add(0)
        yield from (_entries(key, tuple(sorted(found))) for key, found in offsets.items())
        if is_in_session:
            yield self._sessions

    def _others(self, nodes: Sequence[Node]) -> Iterator[Change]:
        asked = {(node.event, node.span) for node in nodes if isinstance(node, Happened) and node.span is not None}
        yield from (_happened(event, (0, span)) for event, span in sorted(asked))
        yield from (_stated(name) for name in sorted({each for node in nodes for each in _stated_by(node)}))
        if any(isinstance(node, LocalPart) for node in nodes):
            yield self._hour
        crossings = Crossings(self._features, nodes)
        if crossings:
            yield crossings.next

    def _sessions(self, profile: Profile, at: Instant) -> Instant | None:
        ends = (instant for each in profile.sessions for instant in (each.start, each.end + self._idle))
        return min((each for each in ends if each > at), default=None)

    def _hour(self, profile: Profile, at: Instant) -> Instant:
        return next_hour(next(iter(zones_stated(profile, at)), self._zone), at)


def _offsets(aggregate: Aggregate) -> Iterator[Millis]:
    """How long after it happened an event comes into the window, and leaves it."""
    match aggregate.window:
        case Last(span, offset):
            yield from (offset, offset + span)
        case Everything() | InSession() | SinceEvent():
            yield 0
    if aggregate.fades_within is not None:
        yield aggregate.fades_within


def _entries(key: str, offsets: tuple[Millis, ...]) -> Change:
    def change(profile: Profile, at: Instant) -> Instant | None:
        series = profile.series.get(key)
        return None if series is None else _first(series.ats, offsets, at)

    return change


def _happened(event: str, offsets: tuple[Millis, ...]) -> Change:
    return lambda profile, at: _first(profile.lasts.get(event, ()), offsets, at)


def _stated(name: str) -> Change:
    def change(profile: Profile, at: Instant) -> Instant | None:
        return min((each.at for each in profile.traits.get(name, ()) if each.at > at), default=None)

    return change


def _stated_by(node: Node) -> tuple[str, ...]:
    return (node.path,) if isinstance(node, Read) and node.source in _STATED else ()


def _first(ats: Sequence[Instant], offsets: tuple[Millis, ...], at: Instant) -> Instant | None:
    """The first of these instants, each moved by each offset, that lies after ``at``."""
    first: Instant | None = None
    for offset in offsets:
        place = bisect_right(ats, at - offset)
        if place < len(ats) and (first is None or ats[place] + offset < first):
            first = ats[place] + offset
    return first
