"""The rhythm of many users at once: what ``features.rhythm`` says of one, said of rows.

Each is the other's oracle: for the same history both say the same, up to rounding.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import LATEST, SLOTS
from opportune.features.attention_model import AttentionModel
from opportune.features.rhythm import LEAST_RISK, focus_of, kernel_of, readiness_of, waiting_of
from opportune.training.attention_evidence import Evidence as Evidence
from opportune.training.attention_evidence import evidence_at as evidence_at
from opportune.training.attention_evidence import evidence_of as evidence_of
from opportune.training.histories import Whole

Real = NDArray[np.float64]
NOWHERE: Final = -1
"""In place of a slot where none is feasible."""
_FREE = np.arange(SLOTS) >= 120
KIND_OF_SLOT: Final = np.arange(SLOTS) % 24 + 24 * _FREE
"""Of each slot the place of its hour among the 24 of weekdays and the 24 of weekends."""
_OF_KIND = np.eye(48)[KIND_OF_SLOT]
_AT_ONCE: Final = 50_000
"""Rows whose opens are laid out together."""


def rates(evidence: Evidence, model: AttentionModel) -> Real:
    """How often each user checks in, by slot, in units of their own mean: shape (rows, 168), above 0."""
    return rates_and_weights(evidence, model)[0]


def rates_and_weights(evidence: Evidence, model: AttentionModel) -> tuple[Real, Real]:
    """The rates and what they rest on: each of shape (rows, 168), as in ``Rhythm``."""
    prior = shares(evidence, model) @ np.array([each.curve for each in model.archetypes])
    counts, spread = counted(evidence, model, prior)
    each_prior = model.strength / 24
    rates = (each_prior * prior + counts[:, KIND_OF_SLOT]) / (each_prior + spread[:, KIND_OF_SLOT])
    return rates, (each_prior + spread / focus_of(model.width))[:, KIND_OF_SLOT]


def shares(evidence: Evidence, model: AttentionModel) -> Real:
    """The share of each archetype after what each user did: shape (rows, archetypes), each row sums to 1."""
    if len(model.archetypes) == 1:
        return np.ones((len(evidence.recent), 1))
    curves = np.array([each.curve for each in model.archetypes])
    days = curves.reshape(-1, 7, 24).mean(axis=1)
    words = np.log(np.maximum([each.share for each in model.archetypes], 1e-9))
    found: Real = (
        words + evidence.recent @ np.log(curves).T + model.older * (evidence.older.astype(float) @ np.log(days).T)
    )
    if evidence.rows.size:
        risks, kept = risks_of(evidence, model), evidence.opens.sum(axis=1, keepdims=True)
        at_risk = np.maximum(risks @ by_kind(curves).T, LEAST_RISK)
        whole = np.maximum(risks.sum(axis=1, keepdims=True), LEAST_RISK)
        looked = evidence.opens @ np.log(curves).T - kept * np.log(at_risk / whole)
        found[evidence.rows] += looked
    parts = np.exp(found - found.max(axis=1, keepdims=True))
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def counted(evidence: Evidence, model: AttentionModel, prior: Real) -> tuple[Real, Real]:
    """Smoothed counts, and those that would be there if all slots were alike, of the hours of weekdays and weekends.

    prior   : shape (rows, 168)
    returns : two of shape (rows, 48), weekdays first
    """
    rare = 1 - model.kin
    day = circle(24, model.width)
    counts = evidence.recent @ pooled(model)
    before = model.older * evidence.older.astype(float) @ day
    counts += np.tile(before, 2)
    total = evidence.recent.sum(axis=1) / SLOTS
    past = model.older * evidence.older.sum(axis=1, dtype=float) / 24
    busy, free = total * (5 + 2 * rare) + past, total * (2 + 5 * rare) + past
    spread = np.repeat(np.stack([busy, free], axis=1), 24, axis=1)
    if evidence.rows.size:
        risks, opens = risks_of(evidence, model), evidence.opens.astype(float) @ _OF_KIND
        ready = (risks * by_kind(prior[evidence.rows])).sum(axis=1)
        scale = opens.sum(axis=1) / np.maximum(ready, LEAST_RISK)
        both = np.kron(np.array([[1, rare], [rare, 1]]), day)
        counts[evidence.rows] += opens @ both
        spread[evidence.rows] += risks * scale[:, None] @ both
    return counts, spread


def risks_of(evidence: Evidence, model: AttentionModel) -> Real:
    """By hour of weekdays and of weekends, how long messages lay unopened in it, as ready as one was to open them.

    Shape (looked, 48), of the rows that opens are kept of.
    """
    table, found = _risks_of_one(model.delays[""]), np.zeros((evidence.rows.size, 48))
    for start in range(0, evidence.rows.size, _AT_ONCE):
        end = min(start + _AT_ONCE, evidence.rows.size)
        some = slice(evidence.first[start], evidence.first[end])
        each = table[evidence.sent[some], evidence.delay[some]]
        found[start:end] = np.add.reduceat(each, evidence.first[start:end] - evidence.first[start], axis=0)
    return np.asarray(found + evidence.unopened[:, None] * waiting_of(model.unopened, model.delays[""]))


def by_kind(curves: Real) -> Real:
    """The means of curves by hour of weekdays and of weekends: shape (curves, 48)."""
    return np.asarray(curves @ (_OF_KIND / np.repeat([5, 2], 24)))


@cache
def _risks_of_one(delays: tuple[float, ...]) -> Real:
    """The same of one message by the slot it went out in and the delay of its open: shape (168, 48, 48)."""
    slots = (np.arange(SLOTS)[:, None] + np.arange(LATEST)) % SLOTS
    return np.cumsum(_OF_KIND[slots] * np.array(readiness_of(delays))[:, None], axis=1)


def noticed_batch(rates: Real, delays: Sequence[float]) -> Real:
    """For a send in each slot how much it would be noticed: shape (rows, 168), as ``noticed`` says of one."""
    found = np.zeros_like(rates)
    twice = np.concatenate([rates, rates[:, : len(delays)]], axis=1)
    for step, part in enumerate(delays):
        found += part * twice[:, step : step + SLOTS]
    return found / (sum(delays) or 1.0)


def best_slots(values: NDArray[np.floating], feasible: NDArray[np.bool_]) -> Whole:
    """The slot of each row that is worth most of the feasible ones, the first of equals; ``NOWHERE`` if none is.

    values   : shape (rows, 168)
    feasible : shape (rows, 168) or (168,)
    """
    some = np.where(feasible, values, -np.inf)
    best = some.argmax(axis=1)
    is_none = np.take_along_axis(some, best[:, None], axis=1)[:, 0] == -np.inf
    return np.where(is_none, NOWHERE, best)


def pooled(model: AttentionModel) -> Real:
    """What a check-in in each slot says of each hour of weekdays and of weekends: shape (168, 48)."""
    said = np.full((SLOTS, 48), 1 - model.kin)
    said[:120, :24] = said[120:, 24:] = 1
    hours = np.arange(SLOTS)[:, None] % 24 == np.arange(48)[None, :] % 24
    return np.asarray(circle(SLOTS, model.width) @ (said * hours))


def circle(size: int, width: float) -> Real:
    """How far a count in each place of a circle speaks for each: shape (size, size), rows sum to 1."""
    kernel = kernel_of(width)
    found = np.zeros((size, size))
    for step, part in enumerate(kernel):
        found[np.arange(size), (np.arange(size) + step - len(kernel) // 2) % size] += part
    return found
