"""Faults of rules, read off in whole lives: what the second engine decides otherwise."""

import pytest
from msgspec.structs import replace

from opportune import engine
from opportune.features.local_time import Zone, zone_named
from opportune.journeys import memory as memories
from opportune.policies import consent, frequency_cap, view
from opportune.policies.holdout import Holdout
from opportune.policies.pipeline import Pipeline
from opportune.policies.suppression import SuppressionGate
from opportune.policies.view import View
from opportune.sending import firing, merging, receiving, taking
from opportune.wiring import shard

Patch = pytest.MonkeyPatch


def caps_that_count_no_reservations(patch: Patch) -> None:
    """Checked now, and counted only when sent: two decisions pass one after the other."""
    true = View._all
    patch.setattr(View, "_all", lambda self: [each for each in true(self) if each.is_noticed is not None])


def rivals_that_all_win(patch: Patch) -> None:
    """Each proposal of one instant is decided by itself."""
    true = Pipeline.decide
    patch.setattr(
        Pipeline,
        "decide",
        lambda self, proposals, seen: [one for each in proposals for one in true(self, [each], seen)],
    )


def claimed_decisions_that_are_displaced(patch: Patch) -> None:
    true = view._of_pending

    def of_pending(pending, now):
        found = true(pending, now)
        return replace(found, is_displaceable=pending.is_marketing)

    patch.setattr(view, "_of_pending", of_pending)


def an_offset_stored_instead_of_a_zone(patch: Patch) -> None:
    true = Zone.spells

    def spells(self, number):
        _, offsets = true(self, number)
        return [], [offsets[-1]]

    patch.setattr(Zone, "spells", spells)


def a_clock_change_noticed_a_week_late(patch: Patch) -> None:
    true = Zone.spells

    def spells(self, number):
        changes, offsets = true(self, number)
        return [each + 7 * 24 * 3_600_000 for each in changes], offsets

    patch.setattr(Zone, "spells", spells)


def days_that_end_in_utc(patch: Patch) -> None:
    day, week, utc = frequency_cap.day_of, frequency_cap.week_of, zone_named("UTC")
    patch.setattr(frequency_cap, "day_of", lambda at, zone: day(at, utc))
    patch.setattr(frequency_cap, "week_of", lambda at, zone: week(at, utc))


def late_events_that_start_runs(patch: Patch) -> None:
    true = engine.take

    def take(playbook, event, now, out):
        return true(playbook, replace(event, at=max(event.at, now - playbook.lateness)), now, out)

    patch.setattr(engine, "take", take)


def history_that_sends(patch: Patch) -> None:
    true = engine.take
    patch.setattr(
        engine, "take", lambda playbook, event, now, out: true(playbook, replace(event, is_history=False), now, out)
    )


def stops_ordered_by_what_clients_clocks_say(patch: Patch) -> None:
    patch.setattr(consent, "_age", lambda record: (record.at, not record.is_given))


def stops_that_hold_for_one_topic_only(patch: Patch) -> None:
    patch.setattr(SuppressionGate, "objection", lambda self, candidate, seen: None)


def holdout_drawn_by_message(patch: Patch) -> None:
    patch.setattr(Holdout, "names", lambda self, best, seen: (seen.salt, "holdout", seen.bucket, best.message.name))


def deadlines_fired_as_of_whoever_looks(patch: Patch) -> None:
    true = firing.earliest

    def fire(playbook, now, out):
        while (due := true(out.memory)) is not None and due <= now:
            firing.speak(playbook, firing._wishes_at(playbook, due, out), now, out)
        out.wake = due

    for module in (firing, engine, merging):
        patch.setattr(module, "fire", fire)


def events_taken_before_what_was_due(patch: Patch) -> None:
    """The deadline that had passed is decided with what came after it."""
    true = engine.fire
    patch.setattr(
        engine, "fire", lambda playbook, now, out: None if out.memory.clock < now else true(playbook, now, out)
    )


def sends_that_count_twice_after_a_merge(patch: Patch) -> None:
    true = merging._joined

    def joined(kept, absorbed, seq):
        found = true(kept, absorbed, seq)
        found.sent = sorted(found.sent + absorbed.sent, key=lambda sent: (sent.at, sent.id))
        return found

    patch.setattr(merging, "_joined", joined)


def merges_in_which_the_newest_word_wins(patch: Patch) -> None:
    true = merging._joined

    def joined(kept, absorbed, seq):
        words = {
            (each.channel, each.topic): replace(each) for each in sorted(kept.consents + absorbed.consents, key=_seq)
        }
        found = true(kept, absorbed, seq)
        found.consents = list(words.values())
        return found

    patch.setattr(merging, "_joined", joined)


def _seq(record):
    return record.seq


def merges_that_lose_reservations(patch: Patch) -> None:
    true = merging._joined

    def joined(kept, absorbed, seq):
        absorbed.pending = []
        return true(kept, absorbed, seq)

    patch.setattr(merging, "_joined", joined)


def two_runs_of_one_cart_after_a_merge(patch: Patch) -> None:
    patch.setattr(merging, "_doubled", lambda playbook, runs, gone: [])


def a_lapsed_attempt_that_is_dropped(patch: Patch) -> None:
    """It was not sent, so it ended; nobody looks at its decision again."""
    true = receiving.answered

    def answered(playbook, event, scope, out):
        if event.name == receiving.ATTEMPT_LAPSED:
            return ()
        return true(playbook, event, scope, out)

    for module in (receiving, taking):
        patch.setattr(module, "answered", answered)


def a_refused_message_that_counts(patch: Patch) -> None:
    patch.setattr(receiving, "MESSAGE_SENT", "Message Failed")


def entries_taken_twice(patch: Patch) -> None:
    true = shard.react

    def react(playbook, memory, happened):
        memory.seq = 0
        return true(playbook, memory, happened)

    patch.setattr(shard, "react", react)


def memories_that_forget_at_rest(patch: Patch) -> None:
    """What is planned lives in the process only."""
    true = memories.at_rest

    def at_rest(memory):
        memory.pasts = []
        return true(memory)

    patch.setattr(shard, "at_rest", at_rest)


def decisions_named_at_random(patch: Patch) -> None:
    """By a number that every process begins anew."""
    numbers = iter(range(1 << 40))
    patch.setattr("opportune.policies.deciding.decision_id", lambda user, wish, due: f"{next(numbers):032x}")
