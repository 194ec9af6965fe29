"""The clocks users live by: local readings of instants, and the instants of local readings.

Only the pinned tzdata package is read, never the zone files of the machine, so that every host reads the same clock
(R20). What a clock shows is judged at the instant itself: in the hour that autumn repeats, both passes read the same;
after a spring gap the clock reads the far side of it. A wall time that does not exist moves forward to the first
instant after the gap; one that exists twice means the first.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from re import ASCII, fullmatch
from zoneinfo import ZoneInfo

from msgspec import Struct

from opportune.errors import UnitError
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Millis

_BITS = 35
"""Offsets are learned for 2**35 ms (398 days) at a time."""
_STEP = 3 * DAY // SECOND
"""Seconds within which no zone changes its offset and changes it back; the shortest there and back took 7 days."""
_FIRST, _LAST = -62_135_510_400, 253_402_214_400
"""Seconds from the second day of the year 1 to the last day of 9999: what a datetime holds in every zone."""
_LONGEST_SEARCH: Millis = 2 * DAY


class WallTime(Struct, frozen=True):
    """What a clock on a wall shows: ``minutes`` after midnight, 0 to 1439."""

    minutes: int

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


class Zone:
    """One zone of tzdata, with the offsets it has already been asked for; there is one object for each name."""

    __slots__ = ("_spells", "_table", "name")

    def __init__(self, name: str, table: ZoneInfo) -> None:
        self.name = name
        self._table = table
        self._spells: dict[int, tuple[list[Instant], list[Millis]]] = {}

    def __repr__(self) -> str:
        return f"Zone({self.name!r})"

    def spells(self, number: int) -> tuple[list[Instant], list[Millis]]:
        """The changes within [number, number + 1) << 35, and the offsets between them: one more than changes."""
        found = self._spells.get(number)
        if found is None:
            found = self._spells[number] = self._learned(number << _BITS, (number + 1) << _BITS)
        return found

    def _learned(self, start: Instant, end: Instant) -> tuple[list[Instant], list[Millis]]:
        changes: list[Instant] = []
        second, last = -(-start // SECOND), -(-end // SECOND) - 1
        offsets = [self._offset(second)]
        while second < last:
            later = min(second + _STEP, last)
            if self._offset(later) != offsets[-1]:
                later = self._first_change(second, later)
                changes.append(later * SECOND)
                offsets.append(self._offset(later))
            second = later
        return changes, offsets

    def _first_change(self, before: int, after: int) -> int:
        offset = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, second: int) -> Millis:
        offset = datetime.fromtimestamp(min(max(second, _FIRST), _LAST), self._table).utcoffset()
        return (offset or timedelta()) // timedelta(milliseconds=1)


def zone_named(name: str) -> Zone | None:
    """The zone tzdata knows by exactly this name, legacy names included; letters must be in tzdata's own case.

    Anything else is no zone: blank, another case, a path, an offset such as ``+02:00``, and ``Factory``, which is
    tzdata's word for a machine that was never told its zone.
    """
    return _zone(name) if name in zone_names() else None


@cache
def zone_names() -> frozenset[str]:
    """All names that are zones."""
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split()) - {"Factory"}


def zones_version() -> str:
    """The version of the pinned zone rules, such as ``2026.1``."""
    return version("tzdata")


@cache
def _zone(name: str) -> Zone:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as table:
        return Zone(name, ZoneInfo.from_file(table, key=name))


UTC = _zone("UTC")


def wall_time(text: str) -> WallTime:
    """The wall time written as ``21:00`` or ``9:30``; raises UnitError unless from 00:00 to 23:59."""
    found = fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, ASCII)
    if found is None:
        raise UnitError(f"a wall time is written as '21:00', from 00:00 to 23:59, not {text!r}")
    return WallTime(int(found[1]) * 60 + int(found[2]))


def offset_at(zone: Zone, at: Instant) -> Millis:
    """How far the zone's clock is ahead of UTC at this instant; negative west of it."""
    changes, offsets = zone.spells(at >> _BITS)
    return offsets[bisect_right(changes, at)]


def local(zone: Zone, at: Instant) -> tuple[int, int, int]:
    """What calendar and clock show: days since 1970-01-01, minutes after midnight, weekday (Monday is 0)."""
    day, rest = divmod(at + offset_at(zone, at), DAY)
    return day, rest // MINUTE, (day + 3) % 7


def resolve(zone: Zone, day: int, minutes: int) -> Instant:
    """The first instant at which the clock shows this; if it never does, the first instant after the gap.

    ``day`` counts from 1970-01-01, ``minutes`` from midnight.
    """
    wall = day * DAY + minutes * MINUTE
    at = wall - DAY
    while True:
        offset, end = _spell(zone, at)
        if wall - offset < end:
            return max(at, wall - offset)
        at = end


def is_inside(start: WallTime, end: WallTime, minutes: int) -> bool:
    """Whether a clock that shows ``minutes`` is in [start, end); the window may wrap midnight, equal ends are empty."""
    if start.minutes <= end.minutes:
        return start.minutes <= minutes < end.minutes
    return minutes >= start.minutes or minutes < end.minutes


