"""The instant that a trait names: a day, or an instant, moved by an offset and put on a wall clock."""

import re

from opportune.errors import EventError
from opportune.events.instants import instant_of
from opportune.features.local_time import WallTime, Zone, local, resolve
from opportune.units import DAY, Instant, Millis, Scalar

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def instant_named(named: Scalar, zone: Zone, *, offset: Millis = 0, at: WallTime | None = None) -> Instant | None:
    """The instant named by a trait; None if it names none.

    A day such as ``2026-12-24`` is one of the zone's calendar, and begins at its midnight; an instant is written as
    those of events are. Where a day is named, or a wall time asked for, the whole days of the offset are days of the
    calendar, and what is left of it moves the instant; else the offset is a span.
    """
    if named is None or isinstance(named, bool):
        return None
    try:
        instant = instant_of(named, "trait")
    except EventError:
        return None
    if not is_day(named) and at is None:
        return instant + offset
    day = instant // DAY if is_day(named) else local(zone, instant)[0]
    days = int(offset / DAY)
    return resolve(zone, day + days, 0 if at is None else at.minutes) + offset - days * DAY


def is_day(named: Scalar) -> bool:
    """Whether a trait names a day of the calendar, not an instant."""
    return isinstance(named, str) and _DAY.fullmatch(named) is not None
