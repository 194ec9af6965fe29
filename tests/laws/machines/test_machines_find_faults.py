"""Faults planted in what the machines test, one at a time: each is found by its machine in one of the first examples.

``python -m tests.laws.machines.test_machines_find_faults`` prints in how many.
"""

import sys

import pytest
from hypothesis.stateful import RuleBasedStateMachine

from opportune.policies import fatigue, frequency_cap, minimum_gap, pace, spacing, view
from tests.laws.machines import test_caps_machine as caps
from tests.laws.machines.running import Plant, find

CAPS = (frequency_cap, minimum_gap, fatigue, pace)


def cap_that_looks_back_only(patch: pytest.MonkeyPatch) -> None:
    for module in CAPS:
        true = module.objection_to
        patch.setattr(
            module, "objection_to", lambda at, held, true=true, **m: true(at, [e for e in held if e.at <= at], **m)
        )


def cap_a_millisecond_short(patch: pytest.MonkeyPatch) -> None:
    for module in CAPS:
        true = module.objection_to
        patch.setattr(module, "objection_to", lambda at, held, *, span, true=true, **m: true(at, held, span=span - 1, **m))


def cap_closed_on_the_old_side(patch: pytest.MonkeyPatch) -> None:
    for module in CAPS:
        true = module.objection_to
        patch.setattr(module, "objection_to", lambda at, held, *, span, true=true, **m: true(at, held, span=span + 1, **m))


def cap_of_what_was_sent_only(patch: pytest.MonkeyPatch) -> None:
    """Checked, then acted upon: what is planned or under way is not counted."""
    true = view.View._all
    patch.setattr(view.View, "_all", lambda self: [e for e in true(self) if e.is_noticed is not None])


def claims_counted_at_their_claim_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(view, "LONGEST_ATTEMPT", 0)


def repeats_counted_as_single_attempts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(view, "reached_by", lambda claimed: claimed.at + view.LONGEST_ATTEMPT)


def until_a_window_later_than_it_must(patch: pytest.MonkeyPatch) -> None:
    true = spacing.first_fit
    patch.setattr(
        spacing, "first_fit", lambda earliest, latest, at, **m: true(earliest, latest, max([at, *latest]), **m)
    )


def until_the_first_has_left_whoever_else_is_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        spacing, "first_fit", lambda earliest, latest, at, *, most, span: next(e + span for e in latest if e + span > at)
    )


def calendar_in_another_zone(patch: pytest.MonkeyPatch) -> None:
    for name in ("day_of", "week_of"):
        true = getattr(frequency_cap, name)
        patch.setattr(frequency_cap, name, lambda zone, at, true=true: true(caps.named_zone("UTC"), at))


def days_of_24_hours(patch: pytest.MonkeyPatch) -> None:
    true = frequency_cap.day_of
    patch.setattr(frequency_cap, "day_of", lambda zone, at: (true(zone, at)[0], true(zone, at)[0] + caps.DAY))


def fatigue_that_counts_only_what_counts(patch: pytest.MonkeyPatch) -> None:
    true = view.View.reservations
    patch.setattr(view.View, "reservations", lambda self, kind, *more: true(self, "counted", *more))


def fatigue_of_any_so_many_unnoticed(patch: pytest.MonkeyPatch) -> None:
    true = fatigue.Fatigue._ignored
    patch.setattr(
        fatigue.Fatigue, "_ignored", lambda self, held, *more: true(self, [e for e in held if not e.is_noticed], *more)
    )


def sends_forgotten_too_early(patch: pytest.MonkeyPatch) -> None:
    true = caps.forget_sent
    patch.setattr(caps, "forget_sent", lambda ledger, horizon: true(ledger, horizon + caps.DAY * 6))


FAULTS: list[tuple[type[RuleBasedStateMachine], Plant]] = [
    (caps.Caps, cap_that_looks_back_only),
    (caps.Caps, cap_a_millisecond_short),
    (caps.Caps, cap_closed_on_the_old_side),
    (caps.Caps, cap_of_what_was_sent_only),
    (caps.Caps, claims_counted_at_their_claim_only),
    (caps.Caps, repeats_counted_as_single_attempts),
    (caps.Caps, until_a_window_later_than_it_must),
    (caps.Caps, until_the_first_has_left_whoever_else_is_there),
    (caps.Caps, calendar_in_another_zone),
    (caps.Caps, days_of_24_hours),
    (caps.Caps, fatigue_that_counts_only_what_counts),
    (caps.Caps, fatigue_of_any_so_many_unnoticed),
    (caps.Caps, sends_forgotten_too_early),
]
MOST = 200


@pytest.mark.parametrize(("machine", "fault"), FAULTS, ids=lambda each: each.__name__)
def test_a_planted_fault_is_found(machine: type[RuleBasedStateMachine], fault: Plant) -> None:
    assert find(machine, fault, most=MOST) is not None


if __name__ == "__main__":
    for machine, fault in FAULTS:
        found = find(machine, fault, most=MOST)
        told = "not found" if found is None else f"{found.examples:>9} {found.said[:90]}"
        sys.stdout.write(f"{machine.__name__} {fault.__name__}: {told}\n")
        sys.stdout.flush()
