"""What is learned of when users look from pasts of which one knows what there is to learn."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from msgspec import structs

from opportune.features.attention import check_in, new_attention
from opportune.features.attention_model import DEFAULT, faults
from opportune.features.rhythm import population, rhythm_of
from opportune.training.attention_fit import FEWEST, end_of, fit
from opportune.training.attention_proof import proof_of
from opportune.training.histories import Histories, histories_of

MONDAY = 17_000 * 24 + 96
"""The first hour of a local Monday."""
MORNING, EVENING = 8, 20


@cache
def two_kinds(users: int = 400, days: int = 90, seed: int = 1) -> Histories:
    """Half of the users look in the morning, half in the evening, an hour earlier or later now and then."""
    dice = np.random.default_rng(seed)
    rows = [
        (user, MONDAY + 24 * int(day) + (MORNING if user % 2 else EVENING) + int(dice.integers(-1, 2)))
        for user in range(users)
        for day in dice.choice(days, size=15, replace=False)
    ]
    user, hour = np.array(rows).T
    return histories_of(tuple(map(str, range(users))), (user, hour))


@cache
def mailed(users: int = 600, days: int = 60, half: float = 3.0) -> Histories:
    """Users look at any hour alike and open less and less readily: half as readily after ``half`` hours."""
    dice = np.random.default_rng(2)
    rows = []
    for user in range(users):
        for day in range(0, days, 4):
            hour = MONDAY + 24 * day + int(dice.integers(0, 24))
            chances = 0.12 * 0.5 ** (np.arange(48) / half)
            opened = np.flatnonzero(dice.random(48) < chances)
            rows.append((user, hour, 0, int(opened[0]) if opened.size else -1))
    user, hour, group, delay = np.array(rows).T
    nothing = np.zeros(0, np.int64)
    return histories_of(
        tuple(map(str, range(users))), (nothing, nothing), (user, hour, group, delay), ("email marketing",)
    )


def test_what_is_learned_can_be_used_and_is_the_same_for_the_same_seed() -> None:
    model = fit(two_kinds(), name="mine", seed=3)
    assert faults(model) == []
    assert (model.name, model.users) == ("mine", 400)
    assert fit(two_kinds(), name="mine", seed=3) == model


def test_kinds_of_users_are_told_apart() -> None:
    model = fit(two_kinds(), name="mine")
    assert len(model.archetypes) >= 2
    assert min(each.share for each in model.archetypes[:2]) > 0.3
    peaks = {max(range(24), key=lambda hour: each.curve[hour]) for each in model.archetypes[:2]}
    assert {MORNING - 1, MORNING, MORNING + 1} & peaks
    assert {EVENING - 1, EVENING, EVENING + 1} & peaks


@pytest.mark.parametrize("hour", [MORNING, EVENING])
def test_a_few_check_ins_say_which_kind_a_user_is(hour: int) -> None:
    attention = new_attention()
    for day in range(3):
        check_in(attention, MONDAY + 24 * day + hour)
    rates = rhythm_of(attention, fit(two_kinds(), name="mine")).rates
    assert abs(max(range(24), key=lambda each: rates[72 + each]) - hour) <= 1


def test_few_users_are_of_one_kind() -> None:
    few = two_kinds(100)
    assert len(fit(few, name="few").archetypes) == 1


def test_of_too_little_nothing_is_learned() -> None:
    part = two_kinds(13)
    assert part.hour.size < FEWEST
    assert fit(part, name="little") == structs.replace(DEFAULT, name="little")


def test_what_comes_later_changes_nothing() -> None:
    whole, until = two_kinds(), MONDAY + 24 * 45
    early = whole.hour < until
    part = replace(whole, user=whole.user[early], hour=whole.hour[early])
    assert fit(whole, name="x", until=until) == fit(part, name="x", until=until)


def test_the_baseline_is_the_hour_in_which_most_are_active() -> None:
    whole = two_kinds()
    busiest = int(np.bincount(whole.hour % 24).argmax())
    assert fit(whole, name="x").baselines[""].hours == (busiest,) * 7


def test_how_soon_mail_is_opened_is_learned_whenever_it_went_out() -> None:
    delays = fit(mailed(), name="x").delays["email"]
    assert delays[0] == 1
    assert all(first >= second for first, second in pairwise(delays))
    assert delays[3] == pytest.approx(0.5, abs=0.1)
    assert delays[6] == pytest.approx(0.25, abs=0.1)


def test_flat_attention_comes_out_flat() -> None:
    curve = population(fit(mailed(), name="x"))
    assert max(curve) / min(curve) < 1.6


def test_the_share_that_is_opened_is_that_of_its_channel_and_kind() -> None:
    whole = mailed()
    share = float((whole.delay >= 0).mean())
    assert fit(whole, name="x").baselines["email marketing"].opened == pytest.approx(share, abs=0.08)


def test_what_is_learned_names_later_days_better_than_one_hour_for_all() -> None:
    proof = proof_of(two_kinds())
    assert proof is not None
    assert proof.is_gain
    assert proof.ours > proof.baseline
    assert proof.low < proof.gain < proof.high


def test_nothing_is_gained_where_hours_are_not_their_users() -> None:
    whole = two_kinds()
    dice = np.random.default_rng(0)
    mixed = histories_of(whole.users, (dice.permutation(whole.user), whole.hour))
    model = fit(mixed, name="mixed")
    assert len(model.archetypes) == 1
    proof = proof_of(mixed)
    assert proof is not None
    assert abs(proof.gain) < 0.01


def test_of_few_later_days_nothing_is_said() -> None:
    assert proof_of(two_kinds(20)) is None
    nothing = np.zeros(0, np.int64)
    assert proof_of(histories_of((), (nothing, nothing))) is None


def test_the_end_of_nothing_is_the_beginning() -> None:
    nothing = np.zeros(0, np.int64)
    assert end_of(histories_of((), (nothing, nothing))) == 0
