"""Ours: the rhythm that the engine would know on that morning, and its choice between that and the baseline."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from opportune.features.attention_model import AttentionModel, baseline_of
from opportune.training.attention_batch import evidence_at, rates_and_weights
from opportune.training.attention_fit import fit
from opportune.training.histories import Histories, Whole
from opportune.wiring.evaluating.contenders import Answer, active_hours
from opportune.wiring.evaluating.decisions import Decisions, Flags, Floats

Fit: TypeAlias = Callable[[Histories, int], AttentionModel]
"""From what was before the cut, and a seed, to what is known of users in general."""


@dataclass(frozen=True, slots=True)
class OwnRhythm:
    """The model that the engine decides with."""

    fit: Fit

    def ready(self, before: Histories, *, seed: int) -> "Ready":
        """Fitted as ``opportune train send-time`` does."""
        return Ready(self.fit(before, seed), active_hours(before))


@dataclass(frozen=True, slots=True)
class Ready:
    """With the snapshot that training made."""

    model: AttentionModel
    scale: float

    def answer(self, decisions: Decisions) -> Answer:
        """The chances are those of the rhythm, also where the gate keeps to the baseline's hour."""
        evidence = evidence_at(decisions.histories, decisions.user, decisions.until)
        rates, weights = rates_and_weights(evidence, self.model)
        places = decisions.weekday[:, None] * 24 + np.arange(24)
        rates, weights = (np.take_along_axis(each, places, axis=1) for each in (rates, weights))
        baseline = np.array(baseline_of(self.model, "", "").hours)[decisions.weekday]
        best = rates.argmax(axis=1)
        known = evidence.check_ins() + evidence.opened
        is_left = leaves(self.model, known, (rates, weights), (best, baseline))
        shares = rates / rates.sum(axis=1, keepdims=True)
        return Answer(np.minimum(shares * self.scale, 1), np.where(is_left, best, baseline))


def leaves(model: AttentionModel, known: Whole, rhythm: tuple[Floats, Floats], hours: tuple[Whole, Whole]) -> Flags:
    """Whether the best hour is taken and not the baseline's: if enough is known, and its gain is sure enough.

    rhythm : rates and what they rest on, each of shape (decisions, 24)
    hours  : the best and the baseline's, each of shape (decisions,)
    """
    rows = np.arange(len(known))
    (rates, weights), (best, baseline) = rhythm, hours
    gain = rates[rows, best] - rates[rows, baseline]
    spread = rates / weights
    deviation = np.sqrt(spread[rows, best] + spread[rows, baseline])
    return (gain >= model.sureness * deviation) & (gain > 0) & (known >= model.fewest)


def fitted(before: Histories, seed: int) -> AttentionModel:
    """What training makes of these."""
    return fit(before, name="evaluated", seed=seed)
