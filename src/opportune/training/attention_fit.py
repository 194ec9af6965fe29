"""A snapshot of when users look, learned from what they did; every choice is made inside the past that is given."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec.structs import replace

from opportune.features.attention import SLOTS
from opportune.features.attention_model import DEFAULT, Archetype, AttentionModel, Baseline, delays_of
from opportune.training.attention_batch import Real, noticed_batch
from opportune.training.attention_choice import Trial, best_parameters, trial
from opportune.training.attention_gate import best_gate
from opportune.training.attention_population import check_ins_by_slot, curve_of, delays_of_sends, sends_of
from opportune.training.histories import Histories

EDGES: Final = (0.4, 0.55, 0.7, 0.85, 1.0)
"""Shares of all check-ins at which the stretches of the nested validation begin and end."""
FEWEST: Final = 200
"""With fewer check-ins and opens nothing is learned of users in general."""
FEWEST_DAYS: Final = 200
"""With fewer days to try them on no parameters are chosen."""
_KNOWN_SENDS: Final = 50
"""So many sends weigh as much as the share of opens that stands without training."""


def fit(histories: Histories, *, name: str, until: int | None = None, seed: int = 0) -> AttentionModel:
    """What can be learned from before the local hour ``until``, or from everything; the same for the same seed.

    Where there is too little to learn from, what stands without training is kept, part by part.
    """
    end = end_of(histories) if until is None else until
    trials = list(trials_of(histories, end))
    model = replace(DEFAULT, name=name)
    if sum(each.user.size for each, _ in trials) >= FEWEST_DAYS:
        model = best_gate(trials, best_parameters(trials, model))
    return learned(histories, end, model)


def end_of(histories: Histories) -> int:
    """The first hour after everything that is known."""
    return max((int(each.max()) + 49 for each in (histories.hour, histories.sent_hour) if each.size), default=0)


def trials_of(histories: Histories, until: int) -> list[tuple[Trial, AttentionModel]]:
    """Stretches of the past, each with the population that was known before it."""
    hours = np.sort(histories.hour[histories.hour < until])
    if hours.size < FEWEST:
        return []
    edges = [int(each) // 24 * 24 for each in np.quantile(hours, EDGES[:-1])] + [until]
    return [
        (trial(histories, start, end), learned(histories, start, DEFAULT))
        for start, end in pairwise(edges)
        if start < end
    ]


def learned(histories: Histories, until: int, model: AttentionModel) -> AttentionModel:
    """The model with what can be counted before ``until``: the population, delay curves and baselines."""
    sends, check_ins = sends_of(histories, until), check_ins_by_slot(histories, until)
    if check_ins.sum() + sends.opens.sum() < FEWEST:
        return model
    curve = curve_of(check_ins, sends)
    baselines = {"": Baseline((busiest(check_ins, curve),) * 7, model.baselines[""].opened)}
    delays = dict(model.delays)
    for channel in sorted({group.partition(" ")[0] for group in histories.groups if group}):
        of_channel = [place for place, group in enumerate(histories.groups) if group.partition(" ")[0] == channel]
        delays[channel] = delays_of_sends(sends_of(histories, until, of_channel), curve, delays_of(model, channel))
    for place, group in enumerate(histories.groups):
        if not group:
            continue
        ahead = delays_of(replace(model, delays=delays), group.partition(" ")[0])
        baselines[group] = _baseline(histories, until, place, (curve, ahead))
    early = histories.user[histories.hour < until], histories.sent_user[histories.sent_hour < until]
    return replace(
        model,
        archetypes=(Archetype(1.0, rounded(curve)),),
        delays=delays,
        baselines=baselines,
        users=int(np.union1d(*early).size),
        until=until,
    )


def best_hours(curve: Real, delays: Sequence[float]) -> tuple[int, ...]:
    """The hour of each weekday at which a send is noticed most; that of all days where a day's own is hardly better."""
    days = noticed_batch(curve[None, :], delays).reshape(7, 24)
    always = int(days.sum(axis=0).argmax())
    own = days.argmax(axis=1)
    is_better = days.max(axis=1) > 1.1 * days[:, always]
    return tuple(int(each) for each in np.where(is_better, own, always))


def busiest(check_ins: Real, curve: Real) -> int:
    """The hour of the day with most check-ins; without any that of the curve."""
    return int((check_ins if check_ins.any() else curve).reshape(7, 24).sum(axis=0).argmax())


def rounded(curve: Real) -> tuple[float, ...]:
    """As it is written."""
    return tuple(round(float(each), 5) for each in curve)


def _baseline(histories: Histories, until: int, group: int, known: tuple[Real, Sequence[float]]) -> Baseline:
    """The best hours of a group, and the share of its messages that would be opened then."""
    curve, delays = known
    hours = best_hours(curve, delays)
    some = (histories.sent_hour < until) & (histories.sent_group == group)
    ahead = noticed_batch(curve[None, :], delays)[0]
    then = np.mean([ahead[24 * day + hour] for day, hour in enumerate(hours)])
    at_sends = ahead[(histories.sent_hour[some] + 72) % SLOTS].sum()
    opened = float((histories.delay[some] >= 0).sum()) / max(at_sends, 1e-9) * then
    usual, sends = DEFAULT.baselines[""].opened, int(some.sum())
    share = (min(1.0, opened) * sends + usual * _KNOWN_SENDS) / (sends + _KNOWN_SENDS)
    return Baseline(hours, round(share, 4))
