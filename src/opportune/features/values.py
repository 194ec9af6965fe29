"""How values come out of a scope, the same for generated code and for its oracle: kinds, bounds and paths."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import isfinite
from operator import attrgetter

from opportune.features.expression import Kind
from opportune.features.profile import Profile, Stated
from opportune.units import Instant, Scalar, Value

MOST_WHOLE = 2**53
"""Up to here, on either side of zero, every whole number is a 64-bit float."""
_AT = attrgetter("at")


def number_of(value: object) -> int | float | None:
    """The value if it is a number, as the nearest finite 64-bit float, else NULL; TRUE and FALSE are no numbers.

    What is whole and that float itself may stay an integer: no calculation and no comparison can tell.
    """
    if type(value) is int:
        return value if -MOST_WHOLE <= value <= MOST_WHOLE else _float_of(value)
    if type(value) is float:
        return value if isfinite(value) else None
    return None


def _float_of(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def scalar_of(value: object) -> Scalar:
    """The value if it is a number, a text, or TRUE or FALSE; else (a list, an object) NULL."""
    if type(value) is str or type(value) is bool:
        return value
    return number_of(value)


def value_as(value: object, kind: Kind) -> Value:
    """The value if it is of this kind, else NULL."""
    match kind:
        case "number":
            return number_of(value)
        case "text":
            return value if type(value) is str else None
        case "boolean":
            return value if type(value) is bool else None
        case "list":
            return value if type(value) is tuple else None
        case "unknown":
            return scalar_of(value)


def found_at(values: Mapping[str, object], path: str) -> object:
    """What stands at a dotted path: under the flattened name if that is not null, else down the nested objects."""
    value = values.get(path)
    if value is not None or "." not in path:
        return value
    within: object = values
    for part in path.split("."):
        if not isinstance(within, Mapping):
            return None
        within = within.get(part)
    return within


def trait_as_of(history: Sequence[Stated], at: Instant) -> Scalar:
    """The newest value stated at or before the instant; ``history`` is oldest first."""
    if len(history) == 1:
        return history[0].value if history[0].at <= at else None
    place = bisect_right(history, at, key=_AT)
    return history[place - 1].value if place else None


def has_happened(profile: Profile, event: str, start: Instant | None, at: Instant) -> bool | None:
    """Whether the event happened in [start, at]; NULL without a start."""
    if start is None:
        return None
    instants = profile.lasts.get(event)
    if not instants:
        return False
    place = bisect_right(instants, at)
    return place > 0 and instants[place - 1] >= start
