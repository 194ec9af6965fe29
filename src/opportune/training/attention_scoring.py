"""The best feasible slot of very many users on one core: what ``attention_batch`` says, in single precision.

With the days of a week of two kinds only, what a user's own check-ins say of 168 slots is said by 48 numbers, and what
would be noticed is a matrix product of these. Users are worked through in blocks that fit into a cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import SLOTS
from opportune.features.attention_model import AttentionModel
from opportune.training.attention_batch import KIND_OF_SLOT, NOWHERE, Real, by_kind, circle, pooled, risks_of
from opportune.training.attention_evidence import Evidence
from opportune.training.histories import Whole

BLOCK: Final = 2_048
"""Users that are worked through together."""
Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Best:
    """Of each user, the slot in which most would be noticed, and how much: 1 is the mean of users in general."""

    slots: Whole
    """``NOWHERE`` where none is feasible."""
    values: Single


class Scoring:
    """A model and a delay curve, made ready for blocks of users."""

    def __init__(self, model: AttentionModel, delays: Sequence[float]) -> None:
        self._model, self._prior = model, np.float32(model.strength / 24)
        curves = np.array([each.curve for each in model.archetypes])
        logs, days = np.log(curves), np.log(curves.reshape(-1, 7, 24).mean(axis=1))
        day, rare = circle(24, model.width), 1 - model.kin
        kinds, ahead = np.eye(48)[KIND_OF_SLOT], _ahead(delays)
        self._recent = _single(np.hstack([pooled(model), logs.T]))
        self._older = _single(model.older * np.hstack([day, day, days.T]))
        both = np.kron(np.array([[1, rare], [rare, 1]]), day)
        self._opens = _single(np.hstack([kinds @ both, logs.T, np.ones((SLOTS, 1))]))
        self._both = _single(both)
        self._words = _single(np.log(np.maximum([each.share for each in model.archetypes], 1e-9)))
        self._kinds = _single(by_kind(curves))
        self._own = _single(kinds.T @ ahead)
        self._known = [_single((kinds * curve[:, None]).T @ ahead) * self._prior for curve in curves]
        halves = [each[half].sum(axis=0) for half in (slice(24), slice(24, 48)) for each in self._known]
        self._halves = np.array(halves, np.float32)

    def best(self, evidence: Evidence, feasible: NDArray[np.bool_], group: Whole | None = None) -> Best:
        """The best slot of each user, the first of equals.

        feasible : shape (groups, 168), the slots that may be chosen
        group    : shape (rows,), which of them is a user's; without it the first is everybody's
        """
        bars = np.where(feasible, np.float32(0), np.float32(-np.inf))
        slots, values = np.empty(len(evidence.recent), np.int64), np.empty(len(evidence.recent), np.float32)
        for start, noticed in self.blocks(evidence):
            end = start + len(noticed)
            noticed += bars[0] if group is None else bars[group[start:end]]
            best = noticed.argmax(axis=1)
            slots[start:end], values[start:end] = best, noticed[np.arange(end - start), best]
        slots[values == -np.inf] = NOWHERE
        return Best(slots, values)

    def blocks(self, evidence: Evidence) -> Iterator[tuple[int, Single]]:
        """The first row of each block and how much would be noticed in each slot: shape (rows of the block, 168)."""
        for start in range(0, len(evidence.recent), BLOCK):
            yield start, self._noticed(evidence.part(start, min(start + BLOCK, len(evidence.recent))))

    def _noticed(self, part: Evidence) -> Single:
        rare, recent = 1 - self._model.kin, part.recent.astype(np.float32)
        said: Single = recent @ self._recent
        said += part.older @ self._older
        said[:, 48:] += self._words
        total, past = _single(recent.sum(axis=1) / SLOTS), _single(self._model.older * part.older.sum(axis=1) / 24)
        busy, free = total * (5 + 2 * rare) + past + self._prior, total * (2 + 5 * rare) + past + self._prior
        known = _single(np.stack([busy, free], axis=1))
        found: Single = (said[:, :48] * np.repeat(1 / known, 24, axis=1)) @ self._own
        mine = _mine(said[:, 48:])
        found += np.hstack([mine / known[:, :1], mine / known[:, 1:]]) @ self._halves
        if part.rows.size:
            found[part.rows] = self._noticed_of_opens(part, said[part.rows], known[part.rows])
        return found

    def _noticed_of_opens(self, part: Evidence, said: Single, known: Single) -> Single:
        """Of those rows that opens are kept of, from what all else says of them."""
        risks = _single(risks_of(part, self._model))
        opens: Single = part.opens.astype(np.float32) @ self._opens
        said += opens[:, :-1]
        at_risk: Single = risks @ self._kinds.T / risks.sum(axis=1, keepdims=True)
        mine = _mine(_single(said[:, 48:] - opens[:, -1:] * np.log(at_risk)))
        scale = opens[:, -1] / (risks * (mine @ self._kinds)).sum(axis=1)
        parts = 1 / (np.repeat(known, 24, axis=1) + (risks * scale[:, None]) @ self._both)
        found: Single = (said[:, :48] * parts) @ self._own
        for nth, each in enumerate(self._known):
            found += (mine[:, nth : nth + 1] * parts) @ each
        return found


def _mine(words: Single) -> Single:
    """The share of each archetype from the logarithms of what they say."""
    parts = np.exp(words - words.max(axis=1, keepdims=True))
    return _single(parts / parts.sum(axis=1, keepdims=True))


def _single(values: NDArray[np.floating]) -> Single:
    return values.astype(np.float32, copy=False)


def _ahead(delays: Sequence[float]) -> Real:
    """What a check-in in each slot says of sends in each: shape (168, 168), columns sum to 1."""
    found = np.zeros((SLOTS, SLOTS))
    for step, part in enumerate(delays):
        found[(np.arange(SLOTS) + step) % SLOTS, np.arange(SLOTS)] += part
    return found / (sum(delays) or 1.0)
