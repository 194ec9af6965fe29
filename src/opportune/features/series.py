"""The events one aggregate looks at, by (at, seq): exact answers for any window, as of any instant inside lateness.

What is kept of each entry is one of six shapes: ``instants`` (COUNT, SINCE), ``numbers`` (SUM, AVG: whole millionths,
so that no order of addition changes a sum), ``values`` (LAST, FIRST), ``extremes`` (MIN, MAX), ``tallies``
(COUNT(DISTINCT), TOP, HOURS: the name of a value, and what it weighs) and ``amounts`` (DECAY: a number as it came).
Entries may come in any order and go where they belong.
"""

from bisect import bisect_right
from typing import Literal, TypeAlias, TypeGuard

from opportune.features.profile import Series
from opportune.units import Instant, Micros, Scalar, Value

Shape: TypeAlias = Literal["instants", "numbers", "values", "extremes", "tallies", "amounts"]

MOST_NUMBER = 1_000_000_000_000
"""The largest number SUM and AVG take, either side of zero: in millionths it still fits 64 bits."""
MOST_CHARACTERS = 1_024
"""The longest text LAST takes."""
MOST_INTEGER = 1 << 63
"""Whole numbers are written in 64 bits, sign included."""
NEVER: Instant = -(1 << 62)
"""Before all instants."""
_CARRY_BITS = 62
_CARRY = 1 << _CARRY_BITS
_MILLION = 1e6
"""As a float: a whole number is multiplied as the float that it is."""


def empty() -> Series:
    """A series that nothing has entered."""
    return Series([], [], [])


def amount_of(value: Value) -> Micros | None:
    """The number in whole millionths; None if it is no number, or beyond ``MOST_NUMBER``: then it is no entry."""
    if (type(value) is float or type(value) is int) and -MOST_NUMBER <= value <= MOST_NUMBER:
        return round(value * _MILLION)
    return None


def size_of(value: Value) -> float | None:
    """The number as it is; None if it is no number, or beyond ``MOST_NUMBER``: then it is no entry."""
    if (type(value) is float or type(value) is int) and -MOST_NUMBER <= value <= MOST_NUMBER:
        return float(value)
    return None


def is_kept(value: Value) -> TypeGuard[Scalar]:
    """Whether LAST takes the value: no NULL, no text of more than 1,024 characters, no whole number beyond 64 bits."""
    match value:
        case str():
            return len(value) <= MOST_CHARACTERS
        case int():
            return -MOST_INTEGER <= value < MOST_INTEGER
        case None | tuple():
            return False
        case _:
            return True


def name_of(value: Value) -> str | None:
    """The name under which a value is tallied, the same for what is equal and of one kind; None if it is not kept.

    A text begins with ``'``; numbers and truths are what they are called.
    """
    match value:
        case str():
            return f"'{value}" if len(value) <= MOST_CHARACTERS else None
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(float(value) + 0.0)
        case _:
            return None


def add_instant(series: Series, at: Instant) -> None:
    """Count an event."""
    ats = series.ats
    if not ats or at >= ats[-1]:
        ats.append(at)
    else:
        ats.insert(bisect_right(ats, at), at)


def add_entry(series: Series, at: Instant, value: Scalar) -> None:
    """Enter a value whose order within one instant cannot matter, such as a number in whole millionths."""
    ats = series.ats
    if not ats or at >= ats[-1]:
        ats.append(at)
        series.values.append(value)
    else:
        place = bisect_right(ats, at)
        ats.insert(place, at)
        series.values.insert(place, value)


def add_value(series: Series, at: Instant, seq: int, value: Scalar) -> None:
    """Enter a value; among equal instants the greater ``seq`` is the newer."""
    ats, seqs = series.ats, series.seqs
    place = bisect_right(ats, at)
    while place and ats[place - 1] == at and seqs[place - 1] > seq:
        place -= 1
    ats.insert(place, at)
    seqs.insert(place, seq)
    series.values.insert(place, value)


