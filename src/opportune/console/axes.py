"""Where an axis has its ticks, what they say, and which of its labels fit beside each other."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10
from typing import TypeAlias

from msgspec import Struct

from opportune.console.lettering import width_of

Ladder: TypeAlias = Sequence[Sequence[tuple[int, str]]]
"""Ways to label the places of an axis, the fullest first: each says which places have a label, and what it is."""
_LEAST = 1e-9
"""What is less than this apart is the same."""
_AIR = 6.0
"""What lies between two labels at least."""


class Axis(Struct, frozen=True):
    """Round numbers at even distances; the first is at or below all values, the last at or above them."""

    ticks: tuple[float, ...]

    @property
    def low(self) -> float:
        """The value at its beginning."""
        return self.ticks[0]

    @property
    def high(self) -> float:
        """The value at its end; above ``low``."""
        return self.ticks[-1]

    def share(self, value: float) -> float:
        """How far along the axis the value lies, 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def axis(low: float, high: float, *, parts: int = 4, whole: bool = True) -> Axis:
    """An axis that holds 0, low and high, in about so many parts; ``whole`` if it counts things."""
    low, high = min(0.0, low), max(0.0, high)
    if high - low < _LEAST:
        high = low + 1.0
    step = _round_step((high - low) / parts)
    if whole:
        step = max(1.0, step)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Axis(tuple(place * step for place in range(first, max(last, first + 1) + 1)))


def _round_step(rough: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not below."""
    power = floor(log10(rough))
    for head in (1, 2, 5, 10):
        step = float(f"{head}e{power}")
        if step >= rough * (1 - 1e-9):
            return step
    raise AssertionError(rough)


def counted(value: float) -> str:
    """A count as people write it: ``6,220``."""
    return f"{round(value):,}"


def brief(value: float) -> str:
    """A count in at most five signs: ``6,220``, ``62k``, ``1.2M``."""
    for least, unit, sign in ((999_500_000, 1e9, "G"), (999_500, 1e6, "M"), (10_000, 1e3, "k")):
        if value >= least:
            scaled = value / unit
            return (f"{scaled:.1f}".removesuffix(".0") if scaled < 9.95 else f"{scaled:.0f}") + sign
    return counted(value)


def fitting(
    ladder: Ladder, places: Sequence[float], left: float, right: float, *, size: float
) -> list[tuple[float, str]]:
    """The labels of the first way that fits, each with its middle, kept inside [left, right].

    Where none fits, the first label of the last way alone, if it fits at all.
    """
    for way in ladder:
        laid = _laid(way, places, left, right, size)
        if laid and _fit(laid, left, right, size):
            return laid
    alone = _laid(ladder[-1][:1], places, left, right, size) if ladder else []
    return [each for each in alone if width_of(each[1], size) <= right - left]


def _fit(laid: Sequence[tuple[float, str]], left: float, right: float, size: float) -> bool:
    """Is each of them inside, with air between it and the next?"""
    spans = [(middle - width_of(said, size) / 2, middle + width_of(said, size) / 2) for middle, said in laid]
    inside = spans[0][0] >= left - 0.1 and spans[-1][1] <= right + 0.1
    return inside and all(end + _AIR <= start for (_, end), (start, _) in pairwise(spans))


def _laid(
    way: Sequence[tuple[int, str]], places: Sequence[float], left: float, right: float, size: float
) -> list[tuple[float, str]]:
    """Each label in the middle of its place, or as near to that as the ends allow."""
    laid = []
    for place, said in way:
        half = width_of(said, size) / 2
        laid.append((max(left + half, min(right - half, places[place])), said))
    return laid
