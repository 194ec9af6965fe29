"""What would have changed a decision, in words, and how sure that is."""

import pytest
from msgspec.structs import replace

from opportune.policies.decision import Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.holdout import Holdout
from opportune.policies.verbs import Policy
from opportune.units import DAY, HOUR, ONE, WEEK
from opportune.wiring.around import NOTHING_AROUND
from opportune.wiring.counterfactuals import otherwise_of, otherwise_said
from tests.contracts.made import NOW
from tests.unit.wiring.around_ann import around, sent, silent, won

CAP = FrequencyCap(at_most=1, within=WEEK)
CAPPED = Verdict("frequency_cap", "email", NOW, "frequency_cap", NOW + DAY, 2)
PUSH_CAPPED = Verdict("frequency_cap", "push", NOW, "frequency_cap", NOW + DAY, 2)
NO_PUSH = Verdict("address", "push", NOW, "no_address")
QUIET = Verdict("quiet_hours", "email", NOW, "quiet_hours", NOW + HOUR)
AT = "Mon 21 Sep 2026, 16:13 (Europe/Berlin)"


def test_it_would_have_gone_where_nothing_else_can_have_stood_against_it() -> None:
    lost, earlier = silent(CAPPED, NO_PUSH), won("d0", due=NOW - DAY)
    known = around(lost, earlier, endings=(sent(earlier, NOW - DAY),), policies=(CAP,))
    assert list(otherwise_said(lost, known)) == [
        f"It would have gone at once, on {AT}, as an email "
        "if the frequency cap had allowed 2 (it allowed 1 within 1 week).",
        "What counted: news on Sun 20 Sep 16:13.",
    ]


def test_everything_that_would_have_had_to_be_otherwise_is_named() -> None:
    lost = silent(CAPPED, QUIET, NO_PUSH, code="frequency_cap")
    (sentence,) = otherwise_said(lost, around(lost, policies=(CAP,)))
    assert sentence.endswith(
        "if the frequency cap had allowed 2 (it allowed 1 within 1 week) and it had not been quiet hours."
    )


@pytest.mark.parametrize("policies", [(), (Holdout(share=ONE // 10),), (CAP,)])
def test_without_the_playbook_or_with_a_holdout_only_the_policies_are_spoken_of(policies: tuple[Policy, ...]) -> None:
    """The same where a rival was worth as much."""
    lost = silent(CAPPED, NO_PUSH)
    rivals = (won("d9", worth=ONE),) if policies == (CAP,) else ()
    known = around(lost, *rivals, policies=policies) if policies else NOTHING_AROUND
    limit = " (it allowed 1 within 1 week)" if policies == (CAP,) else ""
    assert list(otherwise_said(lost, known)) == [
        f"No policy would have stood against it as an email on {AT} if the frequency cap had allowed 2{limit}."
    ]


def test_whoever_was_written_to_by_the_same_playbook_is_not_held_out() -> None:
    lost, earlier = silent(CAPPED, NO_PUSH), won("d0", due=NOW - 30 * DAY)
    found = otherwise_of(lost, around(lost, earlier, policies=(CAP, Holdout(share=ONE // 10))))
    assert found is not None
    assert found.is_sure


@pytest.mark.parametrize("channels", [(CAPPED, PUSH_CAPPED), (PUSH_CAPPED, CAPPED)])
def test_of_channels_that_open_together_only_the_first_of_the_message_is_sure(channels: tuple[Verdict, ...]) -> None:
    found = otherwise_of(silent(*channels), around(silent(*channels), policies=(CAP,)))
    assert found is not None
    assert (found.channel, found.is_sure) == (channels[0].channel, channels[0] is CAPPED)


def test_what_was_put_off_by_a_limit_says_with_which_it_would_not_have_been() -> None:
    later = won("lost", "cart_reminder", at=NOW + DAY)
    later = replace(later, verdicts=(CAPPED, NO_PUSH))
    (sentence,) = otherwise_said(later, around(later, policies=(CAP,)))
    assert sentence.startswith(f"It would have gone at once, on {AT}, as an email if")
    assert otherwise_of(replace(later, verdicts=(QUIET,)), around(later)) is None


def test_what_a_pick_settled_hangs_on_no_gate() -> None:
    assert otherwise_of(silent(NO_PUSH, code="outranked"), around()) is None


def test_two_caps_of_which_one_objected_are_told_apart_by_what_was_needed() -> None:
    lost = silent(CAPPED, NO_PUSH)
    wide = FrequencyCap(at_most=4, within=30 * DAY)
    found = otherwise_of(lost, around(lost, policies=(wide, CAP, Fatigue(at_most=9, within=WEEK))))
    assert found is not None
    assert "(it allowed 1 within 1 week)" in found.changes[0].sentence
