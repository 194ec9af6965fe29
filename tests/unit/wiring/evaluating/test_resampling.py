"""Intervals, against cases in which they are known."""

import numpy as np
import pytest

from opportune.wiring.evaluating.resampling import intervals


def test_of_two_users_who_differ_the_ends_are_either_of_them() -> None:
    """Drawn twice of two: both the first (1 in 4), both the second (1 in 4), or one of each."""
    (found,) = intervals([np.array([0.0, 0.0, 1.0, 1.0])], np.array([3, 3, 8, 8]), resamples=500, seed=1)
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_users_are_drawn_and_not_decisions() -> None:
    """A hundred decisions of one user say no more than one of theirs."""
    column = np.array([1.0] * 100 + [0.0])
    (found,) = intervals([column], np.array([0] * 100 + [1]), resamples=500, seed=1)
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.value == pytest.approx(100 / 101)


def test_of_many_users_with_one_decision_each_the_interval_is_the_normal_one() -> None:
    """Its half width is 1.96 standard errors, here 1.96 * 0.5 / 20; 2,000 draws find it to a tenth."""
    column = np.array([0.0, 1.0] * 200)
    (found,) = intervals([column], np.arange(400), resamples=2_000, seed=1)
    assert found.high - found.value == pytest.approx(1.96 * 0.5 / 20, rel=0.1)
    assert found.value - found.low == pytest.approx(1.96 * 0.5 / 20, rel=0.1)


def test_a_difference_is_taken_on_the_same_draws() -> None:
    """A column that is always better by a tenth is so in every draw, however much both vary."""
    column = np.random.default_rng(3).random(50)
    first, second, gain = intervals([column, column + 0.1, np.full(50, 0.1)], np.arange(50), resamples=200, seed=1)
    assert second.low - first.low == pytest.approx(0.1)
    assert (gain.low, gain.high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    column, user = np.random.default_rng(4).random(80), np.arange(80) // 2
    first, again, other = (intervals([column], user, resamples=100, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
