"""What is stated about a user: traits as of any instant inside lateness.

Traits come from the properties of ``Identified`` and ``Scored``, and from ``context.traits`` of any event;
``context.timezone`` of any event is kept as the trait ``context.timezone``. The newest statement by (at, seq) wins; a
late one goes where it belongs.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TypeAlias

from opportune.events.names import TRAIT_EVENTS
from opportune.features.profile import Profile, Stated
from opportune.features.series import MOST_CHARACTERS, is_kept
from opportune.units import Instant, Scalar

MOST_TRAITS = 100
"""How many names are kept of one user; later ones are dropped, but for the wishes."""
MOST_DEPTH = 8
Statement: TypeAlias = tuple[Instant, int, Scalar]
"""At, seq and value."""
ZONE_TRAIT = "context.timezone"
"""The trait that keeps the zone each event came from."""
PAUSE_TRAIT = "messages_paused_until"
"""Until when the user wants no marketing."""
PACE_TRAIT = "messages_per_week"
"""How much marketing a week the user wants at most."""
WISHES = frozenset({PAUSE_TRAIT, PACE_TRAIT})
"""Traits that are kept however many others there are: the user was told that they hold."""


def traits_of(name: str, properties: Mapping[str, object], context: Mapping[str, object]) -> dict[str, Scalar]:
    """What the event states, by dotted name: lists, and texts of more than 1,024 characters, are left out."""
    stated: dict[str, Scalar] = {}
    traits = context.get("traits")
    if isinstance(traits, dict):
        flatten(traits, into=stated)
    if name in TRAIT_EVENTS:
        flatten(properties, into=stated)
    return stated | zone_of(context)


def zone_of(context: Mapping[str, object]) -> dict[str, Scalar]:
    """The same of the zone alone: where the event came from."""
    zone = context.get("timezone")
    return {ZONE_TRAIT: zone} if isinstance(zone, str) and len(zone) <= MOST_CHARACTERS else {}


def flatten(nested: Mapping[str, object], *, into: dict[str, Scalar], prefix: str = "", depth: int = 1) -> None:
    """Enter every scalar under its dotted name."""
    for name, value in nested.items():
        dotted = prefix + name
        if isinstance(value, dict):
            if depth < MOST_DEPTH:
                flatten(value, into=into, prefix=f"{dotted}.", depth=depth + 1)
        elif (value is None or isinstance(value, (bool, int, float, str))) and len(dotted) <= MOST_CHARACTERS:
            if value is None or is_kept(value):
                into[dotted] = value


def state(profile: Profile, stated: Mapping[str, Scalar], *, at: Instant, seq: int, horizon: Instant) -> None:
    """Enter what one event states; what cannot be read as of ``horizon`` or later is dropped."""
    traits = profile.traits
    for name, value in stated.items():
        known = traits.get(name)
        if known is not None:
            _enter(known, at, seq, value)
            forget_stated(known, horizon)
        elif len(traits) < MOST_TRAITS or name in WISHES:
            traits[name] = [Stated(at, seq, value)]


def _enter(known: list[Stated], at: Instant, seq: int, value: Scalar) -> None:
    newest = known[-1]
    step = at - newest.at - sum(newest.again[::2])
    if step <= 0:
        known[:] = _together([*_statements(known), (at, seq, value)])
    elif _is_same(newest.value, value):
        newest.again += (step, seq - newest.seq - sum(newest.again[1::2]))
    else:
        known.append(Stated(at, seq, value))


def _statements(known: Iterable[Stated]) -> Iterator[Statement]:
    """Every statement by itself."""
    for stated in known:
        at, seq = stated.at, stated.seq
        yield at, seq, stated.value
        for step, rise in zip(stated.again[::2], stated.again[1::2], strict=True):
            at, seq = at + step, seq + rise
            yield at, seq, stated.value


def _together(statements: Iterable[Statement]) -> list[Stated]:
    """Statements in any order as they are kept; of several at one instant only the one with the greatest seq is."""
    in_order = sorted(statements, key=lambda statement: (statement[0], statement[1]))
    readable = {statement[0]: statement for statement in in_order}
    known: list[Stated] = []
    for at, seq, value in readable.values():
        if known and _is_same(known[-1].value, value):
            newest = known[-1]
            newest.again += (at - newest.at - sum(newest.again[::2]), seq - newest.seq - sum(newest.again[1::2]))
        else:
            known.append(Stated(at, seq, value))
    return known


def _is_same(first: Scalar, second: Scalar) -> bool:
    return first == second and type(first) is type(second)


def forget_stated(known: list[Stated], horizon: Instant) -> None:
    """Keep the statements after ``horizon`` and the newest of the others."""
    gone = 0
    while gone + 1 < len(known) and known[gone + 1].at <= horizon:
        gone += 1
    if gone:
        del known[:gone]
    oldest, gone = known[0], 0
    again = oldest.again
    while gone < len(again) and oldest.at + again[gone] <= horizon:
        oldest.at += again[gone]
        oldest.seq += again[gone + 1]
        gone += 2
    if gone:
        del again[:gone]


def merge_stated(first: Iterable[Stated], second: Iterable[Stated]) -> list[Stated]:
    """The statements of both; nothing is shared with either."""
    return _together([*_statements(first), *_statements(second)])


def trait_at(profile: Profile, name: str, at: Instant) -> Scalar:
    """The value of the trait as of this instant; None if none was stated by then."""
    for stated in reversed(profile.traits.get(name, [])):
        if stated.at <= at:
            return stated.value
    return None


def said_at(profile: Profile, name: str, at: Instant) -> Instant | None:
    """When the value that the trait has as of this instant was stated last by then; None if none was."""
    for stated in reversed(profile.traits.get(name, [])):
        if stated.at <= at:
            return max(moment for moment in accumulate(stated.again[::2], initial=stated.at) if moment <= at)
    return None
