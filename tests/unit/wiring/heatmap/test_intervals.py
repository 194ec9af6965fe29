"""Intervals against published values, and against what they promise."""

import random

import pytest

from opportune.wiring.heatmap.intervals import Sums, interval, worth_of

PUBLISHED = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0.0, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]
"""Newcombe (1998), Statistics in Medicine 17, table I, method 3: Wilson's score interval."""


def sums_of(users: list[tuple[int, int]]) -> Sums:
    """Of users by sends and opened sends."""
    sends, opened = (sum(each) for each in zip(*users, strict=True))
    products = [sum(s * s for s, _ in users), sum(s * o for s, o in users), sum(o * o for _, o in users)]
    return Sums(sends, opened, len(users), *products)


@pytest.mark.parametrize(("counts", "ends"), PUBLISHED)
def test_of_users_who_were_sent_to_once_it_is_wilsons(counts: tuple[int, int], ends: tuple[float, float]) -> None:
    opened, sends = counts
    found = interval(sums_of([(1, 1)] * opened + [(1, 0)] * (sends - opened)), wrong=0.05)
    assert found == pytest.approx(ends, abs=0.0012)  # what is spread by n / (n - 1) is wider by so little


def test_sends_of_one_user_that_are_all_alike_count_as_one() -> None:
    users = [(10, 10)] * 30 + [(10, 0)] * 70
    assert worth_of(sums_of(users)) == pytest.approx(99)
    assert worth_of(sums_of(users[:29])) == pytest.approx(29)
    assert worth_of(sums_of([(500, 250)])) == 1


def test_one_user_alone_tells_next_to_nothing() -> None:
    low, high = interval(sums_of([(500, 400)]), wrong=0.05)
    assert low < 0.2
    assert high > 0.95


def test_more_intervals_at_once_are_wider() -> None:
    users = sums_of([(1, 1)] * 40 + [(1, 0)] * 60)
    one, many = interval(users, wrong=0.05), interval(users, wrong=0.05, among=200)
    assert many[0] < one[0] < one[1] < many[1]
    assert interval(users, wrong=0.05 / 200) == many


def test_the_truth_lies_inside_as_often_as_is_said_though_users_differ() -> None:
    """200 draws of 80 users with shares of their own: 95% of intervals hold the mean, within 3 standard errors."""
    chance = random.Random(8)
    inside = naive = 0
    for _ in range(200):
        users = []
        for _ in range(80):
            sends, share = chance.choice((2, 5, 20)), chance.betavariate(1, 3)
            users.append((sends, sum(chance.random() < share for _ in range(sends))))
        low, high = interval(sums_of(users), wrong=0.05)
        inside += low <= 0.25 <= high
        sums = sums_of(users)
        low, high = interval(sums_of([(1, 1)] * sums.opened + [(1, 0)] * (sums.sends - sums.opened)), wrong=0.05)
        naive += low <= 0.25 <= high
    assert inside >= 181
    assert naive < 170
