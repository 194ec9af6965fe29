"""The do-no-harm gate: how sure a gain must be, and how much must be known, before a user's own hour is named.

Chosen on the decision metric, and so that no group of users with much or little history is worse off than with the
one hour that is best for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from opportune.features.attention_model import AttentionModel
from opportune.training.attention_batch import Real
from opportune.training.attention_choice import Reading, Trial, Trials, lower_end, readings, was_there
from opportune.training.histories import Whole

SURENESS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)
SHUT: Final = 2.0
"""The sureness where nothing is surely gained."""
FEWEST: Final = (2, 3, 5, 10, 20, 50)
BUCKETS: Final = (1, 2, 5, 10, 20, 50)
"""Check-ins known of a user from which on another bucket begins."""
TOLERANCE: Final = 0.005
"""So much may be lost in a bucket at the lower end of its interval."""
_MANY: Final = 1.5
"""By so much the interval is widened where the best of many gates is asked about."""
_MOST: Final = 0.75
"""Caution never costs more than leaves so much of what the best gate brings."""
_FEW: Final = 100
"""Of fewer days in a bucket nothing is said."""


def best_gate(trials: Trials, model: AttentionModel) -> AttentionModel:
    """The model with ``sureness`` and ``fewest``: the most cautious of those that are not surely worse than the best.

    What may be lost in the worst bucket, beyond what is tolerated, is taken off what is brought in all. Where much is
    known of few users many gates are as good as each other, and caution costs nothing; of many users it shows what it
    costs. Where the interval of what is brought holds zero with every gate, none is: then the most cautious.
    """
    asked = [_Asked.of(tried, _with(model, known)) for tried, known in trials]
    user = np.concatenate([tried.user for tried, _ in trials])
    before = np.concatenate([tried.before for tried, _ in trials])
    bucket = np.searchsorted(BUCKETS, before, side="right")
    found = [
        _tried(asked, replace(model, sureness=sureness, fewest=fewest), (user, _buckets(bucket)))
        for sureness, fewest in product(SURENESS, FEWEST)
    ]
    best = max(found, key=lambda each: each.merit)
    if best.merit <= 0 or not any(each.is_gain for each in found):
        return replace(model, sureness=SHUT, fewest=FEWEST[-1])
    near = [each for each in found if each.merit >= _MOST * best.merit and not best.is_surely_above(each, user)]
    return max((each.model for each in near), key=lambda each: (each.sureness, each.fewest))


def named_right(tried: Trial, model: AttentionModel) -> tuple[Real, Real]:
    """By day 1 where the user was active in the hour that is named, else 0: by this model with its gate, and by its
    baseline."""
    asked = _Asked.of(tried, model)
    baseline = was_there(tried, np.array(model.baselines[""].hours)[tried.weekday])
    return baseline + np.where(asked.leaves(model), asked.difference, 0.0), baseline


@dataclass(frozen=True, slots=True)
class _Tried:
    """What comes of one gate."""

    model: AttentionModel
    gains: Real
    """By day 1 where only it names the hour right, -1 where only the baseline does."""
    gain: float
    """More hours named right than by the baseline, a day."""
    low: float
    """The lower end of the same."""
    worst: float
    """The lower end in the bucket where it is lowest."""

    @property
    def is_gain(self) -> bool:
        """Whether it surely brings something: of many gates one or another would by chance be above 0."""
        return self.gain > _MANY * (self.gain - self.low)

    def is_surely_above(self, other: "_Tried", user: Whole) -> bool:
        """Whether it brings more than the other by more than the luck of which users were seen."""
        more = self.gains - other.gains
        return bool(self.merit - other.merit > more.mean() - lower_end(more, user))

    @property
    def merit(self) -> float:
        """The gain, less what may be lost in a bucket beyond what is tolerated."""
        return self.gain - max(0.0, -TOLERANCE - self.worst)


def _tried(asked: Sequence["_Asked"], model: AttentionModel, parts: tuple[Whole, list[NDArray[np.bool_]]]) -> _Tried:
    user, buckets = parts
    left = np.concatenate([each.leaves(model) for each in asked])
    gains = np.where(left, np.concatenate([each.difference for each in asked]), 0.0)
    worst = min((lower_end(gains[some], user[some]) for some in buckets), default=0.0)
    return _Tried(model, gains, float(gains.mean()), lower_end(gains, user), worst)


class _Asked:
    """What both would have named on the days of a trial."""

    def __init__(self, tried: Trial, reading: Reading, baseline: Whole) -> None:
        rows, best = tried.rows, reading.rates.argmax(axis=1)
        spread = reading.rates / reading.weights
        self.known = tried.evidence.check_ins() + tried.evidence.opened
        self.gain = reading.rates[rows, best] - reading.rates[rows, baseline]
        self.deviation = np.sqrt(spread[rows, best] + spread[rows, baseline])
        self.difference = was_there(tried, best) - was_there(tried, baseline)

    @staticmethod
    def of(tried: Trial, model: AttentionModel) -> "_Asked":
        ((_, reading),) = readings(tried, model, is_wide=False)
        return _Asked(tried, reading, np.array(model.baselines[""].hours)[tried.weekday])

    def leaves(self, model: AttentionModel) -> NDArray[np.bool_]:
        """Whether the baseline is left, by day."""
        is_sure = self.gain >= model.sureness * self.deviation
        return np.asarray((self.known >= model.fewest) & (self.gain > 0) & is_sure)


def _with(model: AttentionModel, known: AttentionModel) -> AttentionModel:
    return replace(known, strength=model.strength, width=model.width, older=model.older, kin=model.kin)


def _buckets(bucket: Whole) -> list[NDArray[np.bool_]]:
    found = [bucket == each for each in range(len(BUCKETS) + 1)]
    return [each for each in found if each.sum() >= _FEW]
