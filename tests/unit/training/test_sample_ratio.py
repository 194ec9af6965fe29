"""Whether arms are as large as they were drawn: against the exact beta-binomial, and simulated under many looks."""

from math import comb
from random import Random

import pytest

from opportune.errors import UnitError
from opportune.training.sample_ratio import ALARM, odds_against


def test_the_odds_over_all_counts_weigh_to_one() -> None:
    """An e-value: its mean is 1 if the share is as said, so it is seldom large."""
    share, users = 0.1, 40
    total = sum(
        comb(users, kept) * share**kept * (1 - share) ** (users - kept) * odds_against(share, kept, users - kept)
        for kept in range(users + 1)
    )
    assert total == pytest.approx(1)


def test_many_looks_do_not_alarm_where_all_is_well() -> None:
    dice, alarms = Random(8), 0
    for _ in range(100):
        kept = 0
        for user in range(1, 2_001):
            kept += dice.random() < 0.1
            if user % 100 == 0:
                alarms += odds_against(0.1, kept, user - kept) >= ALARM
    assert alarms == 0


def test_users_who_are_lost_on_one_side_are_noticed() -> None:
    assert odds_against(0.1, 800, 9_200) >= ALARM
    assert odds_against(0.5, 4_600, 5_400) >= ALARM
    assert odds_against(0.1, 980, 9_020) < 1
    assert odds_against(0.5, 0, 10_000_000) == float("inf")


def test_a_share_of_nobody_or_all_cannot_be_off() -> None:
    for share in (0.0, 1.0):
        with pytest.raises(UnitError, match="a share is above 0 and below 1"):
            odds_against(share, 1, 1)
