"""Policies of send time to be scored on a simulated world, from the simplest there are to ours.

Each answers with one slot of the local week for each user, or one for each of the seven days, and knows of the world
only what is on record.
"""

import numpy as np

from opportune.features.attention import SLOTS
from opportune.features.attention_model import AttentionModel, baseline_of, delays_of
from opportune.testing.attention import AttentionWorld, best
from opportune.testing.attention_habits import Numbers, Whole
from opportune.testing.attention_record import by_hour
from opportune.training.attention_batch import circle, evidence_at, noticed_batch, rates_and_weights
from opportune.training.histories import Histories


def at_random(world: AttentionWorld, *, by_day: bool = False) -> Whole:
    """Any slot, all alike."""
    dice = np.random.default_rng([world.seed, 5])
    if by_day:
        return np.asarray(dice.integers(0, 24, (world.users, 7)) + np.arange(7) * 24, dtype=np.int64)
    return np.asarray(dice.integers(0, SLOTS, world.users), dtype=np.int64)


def modal_hour(world: AttentionWorld, *, by_day: bool = False) -> Whole:
    """The hour of the day at which each user has opened most; of those who never did that of all."""
    counts = by_hour(world.record).reshape(-1, 7, 24).sum(axis=1)
    hour = np.where(counts.any(axis=1), counts.argmax(axis=1), counts.sum(axis=0).argmax())
    days: Whole = np.arange(7) * 24 + hour[:, None].astype(np.int64)
    return days if by_day else days[:, 1]


def smoothed_counts(world: AttentionWorld, *, by_day: bool = False) -> Whole:
    """Where a user's opens and visits lie, smoothed and mixed with everybody's; without a thought of what was sent."""
    histories = world.histories
    counts = by_hour(world.record)
    np.add.at(counts, (histories.user, (histories.hour + 72) % SLOTS), 1)
    usual = counts.sum(axis=0) / max(1.0, counts.sum())
    return best(counts @ circle(SLOTS, 1.0) + 12 * usual, by_day=by_day)


def learned(world: AttentionWorld, model: AttentionModel, *, by_day: bool = False, is_gated: bool = False) -> Whole:
    """What a snapshot names for these users; with the do-no-harm gate the baseline unless a gain is sure."""
    everyone = np.arange(world.users)
    return named(world.histories, (everyone, np.full(world.users, world.end)), model, by_day=by_day, is_gated=is_gated)


def named(
    histories: Histories, known: tuple[Whole, Whole], model: AttentionModel, *, by_day: bool, is_gated: bool
) -> Whole:
    """What a snapshot names for users of whom is ``known`` what lies before an hour: pairs of user and hour."""
    evidence = evidence_at(histories, *known)
    rates, weights = rates_and_weights(evidence, model)
    delays = delays_of(model, "email")
    values = noticed_batch(rates, delays)
    own = best(values, by_day=by_day)
    if not is_gated:
        return own
    usual = _baseline(values, model, by_day=by_day)
    rows = np.arange(len(values))[:, None] if by_day else np.arange(len(values))
    gain = values[rows, own] - values[rows, usual]
    pairs = zip(own.reshape(len(values), -1).T, usual.reshape(len(values), -1).T, strict=True)
    spread = np.stack([_spread(rates / weights, delays, *pair) for pair in pairs], axis=1).reshape(gain.shape)
    enough = evidence.check_ins() + evidence.opened >= model.fewest
    is_sure = (gain > 0) & (gain >= model.sureness * np.sqrt(spread)) & (enough[:, None] if by_day else enough)
    return np.where(is_sure, own, usual)


def _baseline(values: Numbers, model: AttentionModel, *, by_day: bool) -> Whole:
    """The baseline's slots; of the week that which most users look at."""
    days = np.array(baseline_of(model, "email", "marketing").hours) + np.arange(7) * 24
    if by_day:
        return np.tile(days, (len(values), 1))
    return np.full(len(values), days[values[:, days].mean(axis=0).argmax()])


def _spread(variances: Numbers, delays: tuple[float, ...], first: Whole, second: Whole) -> Numbers:
    """The variance of the difference between two slots, as ``spread_between`` has it of one user."""
    rows, parts = np.arange(len(variances)), np.zeros_like(variances)
    for step, part in enumerate(delays):
        np.add.at(parts, (rows, (first + step) % SLOTS), part)
        np.add.at(parts, (rows, (second + step) % SLOTS), -part)
    return np.asarray((parts**2 * variances).sum(axis=1) / sum(delays) ** 2, dtype=np.float64)
