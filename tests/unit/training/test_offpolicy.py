"""Shares estimated from what another playbook has chosen: against published figures, and against simulated truth."""

from random import Random

import pytest

from opportune.training.offpolicy import Logged, rate, wilson
from opportune.units import ONE


@pytest.mark.parametrize(
    ("count", "size", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_newcombe_1998_table_1(count: int, size: int, low: float, high: float) -> None:
    assert wilson(count / size, size) == pytest.approx((low, high), abs=5e-5)


def test_choices_that_would_be_made_alike_give_the_plain_share_of_users() -> None:
    logged = [Logged(f"u{n}", ONE, ONE, n % 4 == 0) for n in range(400)]
    found = rate(logged)
    assert found.value == 0.25
    assert found.effective == pytest.approx(399)
    assert (found.low, found.high) == pytest.approx(wilson(0.25, found.effective))


def test_a_choice_made_seldom_that_would_be_made_often_speaks_for_many() -> None:
    seldom = [Logged(f"a{n}", ONE // 10, ONE // 2, True) for n in range(100)]
    often = [Logged(f"b{n}", ONE * 9 // 10, ONE // 2, False) for n in range(900)]
    assert rate([*seldom, *often]).value == pytest.approx(0.5)


def test_what_would_never_be_chosen_says_nothing() -> None:
    logged = [Logged(f"a{n}", ONE // 2, 0, True) for n in range(500)]
    logged += [Logged(f"b{n}", ONE // 2, ONE, n % 2 == 0) for n in range(500)]
    assert rate(logged).value == 0.5
    assert rate(logged[:500]).reason == "no such choice is on record"


def test_of_too_few_choices_nothing_is_said() -> None:
    found = rate([Logged(f"u{n}", ONE, ONE, n % 2 == 0) for n in range(49)])
    assert (found.value, found.low, found.high) == (None, None, None)
    assert "49 choices" in found.reason or "48 choices" in found.reason


def test_few_users_with_many_choices_are_few() -> None:
    logged = [Logged(f"u{n % 20}", ONE, ONE, n % 20 < 5) for n in range(2_000)]
    found = rate(logged)
    assert found.value is None
    assert found.effective < 20


def test_weights_that_differ_much_are_refused() -> None:
    logged = [Logged("rare", 100, ONE, True), *(Logged(f"u{n}", ONE, ONE, False) for n in range(5_000))]
    found = rate(logged)
    assert found.value is None
    assert found.effective < 50


def test_a_choice_made_without_a_chance_is_no_ground() -> None:
    logged = [Logged("a", 0, ONE, True), *(Logged(f"u{n}", ONE, ONE, False) for n in range(500))]
    assert rate(logged).reason == "choices are on record that had no chance of being made"


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Users differ, have several choices each, and the tried arm has another share than in the record."""
    dice, held, said = Random(20), 0, 0
    for _ in range(600):
        logged: list[Logged] = []
        for user in range(150):
            liking = dice.betavariate(2, 3)  # 0.4 on the whole
            for _ in range(dice.choice((1, 2, 5))):
                is_warm = dice.random() < 0.3
                chance, asked = (3 * ONE // 10, 8 * ONE // 10) if is_warm else (7 * ONE // 10, 2 * ONE // 10)
                opened = dice.random() < liking * (1.25 if is_warm else 0.75)
                logged.append(Logged(f"u{user}", chance, asked, opened))
        found = rate(logged)
        assert found.low is not None and found.high is not None
        said += 1
        held += found.low <= 0.4 * (0.8 * 1.25 + 0.2 * 0.75) <= found.high
    assert 0.92 <= held / said <= 0.98
