"""Means and ratios of what users did, with how far they may be off where users are drawn and not what each did.

Of each user a few sums are kept only as the totals, and the totals of their products: every ratio of sums, and every
sum of such ratios, then has its variance (linearised: Taylor series; Woodruff, 1971), and users may come one by one.
"""

from collections.abc import Mapping, Sequence
from math import inf, sqrt

from msgspec import Struct

from opportune.training.offpolicy import Z95, wilson


class Figure(Struct, frozen=True):
    """A number with its 95 % interval, or why it cannot be told."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    effective: float = 0.0
    """How many users of equal weight would say as much."""
    reason: str = ""
    """Why there is no value; empty if there is one."""


class Spread(Struct, frozen=True):
    """A number and its variance."""

    value: float
    variance: float


class Clusters:
    """Sums of users: ``add`` takes those of one user, always in the same order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.users = 0
        self._places = {name: place for place, name in enumerate(names)}
        self._totals = [0.0] * len(names)
        self._products = [[0.0] * (place + 1) for place in range(len(names))]

    def add(self, sums: Sequence[float]) -> None:
        """One user, all that there is of them."""
        self.users += 1
        for place, each in enumerate(sums):
            if not each:
                continue
            self._totals[place] += each
            products = self._products[place]
            for other in range(place + 1):
                products[other] += each * sums[other]

    def total(self, name: str) -> float:
        """Over all users."""
        return self._totals[self._places[name]]

    def alike(self, name: str) -> float:
        """How many users with equal sums would say as much as these do (Kish, 1965); 0 where all are 0."""
        place = self._places[name]
        squares = self._products[place][place]
        return self._totals[place] ** 2 / squares if squares else 0.0

    def ratio(self, above: str, below: str) -> Spread:
        """The total of one over the total of another, which must not be 0."""
        return self.sum_of_ratios(((1.0, above, below),))

    def sum_of_ratios(self, terms: Sequence[tuple[float, str, str]]) -> Spread:
        """The sum of ratios of totals, each times its factor; no lower total may be 0."""
        value, slopes = 0.0, dict[int, float]()
        for factor, above, below in terms:
            bottom = self.total(below)
            found = self.total(above) / bottom
            value += factor * found
            for name, slope in ((above, factor / bottom), (below, -factor * found / bottom)):
                slopes[self._places[name]] = slopes.get(self._places[name], 0.0) + slope
        return Spread(value, self._variance(slopes))

    def _variance(self, slopes: Mapping[int, float]) -> float:
        if self.users < 2:
            return inf
        spread = sum(
            one * other * self._products[max(first, second)][min(first, second)]
            for first, one in slopes.items()
            for second, other in slopes.items()
        )
        return max(0.0, spread) * self.users / (self.users - 1)


def student(degrees: float) -> float:
    """What a t variable with so many degrees of freedom exceeds, up or down, in 5 % of cases; from 4 degrees on.

    Abramowitz and Stegun (1964), 26.7.5; off by less than 0.001.
    """
    z = Z95
    parts = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(part / degrees**power for power, part in enumerate(parts, 1))


def mean_between(found: Spread, effective: float, degrees: float | None = None) -> Figure:
    """A number of any size, with Student's interval for so many users, or for as many degrees of freedom."""
    half = student(max(effective - 1 if degrees is None else degrees, 4)) * sqrt(found.variance)
    return Figure(found.value, found.value - half, found.value + half, effective)


def share_between(found: Spread, users: float, most: float, degrees: float | None = None) -> Figure:
    """A share, with Wilson's interval for the sample size that explains its variance, ``most`` at most.

    Korn and Graubard (1998), who make the size smaller where users, or degrees of freedom, are few.
    """
    value = min(1.0, max(0.0, found.value))
    size = value * (1 - value) / found.variance if found.variance > 0 else users
    size = min(size, most) * (Z95 / student(max(users - 1 if degrees is None else degrees, 4))) ** 2
    low, high = wilson(value, size)
    return Figure(value, low, high, min(users, size))


def difference(one: Figure, other: Figure, *, correlation: float = 0.0) -> Figure:
    """The first less the second, from the ends of both (Newcombe, 1998, method 10).

    ``correlation`` of the two estimates is 0 where they are of other users (else Zou and Donner, 2008).
    """
    first, second = _ends(one), _ends(other)
    if first is None or second is None:
        return Figure(reason=one.reason or other.reason)
    (value, low, high), (base, under, over) = first, second
    down = _apart(value - low, over - base, correlation)
    up = _apart(high - value, base - under, correlation)
    found = value - base
    return Figure(found, found - down, found + up, min(one.effective, other.effective))


def lift_over(one: Figure, other: Figure) -> Figure:
    """By which share the first exceeds the second; its interval holds 0 just where that of the difference does.

    Donner and Zou (2012), section 3. Refuses where the second may be nothing.
    """
    first, second = _ends(one), _ends(other)
    if first is None or second is None:
        return Figure(reason=one.reason or other.reason)
    (value, low, high), (base, under, over) = first, second
    if under <= 0:
        return Figure(reason="a share of next to nothing cannot be told")
    down = _root(value * base, low * (2 * value - low), over * (2 * base - over), sign=-1)
    up = _root(value * base, high * (2 * value - high), under * (2 * base - under), sign=1)
    return Figure(value / base - 1, down - 1, up - 1, min(one.effective, other.effective))


def _root(middle: float, above: float, below: float, *, sign: int) -> float:
    """The smaller or larger root of ``below * x^2 - 2 * middle * x + above``."""
    if below <= 0:
        return inf if sign > 0 else above / (2 * middle) if middle else 0.0
    return (middle + sign * sqrt(max(0.0, middle * middle - above * below))) / below


def _apart(one: float, other: float, correlation: float) -> float:
    return sqrt(max(0.0, one * one + other * other - 2 * correlation * one * other))


def _ends(figure: Figure) -> tuple[float, float, float] | None:
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    return figure.value, figure.low, figure.high
