"""On whose clock a send is read: that of the row, of its user, or one for all that say none."""

import re
from collections.abc import Collection, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.errors import EventError, Unavailable
from opportune.features.local_time import Zone, offset_at, zone_named
from opportune.features.sql_words import nearest
from opportune.units import HOUR, MINUTE, Instant, Millis
from opportune.wiring.heatmap.wish import USUAL_ZONES

Clock: TypeAlias = Zone | Millis
"""A zone, or how far its clock is ahead of UTC for ever."""
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?|Z", re.ASCII)
_FARTHEST: Final = 18 * HOUR
_REMEDY: Final = "write a name such as Europe/Berlin or an offset such as +05:30; minutes:COLUMN reads minutes"


class Source(Struct, frozen=True):
    """One place that may say it."""

    kind: Literal["column", "minutes", "trait", "zone"]
    name: str


def source_of(text: str) -> Source:
    """What one ``--zone`` means: a zone's own name first, so that a column of such a name is ``column:NAME``."""
    kind, colon, name = text.partition(":")
    match kind:
        case "column" | "minutes" | "trait" if colon and name:
            return Source(kind, name)
    return Source("zone" if zone_named(text) else "column", text)


def local_of(clock: Clock, at: Instant) -> Instant:
    """What the clock shows, in milliseconds."""
    return at + (clock if isinstance(clock, int) else offset_at(clock, at))


class Clocks:
    """Finds the clock of a row: the first of the sources that says one."""

    def __init__(self, zones: tuple[str, ...]) -> None:
        self._is_stated = bool(zones)
        self.sources = [source_of(each) for each in zones] or [Source("column", name) for name in USUAL_ZONES]
        self._known: dict[tuple[str, object], Clock] = {}

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are read, as text."""
        return frozenset(each.name for each in self.sources if each.kind in ("column", "minutes"))

    @property
    def traits(self) -> tuple[str, ...]:
        """The traits that are read."""
        return tuple(each.name for each in self.sources if each.kind == "trait")

    def check(self, names: Collection[str]) -> None:
        """Raises Unavailable if a column that was named is not among these."""
        for source in self.sources if self._is_stated else ():
            if source.kind in ("column", "minutes") and source.name not in names:
                there = ", ".join(map(repr, list(names)[:20]))
                close = nearest(source.name, list(names))
                raise Unavailable(f"--zone: there is no column or zone {source.name!r}; there are {there}{close}")

    def clock(self, cells: Mapping[str, object], traits: Mapping[str, object]) -> Clock | None:
        """The clock, or None if nothing says one; raises EventError ``bad_zone`` for a word that is none."""
        for source in self.sources:
            value: object
            if source.kind == "zone":
                value = source.name
            else:
                value = (traits if source.kind == "trait" else cells).get(source.name)
            if value is None or value == "":
                continue
            key = (source.kind, value) if isinstance(value, str | int | float) else (source.kind, str(value))
            found = self._known.get(key)
            if found is None:
                found = self._read(source, value)
                if len(self._known) < 10_000:
                    self._known[key] = found
            return found
        return None

    def _read(self, source: Source, value: object) -> Clock:
        said = str(value).strip()
        if source.kind == "minutes":
            return _minutes(said, source.name)
        zone = zone_named(said)
        if zone is not None:
            return zone
        found = _OFFSET.fullmatch(said)
        if found is None:
            raise _refused(source.name, value)
        sign, hours, minutes = found.groups("0")
        offset = (int(hours) * HOUR + int(minutes) * MINUTE) * (-1 if sign == "-" else 1)
        if abs(offset) > _FARTHEST:
            raise _refused(source.name, value)
        return offset


def _minutes(said: str, name: str) -> Millis:
    try:
        offset = round(float(said) * MINUTE)
    except (ValueError, OverflowError):
        raise _refused(name, said) from None
    if abs(offset) > _FARTHEST:
        raise _refused(name, said)
    return offset


def _refused(name: str, value: object) -> EventError:
    return EventError("bad_zone", f"{name!r} says no zone: {value!r:.60}; {_REMEDY}")
