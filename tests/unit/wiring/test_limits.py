"""Limits in words."""

import pytest

from opportune.features.local_time import WallTime
from opportune.policies.decision import Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.stale import Stale
from opportune.policies.verbs import Policy
from opportune.units import DAY, HOUR, MINUTE, WEEK
from opportune.wiring.limits import otherwise, rounded, setting_of


def verdict(code: str, needs: int | None = None) -> Verdict:
    return Verdict(code, "email", 0, code, None, needs)


@pytest.mark.parametrize(
    ("said", "policy", "words"),
    [
        (verdict("frequency_cap", 5), None, "the frequency cap had allowed 5"),
        (verdict("pace", 3), None, "the user had asked for 3 a week"),
        (
            verdict("minimum_gap", 130 * MINUTE),
            MinimumGap(span=4 * HOUR),
            "the minimum gap had been 2 hours 10 minutes or less (it was 4 hours)",
        ),
        (
            verdict("minimum_gap"),
            None,
            "no other message had been sent or planned for that very instant, on its way, or in the app waiting to be "
            "shown",
        ),
        (
            verdict("fatigue", 7),
            Fatigue(at_most=6, within=WEEK),
            "fatigue had allowed 7 (it allowed 6 within 1 week)",
        ),
        (
            verdict("stale", 3 * DAY + 1),
            Stale(features=("logins",), older_than=DAY),
            "events as old as 3 days 1 hour had been new enough (they were to be at most 1 day old)",
        ),
        (verdict("no_consent"), None, "the user had consented"),
        (verdict("friday"), None, "friday had not objected"),
    ],
)
def test_what_would_have_had_to_be_otherwise(said: Verdict, policy: Policy | None, words: str) -> None:
    assert otherwise(said, policy) == words


def test_a_cap_says_of_which_channels_and_topics_it_speaks() -> None:
    assert setting_of(FrequencyCap(at_most=2, within="day", channels=("push", "email"), topics=("cart", "plants"))) == (
        "it allowed 2 in a day on push, email about cart, plants"
    )
    assert setting_of(QuietHours(start=WallTime(0), end=WallTime(60))) == "of policy quiet_hours"


@pytest.mark.parametrize(
    ("span", "down", "up"),
    [
        (999, "999 ms", "1 second"),
        (61_500, "1 minute", "2 minutes"),
        (HOUR + 1, "1 hour", "1 hour 1 minute"),
        (3 * DAY + 90 * MINUTE, "3 days 1 hour", "3 days 2 hours"),
    ],
)
def test_a_span_is_rounded_to_the_side_on_which_it_still_holds(span: int, down: str, up: str) -> None:
    assert (rounded(span), rounded(span, is_up=True)) == (down, up)
