"""What must not be learned, and what must not be lost: traps that models of send time fall into, at small sizes.

The same at full size, with the figures, is ``python -m benchmarks sendtime_simulator``.
"""

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace

from opportune.features.attention_model import DEFAULT, AttentionModel
from opportune.features.rhythm import population
from opportune.testing import AttentionWorld
from opportune.testing.attention import best
from opportune.testing.attention_habits import HABITS
from opportune.testing.attention_lives import ONLY_AT_TEN
from opportune.testing.attention_movers import after_moving
from opportune.testing.attention_policies import learned, named
from opportune.testing.attention_rounds import Exploring, rounds
from opportune.training import attention_fit
from opportune.training.attention_batch import evidence_at, noticed_batch, rates
from opportune.training.attention_fit import fit
from opportune.training.attention_population import unopened_of
from opportune.training.histories import Histories, histories_of


def fitted(world: AttentionWorld) -> AttentionModel:
    return fit(world.histories, name="trap", until=world.end)


def by_hour(model: AttentionModel) -> np.ndarray:
    return np.array(population(model)).reshape(7, 24).mean(axis=0)


@pytest.fixture(scope="module")
def eager() -> AttentionWorld:
    """Users who differ, and of whom much is seen."""
    return AttentionWorld(users=500, seed=4, habits=dataclasses.replace(HABITS["families"], visits=(1.0, 0.7)))


@pytest.fixture(scope="module")
def usual(eager: AttentionWorld) -> AttentionModel:
    return fitted(eager)


def test_users_hours_are_learned_and_lost_when_they_are_permuted(eager: AttentionWorld, usual: AttentionModel) -> None:
    own = eager.score(learned(eager, usual)).of_gain
    assert own is not None and own > 0.85
    dice = np.random.default_rng(1)
    mixed = permuted(eager.histories, dice)
    everyone = np.arange(eager.users), np.full(eager.users, eager.end)
    model = fit(mixed, name="mixed", until=eager.end)
    for is_gated in (False, True):
        lost = eager.score(named(mixed, everyone, model, by_day=False, is_gated=is_gated)).of_gain
        assert lost is not None and lost < 0.05, "nothing over the best fixed hour is left"


@pytest.mark.parametrize("has_visits", [True, False])
def test_flat_attention_and_mail_only_at_ten_come_out_flat_and_at_the_baseline(has_visits: bool) -> None:
    world = AttentionWorld(users=600, seed=2, habits=HABITS["flat"], sending=ONLY_AT_TEN, has_visits=has_visits)
    model = fitted(world)
    hours = by_hour(model)
    neighbours = np.roll(hours, 1) + np.roll(hours, -1)
    assert hours[10] < 1.15 * neighbours[10] / 2, "no peak where all was sent"
    assert hours[10] < 1.15 * hours[9:21].mean()
    chosen = learned(world, model, by_day=True, is_gated=True) - np.arange(7) * 24
    assert (chosen == np.array(model.baselines["email marketing"].hours)).mean() > 0.9


def test_one_distinct_hour_of_sending_gives_no_hour_to_a_user() -> None:
    """All goes out at ten and is opened within that hour or never: of other hours nothing can be known."""
    at_once = (1.0, 0.0)
    world = AttentionWorld(users=300, seed=3, sending=ONLY_AT_TEN, delays=at_once, has_visits=False, movers=0)
    waiting = unopened_of(world.histories, world.end, at_once)
    model = replace(DEFAULT, width=0.0, kin=0.0, delays={"": at_once}, unopened=waiting)
    evidence = evidence_at(world.histories, np.arange(300), np.full(300, world.end))
    assert evidence.opened.max() >= 10
    found = rates(evidence, model)
    assert np.allclose(found, np.array(population(model)), rtol=0.2), "weekends weigh on weekdays"
    assert (best(noticed_batch(found, at_once)) == int(np.argmax(population(model)))).all()


@pytest.mark.parametrize("has_visits", [True, False])
def test_ten_rounds_on_its_own_logs_neither_collapse_nor_fall(has_visits: bool) -> None:
    world = AttentionWorld(users=250, weeks=1, seed=2, has_visits=has_visits, movers=0)
    lives = list(rounds(world, quick, Exploring(), many=10))
    assert lives[-1].opened > lives[1].opened - 0.01
    assert lives[-1].opened > 1.1 * lives[-1].baseline
    assert min(each.hours for each in lives[2:]) > 20, "choices keep their support"


def test_movers_are_found_again_within_five_events(eager: AttentionWorld, usual: AttentionModel) -> None:
    before, _ = after_moving(eager, usual, 0)
    after, many = after_moving(eager, usual, 5)
    assert many > 20
    assert after > 0.75 > before


def test_machines_that_open_at_once_take_next_to_nothing() -> None:
    scores = []
    for machines in (0.0, 0.3):
        world = AttentionWorld(users=400, seed=5, machines=machines)
        scores.append(
            world.expected(learned(world, quick(world.histories, world.end))) / world.expected(world.oracle())
        )
    assert scores[1] > scores[0] - 0.02, "400 users; the bound of one point is shown with 10,000"


def quick(histories: Histories, until: int) -> AttentionModel:
    """What is learned without a choice of parameters."""
    return attention_fit.learned(histories, until, replace(DEFAULT, name="quick"), attention_fit.Kinds(4))


def permuted(histories: Histories, dice: np.random.Generator) -> Histories:
    """The same check-ins and sends, each given to somebody at random."""
    check_ins = dice.permutation(histories.user), histories.hour
    sends = dice.permutation(histories.sent_user), histories.sent_hour, histories.sent_group, histories.delay
    return histories_of(histories.users, check_ins, sends, histories.groups)
