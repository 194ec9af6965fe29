"""What a playbook's choices would have come to, from the record of another's: with an interval, or not at all.

A choice that was made with chance ``p`` and would be made with chance ``q`` speaks for ``q / p`` choices. The
estimate is the weighted mean (self-normalised inverse propensity scoring: Swaminathan and Joachims, 2015).
"""

from collections.abc import Iterable
from math import sqrt
from typing import Final

from msgspec import Struct

from opportune.units import Micros

FEWEST_EFFECTIVE: Final = 50.0
"""Of a smaller effective sample nothing is said."""
Z95: Final = 1.959963984540054
"""What a normal variable exceeds, up or down, in 5 % of cases."""


class Logged(Struct, frozen=True, gc=False):
    """One choice on record."""

    user: str
    chance: Micros
    """With which it was made."""
    asked: Micros
    """With which the playbook that is asked about would make it."""
    happened: bool
    """Whether what is estimated followed."""


class Rate(Struct, frozen=True):
    """A share of choices after which something happened, or why it cannot be told."""

    choices: int
    """On record, with any weight."""
    effective: float
    """How many choices of equal weight, each of another user, would say as much."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """The ends of the 95 % interval, in [0, 1]."""
    reason: str = ""
    """Why there is no value; empty if there is one."""


def rate(logged: Iterable[Logged], *, fewest: float = FEWEST_EFFECTIVE) -> Rate:
    """The share, as estimated, with Wilson's interval (1927) for the effective sample size.

    That size is Kish's ``(sum of weights)^2 / sum of squares``, or the smaller one that choices of the same users bring
    (Korn and Graubard, 1998): users are drawn, not choices. Refuses where it is below ``fewest``, and where a choice
    would have been made that the record says was made with no chance.
    """
    rows = [each for each in logged if each.asked > 0]
    if any(each.chance <= 0 for each in rows):
        return Rate(len(rows), 0.0, reason="choices are on record that had no chance of being made")
    weights = [each.asked / each.chance for each in rows]
    total = sum(weights)
    if total == 0:
        return Rate(len(rows), 0.0, reason="no such choice is on record")
    value = sum(weight for each, weight in zip(rows, weights, strict=True) if each.happened) / total
    effective = _effective(rows, weights, value)
    if effective < fewest:
        reason = f"what is on record says as much as {effective:.0f} choices of as many users; {fewest:.0f} are needed"
        return Rate(len(rows), effective, reason=reason)
    low, high = wilson(value, effective)
    return Rate(len(rows), effective, value, low, high)


def wilson(value: float, size: float) -> tuple[float, float]:
    """The ends of the 95 % interval of a share that was ``value`` in a sample of this size."""
    square = Z95 * Z95
    middle = (value + square / (2 * size)) / (1 + square / size)
    half = Z95 * sqrt(value * (1 - value) / size + square / (4 * size * size)) / (1 + square / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def _effective(rows: list[Logged], weights: list[float], value: float) -> float:
    """The smaller of Kish's size and that by which the spread between users explains the estimate's."""
    total = sum(weights)
    kish = total * total / sum(weight * weight for weight in weights)
    by_user: dict[str, float] = {}
    for each, weight in zip(rows, weights, strict=True):
        by_user[each.user] = by_user.get(each.user, 0.0) + weight * (each.happened - value)
    users = len(by_user)
    spread = sum(part * part for part in by_user.values())
    if users < 2 or spread == 0:
        return min(kish, float(users))
    variance = spread / (total * total) * users / (users - 1)
    return min(kish, value * (1 - value) / variance)
