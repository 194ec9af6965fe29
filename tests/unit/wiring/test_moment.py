"""The choice of a moment in words: each reason for the baseline, the user's own best, and what was drawn."""

import pytest
from msgspec.structs import replace

from opportune.policies.decision import Chosen, Decision, Ending
from opportune.policies.send_time import SendTime
from opportune.policies.timing import Because, Slot, Timing
from opportune.units import DAY, HOUR, MINUTE, ONE, Instant
from opportune.wiring.around import NOTHING_AROUND as NOTHING
from opportune.wiring.moment import moment_said, percent_of
from tests.contracts.made import decision
from tests.unit.wiring.around_ann import around

DUE: Instant = 1_781_514_000_000
"""Mon 15 Jun 2026, 11:00 in Berlin."""
EVENING, MORNING = DUE + 7 * HOUR + 23 * MINUTE, DUE + 20 * HOUR + 23 * MINUTE
SLOTS = (
    Slot("email", DUE, 110_000, 300_000, 10_000),
    Slot("email", EVENING, 150_000, 400_000, 10_000),
    Slot("email", MORNING, 240_000, 900_000, 980_000),
)
SURE = Timing(
    arm="treatment", basis="learned", because="sure_gain", best=MORNING, baseline=EVENING, baseline_hour=18,
    gain=90_000, deviation=41_000, check_ins=15, opens=2, model="2026-06", policy="a hash", zone="Europe/Berlin",
    zone_source="context.timezone", zone_age=3 * DAY, slots=SLOTS, channel="email",
)  # fmt: skip


def chose(at: Instant, timing: Timing = SURE) -> Decision:
    chosen = Chosen("email", "default", at)
    return replace(decision("d1"), due=DUE, chosen=chosen, code="chosen", zone="Europe/Berlin", timing=timing)


def kept(because: Because, **fields: object) -> Timing:
    return replace(SURE, basis="baseline", because=because, **fields)


def said(of: Decision, *, outcome: str = "sent") -> list[str]:
    ending = {"open": None, "sent": Ending("d1", "ann", "sent", "sent", DUE), "exited": Ending(
        "d1", "ann", "not_sent", "exited", DUE)}[outcome]  # fmt: skip
    return list(moment_said(of, ending, around(policies=(SendTime(),))))


def test_the_users_own_best_moment_is_told_beside_the_baseline() -> None:
    assert said(chose(MORNING)) == [
        "It waited for Tue 16 Jun 2026, 07:23 (Europe/Berlin): the user opens best then "
        "(chance of an open 24% against 15% at the baseline 18:00).",
        "It rests on 15 sessions and 2 opens of this user, and on the model '2026-06'.",
        "The clock is that of Europe/Berlin: where the newest event came from, stated 3 days before.",
    ]


def test_what_waiting_costs_is_told_where_it_counts() -> None:
    assert said(chose(MORNING, replace(SURE, gain=50_000)))[0].endswith(
        "24% against 15% at the baseline 18:00; with what waiting costs better by 5.0 points (give or take 4.1))."
    )


@pytest.mark.parametrize(
    ("timing", "because"),
    [
        (kept("too_little_known", check_ins=2, opens=0), "not enough signal, 2 sessions"),
        (kept("too_little_known", check_ins=0, opens=1), "not enough signal, 0 sessions and 1 open"),
        (kept("control", arm="control"), "the user is one of the control's 10%, who always get the baseline"),
        (
            kept("unsure_gain", gain=12_000, deviation=15_000),
            "the user's own best hour, Tue 16 Jun 07:23, is better by 1.2 points (give or take 1.5), which is not sure",
        ),
        (kept("no_gain", gain=0), "no other hour is better for this user"),
    ],
)
def test_why_the_baseline_was_kept_is_told(timing: Timing, because: str) -> None:
    assert said(chose(EVENING, timing))[0] == (
        f"It waited for Mon 15 Jun 2026, 18:23 (Europe/Berlin), the baseline 18:00: {because}."
    )


def test_what_was_drawn_is_told_with_what_it_would_have_been() -> None:
    first, second, *_ = said(chose(DUE, replace(SURE, slots=(*SLOTS, Slot("email", MORNING + HOUR, 1, 1, 0)))))
    assert first == "It went at once, drawn among 3 slots with chance 1.0% so that all of them are tried " \
        "(chance of an open 11%)."  # fmt: skip
    assert second.startswith("Else it would have been Tue 16 Jun 2026, 07:23 (Europe/Berlin): the user opens best then")
    assert said(chose(MORNING, kept("no_gain")))[1] == (
        "Else it would have been the baseline 18:00: no other hour is better for this user."
    )


def test_what_stands_for_a_baseline_that_is_closed_is_named() -> None:
    assert said(chose(DUE, kept("no_gain", baseline=DUE)))[0] == (
        "It went at once at Mon 15 Jun 11:00, which stands for the baseline 18:00: no other hour is better for this "
        "user."
    )


def test_what_is_open_waits_and_what_was_called_off_was_to_wait() -> None:
    assert [said(chose(MORNING), outcome=each)[0].split(" for ")[0] for each in ("open", "exited")] == [
        "It waits", "It was to wait",
    ]  # fmt: skip
    assert [said(chose(DUE), outcome=each)[0].split(",")[0] for each in ("open", "exited")] == [
        "It goes at once", "It was to go at once",
    ]  # fmt: skip


def test_the_size_of_the_control_is_left_out_where_the_playbook_is_not_at_hand() -> None:
    [first, *_] = moment_said(chose(EVENING, kept("control")), None, NOTHING)
    assert first.endswith("the user is one of the control, who always get the baseline.")


def test_nothing_is_said_where_no_moment_was_chosen() -> None:
    assert list(moment_said(decision("d1"), None, NOTHING)) == []
    assert list(moment_said(replace(chose(DUE), timing=None), None, NOTHING)) == []


def test_a_share_below_ten_percent_has_a_digit_behind_the_point() -> None:
    assert [percent_of(each) for each in (0, 11_114, 99_600, 240_000, ONE)] == ["0%", "1.1%", "10%", "24%", "100%"]
