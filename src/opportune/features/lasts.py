"""When watched events last happened: what exits, goals, untils and EXISTS look up."""

from bisect import bisect_left
from collections.abc import Mapping

from msgspec import Struct

from opportune.features.profile import Profile
from opportune.units import Instant

MOST_KEY = 1_024
"""The longest text, in characters, that can be a key."""


class Watch(Struct, frozen=True):
    """An event whose instants are kept, also for each value of these properties."""

    name: str
    keys: tuple[str, ...] = ()


def last_name(name: str, key: str | None = None) -> str:
    """Where ``Profile.lasts`` keeps the instants of this event, or of this event with this key."""
    return name if key is None else f"{name}\n{key}"


def key_of(properties: Mapping[str, object], name: str) -> str | None:
    """The text of a key property, by dotted name: a text itself, a whole number in digits.

    None if the property is missing, null, empty, longer than 1,024 characters or anything else: then there is no key.
    """
    value: object = properties.get(name)
    if value is None and "." in name:
        first, rest = name.split(".", 1)
        nested = properties.get(first)
        return key_of(nested, rest) if isinstance(nested, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = str(value)
    return text if 0 < len(text) <= MOST_KEY else None


def remember(lasts: dict[str, list[Instant]], name: str, at: Instant, horizon: Instant) -> None:
    """Enter an instant; those after ``horizon`` are kept, and the newest of the others."""
    instants = lasts.get(name)
    if instants is None:
        lasts[name] = [at]
        return
    if at > instants[-1]:
        instants.append(at)
    else:
        place = bisect_left(instants, at)
        if instants[place] != at:
            instants.insert(place, at)
    if len(instants) > 1 and instants[1] <= horizon:
        forget_lasts(instants, horizon)


def forget_lasts(instants: list[Instant], horizon: Instant) -> None:
    """Keep the instants after ``horizon`` and the newest of the others."""
    gone = 0
    while gone + 1 < len(instants) and instants[gone + 1] <= horizon:
        gone += 1
    del instants[:gone]


def watch(profile: Profile, watched: Watch, properties: Mapping[str, object], *, at: Instant, horizon: Instant) -> None:
    """Enter an event that is watched."""
    lasts = profile.lasts
    remember(lasts, watched.name, at, horizon)
    for key in {key_of(properties, name): None for name in watched.keys}:
        if key is not None:
            remember(lasts, last_name(watched.name, key), at, horizon)
