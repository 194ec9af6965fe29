"""Which parameters to read users with: those that name the hour best on days that come after what they learned from.

Nested validation on the decision metric, the share of days on which a user is active in the hour that is named. The
past is cut into stretches; each is asked with what was known before it. Whatever is chosen here is chosen inside the
past that training was given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from opportune.features.attention_model import AttentionModel
from opportune.features.rhythm import focus_of
from opportune.training.attention_batch import Real, circle, pooled, shares
from opportune.training.attention_evidence import Evidence, evidence_at
from opportune.training.histories import Histories, Whole

WIDTHS: Final = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0)
STRENGTHS: Final = (4.0, 8.0, 16.0, 32.0, 64.0)
OLDER: Final = (0.25, 0.5, 0.75, 1.0)
KIN: Final = (0.0, 0.3, 0.6)
_PLACES: Final = (0.5, 0.3, 0.2)
"""What the best, second and third hour count."""
_Z95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Trial:
    """Days on which users were active, and what was known of them just before."""

    user: Whole
    weekday: Whole
    """0 is Monday."""
    active: NDArray[np.bool_]
    """shape (days, 24): whether the user was active in that hour"""
    before: Whole
    """How many check-ins of the user were earlier."""
    evidence: Evidence

    @property
    def rows(self) -> Whole:
        return np.arange(self.user.size)


def trial(histories: Histories, start: int, end: int, most: int = 40_000) -> Trial:
    """The active days from hour ``start`` up to ``end`` of users who were seen before; of more than ``most`` some."""
    keys = histories.user << 32 | histories.hour // 24
    days, first, place = np.unique(keys, return_index=True, return_inverse=True)
    active = np.zeros((days.size, 24), dtype=np.bool_)
    active[place, histories.hour % 24] = True
    user, begins = histories.user[first], (days & 0xFFFFFFFF) * 24
    before = first - np.searchsorted(histories.user, user)
    some = np.flatnonzero((before > 0) & (begins >= start) & (begins + 24 <= end))
    some = some[:: 1 + some.size // most]
    weekday = (begins[some] // 24 + 3) % 7
    return Trial(user[some], weekday, active[some], before[some], evidence_at(histories, user[some], begins[some]))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model says of the days of a trial, by hour: each of shape (days, 24)."""

    rates: Real
    weights: Real


def readings(tried: Trial, model: AttentionModel, *, is_wide: bool = True) -> Iterator[tuple[AttentionModel, Reading]]:
    """The model with every choice of parameters and what it then says; ``is_wide``: else with its own alone."""
    olders = OLDER if is_wide else (model.older,)
    priors = {older: _prior(tried, replace(model, older=older)) for older in olders}
    widths = WIDTHS if is_wide else (model.width,)
    for width, kin in product(widths, KIN if is_wide else (model.kin,)):
        shape = replace(model, width=width, kin=kin)
        recent, older, facts = _own(tried, shape)
        for share in olders:
            counts, spread = recent + share * older, facts[0] + share * facts[1]
            for strength in STRENGTHS if is_wide else (model.strength,):
                rates = (strength / 24 * priors[share] + counts) / (strength / 24 + spread)[:, None]
                weights = (strength / 24 + spread / focus_of(width))[:, None]
                yield (
                    replace(shape, older=share, strength=strength),
                    Reading(rates, np.broadcast_to(weights, rates.shape)),
                )


def was_there(tried: Trial, hours: Whole) -> Real:
    """1 where the user was active in the hour that is named for the day, else 0."""
    return tried.active[tried.rows, hours].astype(float)


def _marks(tried: Trial, reading: Reading) -> float:
    """How many days are named right by the best three hours, each by its weight."""
    order = np.argpartition(reading.rates, -len(_PLACES), axis=1)[:, -len(_PLACES) :]
    values = np.take_along_axis(reading.rates, order, axis=1)
    order = np.take_along_axis(order, np.argsort(-values, axis=1, kind="stable"), axis=1)
    return float((np.take_along_axis(tried.active, order, axis=1) * _PLACES).sum())


def lower_end(gains: Real, user: Whole) -> float:
    """The lower end of the 95 % interval of a mean gain, users being drawn and not days."""
    _, place = np.unique(user, return_inverse=True)
    sums = np.bincount(place, weights=gains - gains.mean())
    return float(gains.mean() - _Z95 * np.sqrt((sums**2).sum()) / gains.size)


def _prior(tried: Trial, model: AttentionModel) -> Real:
    curves = np.array([each.curve for each in model.archetypes]).reshape(-1, 7, 24)
    return np.asarray(np.einsum("na,anh->nh", shares(tried.evidence, model), curves[:, tried.weekday]))


def _own(tried: Trial, model: AttentionModel) -> tuple[Real, Real, tuple[Real, Real]]:
    """Smoothed counts of the day's hours, recent and older, and what both would be if all hours were alike."""
    free = tried.weekday >= 5
    recent = (tried.evidence.recent @ pooled(model)).reshape(-1, 2, 24)[tried.rows, free.astype(int)]
    older = tried.evidence.older.astype(float) @ circle(24, model.width)
    rare = 1 - model.kin
    days = np.where(free, 2 + 5 * rare, 5 + 2 * rare)
    return recent, older, (tried.evidence.recent.sum(axis=1) / 168 * days, tried.evidence.older.sum(axis=1) / 24)


Trials = Sequence[tuple[Trial, AttentionModel]]
"""Stretches of the past, each with what was known of users in general before it."""


def best_parameters(trials: Trials, model: AttentionModel) -> AttentionModel:
    """The model with the strength, width, older and kin that name most hours right, their neighbours counted in.

    One set of parameters is best by luck; one whose neighbours do well too is best for a reason. For the same reason,
    and because the best hour is not always free, the hours that come second and third count too.
    """
    names, right, days = [], np.zeros(len(WIDTHS) * len(KIN) * len(OLDER) * len(STRENGTHS)), 0
    for tried, known in trials:
        found = [(each, _marks(tried, reading)) for each, reading in readings(tried, known)]
        names = [each for each, _ in found]
        right += [count for _, count in found]
        days += tried.user.size
    marks = right.reshape(len(WIDTHS), len(KIN), len(OLDER), len(STRENGTHS)) / max(1, days)
    for axis in range(marks.ndim):
        marks = _with_neighbours(marks, axis)
    best = names[int(marks.argmax())]
    return replace(model, strength=best.strength, width=best.width, older=best.older, kin=best.kin)


def _with_neighbours(marks: Real, axis: int) -> Real:
    """Half of each, and a quarter of each neighbour; at an end its own in place of the one that is missing."""
    ends = [(int(each == axis), int(each == axis)) for each in range(marks.ndim)]
    wide = np.moveaxis(np.pad(marks, ends, mode="edge"), axis, 0)
    return np.asarray(np.moveaxis((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4, 0, axis))
