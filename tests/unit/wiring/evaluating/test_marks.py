"""Measures, against their definitions written out in plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.evaluating.marks import calibration_error, gain_of_order, log_loss, right
from tests.unit.wiring.evaluating.days_made import log_loss_by_hand, ndcg_by_hand

chances = st.lists(st.sampled_from([0.001, 0.01, 0.02, 0.05, 0.1, 0.3]), min_size=24, max_size=24)
active = st.sets(st.integers(0, 23), min_size=1)


def _flags(hours: set[int]) -> np.ndarray:
    return np.isin(np.arange(24), list(hours))[None, :]


def test_a_named_hour_is_right_where_the_user_was_active_in_it() -> None:
    days = np.concatenate([_flags({9, 17}), _flags({9}), _flags({23})])
    assert right(np.array([17, 17, 23]), days).tolist() == [1.0, 0.0, 1.0]


@given(chances, active)
def test_the_order_of_hours_is_marked_as_defined(said: list[float], hours: set[int]) -> None:
    assert gain_of_order(np.array([said]), _flags(hours))[0] == pytest.approx(ndcg_by_hand(said, hours))


@given(chances, active)
def test_the_loss_is_as_defined(said: list[float], hours: set[int]) -> None:
    assert log_loss(np.array([said]), _flags(hours))[0] == pytest.approx(log_loss_by_hand(said, hours))


def test_an_order_that_puts_the_active_hours_first_is_perfect_and_one_that_puts_one_second_is_not() -> None:
    said = np.array([[0.5, 0.3] + [0.001] * 22])
    assert gain_of_order(said, _flags({0, 1}))[0] == pytest.approx(1)
    assert gain_of_order(said, _flags({1}))[0] == pytest.approx(1 / np.log2(3))


def test_chances_that_hold_are_calibrated_and_those_that_are_doubled_are_off_by_as_much() -> None:
    happened = np.zeros((100, 24), bool)
    happened[:10] = True
    mixed = happened[np.random.default_rng(1).permutation(100)]
    assert calibration_error(np.full((100, 24), 0.1), mixed) == pytest.approx(0, abs=0.1)
    said = np.linspace(0.0, 1.0, 2_400).reshape(100, 24)
    drawn = np.random.default_rng(2).random((100, 24)) < said
    assert calibration_error(said, drawn) < 0.03
    assert calibration_error(said / 2, drawn) == pytest.approx(0.25, abs=0.03)
