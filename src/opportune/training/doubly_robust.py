"""What two ways to choose would have come to, and the difference, from the record of a third that drew between them.

Self-normalised inverse propensity scoring (Swaminathan and Joachims, 2015) weighs what happened. The doubly robust
estimate (Dudik, Langford and Li, 2011) takes what a model expects of what would have been chosen, and weighs only by
how much the model was mistaken of what was: it is right where the chances on record are, whatever the model says, and
sharper where the model is good. Users are drawn, not choices, and intervals say so.
"""

from collections.abc import Callable, Iterable
from math import inf, sqrt
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.training.clustered import Clusters, Figure, Spread, difference, mean_between, share_between
from opportune.training.offpolicy import FEWEST_EFFECTIVE

Way: TypeAlias = Literal["one", "other"]
Terms: TypeAlias = tuple[tuple[float, str, str], ...]
_WAYS: Final[tuple[Way, ...]] = ("one", "other")
_KEPT: Final = ("weight", "reward", "missed", "expected")
_SUMS: Final = ("choices", *(f"{each} {way}" for way in _WAYS for each in _KEPT))
FEWEST_RARE: Final = 20.0
"""Choices that hardly ever were made decide how far off an estimate is: of fewer of these nothing is said."""
NO_CHANCE: Final = "of {count:,} choices something is asked about that had no chance of being made"


class Asked(Struct, frozen=True, gc=False):
    """What one of the ways would have done in the place of one choice on record."""

    weight: float
    """The chance with which it would have made that choice, over the chance with which it was made."""
    expected: float
    """The reward that a model expects of what it would have chosen."""
    is_covered: bool = True
    """Whether all that it would have chosen had a chance on record."""


class Tried(Struct, frozen=True, gc=False):
    """One choice on record."""

    reward: float
    expected: float
    """The reward that the model expected of it; the model must not have learned from this user's rewards."""
    one: Asked
    other: Asked


class Estimated(Struct, frozen=True):
    """What a way to choose would come to, per choice, told in both ways."""

    weighted: Figure
    robust: Figure


class Compared(Struct, frozen=True):
    """Two ways to choose; of the difference, the first less the second, both are asked on the same choices."""

    choices: int
    one: Estimated
    other: Estimated
    gap: Estimated


class Trial:
    """A fold over users."""

    def __init__(self) -> None:
        self._clusters = Clusters(_SUMS)
        self._squares = dict.fromkeys(_WAYS, 0.0)
        self._fourths = dict.fromkeys(_WAYS, 0.0)
        self._uncovered = 0

    def add(self, tried: Iterable[Tried]) -> None:
        """One user: all choices of theirs that are on record."""
        sums = [0.0] * len(_SUMS)
        for each in tried:
            sums[0] += 1
            self._uncovered += not (each.one.is_covered and each.other.is_covered)
            for place, way in ((1, _WAYS[0]), (1 + len(_KEPT), _WAYS[1])):
                asked = each.one if way == "one" else each.other
                square = asked.weight * asked.weight
                self._squares[way] += square
                self._fourths[way] += square * square
                sums[place] += asked.weight
                sums[place + 1] += asked.weight * each.reward
                sums[place + 2] += asked.weight * (each.reward - each.expected)
                sums[place + 3] += asked.expected
        if sums[0]:
            self._clusters.add(sums)

    def compared(self, *, is_share: bool, fewest: float = FEWEST_EFFECTIVE) -> Compared:
        """The estimates; ``is_share``: rewards are 0 or 1. Each refuses where its effective size is below ``fewest``,
        and all where something that is asked about had no chance of being chosen."""
        one, other = (self._estimated(way, is_share=is_share, fewest=fewest) for way in _WAYS)
        gap = Estimated(
            self._gap(_weighted, one.weighted, other.weighted), self._gap(_robust, one.robust, other.robust)
        )
        return Compared(round(self._clusters.total("choices")), one, other, gap)

    def _estimated(self, way: Way, *, is_share: bool, fewest: float) -> Estimated:
        reason, size = self._refusal(way, fewest)
        if reason:
            return Estimated(Figure(effective=size, reason=reason), Figure(effective=size, reason=reason))
        weighted, robust = (self._clusters.sum_of_ratios(terms(way, 1)) for terms in (_weighted, _robust))
        degrees = min(size, self._rare(way)) - 1
        if not is_share:
            return Estimated(mean_between(weighted, size, degrees), mean_between(robust, size, degrees))
        return Estimated(
            share_between(weighted, size, self._kish(way), degrees), share_between(robust, size, inf, degrees)
        )

    def _gap(self, terms: Callable[[Way, int], Terms], one: Figure, other: Figure) -> Figure:
        """Both are of the same users, so they go together as far as the variance of their difference tells."""
        if one.value is None or other.value is None:
            return Figure(reason=one.reason or other.reason)
        spreads = [self._clusters.sum_of_ratios(terms(way, 1)).variance for way in _WAYS]
        both = self._clusters.sum_of_ratios((*terms("one", 1), *terms("other", -1))).variance
        scale = 2 * sqrt(spreads[0] * spreads[1])
        together = (spreads[0] + spreads[1] - both) / scale if scale else 0.0
        return difference(one, other, correlation=min(1.0, max(-1.0, together)))

    def _refusal(self, way: Way, fewest: float) -> tuple[str, float]:
        if self._uncovered:
            return NO_CHANCE.format(count=self._uncovered), 0.0
        if self._squares[way] == 0:
            return "no such choice is on record", 0.0
        size = min(self._kish(way), self._clusters.alike(f"weight {way}"))
        if size < fewest:
            return f"the record says as much as {size:.0f} would who were all treated so; {fewest:.0f} are needed", size
        rare = self._rare(way)
        if rare < FEWEST_RARE:
            return f"only some {rare:.0f} choices like the rarest are on record; {FEWEST_RARE:.0f} are needed", size
        return "", size

    def _kish(self, way: Way) -> float:
        return self._clusters.total(f"weight {way}") ** 2 / self._squares[way]

    def _rare(self, way: Way) -> float:
        """How many choices make up the variance: of a few that weigh much beside many that weigh little, the few."""
        return self._squares[way] ** 2 / self._fourths[way]


def unnormalised(trial: Trial, way: Way) -> Spread:
    """The doubly robust estimate as it was published, not divided by the weights: its mean over all draws is exact."""
    clusters = trial._clusters
    return clusters.sum_of_ratios(((1.0, f"expected {way}", "choices"), (1.0, f"missed {way}", "choices")))


def _weighted(way: Way, sign: int) -> Terms:
    return ((sign, f"reward {way}", f"weight {way}"),)


def _robust(way: Way, sign: int) -> Terms:
    return ((sign, f"expected {way}", "choices"), (sign, f"missed {way}", f"weight {way}"))
