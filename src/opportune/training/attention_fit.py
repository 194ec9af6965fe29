"""A snapshot of when users look, learned from what they did; every choice is made inside the past that is given."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec.structs import replace

from opportune.features.attention import LATEST
from opportune.features.attention_model import DEFAULT, Archetype, AttentionModel
from opportune.training.attention_archetypes import archetypes_of, kinds_told_apart, known_of
from opportune.training.attention_baselines import baselines_of, delays_by_channel
from opportune.training.attention_batch import Real
from opportune.training.attention_choice import Trial, best_parameters, trial
from opportune.training.attention_gate import best_gate
from opportune.training.attention_population import check_ins_by_slot, curve_of, sends_of, unopened_of
from opportune.training.attention_slope import edge_of, gate_by_opens
from opportune.training.histories import Histories
from opportune.units import HOUR

EDGES: Final = (0.4, 0.55, 0.7, 0.85)
"""Shares of all check-ins at which the stretches of the nested validation begin; the last ends with the past."""
FEWEST: Final = 200
"""With fewer check-ins and opens nothing is learned of users in general."""
DRAWS: Final = 3
"""So often kinds of users are looked for, so that no choice hangs on one draw."""
FEWEST_DAYS: Final = 200
"""With fewer days to try them on no parameters are chosen."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """How many kinds of users are told apart, and the seed of what is drawn."""

    many: int = 1
    seed: int = 0


def fit(histories: Histories, *, name: str, until: int | None = None, seed: int = 0) -> AttentionModel:
    """What can be learned from before the local hour ``until``, or from everything; the same for the same seed.

    Where there is too little to learn from, what stands without training is kept, part by part.
    """
    end = end_of(histories) if until is None else until
    model = replace(DEFAULT, name=name)
    if acts(histories, end) < FEWEST:
        return model
    drawn = [_kinds(histories, end, each) for each in range(seed * DRAWS, (seed + 1) * DRAWS)]
    kinds = drawn[0]
    trials = [each for one in drawn for each in trials_of(histories, end, one)]
    if sum(each.user.size for each, _ in trials) >= FEWEST_DAYS:
        model = best_gate(trials, best_parameters(trials, model))
    else:
        edge = edge_of(histories, end)
        model = gate_by_opens(histories, learned(histories, edge, model, kinds), edge, end) or model
    return learned(histories, end, model, kinds)


def _kinds(histories: Histories, end: int, seed: int) -> Kinds:
    return Kinds(kinds_told_apart(known_of(histories, end, _population(histories, end), seed=seed), seed=seed), seed)


def end_of(histories: Histories) -> int:
    """The first hour after everything that is known."""
    last = [int(histories.hour.max()) + 1] if histories.hour.size else []
    last += [int((histories.sent_hour + histories.delay).max()) + 1] if histories.sent_hour.size else []
    return max(last, default=0)


def acts(histories: Histories, until: int) -> int:
    """How many check-ins and opens there were."""
    seen = (histories.delay >= 0) & (histories.delay < LATEST) & (histories.sent_hour + histories.delay < until)
    return int((histories.hour < until).sum()) + int(seen.sum())


def trials_of(histories: Histories, until: int, kinds: Kinds) -> list[tuple[Trial, AttentionModel]]:
    """Stretches of the past, each with the population that was known before it."""
    hours = np.sort(histories.hour[histories.hour < until])
    if hours.size < FEWEST:
        return []
    edges = [int(each) // 24 * 24 for each in np.quantile(hours, EDGES)] + [until]
    return [
        (trial(histories, start, end), learned(histories, start, DEFAULT, kinds))
        for start, end in pairwise(edges)
        if start < end
    ]


def learned(histories: Histories, until: int, model: AttentionModel, kinds: Kinds) -> AttentionModel:
    """The model with what can be counted before ``until``: the population and its kinds, delay curves, baselines."""
    if acts(histories, until) < FEWEST:
        return model
    curve = _population(histories, until)
    archetypes: tuple[Archetype, ...] = (Archetype(1.0, tuple(round(float(each), 4) for each in curve)),)
    if kinds.many > 1:
        known = known_of(histories, until, curve, seed=kinds.seed)
        archetypes = archetypes_of(known, kinds.many, seed=kinds.seed)
    delays = delays_by_channel(histories, until, curve, model.delays)
    users = histories.user[histories.hour < until], histories.sent_user[histories.sent_hour < until]
    return replace(
        model,
        archetypes=archetypes,
        delays=delays,
        unopened=unopened_of(histories, until, delays[""]),
        baselines=baselines_of(histories, until, (curve, delays)),
        users=int(np.union1d(*users).size),
        until=max(0, until) * HOUR,
    )


def _population(histories: Histories, until: int) -> Real:
    return curve_of(check_ins_by_slot(histories, until), sends_of(histories, until))
