"""Faults planted in the engine, one at a time: each is found in one of the first worlds.

A fault that the two engines could not find would be a rule that no world tries. ``MOST`` are as many worlds as each
fault may take; ``python -m tests.laws.test_oracle_finds_faults`` prints how many it takes now.
"""

import sys
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from opportune.journeys import beginning, entering, leaving
from opportune.policies import (
    compiled,
    consent,
    deadline,
    fatigue,
    frequency_cap,
    minimum_gap,
    pace,
    pause,
    quiet_hours,
    view,
)
from opportune.policies.consent import ConsentGate
from opportune.policies.holdout import Holdout
from opportune.policies.pipeline import Pipeline
from opportune.policies.slate import objections
from opportune.policies.verbs import Reason
from opportune.sending import claiming, firing, merging, receiving, speaking, taking
from opportune.units import DAY
from tests.laws import subject
from tests.laws.agree import trouble

CAPS = (frequency_cap, minimum_gap, fatigue, pace)


def cap_that_looks_back_only(patch):
    for module in CAPS:
        true = module.objection_to
        patch.setattr(
            module,
            "objection_to",
            lambda at, held, true=true, **more: true(at, [each for each in held if each.at <= at], **more),
        )


def window_closed_on_the_old_side(patch):
    for module in CAPS:
        true = module.objection_to
        patch.setattr(
            module, "objection_to", lambda at, held, *, span, true=true, **more: true(at, held, span=span + 1, **more)
        )


def window_a_millisecond_short(patch):
    for module in CAPS:
        true = module.objection_to
        patch.setattr(
            module, "objection_to", lambda at, held, *, span, true=true, **more: true(at, held, span=span - 1, **more)
        )


def claims_counted_when_claimed(patch):
    patch.setattr(view, "LONGEST_ATTEMPT", 0)


def repeats_counted_as_single_attempts(patch):
    patch.setattr(view, "LONGEST_REPEATING", 0)


def exits_not_remembered_for_late_entries(patch):
    patch.setattr(leaving, "remember_exit", lambda *given: None)


def quiet_hours_that_do_not_wrap(patch):
    true = quiet_hours.next_outside
    patch.setattr(
        quiet_hours,
        "next_outside",
        lambda start, end, at, zones: at if start.minutes > end.minutes else true(start, end, at, zones),
    )


def quiet_hours_in_one_zone_only(patch):
    true = quiet_hours.next_outside
    patch.setattr(quiet_hours, "next_outside", lambda start, end, at, zones: true(start, end, at, zones[:1]))


def attempts_that_run_into_the_night(patch):
    patch.setattr(quiet_hours.QuietHours, "closes", lambda self, candidate, view: None)


def nights_at_whose_end_all_go(patch):
    patch.setattr(firing, "give_way", lambda playbook, pendings, due, out: ())


def rivals_for_one_morning_that_crowd_each_other_out(patch):
    patch.setattr(quiet_hours.QuietHours, "rivals", lambda self, candidate, view: frozenset())


def plans_that_do_not_travel(patch):
    patch.setattr(taking, "replan", lambda playbook, now, out: ())


def entries_that_are_not_unique(patch):
    true = beginning.begin

    def begin(plan, memory, entry, terms):
        for past in memory.pasts:
            if (past.journey, past.key) == (plan.journey.name, entry.key):
                past.entry, past.before, past.heard = None, None, []
        return true(plan, memory, entry, terms)

    patch.setattr(entering, "begin", begin)


def decisions_claimed_without_asking_again(patch):
    patch.setattr(firing, "objection_now", lambda playbook, pending, view: None)


def unknown_not_counted(patch):
    true = receiving._ending_of

    def ending_of(playbook, pending, event, scope, out):
        ending, ledger = true(playbook, pending, event, scope, out), out.memory.ledger
        if ending is not None and ending.outcome == "unknown":
            ledger.sent = [sent for sent in ledger.sent if sent.id != pending.id]
        return ending

    patch.setattr(receiving, "_ending_of", ending_of)


def consent_read_at_planning_only(patch):
    def judge(self, candidate, view):
        return objections([gate for gate in self.gates if not isinstance(gate, ConsentGate)], candidate, view)

    patch.setattr(Pipeline, "judge", judge)
    patch.setattr(Pipeline, "is_refused", lambda self, candidate, view: None)


def withdrawal_lifted_by_a_context(patch):
    def newest_word(ledger, channel, topic):
        said = [r for r in ledger.consents if r.channel in (channel, "*") and r.topic in (topic, "*")]
        return max(said, key=lambda record: record.seq, default=None)

    patch.setattr(consent, "newest_word", newest_word)


def stop_that_recalls_nothing(patch):
    patch.setattr(receiving, "recall", lambda pending, code, out: None)


def session_that_ends_a_millisecond_late(patch):
    true = compiled.Compiled.view

    def seen(self, memory, now):
        found = true(self, memory, now)
        found.session_end = None if found.session_end is None else found.session_end + 1
        return found

    patch.setattr(compiled.Compiled, "view", seen)


