"""Where the users of a simulated world live, and how their local hours become instants and are read back."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from opportune.features.local_time import Zone, zone_named
from opportune.testing.attention_habits import Numbers, Whole
from opportune.units import DAY, HOUR, Instant

ZONES: Final = {
    "Europe/Berlin": 12, "Europe/London": 10, "America/New_York": 14, "America/Chicago": 7, "America/Denver": 3,
    "America/Los_Angeles": 9, "America/Sao_Paulo": 5, "America/St_Johns": 1, "Africa/Lagos": 3, "Africa/Cairo": 2,
    "Asia/Kolkata": 10, "Asia/Kathmandu": 1, "Asia/Tehran": 1, "Asia/Dubai": 2, "Asia/Tokyo": 5, "Asia/Singapore": 4,
    "Australia/Sydney": 4, "Australia/Adelaide": 2, "Australia/Lord_Howe": 1, "Pacific/Auckland": 2,
    "Pacific/Chatham": 1, "Pacific/Honolulu": 1,
}  # fmt: skip
"""Names with weights: with half hours and quarters, with summer time at both ends of the year and without."""
FIRST_MONDAY: Final[Instant] = 1_769_990_400_000
"""2026-02-02T00:00Z: within ten weeks clocks go forward in the north and back in the south."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The offsets of one zone over the life of a world, as columns."""

    changes: Whole
    """Instants from which on the next offset holds."""
    offsets: Whole
    """One more than changes."""

    def instants(self, local: Whole) -> Whole:
        """When a clock first shows these local milliseconds; if it never does, the first instant after the gap."""
        starts, ends = [np.iinfo(np.int64).min, *self.changes], [*self.changes, np.iinfo(np.int64).max]
        found = np.zeros_like(local)
        unmet = np.ones(local.shape, dtype=np.bool_)
        for start, end, offset in zip(starts, ends, self.offsets, strict=True):
            here = unmet & (local - offset < end)
            found[here] = np.maximum(local[here] - offset, start)
            unmet &= ~here
        return found

    def local(self, at: Whole) -> Whole:
        """What the clock shows at these instants, in local milliseconds."""
        return at + self.offsets[np.searchsorted(self.changes, at, side="right")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """In which zone each user lives before and after the hour in which they move."""

    names: tuple[str, ...]
    before: Whole
    after: Whole
    away: Whole
    """Hours since the world's first Monday; beyond its end for those who stay."""

    def of(self, user: Whole, hour: Whole) -> Whole:
        """The zone of each user in each local hour, as the place of its name."""
        return np.where(hour < self.away[user], self.before[user], self.after[user])


def homes(users: int, *, movers: float, hours: int, only: str, generator: np.random.Generator) -> Homes:
    """Users spread over the zones, or all in ``only``; this share of them moves in the middle of a life's hours."""
    names = (only,) if only else tuple(ZONES)
    weights = np.array([1.0] if only else list(ZONES.values()))
    before = generator.choice(len(names), size=users, p=weights / weights.sum())
    after = (before + generator.integers(1, max(2, len(names)), users)) % len(names)
    moves = generator.random(users) < movers
    when = generator.integers(hours // 4, 3 * hours // 4, users)
    return Homes(names=names, before=before, after=np.where(moves, after, before),
                 away=np.where(moves, when, 2 * hours))  # fmt: skip


def placed(homes: Homes, zone: Whole, hour: Whole, part: Numbers) -> Whole:
    """The instants of these local hours since the first Monday, ``part`` of an hour after their beginning."""
    at = np.zeros(len(hour), dtype=np.int64)
    for place, name in enumerate(homes.names):
        here = zone == place
        local = FIRST_MONDAY + hour[here] * HOUR + (part[here] * HOUR).astype(np.int64)
        at[here] = clock_of(name).instants(local)
    return at


def read(homes: Homes, zone: Whole, at: Whole) -> Whole:
    """The local hours since 1970 that the clocks of these zones show at these instants."""
    found = np.zeros(len(at), dtype=np.int64)
    for place, name in enumerate(homes.names):
        here = zone == place
        found[here] = clock_of(name).local(at[here]) // HOUR
    return found


@cache
def clock_of(name: str) -> Clock:
    """The offsets of a zone from a month before the first Monday to three years after."""
    zone = zone_named(name)
    if not isinstance(zone, Zone):
        raise ValueError(f"zone: must be a name that tzdata knows, not {name!r}")
    start, end = FIRST_MONDAY - 30 * DAY, FIRST_MONDAY + 3 * 366 * DAY
    spells = [zone.spells(number) for number in range(start >> 35, (end >> 35) + 1)]
    changes = [each for found, _ in spells for each in found]
    offsets = [spells[0][1][0], *(each for _, found in spells for each in found[1:])]
    return Clock(np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64))