def next_outside(start: WallTime, end: WallTime, at: Instant, zones: Sequence[Zone]) -> Instant | None:
    """The first instant >= ``at`` at which no zone's clock is in [start, end); ``at`` itself if none is.

    None if the zones together leave no such instant within 48 hours.
    """
    free, stays = at, 0
    while stays < len(zones) and free - at <= _LONGEST_SEARCH:
        for zone in zones:
            later = _first(zone, free, start, end, inside=False)
            stays = stays + 1 if later == free else 1
            free = later
    return free if free - at <= _LONGEST_SEARCH else None


def next_start(start: WallTime, end: WallTime, at: Instant, zones: Sequence[Zone]) -> Instant | None:
    """The first instant >= ``at`` at which any zone's clock is in [start, end); ``at`` itself if one is.

    None if there is never one: the window is empty, or there is no zone.
    """
    if start == end or not zones:
        return None
    return min(_first(zone, at, start, end, inside=True) for zone in zones)


def day_of(zone: Zone, at: Instant) -> tuple[Instant, Instant]:
    """The local calendar day around ``at``, [start, end): mostly 24 hours, 23 or 25 when the clock changes.

    A clock that is set back over midnight does not go back into the day that has ended, so days never overlap.
    """
    day = _day(zone, at)
    return resolve(zone, day, 0), resolve(zone, day + 1, 0)


def week_of(zone: Zone, at: Instant) -> tuple[Instant, Instant]:
    """The local calendar week around ``at``, [start, end), from Monday to Monday."""
    day = _day(zone, at)
    monday = day - (day + 3) % 7
    return resolve(zone, monday, 0), resolve(zone, monday + 7, 0)


def next_local(zone: Zone, at: Instant, minutes: int, weekdays: frozenset[int]) -> Instant:
    """The first instant >= ``at`` that is this wall time on one of these weekdays (Monday is 0) of the zone's clock.

    A wall time lost in a gap moves forward as in ``resolve`` and keeps its weekday; a day that the calendar of the
    zone left out as a whole has none. Raises UnitError if no weekday is named.
    """
    today = local(zone, at)[0]
    for day in range(today - 1, today + 16):
        if (day + 3) % 7 in weekdays and resolve(zone, day, 0) < resolve(zone, day + 1, 0):
            found = resolve(zone, day, minutes)
            if found >= at:
                return found
    raise _no_weekday(weekdays)


def next_open(zone: Zone, at: Instant, start: WallTime, end: WallTime, weekdays: frozenset[int]) -> Instant:
    """The first instant >= ``at`` inside a window [start, end) that began on one of these weekdays (Monday is 0).

    A window that wraps midnight belongs to the day it begins on; equal ends are the whole day from ``start`` on. It
    lasts from the first instant of its start to the first of its end, both as in ``resolve``: it opens once in an hour
    that comes twice, what a gap takes of it is gone, and one that lies in a gap as a whole is none, as that of a day
    that the calendar of the zone left out. Raises UnitError if no weekday is named.
    """
    today = local(zone, at)[0]
    for day in range(today - 1, today + 16):
        if (day + 3) % 7 in weekdays and resolve(zone, day, 0) < resolve(zone, day + 1, 0):
            opens, closes = window_of(zone, day, start, end)
            if max(at, opens) < closes:
                return max(at, opens)
    raise _no_weekday(weekdays)


def window_of(zone: Zone, day: int, start: WallTime, end: WallTime) -> tuple[Instant, Instant]:
    """The window [start, end) that begins on this local day, as instants [first, last); equal if a gap takes it all."""
    last = day if start.minutes < end.minutes else day + 1
    return resolve(zone, day, start.minutes), resolve(zone, last, end.minutes)


def whole_hours(zone: Zone, at: Instant) -> Iterator[Instant]:
    """Each instant >= ``at`` at which the zone's clock shows a whole hour, without end; ``at`` itself if it does."""
    while True:
        offset, change = _spell(zone, at)
        yield from range(at + -(at + offset) % HOUR, change, HOUR)
        at = change


def next_hour(zone: Zone, at: Instant) -> Instant:
    """The first instant after ``at`` at which the zone's clock may show another hour; some at which it does not."""
    offset, change = _spell(zone, at)
    return min(at + HOUR - (at + offset) % HOUR, change)


def _no_weekday(weekdays: frozenset[int]) -> UnitError:
    return UnitError(f"weekdays must name at least one day from 0 (Monday) to 6 (Sunday), not {sorted(weekdays)}")


def _spell(zone: Zone, at: Instant) -> tuple[Millis, Instant]:
    """The offset at this instant, and an instant after it up to which it surely holds."""
    number = at >> _BITS
    changes, offsets = zone.spells(number)
    place = bisect_right(changes, at)
    return offsets[place], changes[place] if place < len(changes) else (number + 1) << _BITS


def _first(zone: Zone, at: Instant, start: WallTime, end: WallTime, *, inside: bool) -> Instant:
    """The first instant >= ``at`` at which the zone's clock is inside, or outside, of [start, end)."""
    edge = (start if inside else end).minutes * MINUTE
    while True:
        offset, change = _spell(zone, at)
        reading = (at + offset) % DAY
        if is_inside(start, end, reading // MINUTE) == inside:
            return at
        arrival = at + (edge - reading) % DAY
        if arrival < change:
            return arrival
        at = change


def _day(zone: Zone, at: Instant) -> int:
    """The local calendar day around ``at``, counted from 1970-01-01; a day that has ended does not come back."""
    day = local(zone, at)[0]
    while resolve(zone, day + 1, 0) <= at:
        day += 1
    return day
