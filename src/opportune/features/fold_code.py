"""Writes the straight-line code that enters one event: one function for each name of event that somebody reads.

Everything that is known before the first event is written into the code: which series an event of this name enters,
spans, names and conditions. ``fold.PlainFold`` says the same slowly and is compared with it in tests.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from opportune.events.event import Event
from opportune.events.names import EMIT_ID, MESSAGE_SENT, PASSIVE, TRAIT_EVENTS
from opportune.features.attending import AHEAD, attend, attend_open, attend_send
from opportune.features.attention import OPENS
from opportune.features.clock import CLOCK, part_of
from opportune.features.condition import compile_condition, compile_value
from opportune.features.expression import Expression
from opportune.features.keep import Keep, in_order
from opportune.features.lasts import Watch, text_of, watch
from opportune.features.local_time import Zone
from opportune.features.profile import Profile, Series
from opportune.features.scope import Readers, Scope
from opportune.features.series import (
    Shape,
    add_entry,
    add_value,
    add_weighed,
    amount_of,
    is_kept,
    name_of,
    newest_upto,
    size_of,
)
from opportune.features.sessions import forget_sessions, oldest_needed, touch
from opportune.features.settling import MOST_ENTRIES, series_of, settle, settle_entered
from opportune.features.traits import state, traits_of, zone_of
from opportune.features.values import found_at
from opportune.units import Instant, Millis

Apply: TypeAlias = Callable[[Profile, Event, Mapping[str, object], Mapping[str, object], Instant], None]

TOOLS: dict[str, object] = {
    "Scope": Scope,
    "Series": Series,
    "add_entry": add_entry,
    "add_value": add_value,
    "add_weighed": add_weighed,
    "amount_of": amount_of,
    "attend": attend,
    "attend_open": attend_open,
    "attend_send": attend_send,
    "bisect_right": bisect_right,
    "forget_sessions": forget_sessions,
    "found_at": found_at,
    "part_of": part_of,
    "is_kept": is_kept,
    "name_of": name_of,
    "newest_upto": newest_upto,
    "oldest_needed": oldest_needed,
    "series_of": series_of,
    "settle": settle,
    "settle_entered": settle_entered,
    "size_of": size_of,
    "state": state,
    "text_of": text_of,
    "touch": touch,
    "traits_of": traits_of,
    "watch": watch,
    "zone_of": zone_of,
}
"""What generated code may call, beside conditions and values."""


class Writer:
    """Collects the code of all functions, and the conditions and values they call."""

    def __init__(
        self,
        *,
        lateness: Millis,
        idle: Millis,
        keeps_sessions: bool,
        readers: Readers,
        zone: Callable[[], Zone] | None = None,
    ) -> None:
        self.readers = readers
        """What conditions about the event at hand may read."""
        self.lateness = lateness
        self.idle = idle
        self.keeps_sessions = keeps_sessions
        self.lines: list[str] = []
        self.attends = zone is not None
        self.known: dict[str, object] = {**TOOLS, "zone": zone}
        self.made: dict[str, Apply] = {}

    def write(self, name: str | None, keeps: Iterable[Keep], watches: Iterable[Watch]) -> None:
        """Write the function for events of this name; None: for those without a function of their own."""
        body = [
            "at = event.at",
            f"horizon = clock - {self.lateness}",
            *self._activity(name),
            *_traits(name),
            *self._attention(name),
            *(line for each in watches for line in self._watch(each)),
            *self._series(in_order(keeps)),
        ]
        function = f"enter_{len(self.made)}_{len(self.lines)}"
        self.lines.append(f"def {function}(profile, event, properties, context, clock):")
        self.lines.extend(f"    {line}" for line in body)
        self.lines.append(f"made[{name or ''!r}] = {function}")

    def finish(self) -> dict[str, Apply]:
        """The functions by name of event; under the empty name the one for all others."""
        exec(compile("\n".join(self.lines), "<fold>", "exec"), {**self.known, "made": self.made})
        return self.made

    def _knows(self, thing: object, prefix: str) -> str:
        """A name for something that the code calls."""
        name = f"{prefix}_{len(self.known)}"
        self.known[name] = thing
        return name

    def _activity(self, name: str | None) -> list[str]:
        if name in PASSIVE or not self.keeps_sessions:
            return []
        return [
            f"if at >= horizon and not event.is_history and not event.id.startswith({EMIT_ID!r}):",
            "    sessions = profile.sessions",
            f"    if sessions and 0 <= at - sessions[-1].end < {self.idle}:",
            "        sessions[-1].end = at",
            "    else:",
            f"        touch(sessions, at, {self.idle})",
            f"    if len(sessions) > 1 and sessions[0].end + {self.idle} <= horizon:",
            f"        forget_sessions(sessions, horizon, {self.idle})",
        ]

    def _attention(self, name: str | None) -> list[str]:
        if not self.attends:
            return []
        if name == MESSAGE_SENT:
            return ["attend_send(profile, properties)"]
        if name in OPENS:
            return [
                f"if at - event.received_at <= {AHEAD}:",
                "    attend_open(profile, event.name, at, (properties, context), zone())",
            ]
        if name in PASSIVE:
            return []
        return [
            f"if at - event.received_at <= {AHEAD} and not event.id.startswith({EMIT_ID!r}):",
            "    attend(profile, at, context, zone())",
        ]

    def _watch(self, watched: Watch) -> list[str]:
        return [f"watch(profile, {self._knows(watched, 'watched')}, properties, at=at, horizon=horizon)"]

    def _series(self, keeps: list[Keep]) -> list[str]:
        lines = ["kept = profile.series"] if keeps else []
        if any(keep.expressions or keep.shape == "tallies" for keep in keeps):
            lines.append("scope = Scope(profile, at, event.name, properties, context)")
        asked = None
        for keep in keeps:
            where = keep.chosen.where
            if where is not None and where.node != asked:
                lines.append(f"if {self._knows(compile_condition(where, self.readers), 'where')}(scope):")
                asked = where.node
            lines.extend(("    " if where is not None else "") + line for line in self._enter(keep))
        return lines

    def _enter(self, keep: Keep) -> list[str]:
        """What is entered is read first; what cannot be kept enters nothing."""
        lines: list[str] = []
        needed: list[str] = []
        if keep.argument is not None or keep.shape == "tallies":
            lines.append(f"value = {self._entry(keep)}")
            needed.append("is_kept(value)" if keep.shape in ("values", "extremes") else "value is not None")
        if keep.weight is not None:
            lines.append(f"weight = size_of({self._value(keep.weight)}(scope))")
            needed.append("weight is not None")
        if keep.by is not None:
            lines.append(f"text = text_of(found_at(properties, {keep.by!r}))")
            needed.append("text is not None")
        rest = self._add_by(keep) if keep.by is not None else [*_find(keep), *_add(keep), *self._settle(keep)]
        if not needed:
            return [*lines, *rest]
        return [*lines, f"if {' and '.join(needed)}:", *(f"    {line}" for line in rest)]

    def _entry(self, keep: Keep) -> str:
        if keep.argument is None:
            return f"str(part_of({self._knows(self.readers[CLOCK], 'clock')}(scope), 'hour'))"
        value = f"{self._value(keep.argument)}(scope)"
        return f"{_TAKERS[keep.shape]}({value})" if keep.shape in _TAKERS else value

    def _value(self, expression: Expression) -> str:
        return self._knows(compile_value(expression, self.readers), "value")

    def _add_by(self, keep: Keep) -> list[str]:
        """One of many series: found, and bounded, by a call."""
        name = self._knows(keep, "keep")
        return [
            f"series = series_of(profile, {name}, text)",
            "ats = series.ats",
            *_add(keep),
            f"settle_entered({name}, profile, text, horizon=horizon, idle={self.idle})",
        ]

    def _settle(self, keep: Keep) -> list[str]:
        cut = f"horizon - {keep.reach}"
        if keep.is_in_session:
            cut = f"min({cut}, oldest_needed(profile.sessions, horizon, {self.idle}) - 1)"
        for key in keep.since:
            cut = f"min({cut}, newest_upto(kept.get({key!r}), horizon))"
        staying = keep.staying + 1
        return [
            f"cut = {cut}",
            f"if len(ats) > {staying} and ats[{staying}] <= cut or len(ats) > {MOST_ENTRIES}:",
            f"    settle(series, {self._knows(keep, 'keep')}, cut)",
        ]


_TAKERS: Mapping[Shape, str] = {"numbers": "amount_of", "amounts": "size_of", "tallies": "name_of"}
"""What makes an entry of a value, where it is not entered as it is."""


def _add(keep: Keep) -> list[str]:
    match keep.shape:
        case "instants":
            return [
                "if not ats or at >= ats[-1]:",
                "    ats.append(at)",
                "else:",
                "    ats.insert(bisect_right(ats, at), at)",
            ]
        case "values":
            return ["add_value(series, at, event.seq, value)"]
        case "tallies" if keep.weight is not None:
            return ["add_weighed(series, at, value, weight)"]
        case _:
            return [
                "if not ats or at >= ats[-1]:",
                "    ats.append(at)",
                "    series.values.append(value)",
                "else:",
                "    add_entry(series, at, value)",
            ]


def _traits(name: str | None) -> list[str]:
    if name in TRAIT_EVENTS:
        return ["state(profile, traits_of(event.name, properties, context), at=at, seq=event.seq, horizon=horizon)"]
    return [
        "if 'traits' in context:",
        "    state(profile, traits_of(event.name, properties, context), at=at, seq=event.seq, horizon=horizon)",
        "elif 'timezone' in context:",
        "    state(profile, zone_of(context), at=at, seq=event.seq, horizon=horizon)",
    ]


def _find(keep: Keep) -> list[str]:
    return [
        f"series = kept.get({keep.key!r})",
        "if series is None:",
        f"    series = kept[{keep.key!r}] = Series([], [], [])",
        "ats = series.ats",
    ]
