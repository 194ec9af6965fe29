"""Pasts that once led training astray: users who are all alike, opens that came too late, channels without opens."""

import numpy as np
import pytest

from opportune.features.attention_model import DEFAULT, faults
from opportune.testing.attention import AttentionWorld
from opportune.training.attention_archetypes import kinds_told_apart, known_of
from opportune.training.attention_baselines import baselines_of
from opportune.training.attention_fit import end_of, fit
from opportune.training.histories import Histories, histories_of

FIRST = 17_000 * 24
FLAT = np.ones(168)


def _alike(users: int, check_ins: int, seed: int) -> Histories:
    dice = np.random.default_rng(seed)
    hours = FIRST + dice.integers(0, 90 * 24, check_ins)
    return histories_of(tuple(map(str, range(users))), (dice.integers(0, users, check_ins), hours))


def _kinds(histories: Histories) -> int:
    return kinds_told_apart(known_of(histories, end_of(histories), FLAT, seed=1), seed=1)


@pytest.mark.parametrize(("users", "check_ins"), [(300, 4_000), (300, 9_000), (2_000, 30_000)])
def test_users_who_are_all_alike_are_of_one_kind(users: int, check_ins: int) -> None:
    assert [_kinds(_alike(users, check_ins, seed)) for seed in range(3)] == [1, 1, 1]


def test_kinds_of_a_world_that_has_some_are_found() -> None:
    assert _kinds(AttentionWorld(users=2_000).histories) > 1


def test_a_user_who_only_opened_too_late_is_no_reason_to_see_one_kind() -> None:
    dice = np.random.default_rng(1)
    user = np.repeat(np.arange(600), 15)
    hour = FIRST + 24 * dice.integers(0, 90, user.size) + np.where(user % 2, 8, 20)
    late = (np.array([600]), np.array([FIRST]), np.array([0]), np.array([60]))
    names = tuple(map(str, range(601)))
    with np.errstate(all="raise", under="ignore"):
        assert _kinds(histories_of(names, (user, hour), late, ("email marketing",))) > 1


def _sent(opened: dict[str, float], each: int = 4_000) -> Histories:
    dice, nothing = np.random.default_rng(1), np.zeros(0, np.int64)
    group = np.repeat(np.arange(len(opened)), each)
    delay = np.where(dice.random(group.size) < np.array(list(opened.values()))[group], 1, -1)
    sent = dice.integers(0, 500, group.size), FIRST + dice.integers(0, 2_000, group.size), group, delay
    return histories_of(tuple(map(str, range(500))), (nothing, nothing), sent, tuple(opened))


def test_a_channel_of_which_nothing_was_learned_is_no_better_than_those_that_were() -> None:
    found = baselines_of(_sent({"email marketing": 0.05}), 10**9, (FLAT, DEFAULT.delays))
    assert found[""].opened == pytest.approx(found["email marketing"].opened)
    assert found[""].opened == pytest.approx(0.05, abs=0.02)


def test_where_no_open_was_ever_seen_a_channel_is_like_any_other() -> None:
    found = baselines_of(_sent({"email marketing": 0.05, "sms marketing": 0.0}), 10**9, (FLAT, DEFAULT.delays))
    assert found["sms marketing"].opened == found[""].opened == found["email marketing"].opened
    alone = baselines_of(_sent({"sms marketing": 0.0}), 10**9, (FLAT, DEFAULT.delays))
    assert alone["sms marketing"].opened == alone[""].opened == DEFAULT.baselines[""].opened


def test_a_snapshot_of_many_sends_and_no_open_can_be_used() -> None:
    model = fit(_sent({"email marketing": 0.1, "email internal": 0.0, "sms marketing": 0.0}, 20_000), name="x")
    assert faults(model) == []
