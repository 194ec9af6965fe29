"""Curves that make chances of scores."""

import numpy as np
import pytest

from opportune.wiring.evaluating.calibrating import Steps, calibrated
from tests.unit.wiring.evaluating.days_made import rising


def test_steps_are_the_best_curve_that_only_rises() -> None:
    """Of 0, 1, 0, 1, 1 in order of the score the second and third are joined: 0, 1/2, 1/2, 1, 1."""
    raw = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    found = calibrated("isotonic", raw, np.array([False, True, False, True, True])).of(raw)
    assert found == pytest.approx([0, 0.5, 0.5, 1, 1], abs=2e-6)


def test_steps_keep_what_was_greater_greater() -> None:
    dice = np.random.default_rng(1)
    raw = np.sort(dice.random(300))
    found = calibrated("isotonic", raw, dice.random(300) < raw**2).of(raw).tolist()
    inner = [each for each in found if 1e-6 < each < 1 - 1e-6]
    assert rising(found) and len(set(inner)) == len(inner)


@pytest.mark.parametrize("calibration", ["isotonic", "platt"])
def test_scores_that_promise_too_much_come_to_what_happens(calibration: str) -> None:
    dice = np.random.default_rng(2)
    true = dice.uniform(0.05, 0.4, 20_000)
    logit = np.log(true / (1 - true))
    raw = 1 / (1 + np.exp(-(2 * logit + 1)))
    curve = calibrated(calibration, raw, dice.random(20_000) < true)
    assert np.abs(curve.of(raw) - true).mean() < 0.02


def test_without_a_curve_what_is_said_stands() -> None:
    assert Steps().of(np.array([0.2, 0.7])).tolist() == [0.2, 0.7]


def test_a_line_exists_even_where_all_or_nothing_happened() -> None:
    curve = calibrated("platt", np.array([0.1, 0.9]), np.array([False, True]))
    low, high = curve.of(np.array([0.1, 0.9]))
    assert 0 < low < high < 1
