"""The events one aggregate looks at, by (at, seq): exact answers for any window, as of any instant inside lateness.

A series has one of three shapes: ``instants`` (COUNT, SINCE), ``numbers`` (SUM, AVG: whole millionths, so that no order
of addition changes a sum) and ``values`` (LAST). Entries may come in any order and go where they belong. What no window
can reach any more is folded into ``count`` and ``total``, which unbounded windows add to what they find.
"""

from bisect import bisect_right
from typing import Literal, TypeAlias, TypeGuard

from opportune.features.profile import Series
from opportune.units import Instant, Micros, Scalar, Value, micros

Shape: TypeAlias = Literal["instants", "numbers", "values", "extremes", "tallies", "amounts"]

MOST_NUMBER = 1_000_000_000_000
"""The largest number SUM and AVG take, either side of zero: in millionths it still fits 64 bits."""
MOST_CHARACTERS = 1_024
"""The longest text LAST takes."""
MOST_INTEGER = 1 << 63
"""Whole numbers are written in 64 bits, sign included."""
_CARRY_BITS = 62


def empty() -> Series:
    """A series that nothing has entered."""
    return Series([], [], [])


def amount_of(value: Value) -> Micros | None:
    """The number in whole millionths; None if it is no number, or beyond ``MOST_NUMBER``: then it is no entry."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and -MOST_NUMBER <= value <= MOST_NUMBER:
        return micros(float(value))
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


def add_instant(series: Series, at: Instant) -> None:
    """Count an event."""
    ats = series.ats
    if not ats or at >= ats[-1]:
        ats.append(at)
    else:
        ats.insert(bisect_right(ats, at), at)


def add_number(series: Series, at: Instant, number: Micros) -> None:
    """Enter a number in whole millionths."""
    ats = series.ats
    if not ats or at >= ats[-1]:
        ats.append(at)
        series.values.append(number)
    else:
        place = bisect_right(ats, at)
        ats.insert(place, at)
        series.values.insert(place, number)


def add_value(series: Series, at: Instant, seq: int, value: Scalar) -> None:
    """Enter a value; among equal instants the greater ``seq`` is the newer."""
    ats, seqs = series.ats, series.seqs
    place = bisect_right(ats, at)
    while place and ats[place - 1] == at and seqs[place - 1] > seq:
        place -= 1
    ats.insert(place, at)
    seqs.insert(place, seq)
    series.values.insert(place, value)


def settle(series: Series, cut: Instant, *, shape: Shape, keeps_newest: bool) -> None:
    """Fold the entries with ``at <= cut`` into the base; with ``keeps_newest`` the newest of them stays an entry.

    ``cut`` must be so old that no window begins before it and no reader asks as of an instant before it.
    """
    settled = bisect_right(series.ats, cut) - keeps_newest
    if settled <= 0:
        return
    series.count += settled
    if shape == "numbers":
        add_to_total(series, sum(number for number in series.values[:settled] if isinstance(number, int)))
    del series.ats[:settled], series.seqs[:settled], series.values[:settled]


def add_to_total(series: Series, more: Micros) -> None:
    """Add to the base; what passes 62 bits goes to ``carry``, so that a memory is always written in 64-bit numbers."""
    total = (series.carry << _CARRY_BITS) + series.total + more
    series.carry, series.total = divmod(total, 1 << _CARRY_BITS)


def count_within(series: Series | None, after: Instant, upto: Instant) -> int:
    """How many entries lie in ``(after, upto]``."""
    if series is None or after >= upto:
        return 0
    return bisect_right(series.ats, upto) - bisect_right(series.ats, after)


def count_upto(series: Series | None, upto: Instant) -> int:
    """How many entries there ever were with ``at <= upto``."""
    return 0 if series is None else series.count + bisect_right(series.ats, upto)


def total_within(series: Series | None, after: Instant, upto: Instant) -> tuple[int, Micros]:
    """How many numbers lie in ``(after, upto]``, and their sum."""
    if series is None or after >= upto:
        return 0, 0
    first, end = bisect_right(series.ats, after), bisect_right(series.ats, upto)
    return end - first, _sum(series.values[first:end])


def total_upto(series: Series | None, upto: Instant) -> tuple[int, Micros]:
    """How many numbers there ever were with ``at <= upto``, and their sum."""
    if series is None:
        return 0, 0
    end = bisect_right(series.ats, upto)
    return series.count + end, (series.carry << _CARRY_BITS) + series.total + _sum(series.values[:end])


def newest_within(series: Series | None, after: Instant | None, upto: Instant) -> int | None:
    """The place of the newest entry in ``(after, upto]``; ``after`` None: however old."""
    if series is None:
        return None
    place = bisect_right(series.ats, upto) - 1
    if place < 0 or (after is not None and series.ats[place] <= after):
        return None
    return place


def _sum(numbers: list[Scalar]) -> Micros:
    return sum(number for number in numbers if isinstance(number, int))
