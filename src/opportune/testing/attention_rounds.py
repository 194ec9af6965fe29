"""A policy that lives on its own logs: choose, send, log, learn again, and choose from what was learned.

Each round is a week in which every user gets two messages at hours that the policy chose. Of visits no more is known
than the world's own record says, from before the first round; so what is learned comes from opens. Exploration is
that of ``send_time``: a share of the choices is drawn among the few best hours and the baseline, half of it evenly;
some users stay at the baseline for good.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from opportune.features.attention import SLOTS
from opportune.features.attention_model import DEFAULT, AttentionModel, baseline_of, delays_of
from opportune.policies.send_pick import SHARPNESS
from opportune.testing.attention import AttentionWorld
from opportune.testing.attention_habits import Flags, Numbers, Whole
from opportune.testing.attention_policies import named
from opportune.training.attention_batch import evidence_at, noticed_batch, rates
from opportune.training.histories import Histories, histories_of

Learner: TypeAlias = Callable[[Histories, int], AttentionModel]
"""What is learned from histories before an hour."""
_DAYS: Final = (1, 5)
"""Tuesday and Saturday: at least three days apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploring:
    """How choices are drawn."""

    explore: float = 0.1
    among: int = 4
    control: float = 0.1
    is_gated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of one round."""

    opened: float
    """The share that is opened, exactly expected, among users who are not kept at the baseline."""
    baseline: float
    """The same had they been sent at the baseline."""
    hours: int
    """How many of the 48 hours of both days were chosen by at least one in a thousand."""
    model: AttentionModel


def rounds(world: AttentionWorld, learner: Learner, how: Exploring, *, many: int = 20) -> Iterator[Round]:
    """So many rounds, behind a first week in which all goes out at the baseline of one who knows nothing."""
    dice = np.random.default_rng([world.seed, 11])
    is_control = dice.random(world.users) < how.control
    sends: list[tuple[Whole, ...]] = []
    model = DEFAULT
    for nth in range(many + 1):
        monday = (world.end // SLOTS + nth) * SLOTS + (-72) % SLOTS
        slots = _drawn(world, _so_far(world, sends), model, (how, is_control, nth == 0), dice)
        for column in slots.T:
            hour = monday + column
            delay = world.answers(np.arange(world.users), hour, len(sends))
            sends.append((np.arange(world.users), hour, np.zeros_like(hour), delay))
        if nth:
            yield _round(world, slots[~is_control], ~is_control, model)
        model = learner(_so_far(world, sends), monday + SLOTS)


def _so_far(world: AttentionWorld, sends: list[tuple[Whole, ...]]) -> Histories:
    """What is on record: visits of the world, and what was sent in these rounds."""
    columns = [np.concatenate(each) for each in zip(*sends, strict=True)] if sends else [np.zeros(0, np.int64)] * 4
    visits = world.histories.user, world.histories.hour
    return histories_of(
        world.record.users, visits, (columns[0], columns[1], columns[2], columns[3]), ("email marketing",)
    )


def _drawn(
    world: AttentionWorld, past: Histories, model: AttentionModel, how: tuple[Exploring, Flags, bool],
    dice: np.random.Generator,
) -> Whole:  # fmt: skip
    """The slots of this week: shape (users, 2)."""
    exploring, is_control, is_first = how
    baseline = np.array(baseline_of(model, "email", "marketing").hours)
    chosen = np.empty((world.users, len(_DAYS)), dtype=np.int64)
    known = np.arange(world.users), np.full(world.users, int(past.sent_hour.max(initial=world.end)) + 49)
    aims = named(past, known, model, by_day=True, is_gated=exploring.is_gated)
    values = noticed_batch(rates(evidence_at(past, *known), model), delays_of(model, "email"))
    for place, day in enumerate(_DAYS):
        own, usual = aims[:, day] - 24 * day, np.full(world.users, baseline[day])
        hour = _explored(values[:, 24 * day : 24 * day + 24], (own, usual), exploring, dice)
        chosen[:, place] = 24 * day + np.where(is_control | is_first, usual, hour)
    return chosen


def _explored(values: Numbers, hours: tuple[Whole, Whole], how: Exploring, dice: np.random.Generator) -> Whole:
    """The aim, or with a small chance one of the few best hours and the baseline; as ``SendPick`` draws."""
    aim, usual = hours
    everyone = np.arange(len(values))
    few = np.zeros(values.shape, dtype=np.bool_)
    np.put_along_axis(few, np.argsort(-values, axis=1, kind="stable")[:, : how.among], True, axis=1)
    few[everyone, aim] = few[everyone, usual] = True
    powers = np.where(few, (values / values.max(axis=1, keepdims=True)) ** SHARPNESS, 0.0)
    chances = how.explore * (
        0.5 * few / few.sum(axis=1, keepdims=True) + 0.5 * powers / powers.sum(axis=1, keepdims=True)
    )
    chances[everyone, aim] += 1 - chances.sum(axis=1)
    bounds = np.cumsum(chances, axis=1)
    return np.asarray(np.minimum((bounds < dice.random((len(values), 1))).sum(axis=1), 23), dtype=np.int64)


def _round(world: AttentionWorld, slots: Whole, some: Flags, model: AttentionModel) -> Round:
    rows = np.flatnonzero(some)[:, None]
    usual = np.array([24 * day + baseline_of(model, "email", "marketing").hours[day] for day in _DAYS])
    counts = np.bincount(slots.ravel() % 24 + 24 * (slots.ravel() >= 120), minlength=48)
    return Round(
        opened=float(world.opened[rows, slots].mean()),
        baseline=float(world.opened[rows, usual].mean()),
        hours=int((counts >= max(1, slots.size // 1000)).sum()),
        model=model,
    )
