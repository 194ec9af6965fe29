"""What is stated about a user: traits as of any instant inside lateness.

Traits come from the properties of ``Identified``, from ``context.traits`` of any event, and ``context.timezone`` of any
event is kept as the trait ``context.timezone``. The newest statement by (at, seq) wins; a late one goes where it belongs.
"""

from collections.abc import Iterable, Mapping

from opportune.events.names import IDENTIFIED
from opportune.features.profile import Profile, Stated
from opportune.units import Instant, Scalar

MOST_TRAITS = 100
"""How many names are kept of one user; later ones are dropped."""
MOST_CHARACTERS = 1_024
"""The longest text and the longest name that are kept."""
MOST_DEPTH = 8
ZONE_TRAIT = "context.timezone"
"""The trait that keeps the zone each event came from."""


def states_traits(context: bytes) -> bool:
    """Could this raw context state a trait? Cheap, and never falsely no: only then must it be decoded for traits."""
    return b"timezone" in context or b"traits" in context or b"\\u" in context


def traits_of(name: str, properties: Mapping[str, object], context: Mapping[str, object]) -> dict[str, Scalar]:
    """What the event states, by dotted name: lists, and texts of more than 1,024 characters, are left out."""
    stated: dict[str, Scalar] = {}
    traits = context.get("traits")
    if isinstance(traits, dict):
        flatten(traits, into=stated)
    if name == IDENTIFIED:
        flatten(properties, into=stated)
    zone = context.get("timezone")
    if isinstance(zone, str) and len(zone) <= MOST_CHARACTERS:
        stated[ZONE_TRAIT] = zone
    return stated


def flatten(nested: Mapping[str, object], *, into: dict[str, Scalar], prefix: str = "", depth: int = 1) -> None:
    """Enter every scalar under its dotted name."""
    for name, value in nested.items():
        dotted = prefix + name
        if isinstance(value, dict):
            if depth < MOST_DEPTH:
                flatten(value, into=into, prefix=f"{dotted}.", depth=depth + 1)
        elif value is None or isinstance(value, (bool, int, float)):
            if len(dotted) <= MOST_CHARACTERS:
                into[dotted] = value
        elif isinstance(value, str) and len(value) <= MOST_CHARACTERS >= len(dotted):
            into[dotted] = value


def state(profile: Profile, stated: Mapping[str, Scalar], *, at: Instant, seq: int, horizon: Instant) -> None:
    """Enter what one event states; what cannot be read as of ``horizon`` or later is dropped."""
    traits = profile.traits
    for name, value in stated.items():
        known = traits.get(name)
        if known is None:
            if len(traits) < MOST_TRAITS:
                traits[name] = [Stated(at, seq, value)]
            continue
        enter(known, Stated(at, seq, value))
        forget_stated(known, horizon)


def enter(known: list[Stated], new: Stated) -> None:
    """Put a statement where it belongs; of several at one instant only the one with the greatest seq can be read.

    A value that repeats the one before it is entered too: a late different value may still come between the two.
    """
    place = len(known)
    while place and known[place - 1].at > new.at:
        place -= 1
    if place and known[place - 1].at == new.at:
        if known[place - 1].seq < new.seq:
            known[place - 1] = new
    else:
        known.insert(place, new)


def forget_stated(known: list[Stated], horizon: Instant) -> None:
    """Keep the statements after ``horizon`` and the newest of the others."""
    gone = 0
    while gone + 1 < len(known) and known[gone + 1].at <= horizon:
        gone += 1
    del known[:gone]


def merge_stated(first: list[Stated], second: Iterable[Stated]) -> list[Stated]:
    """The statements of both."""
    merged = list(first)
    for stated in second:
        enter(merged, stated)
    return merged


def trait_at(profile: Profile, name: str, at: Instant) -> Scalar:
    """The value of the trait as of this instant; None if none was stated by then."""
    for stated in reversed(profile.traits.get(name, [])):
        if stated.at <= at:
            return stated.value
    return None
