"""What a snapshot brings, asked of days that came after all that it was learned from and chosen by."""

from typing import Final

import numpy as np
from msgspec import Struct

from opportune.training.attention_choice import lower_end, trial
from opportune.training.attention_fit import end_of, fit
from opportune.training.attention_gate import named_right
from opportune.training.histories import Histories

SPLIT: Final = 0.7
"""The share of check-ins that is learned from; the days after it are asked about."""
FEWEST_DAYS: Final = 200
"""Of fewer days nothing is said."""


class Proof(Struct, frozen=True):
    """Of the days on which a user was active, how often they were active in the one hour that was named."""

    days: int
    users: int
    ours: float
    """With the users' own hours where the gate lets them through; from 0 to 1."""
    baseline: float
    """With the baseline's hour for everybody."""
    gain: float
    low: float
    high: float
    """The ends of the gain's 95 % interval, users being drawn and not days."""

    @property
    def is_gain(self) -> bool:
        """Whether the gain may be called one."""
        return self.low > 0


def proof_of(histories: Histories, *, until: int | None = None, seed: int = 0) -> Proof | None:
    """Learns from the earlier part of what came before ``until`` and asks the later part; None if that says too little.

    What is published afterwards is learned from both parts; this says what to expect of it.
    """
    end = end_of(histories) if until is None else until
    hours = np.sort(histories.hour[histories.hour < end])
    if not hours.size:
        return None
    split = int(hours[int(SPLIT * (hours.size - 1))]) // 24 * 24
    later = trial(histories, split, end)
    if later.user.size < FEWEST_DAYS:
        return None
    ours, baseline = named_right(later, fit(histories, name="earlier", until=split, seed=seed))
    gains = ours - baseline
    low = lower_end(gains, later.user)
    return Proof(
        days=later.user.size,
        users=int(np.unique(later.user).size),
        ours=float(ours.mean()),
        baseline=float(baseline.mean()),
        gain=float(gains.mean()),
        low=low,
        high=2 * float(gains.mean()) - low,
    )
