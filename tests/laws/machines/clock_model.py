"""What clocks show, read minute by minute with a library of its own: nothing here is computed that could be looked at.

The zones of our time differ from UTC by whole minutes, so an answer can change only at a whole minute.
"""

from collections.abc import Sequence
from functools import lru_cache

from whenever import Instant as Moment
from whenever import reset_tzpath

from opportune.units import DAY, MINUTE, Instant

reset_tzpath([])  # the pinned rules only
Window = tuple[int, int]
"""Minutes after midnight, [start, end); the first may be the larger one."""


@lru_cache(maxsize=1_000_000)
def shown(minute: int, zone: str) -> int:
    """Minutes after midnight on the zone's clock, at this minute since 1970."""
    reads = Moment.from_timestamp(minute * 60).to_tz(zone)
    return reads.hour * 60 + reads.minute


def is_quiet(at: Instant, window: Window, zones: Sequence[str]) -> bool:
    """Whether a clock in any of the zones shows a time inside the window."""
    start, end = window
    for zone in zones:
        now = shown(at // MINUTE, zone)
        if start <= now < end if start <= end else now >= start or now < end:
            return True
    return False


def opens(at: Instant, window: Window, zones: Sequence[str]) -> Instant | None:
    """The first instant from this one on that is quiet in no zone; None if two days have none."""
    end = at + 2 * DAY
    while is_quiet(at, window, zones):
        at = (at // MINUTE + 1) * MINUTE
        if at > end:
            return None
    return at


def begins(at: Instant, window: Window, zones: Sequence[str]) -> Instant | None:
    """The first instant from this one on that is quiet in some zone; None if two days have none."""
    end = at + 2 * DAY
    while not is_quiet(at, window, zones):
        at = (at // MINUTE + 1) * MINUTE
        if at > end:
            return None
    return at
