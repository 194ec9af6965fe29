"""Instants, spans and millionths: the units every other module speaks in.

An instant is whole milliseconds since 1970 UTC, a span is whole milliseconds, and a number that is compared or
logged (worth, score, chance) is whole millionths, so that no decision hangs on the last bit of a float (R11).
"""

import re
from typing import TypeAlias

from opportune.errors import UnitError

Instant: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00Z."""
Millis: TypeAlias = int
"""A length of time in milliseconds."""
Micros: TypeAlias = int
"""A number in whole millionths: a worth, a score, a chance."""
Scalar: TypeAlias = None | bool | int | float | str
"""What a trait or a property can be once nested objects are flattened."""
Value: TypeAlias = Scalar | tuple[str, ...] | tuple[int, ...]
"""What a feature or an expression can be: one value, or a list of texts or of numbers."""

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
WEEK: Millis = 7 * DAY
ONE: Micros = 1_000_000
"""The chance of a certain thing, in millionths."""
MOST_SPAN: Millis = 3_660 * DAY
"""The longest span a playbook may name: ten years."""

_LENGTHS = {"second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
_SPAN = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([a-z]+?)s?\s*", re.ASCII)


def span_of(text: str) -> Millis:
    """The span written as ``45 minutes``, ``1.5 hours``, ``7 days``; raises UnitError unless in (0, ten years]."""
    found = _SPAN.fullmatch(text)
    if found is None or found[2] not in _LENGTHS:
        raise UnitError(f"a span is a number and a unit such as '45 minutes' or '7 days', not {text!r}")
    length = float(found[1]) * _LENGTHS[found[2]]  # infinite where there are more digits than a float has room for
    if length > MOST_SPAN:
        raise UnitError(f"a span is at most ten years, not {text!r}")
    span = round(length)
    if span <= 0:
        raise UnitError(f"a span must be positive, such as '45 minutes', not {text!r}")
    return span


def in_words(span: Millis) -> str:
    """The span as people say it, in its largest whole unit: ``45 minutes``, ``1 day``, ``90 seconds``."""
    for name in ("week", "day", "hour", "minute", "second"):
        count, rest = divmod(span, _LENGTHS[name])
        if count and not rest:
            return f"{count} {name}" + ("s" if count != 1 else "")
    return f"{span} ms"


def share_of(text: str) -> Micros:
    """The share written as ``5%`` or ``0.05``, in millionths; raises UnitError unless in [0, 1]."""
    digits = text.strip().removesuffix("%")
    try:
        share = float(digits) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        raise UnitError(f"a share is written as '5%' or 0.05, not {text!r}") from None
    if not 0 <= share <= 1:
        raise UnitError(f"a share lies between 0% and 100%, not {text!r}")
    return micros(share)


def micros(number: float) -> Micros:
    """The number in whole millionths; an exact half goes to the even neighbour."""
    return round(number * ONE)
