"""When watched events last happened: what exits, goals, untils and EXISTS look up."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from msgspec import Struct

from opportune.features.profile import Profile
from opportune.units import Instant

_KEYED = "\n"
MOST_KEY = 1_024
"""The longest text, in characters, that can be a key."""


class Watch(Struct, frozen=True):
    """An event whose instants are kept, also for each value of these properties; without one, for the empty text."""

    name: str
    keys: tuple[str, ...] = ()


def last_name(name: str, by: str = "", key: str = "") -> str:
    """Where ``Profile.lasts`` keeps the instants of this event, or of it with this key in the property ``by``."""
    return f"{name}{_KEYED}{by}{_KEYED}{key}" if by else name


def key_of(properties: Mapping[str, object], name: str) -> str | None:
    """The text of a key property: a text itself, a number in digits, ``true`` or ``false``.

    None if the property is missing, null, empty, no scalar, or longer than 1,024 characters: then there is no key.
    """
    return text_of(properties.get(name))


def text_of(value: object) -> str | None:
    """The text of a value that is a key, as ``key_of`` says."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value) if isinstance(value, (str, int, float)) else ""
    return text if 0 < len(text) <= MOST_KEY else None


def remember(lasts: dict[str, list[Instant]], name: str, at: Instant, horizon: Instant) -> None:
    """Enter an instant; those after ``horizon`` are kept, and where there is no key the newest of the others."""
    is_keyed = _KEYED in name
    if is_keyed and at <= horizon:
        return
    instants = lasts.get(name)
    if instants is None:
        if is_keyed:
            forget_keys(lasts, horizon)
        lasts[name] = [at]
        return
    place = bisect_left(instants, at)
    if place == len(instants) or instants[place] != at:
        instants.insert(place, at)
    _forget(instants, horizon, kept_older=0 if is_keyed else 1)


def remembered(lasts: Mapping[str, Sequence[Instant]], name: str, horizon: Instant) -> Sequence[Instant]:
    """What is remembered under the name as of ``horizon``, whatever has been dropped by now: see ``remember``."""
    instants = lasts.get(name, ())
    return instants[max(0, bisect_right(instants, horizon) - (0 if _KEYED in name else 1)) :]


def forget_keys(lasts: dict[str, list[Instant]], horizon: Instant) -> None:
    """Drop the keys with nothing after ``horizon``: keys are many, and each is asked for inside lateness only."""
    for name in [name for name, instants in lasts.items() if _KEYED in name and instants[-1] <= horizon]:
        del lasts[name]


def forget_lasts(lasts: dict[str, list[Instant]], horizon: Instant) -> None:
    """Drop all that nothing asks for as of ``horizon`` or later."""
    forget_keys(lasts, horizon)
    for name, instants in lasts.items():
        _forget(instants, horizon, kept_older=0 if _KEYED in name else 1)


def _forget(instants: list[Instant], horizon: Instant, *, kept_older: int) -> None:
    gone = bisect_right(instants, horizon) - kept_older
    if gone > 0:
        del instants[:gone]


def watch(profile: Profile, watched: Watch, properties: Mapping[str, object], *, at: Instant, horizon: Instant) -> None:
    """Enter an event that is watched."""
    lasts = profile.lasts
    remember(lasts, watched.name, at, horizon)
    for name in watched.keys:
        remember(lasts, last_name(watched.name, name, key_of(properties, name) or ""), at, horizon)