def add_weighed(series: Series, at: Instant, name: str, weight: float) -> None:
    """Enter the name of a value, and what it weighs."""
    place = bisect_right(series.ats, at)
    series.ats.insert(place, at)
    series.values.insert(place, name)
    series.weights.insert(place, weight)


def add_to_total(series: Series, more: Micros) -> None:
    """Add to the base."""
    total = series.total + more
    if 0 <= total < _CARRY:
        series.total = total
    else:
        series.total, series.carry = added(series.total, series.carry, more)


def added(total: int, carry: int, more: Micros) -> tuple[int, int]:
    """A sum in two parts: what passes 62 bits goes to ``carry``, so that memory is always written in 64-bit numbers."""
    carry, total = divmod((carry << _CARRY_BITS) + total + more, _CARRY)
    return total, carry


def whole(total: int, carry: int) -> Micros:
    """The sum that the two parts stand for."""
    return (carry << _CARRY_BITS) + total


def are_whole(values: list[Scalar]) -> TypeGuard[list[int]]:
    """TRUE, of values of a series of the shape ``numbers``: they are whole millionths."""
    return True


def least(values: list[Scalar]) -> Scalar:
    """The least of values that are all numbers or all texts; of equal ones the first. None of nothing."""
    numbers = [value for value in values if isinstance(value, int | float)]
    texts = [value for value in values if isinstance(value, str)]
    return min(numbers) if numbers else min(texts, default=None)


def greatest(values: list[Scalar]) -> Scalar:
    """The greatest of values that are all numbers or all texts; of equal ones the first. None of nothing."""
    numbers = [value for value in values if isinstance(value, int | float)]
    texts = [value for value in values if isinstance(value, str)]
    return max(numbers) if numbers else max(texts, default=None)


def count_within(series: Series | None, after: Instant, upto: Instant) -> int:
    """How many entries lie in ``(after, upto]``."""
    if series is None or after >= upto:
        return 0
    ats = series.ats
    first = bisect_right(ats, after)
    return (len(ats) if ats and ats[-1] <= upto else bisect_right(ats, upto, first)) - first


def count_upto(series: Series | None, upto: Instant) -> int:
    """How many entries there ever were with ``at <= upto``."""
    return 0 if series is None else series.count + bisect_right(series.ats, upto)


def total_within(series: Series | None, after: Instant, upto: Instant) -> tuple[int, Micros]:
    """How many numbers lie in ``(after, upto]``, and their sum."""
    if series is None or after >= upto:
        return 0, 0
    ats = series.ats
    first = bisect_right(ats, after)
    end = len(ats) if ats and ats[-1] <= upto else bisect_right(ats, upto, first)
    numbers = series.values[first:end]
    return end - first, sum(numbers) if are_whole(numbers) else 0


def total_upto(series: Series | None, upto: Instant) -> tuple[int, Micros]:
    """How many numbers there ever were with ``at <= upto``, and their sum."""
    if series is None:
        return 0, 0
    end = bisect_right(series.ats, upto)
    numbers = series.values[:end]
    return series.count + end, whole(series.total, series.carry) + (sum(numbers) if are_whole(numbers) else 0)


def newest_within(series: Series | None, after: Instant | None, upto: Instant) -> int | None:
    """The place of the newest entry in ``(after, upto]``; ``after`` None: however old."""
    if series is None:
        return None
    ats = series.ats
    place = (len(ats) if ats and ats[-1] <= upto else bisect_right(ats, upto)) - 1
    if place < 0 or (after is not None and ats[place] <= after):
        return None
    return place


def newest_upto(series: Series | None, upto: Instant) -> Instant:
    """The instant of the newest entry not after ``upto``; ``NEVER`` if there is none."""
    place = newest_within(series, None, upto)
    return NEVER if series is None or place is None else series.ats[place]
