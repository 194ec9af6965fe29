"""The clock that ``local_hour(at)`` and ``local_weekday(at)`` read, given to expressions like a feature.

A user's clock is that of the zone they stated, else of the zone their newest event came from, else the playbook's;
an aggregate asks for the clock of each event, which is that of the zone in the event's own context.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from opportune.features.expression import Part
from opportune.features.local_time import Zone, offset_at, zone_named
from opportune.features.profile import Profile
from opportune.features.scope import Reader, Scope
from opportune.features.traits import said_at, trait_at
from opportune.units import DAY, HOUR, Instant, Scalar, Value

CLOCK: Final = "@clock"
"""The name that readers know the clock by; no feature can be called so."""
STATED, SEEN = ZONE_TRAITS = ("timezone", "context.timezone")
"""Where a user's zone is read from: what was stated, then what the newest event's context said."""
CONTEXT_ZONE = "timezone"
"""Where an event's own zone stands in its context."""


def zones_stated(profile: Profile, at: Instant) -> tuple[Zone, ...]:
    """Every zone the user may be in, as known at ``at``: stated, then where the newest event came from; none twice."""
    return zones_meant(trait_at(profile, name, at) for name in ZONE_TRAITS)


def zones_meant(said: Iterable[Scalar]) -> tuple[Zone, ...]:
    """The zones among these words, none twice."""
    found: list[Zone] = []
    for word in said:
        zone = _zone(word)
        if zone is not None and zone not in found:
            found.append(zone)
    return tuple(found)


def newest_said(profile: Profile) -> tuple[Scalar, ...]:
    """What was last said of the user's zones, zone or not: while it is the same, so are the zones as of now."""
    stated, seen = profile.traits.get(STATED), profile.traits.get(SEEN)
    return stated[-1].value if stated else None, seen[-1].value if seen else None


class Known(Struct, frozen=True, gc=False):
    """A zone that a user may be in, and what says so."""

    zone: Zone
    source: str
    """The trait it was read from: ``timezone`` or ``context.timezone``."""
    at: Instant
    """When it was said last."""


def zones_known(profile: Profile, at: Instant) -> tuple[Known, ...]:
    """The zones of ``zones_stated``, each with what says so; the first to say it stands for those that repeat it."""
    found: dict[str, Known] = {}
    for name in ZONE_TRAITS:
        zone, said = _zone(trait_at(profile, name, at)), said_at(profile, name, at)
        if zone is not None and said is not None:
            found.setdefault(zone.name, Known(zone, name, said))
    return tuple(found.values())


def user_clock(default: Zone) -> Reader:
    """Local milliseconds: the instant plus the offset of the user's zone, as known then; ``default`` if none is."""

    def read(scope: Scope) -> int:
        zones = zones_stated(scope.profile, scope.at)
        return scope.at + offset_at(zones[0] if zones else default, scope.at)

    return read


def event_local(context: Mapping[str, object], at: Instant, default: Zone) -> int:
    """The instant plus the offset of the zone that the event's context names, else of ``default``."""
    return at + offset_at(_zone(context.get(CONTEXT_ZONE)) or default, at)


def zone_now(profile: Profile, at: Instant) -> Known | None:
    """The zone that was said last as of ``at``, stated or seen, with what says so: where the user is by all signs."""
    newest: Known | None = None
    for name in ZONE_TRAITS:
        zone, said = _zone(trait_at(profile, name, at)), said_at(profile, name, at)
        if zone is not None and said is not None and (newest is None or said >= newest.at):
            newest = Known(zone, name, said)
    return newest


def local_there(profile: Profile, at: Instant, context: Mapping[str, object], default: Zone) -> int:
    """The instant plus the offset of the zone in an event's context, else of the zone that was said last before it."""
    zone = _zone(context.get(CONTEXT_ZONE)) if context else None
    if zone is None:
        names = [name for name in ZONE_TRAITS if name in profile.traits]
        if len(names) == 1:
            zone = _zone(trait_at(profile, names[0], at))
        elif names:
            known = zone_now(profile, at)
            zone = None if known is None else known.zone
    return at + offset_at(zone or default, at)


def part_of(local: Value, part: Part) -> int | None:
    """What the clock shows at these local milliseconds: hour 0 to 23, weekday 1 (Monday) to 7 (Sunday)."""
    if type(local) is not int:
        return None
    match part:
        case "hour":
            return local % DAY // HOUR
        case "weekday":
            return (local // DAY + 3) % 7 + 1


def _zone(name: object) -> Zone | None:
    return zone_named(name) if isinstance(name, str) else None
