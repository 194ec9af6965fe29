"""Faults planted in what runs do on their way, and in what begins them: each is found in one of the first worlds.

As ``test_oracle_finds_faults``; ``python -m tests.laws.test_oracle_finds_faults_of_ways`` prints how many it takes.
"""

import sys

import pytest

from opportune.journeys import absences, crossing, deadline, entering, making, progress, waiting
from opportune.sending import speaking
from tests.laws.test_oracle_finds_faults import worlds_to_find

EVERY_DAY = range(7)


def the_first_way_whatever_it_asks(patch):
    patch.setattr(progress, "_is_true", lambda plan, run, memory: True)


def arms_drawn_otherwise(patch):
    true = making.arm_of
    patch.setattr(making, "arm_of", lambda step, bucket, salt: true(step, bucket, f"{salt} anew"))


def arms_told_at_every_split(patch):
    true = making.take_arm

    def take_arm(step, run, around):
        run.kept.pop(f"arm.{step.name}", None)
        true(step, run, around)

    patch.setattr(progress, "take_arm", take_arm)


def silence_that_leads_nowhere_else(patch):
    true = progress.move_on
    patch.setattr(speaking, "move_on", lambda run, at, *, to: true(run, at, to=run.step + 1))


def windows_of_any_day(patch):
    true = waiting.next_open
    patch.setattr(waiting, "next_open", lambda zone, at, start, end, days: true(zone, at, start, end, EVERY_DAY))


def wall_times_of_any_day(patch):
    true = waiting.next_local
    patch.setattr(waiting, "next_local", lambda zone, at, minutes, days: true(zone, at, minutes, EVERY_DAY))


def activity_that_is_asked_for_once(patch):
    patch.setattr(deadline, "is_over", lambda *given: True)


def traits_that_are_not_set(patch):
    true = making._emit
    patch.setattr(
        making,
        "_emit",
        lambda name, said, run, around: true(name, {} if name == "Identified" else said, run, around),
    )


def events_that_lose_what_they_say(patch):
    true = making._emit
    patch.setattr(
        making, "_emit", lambda name, said, run, around: true(name, {} if "value" in said else said, run, around)
    )


def runs_that_do_not_wait_for_what_they_emit(patch):
    true = making.make

    def make(plan, step, run, around):
        true(plan, step, run, around)
        return False

    patch.setattr(progress, "make", make)


def digests_that_gather_nothing(patch):
    patch.setattr(entering, "collect", lambda plans, memory, journey, entry: None)


def conditions_of_waits_that_remember_nothing(patch):
    patch.setattr(progress, "notice", lambda *given, **more: None)


def counts_of_one_too_few(patch):
    for name in ("count_within", "count_upto"):
        true = getattr(entering, name)
        patch.setattr(entering, name, lambda *given, true=true: true(*given) - 1)


def answers_that_disarm_nothing(patch):
    patch.setattr(absences, "_disarm", lambda plan, memory, key, at: None)


def conditions_looked_at_with_events_only(patch):
    true = crossing.look

    def look(plan, memory, armed, at):
        found = true(plan, memory, armed, at)
        armed.due = None
        return found

    patch.setattr(crossing, "look", look)


FAULTS = [
    the_first_way_whatever_it_asks,
    arms_drawn_otherwise,
    arms_told_at_every_split,
    silence_that_leads_nowhere_else,
    windows_of_any_day,
    wall_times_of_any_day,
    activity_that_is_asked_for_once,
    traits_that_are_not_set,
    events_that_lose_what_they_say,
    runs_that_do_not_wait_for_what_they_emit,
    digests_that_gather_nothing,
    conditions_of_waits_that_remember_nothing,
    counts_of_one_too_few,
    answers_that_disarm_nothing,
    conditions_looked_at_with_events_only,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(fault):
    assert worlds_to_find(fault, most=1_000) is not None


if __name__ == "__main__":
    for each in FAULTS:
        found = worlds_to_find(each, most=1_000)
        sys.stdout.write(f"{found.worlds if found else 'NOT FOUND':>9} {each.__name__}: {found and found.said[:90]}\n")
        sys.stdout.flush()
