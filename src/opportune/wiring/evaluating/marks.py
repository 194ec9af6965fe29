"""How good an answer was, decision by decision; each measure by its definition, without a model in it."""

import numpy as np

from opportune.training.histories import Whole
from opportune.wiring.evaluating.decisions import Flags, Floats

_LEAST = 1e-6
BINS = 10


def right(chosen: Whole, active: Flags) -> Floats:
    """1 where the user was active in the chosen hour, else 0."""
    return active[np.arange(len(chosen)), chosen].astype(np.float64)


def gain_of_order(chances: Floats, active: Flags) -> Floats:
    """NDCG@24: the hours by chance, greatest first, of two alike the earlier; worth 1 where active, else 0.

    An hour at place r, from 1 on, counts ``1 / log2(r + 1)``; 1 is what the best order would come to
    (Järvelin and Kekäläinen, 2002).
    """
    weights = 1 / np.log2(np.arange(24) + 2)
    order = np.argsort(-chances, axis=1, kind="stable")
    found = (np.take_along_axis(active, order, axis=1) * weights).sum(axis=1)
    best = np.cumsum(weights)[active.sum(axis=1) - 1]
    return np.asarray(found / best, dtype=np.float64)


def log_loss(chances: Floats, active: Flags) -> Floats:
    """The mean over the active hours of minus the natural logarithm of the hour's share of all chances.

    No share counts as less than a millionth.
    """
    shares = chances / chances.sum(axis=1, keepdims=True)
    logs = -np.log(np.maximum(shares, _LEAST))
    return np.asarray((logs * active).sum(axis=1) / active.sum(axis=1), dtype=np.float64)


def calibration_error(chances: Floats, active: Flags) -> float:
    """How far chances are from what happened: the mean distance in ten bins of as many hours, by chance."""
    order = np.argsort(chances, axis=None, kind="stable")
    said, was = chances.ravel()[order], active.ravel()[order]
    bins = [(a, b) for a, b in zip(np.array_split(said, BINS), np.array_split(was, BINS), strict=True) if len(a)]
    return float(sum(abs(a.mean() - b.mean()) * len(a) for a, b in bins) / len(said))
