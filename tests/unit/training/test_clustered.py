"""Ratios of users' sums: against published intervals and tables, and against the plain formula."""

from random import Random

import pytest

from opportune.training.clustered import (
    Clusters,
    Figure,
    Spread,
    difference,
    lift_over,
    mean_between,
    share_between,
    student,
)
from opportune.training.offpolicy import wilson


@pytest.mark.parametrize(
    ("degrees", "bound"), [(4, 2.776), (5, 2.571), (10, 2.228), (20, 2.086), (30, 2.042), (60, 2.000), (120, 1.980)]
)
def test_students_bound_is_that_of_the_tables(degrees: int, bound: float) -> None:
    assert student(degrees) == pytest.approx(bound, abs=1e-3)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_the_difference_of_two_shares_is_that_of_newcombe_1998_table_2(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    figures = [Figure(count / size, *wilson(count / size, size), size) for count, size in (one, other)]
    found = difference(*figures)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_a_ratio_varies_as_between_users() -> None:
    dice = Random(4)
    rows = [(dice.randrange(1, 6), dice.random()) for _ in range(200)]
    clusters = Clusters(("sends", "reward"))
    for row in rows:
        clusters.add(row)
    found = clusters.ratio("reward", "sends")
    sends = sum(each for each, _ in rows)
    value = sum(reward for _, reward in rows) / sends
    variance = sum((reward - value * each) ** 2 for each, reward in rows) / sends**2 * 200 / 199
    assert (found.value, found.variance) == pytest.approx((value, variance))
    assert clusters.alike("sends") == pytest.approx(sends**2 / sum(each**2 for each, _ in rows))


def test_a_difference_of_ratios_of_the_same_users_is_as_sharp_as_they_go_together() -> None:
    clusters = Clusters(("sends", "one", "other"))
    for user in range(100):
        clusters.add((1.0, user % 2, user % 2 + 0.25))
    found = clusters.sum_of_ratios(((1, "one", "sends"), (-1, "other", "sends")))
    assert found.value == pytest.approx(-0.25)
    assert found.variance == pytest.approx(0, abs=1e-12)


def test_of_one_user_nothing_is_known_of_the_spread() -> None:
    clusters = Clusters(("sends", "reward"))
    clusters.add((3, 1))
    assert clusters.ratio("reward", "sends").variance == float("inf")


def test_a_share_of_independent_sends_has_wilsons_interval_nearly() -> None:
    found = share_between(Spread(0.25, 0.25 * 0.75 / 2_000), 2_000.0, 2_000.0)
    assert (found.low, found.high) == pytest.approx(wilson(0.25, 2_000), abs=1e-4)


def test_a_share_that_never_happened_still_has_an_interval() -> None:
    found = share_between(Spread(0.0, 0.0), 100.0, 300.0)
    assert found.low == 0
    assert found.high is not None and 0.03 < found.high < 0.05


def test_a_lift_holds_zero_just_where_the_difference_does() -> None:
    dice = Random(3)
    for _ in range(500):
        drawn = [(dice.uniform(0.1, 0.9), dice.randrange(20, 400)) for _ in range(2)]
        one, other = (Figure(value, *wilson(value, size), size) for value, size in drawn)
        gap, lift = difference(one, other), lift_over(one, other)
        assert gap.low is not None and gap.high is not None and lift.low is not None and lift.high is not None
        assert (gap.low > 0, gap.high < 0) == (lift.low > 0, lift.high < 0)


def test_a_lift_over_next_to_nothing_is_not_told() -> None:
    assert lift_over(Figure(0.2, 0.1, 0.3, 90), Figure(0.0, 0.0, 0.1, 90)).reason
    unknown = Figure(reason="too few")
    assert lift_over(unknown, unknown).reason == difference(unknown, unknown).reason == "too few"


def test_a_mean_has_students_interval() -> None:
    found = mean_between(Spread(3.0, 4.0), 61.0)
    assert (found.low, found.high) == pytest.approx((3 - 2 * 2.0003, 3 + 2 * 2.0003), abs=1e-3)
