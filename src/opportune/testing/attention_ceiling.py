"""The most that any policy can reach that does not know the users' true weeks: the Bayes ceiling of a simulated world.

It knows how the world's users were drawn, down to every parameter, and all that each of them did, including the opens
that machines hide from others. What it does not know is who has which week. Importance sampling, in two steps: users
drawn from the same habits stand for all that there may be, those that fit what one user did are drawn from them, and
these are then weighed exactly, the whims in every hour integrated out (they are Gamma draws, visits and looks Poisson).
Only the level of a user's visits is put in as it was seen, which says nothing of when they come.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import LATEST, SLOTS
from opportune.testing.attention_habits import Crowd, Habits, Numbers, Whole, drawn
from opportune.testing.attention_lives import NEVER, Lives

_AT_ONCE = 128
"""Users whose sums are made together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the users of a world did, by slot: shape (users, 168) each."""

    visits: Numbers
    opens: Numbers
    exposed: Numbers
    """The sum over hours in which a message waited of how ready one was to open it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is best believed of the users of a world."""

    opened: Numbers
    """Shape (users, 168): the mean chance that what goes out in a slot is opened."""
    support: float
    """How many drawn users a user's belief rests on: the middle over users of the effective number."""


def seen(lives: Lives, users: int, delays: Numbers) -> Seen:
    """The counts of these lives."""
    visits, opens, exposed = (np.zeros((users, SLOTS)) for _ in range(3))
    np.add.at(visits, (lives.visitor, lives.visited % SLOTS), 1)
    was_opened = lives.delay != NEVER
    at = (lives.sent + lives.delay)[was_opened] % SLOTS
    np.add.at(opens, (lives.sent_user[was_opened], at), 1)
    last = np.where(was_opened, lives.delay, LATEST - 1)
    for age in range(LATEST):
        waiting = last >= age
        np.add.at(exposed, (lives.sent_user[waiting], (lives.sent[waiting] + age) % SLOTS), delays[age])
    return Seen(visits=visits, opens=opens, exposed=exposed)


def ahead(weeks: NDArray[np.floating], delays: Numbers) -> NDArray[np.floating]:
    """For each slot the sum over the hours after it, each times the readiness to open what went out in the slot."""
    back = (np.arange(SLOTS)[:, None] - np.arange(SLOTS)) % SLOTS
    weights = np.where(back < LATEST, delays[np.minimum(back, LATEST - 1)], 0.0)
    return np.asarray(weeks @ weights.astype(weeks.dtype))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard the ceiling is looked for."""

    particles: int
    """Users drawn from the habits."""
    seed: int
    kept: int = 200
    """Of them, how many are weighed exactly for each user."""


def believed(known: Seen, habits: Habits, delays: Numbers, effort: Effort) -> Belief:
    """The chances of an open as one must believe them who knows the habits and what was seen."""
    generator = np.random.default_rng([effort.seed, 77])
    crowd = drawn(habits, effort.particles, generator)
    opened, supports = np.empty_like(known.visits), []
    for start in range(0, len(opened), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        some = Seen(visits=known.visits[rows], opens=known.opens[rows], exposed=known.exposed[rows])
        rough = _rough(some, crowd, habits.whim)
        chosen, before = _chosen(rough, effort.kept, generator)
        weeks, weight = _weighed(some, habits.whim, crowd.curves[chosen], crowd.looks[chosen] / 24)
        parts = np.exp(weight - before - (weight - before).max(axis=1, keepdims=True))
        parts /= parts.sum(axis=1, keepdims=True)
        chances = -np.expm1(-crowd.looks[chosen][:, :, None] / 24 * ahead(weeks, delays))
        opened[rows] = np.einsum("uk,uks->us", parts, chances)
        supports += [_distinct(each, part) for each, part in zip(chosen, parts, strict=True)]
    return Belief(opened=opened, support=float(np.median(supports)))


def _rough(some: Seen, crowd: Crowd, whim: float) -> NDArray[np.float32]:
    """For each user and each drawn user the logarithm of about how likely the one does what the other did."""
    curves, looks = crowd.curves.astype(np.float32).T, crowd.looks / 24
    counts = (_damped(some.visits, whim) + some.opens).astype(np.float32)
    found = counts @ np.log(curves) - (some.exposed.astype(np.float32) @ curves) * looks
    return np.asarray(found + some.opens.sum(axis=1, keepdims=True) * np.log(looks), dtype=np.float32)


def _weighed(some: Seen, whim: float, curves: Numbers, looks: Numbers) -> tuple[NDArray[np.float32], Numbers]:
    """The weeks to be expected of drawn users who did the same, and the logarithm of how likely they do it.

    curves : shape (users, kept, 168)
    looks  : shape (users, kept), an hour
    """
    counts = (some.visits + some.opens)[:, None, :]
    level = some.opens.sum(axis=1)[:, None] * np.log(looks)
    if np.isinf(whim):
        exposed = (some.exposed[:, None, :] * curves).sum(axis=2) * looks
        return curves.astype(np.float32), (counts * np.log(curves)).sum(axis=2) + level - exposed
    alpha = whim * curves
    risk = whim + some.visits.mean(axis=1)[:, None, None] + looks[:, :, None] * some.exposed[:, None, :]
    likely = _rising(alpha, counts) + (alpha * np.log(whim / risk) - counts * np.log(risk)).sum(axis=2)
    return ((alpha + counts) / risk).astype(np.float32), likely + level


def _distinct(chosen: Whole, parts: Numbers) -> float:
    """The effective number of drawn users behind these weights; one that was chosen twice is one."""
    _, place = np.unique(chosen, return_inverse=True)
    return float(1 / (np.bincount(place, weights=parts) ** 2).sum())


def _damped(visits: Numbers, whim: float) -> Numbers:
    """Counts that say about as much of a curve as these do where whims come on top."""
    return np.asarray(visits if np.isinf(whim) else whim * np.log1p(visits / whim), dtype=np.float64)


def _chosen(
    rough: NDArray[np.floating], kept: int, generator: np.random.Generator
) -> tuple[Whole, NDArray[np.floating]]:
    """So many drawn users for each user, by their rough likelihood; with its logarithm."""
    parts = np.exp(rough - rough.max(axis=1, keepdims=True), dtype=np.float64)
    bounds = np.cumsum(parts, axis=1)
    dice = generator.random((len(rough), kept))
    chosen = np.stack([np.searchsorted(each / each[-1], die) for each, die in zip(bounds, dice, strict=True)])
    return chosen, np.take_along_axis(rough, chosen, axis=1)


def _rising(alpha: Numbers, counts: Numbers) -> Numbers:
    """The sum over slots of log(gamma(alpha + count) / gamma(alpha)), for whole counts."""
    total = np.zeros(alpha.shape[:2])
    for step in range(int(counts.max(initial=0))):
        users, _, slots = np.nonzero(counts > step)
        np.add.at(total, users, np.log(alpha[users, :, slots] + step))
    return total
