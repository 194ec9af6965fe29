"""The policies that say how many in how long: their words, their windows, and which of them spoke."""

import pytest

from opportune.features.local_time import UTC
from opportune.policies.decision import Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.holdout import Holdout
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pace import PaceGate
from opportune.units import DAY, HOUR, WEEK
from opportune.wiring.backtest.limits import Limit, Limits

NOON = 20_000 * DAY + 12 * HOUR
"""A Friday."""


@pytest.mark.parametrize(
    ("policy", "words", "at_most"),
    [
        (FrequencyCap(4, WEEK), "frequency_cap 4 in 7 days", 4),
        (FrequencyCap(4, 14 * DAY), "frequency_cap 4 in 14 days", 4),
        (FrequencyCap(1, "week", ("email", "push"), ("news",)), "frequency_cap 1 a week on email, push about news", 1),
        (MinimumGap(90 * 60_000), "minimum_gap 90 minutes", 1),
        (Fatigue(5, 3 * DAY), "fatigue 5 in 3 days", 5),
        (Fatigue(5, 3 * DAY, 2), "fatigue 5 in 3 days or 2 unnoticed", 5),
        (PaceGate(), "pace as each user asks", None),
    ],
)
def test_each_has_words_and_a_number(policy, words: str, at_most: int | None) -> None:  # type: ignore[no-untyped-def]
    assert (Limit(policy).words, Limit(policy).at_most) == (words, at_most)


def test_the_pace_of_users_comes_after_those_of_the_playbook_and_others_are_none() -> None:
    limits = Limits([Holdout(1), MinimumGap(HOUR), FrequencyCap(1, DAY)])
    assert [each.name for each in limits.all] == ["minimum_gap", "frequency_cap", "pace"]


def test_windows_are_open_at_both_ends_and_by_the_calendar_half_open() -> None:
    assert Limit(FrequencyCap(1, DAY)).window(UTC, NOON) == (NOON - DAY + 1, NOON + DAY)
    assert Limit(FrequencyCap(1, "day")).window(UTC, NOON) == (20_000 * DAY, 20_001 * DAY)
    assert Limit(FrequencyCap(1, "week")).window(UTC, NOON) == (19_996 * DAY, 20_003 * DAY)
    assert Limit(PaceGate()).window(UTC, NOON) == (NOON - WEEK + 1, NOON + WEEK)


@pytest.mark.parametrize(
    ("policy", "needs", "until", "may"),
    [
        (FrequencyCap(2, DAY), 3, NOON + HOUR, True),
        (FrequencyCap(2, DAY), 2, NOON + HOUR, False),
        (FrequencyCap(2, DAY), 3, NOON + 2 * HOUR, False),
        (FrequencyCap(2, "day"), 3, NOON + 12 * HOUR, True),
        (FrequencyCap(2, "day"), 3, NOON + HOUR, False),
        (MinimumGap(DAY), 23 * HOUR, NOON + HOUR, True),
        (MinimumGap(DAY), DAY, NOON + HOUR, False),
        (PaceGate(), 1, None, True),
        (FrequencyCap(2, DAY), 3, None, False),
    ],
)
def test_a_verdict_fits_by_what_was_needed_and_by_when_it_is_over(policy, needs, until, may: bool) -> None:  # type: ignore[no-untyped-def]
    verdict = Verdict(policy.name, "email", NOON, policy.name, until, needs)
    assert Limit(policy).may_have_said(verdict, UTC, {NOON - 23 * HOUR}) is may
