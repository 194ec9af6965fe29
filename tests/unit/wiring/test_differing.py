"""Two sides of one decision: what is different is said in words, verdict by verdict."""

from msgspec.structs import replace

from opportune.policies.decision import Chosen, Decision, Ending, Verdict
from opportune.policies.timing import Slot, Timing
from opportune.wiring.differing import difference_of, difference_of_ending

NOON = 1_780_315_200_000
CAP = Verdict("frequency_cap", "push", NOON, "frequency_cap", NOON + 3_600_000)
KEPT = Decision(
    id="d1", user="ann", journey="cart", key="", entry=NOON, step=1, due=NOON, message="reminder",
    chosen=Chosen("email", "default", NOON), code="chosen", until=None, worth=500_000, propensity=1_000_000,
    verdicts=(CAP,), playbook="p", zone="Europe/Berlin",
)  # fmt: skip


def test_both_sides_are_told_and_what_changed_between_them() -> None:
    quiet = Verdict("quiet_hours", "email", NOON, "quiet_hours", None)
    again = replace(KEPT, chosen=None, code="quiet_hours", verdicts=(replace(CAP, needs=5), quiet), worth=250_000)
    found = difference_of(KEPT, again)
    assert (found.decision, found.user, found.day) == ("d1", "ann", "2026-06-01")
    assert found.kept == "reminder of cart: email, wording default, on Mon 1 Jun 14:00"
    assert found.again == "reminder of cart: silence, quiet_hours: it is quiet hours on the user's own clock"
    assert found.changes == (
        "channel: email -> none",
        "wording: default -> none",
        "instant: Mon 1 Jun 14:00:00.000 -> none",
        "code: chosen -> quiet_hours",
        "worth: 0.5 -> 0.25",
        "+ quiet_hours on email, judged for Mon 1 Jun 14:00:00.000: quiet_hours, for good",
    )


def test_verdicts_of_one_side_only_are_told_with_that_side() -> None:
    later = replace(CAP, until=NOON + 3_600_001)
    assert difference_of(KEPT, replace(KEPT, verdicts=(later,))).changes == (
        "- frequency_cap on push, judged for Mon 1 Jun 14:00:00.000: frequency_cap, until Mon 1 Jun 15:00:00.000",
        "+ frequency_cap on push, judged for Mon 1 Jun 14:00:00.000: frequency_cap, until Mon 1 Jun 15:00:00.001",
    )


def test_a_side_that_is_missing_is_nothing() -> None:
    assert difference_of(None, KEPT).kept is None
    assert difference_of(KEPT, None).again is None
    assert difference_of(KEPT, None).changes == ()
    found = difference_of_ending(Ending("d1", "ann", "sent", "accepted", NOON), None)
    assert (found.what, found.kept) == ("ending", "ended sent/accepted on Mon 1 Jun 12:00 UTC")


def test_why_another_moment_was_chosen_is_told() -> None:
    slots = (Slot("email", NOON, 110_000, 300_000, 10_000), Slot("email", NOON + 1, 240_000, 900_000, 990_000))
    was = Timing(
        arm="treatment", basis="baseline", because="too_little_known", best=NOON + 1, baseline=NOON, baseline_hour=14,
        gain=130_000, deviation=41_000, check_ins=2, opens=0, model="default", policy="p", zone="Europe/Berlin",
        zone_source="timezone", zone_age=0, slots=slots, channel="email",
    )  # fmt: skip
    now = replace(was, basis="learned", because="sure_gain", check_ins=3)
    assert difference_of(replace(KEPT, timing=was), replace(KEPT, timing=now)).changes == (
        "send_time: baseline, too_little_known -> learned, sure_gain",
        "sessions and opens: 2 and 0 -> 3 and 0",
    )
    assert difference_of(KEPT, replace(KEPT, timing=now)).changes == ("send_time: no part -> learned, sure_gain",)
    moved = difference_of(replace(KEPT, timing=was), replace(KEPT, timing=replace(was, slots=slots[:1]))).changes
    assert moved == (
        "moments: email Mon 1 Jun 14:00:00.000 0.01; email Mon 1 Jun 14:00:00.001 0.99 -> "
        "email Mon 1 Jun 14:00:00.000 0.01",
    )
