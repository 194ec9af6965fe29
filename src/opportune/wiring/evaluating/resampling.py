"""How much a mean would differ with other users: users are drawn again, with all their decisions."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from opportune.training.histories import Whole
from opportune.wiring.evaluating.decisions import Floats

_AT_ONCE: Final = 4_000_000


class Interval(Struct, frozen=True):
    """A mean over decisions, and where 95 % of the means over users drawn again lie."""

    value: float
    low: float
    high: float


def intervals(columns: Sequence[Floats], user: Whole, *, resamples: int, seed: int) -> list[Interval]:
    """Of each column, which has a number for each decision, the mean; the same draws of users for all columns.

    As many users are drawn as there are, with replacement; a mean is over all decisions of those drawn. The ends are
    the 2.5 % and 97.5 % percentiles (Efron, 1979). Of a few users the interval says
    too little (of one it is the mean itself): ``report.FEWEST_USERS``.
    """
    _, place = np.unique(user, return_inverse=True)
    users = int(place.max()) + 1
    sums = np.stack([np.bincount(place, weights=column, minlength=users) for column in columns], axis=1)
    sizes = np.bincount(place, minlength=users).astype(np.float64)
    dice, found = np.random.default_rng(seed), []
    share = np.full(users, 1 / users)
    step = max(1, _AT_ONCE // users)
    for done in range(0, resamples, step):
        drawn = dice.multinomial(users, share, size=min(step, resamples - done)).astype(np.float64)
        found.append(drawn @ sums / (drawn @ sizes)[:, None])
    means = np.concatenate(found)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    values = sums.sum(axis=0) / sizes.sum()
    return [Interval(float(a), float(b), float(c)) for a, b, c in zip(values, low, high, strict=True)]
