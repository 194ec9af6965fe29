"""The do-no-harm gate: how sure a gain must be, and how much must be known, before a user's own hour is named.

Chosen on the decision metric, and so that no group of users with much or little history is worse off than with the
one hour that is best for all.
"""

from itertools import product
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from opportune.features.attention_model import AttentionModel
from opportune.training.attention_batch import Real
from opportune.training.attention_choice import Reading, Trial, Trials, hits, lower_end, readings
from opportune.training.histories import Whole

SURENESS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
FEWEST: Final = (2, 3, 5, 10, 20, 50)
BUCKETS: Final = (1, 2, 5, 10, 20, 50)
"""Check-ins known of a user from which on another bucket begins."""
TOLERANCE: Final = 0.005
"""So much may be lost in a bucket at the lower end of its interval."""
_FEW: Final = 100
"""Of fewer days in a bucket nothing is said."""


def best_gate(trials: Trials, model: AttentionModel) -> AttentionModel:
    """The model with ``sureness`` and ``fewest``: of those that harm no bucket the one that names most hours right,
    of equals the more cautious; if all harm one, the one that harms least."""
    asked = [_Asked.of(tried, _with(model, known)) for tried, known in trials]
    user = np.concatenate([tried.user for tried, _ in trials])
    before = np.concatenate([tried.before for tried, _ in trials])
    bucket = np.searchsorted(BUCKETS, before, side="right")
    best, found = (-np.inf, -np.inf), model
    for sureness, fewest in product(SURENESS, FEWEST):
        gains = np.concatenate([each.gains(sureness, fewest) for each in asked])
        worst = min((lower_end(gains[some], user[some]) for some in _buckets(bucket)), default=0.0)
        merit = (min(worst, -TOLERANCE), float(gains.mean()))
        if merit >= best:
            best, found = merit, replace(model, sureness=sureness, fewest=fewest)
    return found


class _Asked:
    """What both would have named on the days of a trial."""

    def __init__(self, tried: Trial, reading: Reading, baseline: Whole) -> None:
        rows, best = tried.rows, reading.rates.argmax(axis=1)
        spread = reading.rates / reading.weights
        self.known = tried.evidence.check_ins() + tried.evidence.opened
        self.gain = reading.rates[rows, best] - reading.rates[rows, baseline]
        self.deviation = np.sqrt(spread[rows, best] + spread[rows, baseline])
        self.difference = hits(tried, best) - hits(tried, baseline)

    @staticmethod
    def of(tried: Trial, model: AttentionModel) -> "_Asked":
        ((_, reading),) = readings(tried, model, is_wide=False)
        return _Asked(tried, reading, np.array(model.baselines[""].hours)[tried.weekday])

    def gains(self, sureness: float, fewest: int) -> Real:
        """By day: how many more hours are named right than by the baseline, -1 to 1."""
        is_left = (self.known >= fewest) & (self.gain > 0) & (self.gain >= sureness * self.deviation)
        return np.where(is_left, self.difference, 0.0)


def _with(model: AttentionModel, known: AttentionModel) -> AttentionModel:
    return replace(known, strength=model.strength, width=model.width, older=model.older, kin=model.kin)


def _buckets(bucket: Whole) -> list[NDArray[np.bool_]]:
    found = [bucket == each for each in range(len(BUCKETS) + 1)]
    return [each for each in found if each.sum() >= _FEW]
