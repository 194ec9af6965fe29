"""Local time by reading clocks: nothing is computed that could be looked at minute by minute instead.

Zones of our time differ from UTC by whole minutes, so whatever a wall clock shows can change its meaning only at a
whole minute of UTC.
"""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

MINUTE = 60_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def rules(zone):
    """The zone as the pinned tzdata package has it, whatever the machine has."""
    with files("tzdata.zoneinfo").joinpath(*zone.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=zone)


@lru_cache(maxsize=2_000_000)
def wall(minute, zone):
    """(date, minutes since midnight) that a clock in ``zone`` shows at this minute since 1970."""
    shown = (EPOCH + timedelta(minutes=minute)).astimezone(rules(zone))
    return shown.date(), shown.hour * 60 + shown.minute


def next_minute(at):
    """The first whole minute after ``at``."""
    return (at // MINUTE + 1) * MINUTE


def minutes_of(text):
    """``"21:30"`` as minutes since midnight."""
    return int(text[:2]) * 60 + int(text[3:])


def is_quiet(at, start, end, zones):
    """Whether a clock in any of the zones reads a time in [start, end); the window may wrap midnight."""
    start, end = minutes_of(start), minutes_of(end)
    for zone in zones:
        shown = wall(at // MINUTE, zone)[1]
        if start <= shown < end if start < end else (shown >= start or shown < end):
            return True
    return False


@lru_cache(maxsize=200_000)
def quiet_ends(at, start, end, zones):
    """The first instant from ``at`` on that is quiet in no zone; None if a week does not have one."""
    for _ in range(7 * 24 * 60):
        if not is_quiet(at, start, end, zones):
            return at
        at = next_minute(at)
    return None


def quiet_begins(at, start, end, zones, before):
    """The first instant after ``at`` and before ``before`` that is quiet; else ``before``."""
    at = next_minute(at)
    while at < before:
        if is_quiet(at, start, end, zones):
            return at
        at = next_minute(at)
    return before


def bucket_of(at, unit, zone):
    """The local date; for a week the date of its Monday."""
    date = wall(at // MINUTE, zone)[0]
    return date - timedelta(days=date.weekday()) if unit == "week" else date


@lru_cache(maxsize=200_000)
def bucket_ends(at, unit, zone):
    """The first instant after ``at`` in another bucket."""
    bucket = bucket_of(at, unit, zone)
    while bucket_of(at, unit, zone) == bucket:
        at = next_minute(at)
    return at


@lru_cache(maxsize=20_000)
def whole_hours(after, before, zone):
    """Every instant between (both excluded) at which a clock in ``zone`` turns to a whole hour."""
    found = []
    at = next_minute(after)
    while at < before:
        if wall(at // MINUTE, zone)[1] % 60 == 0:
            found.append(at)
        at = next_minute(at)
    return tuple(found)