def merge_that_forgets_sends(patch):
    true = merging._joined

    def joined(kept, absorbed, seq):
        absorbed.sent = []
        return true(kept, absorbed, seq)

    patch.setattr(merging, "_joined", joined)


def merge_that_forgets_withdrawals(patch):
    true = merging._joined

    def joined(kept, absorbed, seq):
        absorbed.consents = [each for each in absorbed.consents if each.is_given]
        return true(kept, absorbed, seq)

    patch.setattr(merging, "_joined", joined)


def deadlines_as_of_the_tick(patch):
    true = firing.say
    patch.setattr(firing, "say", lambda playbook, wishes, due, out: true(playbook, wishes, due + 1, out))


def deadline_closed_at_its_end(patch):
    patch.setattr(
        deadline.DeadlineGate,
        "objection",
        lambda self, candidate, view: None if candidate.at <= candidate.deadline else Reason("too_late"),
    )


def holdout_drawn_by_day(patch):
    patch.setattr(Holdout, "names", lambda self, best, view: (view.salt, "holdout", f"{view.bucket}{view.now // DAY}"))


def entries_taken_twice(patch):
    true = subject.react

    def react(playbook, memory, happened):
        memory.seq = 0
        return true(playbook, memory, happened)

    patch.setattr(subject, "react", react)


def cooldown_that_forgets_sends(patch):
    true = speaking.go_on

    def go_on(playbook, pending, at, out, *, is_sent):
        yield from true(playbook, pending, at, out, is_sent=is_sent)
        for past in out.memory.pasts:
            past.sent = None

    for module in (speaking, firing, receiving):
        patch.setattr(module, "go_on", go_on)


def in_app_that_is_never_looked_at_again(patch):
    patch.setattr(receiving, "awaits_showing", lambda playbook, pending: False)


def attempts_that_may_begin_beyond_their_use(patch):
    true = claiming.candidate_of

    def candidate_of(pending, message, at):
        return replace(true(pending, message, at), deadline=pending.deadline + 60_000)

    patch.setattr(claiming, "candidate_of", candidate_of)


def grant_by_no_trait(patch):
    patch.setattr(consent, "is_yes", lambda value: value is not None)


def pause_that_is_not_read(patch):
    patch.setattr(pause, "paused_until", lambda stated: 0)


def pause_that_ends_a_millisecond_early(patch):
    true = pause.paused_until
    patch.setattr(pause, "paused_until", lambda stated: true(stated) - 1)


def pace_that_is_one_too_many(patch):
    true = pace.most_a_week
    patch.setattr(pace, "most_a_week", lambda stated: (true(stated) or 0) + 1 if true(stated) else true(stated))


def pace_of_none_that_limits_nothing(patch):
    true = pace.most_a_week
    patch.setattr(pace, "most_a_week", lambda stated: true(stated) or None)


FAULTS = [
    cap_that_looks_back_only,
    window_closed_on_the_old_side,
    window_a_millisecond_short,
    claims_counted_when_claimed,
    repeats_counted_as_single_attempts,
    exits_not_remembered_for_late_entries,
    quiet_hours_that_do_not_wrap,
    quiet_hours_in_one_zone_only,
    attempts_that_run_into_the_night,
    nights_at_whose_end_all_go,
    rivals_for_one_morning_that_crowd_each_other_out,
    plans_that_do_not_travel,
    entries_that_are_not_unique,
    decisions_claimed_without_asking_again,
    unknown_not_counted,
    consent_read_at_planning_only,
    withdrawal_lifted_by_a_context,
    stop_that_recalls_nothing,
    session_that_ends_a_millisecond_late,
    merge_that_forgets_sends,
    merge_that_forgets_withdrawals,
    deadlines_as_of_the_tick,
    deadline_closed_at_its_end,
    holdout_drawn_by_day,
    entries_taken_twice,
    cooldown_that_forgets_sends,
    in_app_that_is_never_looked_at_again,
    attempts_that_may_begin_beyond_their_use,
    grant_by_no_trait,
    pause_that_is_not_read,
    pause_that_ends_a_millisecond_early,
    pace_that_is_one_too_many,
    pace_of_none_that_limits_nothing,
]
MOST = 400


def worlds_to_find(fault, first=0, most=MOST):
    """How many worlds from the first it takes to find this fault, and what is seen; None if more than ``most``."""
    with pytest.MonkeyPatch.context() as patch:
        fault(patch)
        for seed in range(first, first + most):
            if said := trouble(seed):
                return SimpleNamespace(worlds=seed - first + 1, seed=seed, said=said.splitlines()[0])
    return None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(fault):
    assert worlds_to_find(fault) is not None


if __name__ == "__main__":
    for each in FAULTS:
        found = worlds_to_find(each)
        sys.stdout.write(f"{found.worlds if found else 'NOT FOUND':>9} {each.__name__}: {found and found.said[:90]}\n")
        sys.stdout.flush()
