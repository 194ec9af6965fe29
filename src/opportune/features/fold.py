"""Enters one event into a profile: the whole of what is remembered is a fold with this over a user's events.

``Fold`` runs code written for one set of features, ``PlainFold`` reads the same definitions again at each event; both
give the same profile. An event may come late or out of order; the same event twice must not reach a fold.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Self

from opportune.events.event import Event
from opportune.events.names import EMIT_ID, MESSAGE_SENT, PASSIVE, TRAIT_EVENTS
from opportune.features.attending import AHEAD, attend, attend_open, attend_send
from opportune.features.attention import OPENS
from opportune.features.clock import CLOCK, event_local, part_of, user_clock
from opportune.features.expression import Expression
from opportune.features.feature import Feature
from opportune.features.fold_code import Writer
from opportune.features.interpret import interpret
from opportune.features.keep import Keep, in_order, keeps_of
from opportune.features.lasts import Watch, forget_lasts, text_of, watch
from opportune.features.local_time import UTC, Zone
from opportune.features.profile import Profile
from opportune.features.readers import readers_of
from opportune.features.scope import Readers, Scope
from opportune.features.series import (
    add_entry,
    add_instant,
    add_value,
    add_weighed,
    amount_of,
    is_kept,
    name_of,
    size_of,
)
from opportune.features.sessions import forget_sessions, touch
from opportune.features.settling import series_of, settle_entered, settle_kept
from opportune.features.traits import forget_stated, state, traits_of
from opportune.features.values import found_at
from opportune.units import Instant, Millis, Scalar, Value

__all__ = ["Fold", "PlainFold", "Watch", "new_profile"]


def new_profile() -> Profile:
    """The profile of a user of whom nothing is known."""
    return Profile({}, {}, [], {})


class Fold:
    """What is remembered for one set of features, which may be the union over several versions of a playbook (R6).

    Any value can be read as of any instant from ``clock - lateness`` on, ``clock`` being that of the newest ``apply``.
    """

    readers: Readers
    """By name; of versions that differ in a feature use ``readers_for``."""
    event_readers: Readers
    """What conditions about the event at hand may read: the clock where it came from."""
    zone: Zone
    """Where events and users are of whom no zone is known."""

    def __init__(
        self,
        features: Iterable[Feature],
        *,
        watches: Iterable[Watch],
        lateness: Millis,
        idle: Millis,
        keeps_sessions: bool = True,
    ) -> None:
        listed = self._features = tuple(features)
        self.keeps: Mapping[str, Keep] = keeps_of(listed)
        self.watches: Mapping[str, Watch] = _watches_by_name(watches)
        self.lateness = lateness
        self.idle = idle
        self.zone = UTC
        self.event_readers: Readers = {CLOCK: lambda scope: event_local(scope.context, scope.at, self.zone)}
        self.keeps_sessions = keeps_sessions or any(keep.is_in_session for keep in self.keeps.values())
        self.keeps_attention = False
        self.readers = self.readers_for(listed)
        self._compile()

    def in_zone(self, zone: Zone) -> Self:
        """The same fold for a playbook of this zone, which is else that of UTC."""
        self.zone = zone
        self.readers = self._readers(self._features)
        return self

    def attending(self, is_asked: bool) -> Self:
        """The same fold, which keeps when users look if that is asked for."""
        if is_asked:
            self.keeps_attention = True
            self._compile()
        return self

    def apply(
        self,
        profile: Profile,
        event: Event,
        properties: Mapping[str, object],
        context: Mapping[str, object],
        clock: Instant,
    ) -> None:
        """Enter the event, in place; ``clock`` is the user's log clock with this event, never falling.

        ``properties`` and ``context`` are the event's, decoded.
        """
        self._by_name.get(event.name, self._others)(profile, event, properties, context, clock)

    def readers_for(self, features: Iterable[Feature]) -> Readers:
        """Readers for the features of one version; all of them must be among those this fold was made for."""
        listed = tuple(features)
        for feature in listed:
            for key, keep in keeps_of([feature]).items():
                if key not in self.keeps or not self.keeps[key].covers(keep):
                    raise ValueError(f"feature {feature.name!r} is not kept by this fold: {feature.text!r}")
        return self._readers(listed)

    def forget(self, profile: Profile, clock: Instant) -> None:
        """Drop what nothing can read any more as of ``clock - lateness`` or later, and series that no feature reads.

        ``apply`` drops only where it enters something, so this shortens the memory of a user who has gone quiet.
        """
        horizon = clock - self.lateness
        forget_sessions(profile.sessions, horizon, self.idle)
        for keep in self.keeps.values():
            settle_kept(keep, profile, horizon=horizon, idle=self.idle)
        for known in profile.traits.values():
            forget_stated(known, horizon)
        forget_lasts(profile.lasts, horizon)
        if not self.keeps_attention:
            profile.attention = None
        profile.series = {key: series for key, series in profile.series.items() if key in self.keeps}
        profile.groups = {key: group for key, group in profile.groups.items() if key in self.keeps}

    def _readers(self, features: tuple[Feature, ...]) -> Readers:
        return readers_of(features, idle=self.idle, clock=user_clock(self.zone))

    def _compile(self) -> None:
        writer = Writer(
            lateness=self.lateness,
            idle=self.idle,
            keeps_sessions=self.keeps_sessions,
            readers=self.event_readers,
            zone=(lambda: self.zone) if self.keeps_attention else None,
        )
        named = {name for keep in self.keeps.values() for name in keep.chosen.names or ()}
        for name in sorted(named | set(self.watches) | PASSIVE | TRAIT_EVENTS | OPENS):
            keeps = [keep for keep in self.keeps.values() if keep.concerns(name)]
            writer.write(name, keeps, [self.watches[name]] if name in self.watches else [])
        writer.write(None, [keep for keep in self.keeps.values() if keep.chosen.names is None], [])
        self._by_name = writer.finish()
        self._others = self._by_name.pop("")


class PlainFold(Fold):
    """The same, read from the definitions at each event: the oracle of the generated code."""

    def apply(
        self,
        profile: Profile,
        event: Event,
        properties: Mapping[str, object],
        context: Mapping[str, object],
        clock: Instant,
    ) -> None:
        """Enter the event, in place."""
        at, horizon = event.at, clock - self.lateness
        is_passive = event.name in PASSIVE or event.is_history or event.id.startswith(EMIT_ID)
        if self.keeps_sessions and not is_passive and at >= horizon:
            touch(profile.sessions, at, self.idle)
            forget_sessions(profile.sessions, horizon, self.idle)
        stated = traits_of(event.name, properties, context)
        state(profile, stated, at=at, seq=event.seq, horizon=horizon)
        if self.keeps_attention:
            self._attend(profile, event, properties, context)
        if event.name in self.watches:
            watch(profile, self.watches[event.name], properties, at=at, horizon=horizon)
        scope = Scope(profile, at, event.name, properties, context)
        for keep in in_order(self.keeps.values()):
            text = _enter(keep, scope, event.seq, self.event_readers) if keep.concerns(event.name) else None
            if text is not None:
                settle_entered(keep, profile, text, horizon=horizon, idle=self.idle)

    def _attend(
        self, profile: Profile, event: Event, properties: Mapping[str, object], context: Mapping[str, object]
    ) -> None:
        if event.name == MESSAGE_SENT:
            attend_send(profile, properties)
        elif event.at > event.received_at + AHEAD:
            return
        elif event.name in OPENS:
            attend_open(profile, event.name, event.at, (properties, context), self.zone)
        elif event.name not in PASSIVE and not event.id.startswith(EMIT_ID):
            attend(profile, event.at, context, self.zone)

    def _readers(self, features: tuple[Feature, ...]) -> Readers:
        return readers_of(features, idle=self.idle, clock=user_clock(self.zone), compiler=_interpreter)


def _interpreter(formula: Expression, readers: Readers) -> Callable[[Scope], Value]:
    return lambda scope: interpret(formula, scope, readers)


def _enter(keep: Keep, scope: Scope, seq: int, readers: Readers) -> str | None:
    """Enter the event into one series, if it is chosen and has a value that can be kept: into that of this text."""
    if keep.chosen.where is not None and interpret(keep.chosen.where, scope, readers) is not True:
        return None
    value = None if keep.argument is None else interpret(keep.argument, scope, readers)
    weight = None if keep.weight is None else size_of(interpret(keep.weight, scope, readers))
    text = "" if keep.by is None else text_of(found_at(scope.properties, keep.by))
    entry = taken(keep, value, scope, readers)
    if entry is None or text is None or (weight is None) is not (keep.weight is None):
        return None
    series = series_of(scope.profile, keep, text)
    match keep.shape:
        case "instants":
            add_instant(series, scope.at)
        case "values":
            add_value(series, scope.at, seq, entry)
        case "tallies" if weight is not None:
            add_weighed(series, scope.at, str(entry), weight)
        case _:
            add_entry(series, scope.at, entry)
    return text


def taken(keep: Keep, value: Value, scope: Scope, readers: Readers) -> Scalar:
    """What is entered of a value; None: the event is no entry."""
    match keep.shape:
        case "instants":
            return True
        case "numbers":
            return amount_of(value)
        case "amounts":
            return size_of(value)
        case "tallies":
            return name_of(value) if keep.argument is not None else str(part_of(readers[CLOCK](scope), "hour"))
        case _:
            return value if is_kept(value) else None


def _watches_by_name(watches: Iterable[Watch]) -> dict[str, Watch]:
    """One watch for each name, with the keys of all."""
    keys: dict[str, set[str]] = {}
    for each in watches:
        keys.setdefault(each.name, set()).update(each.keys)
    return {name: Watch(name, tuple(sorted(keys[name]))) for name in sorted(keys)}
