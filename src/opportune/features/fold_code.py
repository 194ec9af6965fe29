"""Writes the straight-line code that enters one event: one function for each name of event that somebody reads.

Everything that is known before the first event is written into the code: which series an event of this name enters,
spans, names and conditions. ``fold.PlainFold`` says the same slowly and is compared with it in tests.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from opportune.events.event import Event
from opportune.events.names import IDENTIFIED, PASSIVE
from opportune.features.condition import compile_condition, compile_value
from opportune.features.keep import Keep
from opportune.features.lasts import Watch, watch
from opportune.features.profile import Profile, Series
from opportune.features.scope import Scope
from opportune.features.series import add_number, add_value, amount_of, is_kept, settle
from opportune.features.sessions import forget_sessions, oldest_needed, touch
from opportune.features.traits import state, traits_of
from opportune.units import Instant, Millis

Apply: TypeAlias = Callable[[Profile, Event, Mapping[str, object], Mapping[str, object], Instant], None]

TOOLS: dict[str, object] = {
    "Scope": Scope,
    "Series": Series,
    "add_number": add_number,
    "add_value": add_value,
    "amount_of": amount_of,
    "bisect_right": bisect_right,
    "forget_sessions": forget_sessions,
    "is_kept": is_kept,
    "oldest_needed": oldest_needed,
    "settle": settle,
    "state": state,
    "touch": touch,
    "traits_of": traits_of,
    "watch": watch,
}
"""What generated code may call, beside conditions and values."""


class Writer:
    """Collects the code of all functions, and the conditions and values they call."""

    def __init__(self, *, lateness: Millis, idle: Millis, keeps_sessions: bool) -> None:
        self.lateness = lateness
        self.idle = idle
        self.keeps_sessions = keeps_sessions
        self.lines: list[str] = []
        self.known: dict[str, object] = dict(TOOLS)
        self.made: dict[str, Apply] = {}

    def write(self, name: str | None, keeps: Iterable[Keep], watches: Iterable[Watch]) -> None:
        """Write the function for events of this name; None: for those without a function of their own."""
        entering = sorted(keeps, key=lambda keep: (keep.chosen.where is not None, repr(keep.chosen.where), keep.key))
        body = [
            "at = event.at",
            f"horizon = clock - {self.lateness}",
            *self._activity(name),
            *_traits(name),
            *(line for each in watches for line in self._watch(each)),
            *self._series(entering),
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
            "if at >= horizon and not event.is_history:",
            "    sessions = profile.sessions",
            f"    if sessions and 0 <= at - sessions[-1].end < {self.idle}:",
            "        sessions[-1].end = at",
            "    else:",
            f"        touch(sessions, at, {self.idle})",
            f"    if len(sessions) > 1 and sessions[0].end + {self.idle} <= horizon:",
            f"        forget_sessions(sessions, horizon, {self.idle})",
        ]

    def _watch(self, watched: Watch) -> list[str]:
        return [f"watch(profile, {self._knows(watched, 'watched')}, properties, at=at, horizon=horizon)"]

    def _series(self, keeps: list[Keep]) -> list[str]:
        lines = ["kept = profile.series"] if keeps else []
        if any(keep.expressions for keep in keeps):
            lines.append("scope = Scope(profile, at, event.name, properties, context)")
        asked = None
        for keep in keeps:
            where = keep.chosen.where
            if where is not None and where.node != asked:
                lines.append(f"if {self._knows(compile_condition(where, {}), 'where')}(scope):")
                asked = where.node
            lines.extend(("    " if where is not None else "") + line for line in self._enter(keep))
        return lines

    def _enter(self, keep: Keep) -> list[str]:
        if keep.argument is None:
            return [*_find(keep), *self._add(keep)]
        value = f"{self._knows(compile_value(keep.argument, {}), 'value')}(scope)"
        if keep.shape == "numbers":
            first = [f"value = amount_of({value})", "if value is not None:"]
        else:
            first = [f"value = {value}", "if is_kept(value):"]
        return [*first, *(f"    {line}" for line in (*_find(keep), *self._add(keep)))]

    def _add(self, keep: Keep) -> list[str]:
        cut = f"horizon - {keep.reach}"
        if keep.is_in_session:
            cut = f"min({cut}, oldest_needed(profile.sessions, horizon, {self.idle}) - 1)"
        oldest = "len(ats) > 1 and ats[1]" if keep.keeps_newest else "ats[0]"
        add = {
            "instants": [
                "if not ats or at >= ats[-1]:",
                "    ats.append(at)",
                "else:",
                "    ats.insert(bisect_right(ats, at), at)",
            ],
            "numbers": ["add_number(series, at, value)"],
            "values": ["add_value(series, at, event.seq, value)"],
        }
        return [
            *add[keep.shape],
            f"cut = {cut}",
            f"if {oldest} <= cut:",
            f"    settle(series, cut, shape={keep.shape!r}, keeps_newest={keep.keeps_newest})",
        ]


def _traits(name: str | None) -> list[str]:
    if name == IDENTIFIED:
        return ["state(profile, traits_of(event.name, properties, context), at=at, seq=event.seq, horizon=horizon)"]
    return [
        "if context and ('timezone' in context or 'traits' in context):",
        "    state(profile, traits_of(event.name, properties, context), at=at, seq=event.seq, horizon=horizon)",
    ]


def _find(keep: Keep) -> list[str]:
    return [
        f"series = kept.get({keep.key!r})",
        "if series is None:",
        f"    series = kept[{keep.key!r}] = Series([], [], [])",
        "ats = series.ats",
    ]
