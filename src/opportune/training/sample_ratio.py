"""Whether as many users went each arm as should have: where they did not, no difference between arms means anything."""

from math import exp, inf, lgamma, log
from typing import Final

from opportune.errors import UnitError

ALARM: Final = 1_000.0
"""Odds at which the arms are not as they were drawn: so much is reached by chance once in a thousand engines, however
often somebody looks."""
_PRIOR: Final = 1_000.0
"""How many users the expectation is worth where the arms may have another share: small differences are the usual."""


def odds_against(share: float, inside: int, outside: int) -> float:
    """How much likelier these counts are if the share was another than ``share``, in (0, 1), than if it was that.

    A beta-binomial against the binomial, so it holds at each of many looks (Lindon and Malek, 2022). Raises UnitError
    for any other share.
    """
    if not 0 < share < 1:
        raise UnitError(f"a share is above 0 and below 1, not {share}")
    first, second = _PRIOR * share, _PRIOR * (1 - share)
    mixed = _beta(first + inside, second + outside) - _beta(first, second)
    exact = inside * log(share) + outside * log(1 - share)
    return exp(mixed - exact) if mixed - exact < 700 else inf


def _beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
