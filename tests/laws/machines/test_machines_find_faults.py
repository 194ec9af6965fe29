"""Faults planted in what the machines test, one at a time: each is found by its machine in one of the first examples.

``python -m tests.laws.machines.test_machines_find_faults`` prints in how many.
"""

import sys
from collections.abc import Iterable
from time import process_time

import pytest
from hypothesis.stateful import RuleBasedStateMachine
from msgspec.structs import replace

from opportune.adapters.stores import id_segments, segments
from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.segments import LastingIds
from opportune.adapters.stores.sieve import Sieve
from opportune.events.event import Event
from opportune.events.names import MESSAGE_SENT, UNSUPPRESSED
from opportune.features import clock, evolve, local_time
from opportune.features.ledger import Consent, Ledger, Pending
from opportune.features.local_time import WallTime
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.policies import (
    consent,
    fatigue,
    frequency_cap,
    minimum_gap,
    pace,
    pause,
    quiet_hours,
    spacing,
    view,
)
from opportune.policies.compiled import Compiled
from opportune.policies.pipeline import Pipeline
from opportune.policies.slate import Proposal
from opportune.ports import Batch
from opportune.sending import firing, receiving
from opportune.sending.outbox import Claim
from opportune.sending.reaction import Reaction
from opportune.units import DAY, Instant, Scalar
from tests.laws.machines import test_caps_machine as caps
from tests.laws.machines import test_consent_machine as words
from tests.laws.machines.running import Plant, find
from tests.laws.machines.test_caps_in_a_world import CapsInAWorld
from tests.laws.machines.test_consent_in_a_world import Stops
from tests.laws.machines.test_dedupe_machine import KnownInAFile, KnownInMemory
from tests.laws.machines.test_quiet_hours_machine import Nights, NightsInAWorld

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
        patch.setattr(
            module, "objection_to", lambda at, held, *, span, true=true, **m: true(at, held, span=span - 1, **m)
        )


def cap_closed_on_the_old_side(patch: pytest.MonkeyPatch) -> None:
    for module in CAPS:
        true = module.objection_to
        patch.setattr(
            module, "objection_to", lambda at, held, *, span, true=true, **m: true(at, held, span=span + 1, **m)
        )


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
    patch.setattr(spacing, "first_fit", lambda *others, span, **m: true(*others, span=span, **m) + span)


def until_the_first_has_left_whoever_else_is_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        spacing,
        "first_fit",
        lambda earliest, latest, at, *, most, span: next(e + span for e in latest if e + span > at),
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


def decisions_claimed_without_asking_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(firing, "objection_now", lambda playbook, pending, view: None)


def unknown_not_counted(patch: pytest.MonkeyPatch) -> None:
    true = receiving.count

    def count(memory: Memory, pending: Pending, at: Instant, *, is_noticed: bool = False) -> None:
        true(memory, pending, at, is_noticed=is_noticed)
        if memory.seq % 2:
            memory.ledger.sent = [each for each in memory.ledger.sent if each.id != pending.id]

    patch.setattr(receiving, "count", count)


def cap_that_does_not_count_other_systems(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(evolve._FOLDS, MESSAGE_SENT, lambda ledger, event, properties: None)


def quiet_hours_that_do_not_wrap(patch: pytest.MonkeyPatch) -> None:
    true = quiet_hours.next_outside
    patch.setattr(
        quiet_hours,
        "next_outside",
        lambda start, end, at, zones: at if start.minutes > end.minutes else true(start, end, at, zones),
    )


def quiet_hours_in_one_zone_only(patch: pytest.MonkeyPatch) -> None:
    true = quiet_hours.next_outside
    patch.setattr(quiet_hours, "next_outside", lambda start, end, at, zones: true(start, end, at, zones[:1]))


def quiet_hours_closed_at_their_end(patch: pytest.MonkeyPatch) -> None:
    true = quiet_hours.next_outside
    patch.setattr(
        quiet_hours, "next_outside", lambda start, end, at, zones: true(start, WallTime(end.minutes + 1), at, zones)
    )


def offset_of_the_evening_kept_all_night(patch: pytest.MonkeyPatch) -> None:
    """An offset stored instead of a zone."""
    true = local_time._spell
    patch.setattr(local_time, "_spell", lambda zone, at: (true(zone, at)[0], at + 3 * DAY))


def zone_of_the_newest_arrival(patch: pytest.MonkeyPatch) -> None:
    true = clock.trait_at

    def trait_at(profile: Profile, name: str, at: Instant) -> Scalar:
        known = profile.traits.get(name, [])
        return max(known, key=lambda each: each.seq).value if known else true(profile, name, at)

    patch.setattr(clock, "trait_at", trait_at)


def attempts_that_run_into_the_night(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(quiet_hours.QuietHours, "closes", lambda self, candidate, view: None)


def withdrawal_lifted_by_a_context(patch: pytest.MonkeyPatch) -> None:
    def newest_word(ledger: Ledger, channel: str, topic: str) -> Consent | None:
        said = [each for each in ledger.consents if each.channel in (channel, "*") and each.topic in (topic, "*")]
        return max(said, key=consent._age, default=None)

    patch.setattr(consent, "newest_word", newest_word)


def grant_that_counts_by_arrival_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evolve, "_takes_back", lambda word, grant: False)


def old_withdrawal_that_weakens_a_newer_one(patch: pytest.MonkeyPatch) -> None:
    true = evolve.agree

    def agree(ledger: Ledger, word: Consent, *, is_history: bool = False) -> None:
        if not word.is_given:
            ledger.consents = [each for each in ledger.consents if evolve._subject(each) != evolve._subject(word)]
        true(ledger, word, is_history=is_history)

    patch.setattr(evolve, "agree", agree)


def wildcards_that_are_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent, "EVERY", "all")


def stop_forgotten_at_rest(patch: pytest.MonkeyPatch) -> None:
    true = words.awake

    def awake(raw: bytes) -> Memory:
        memory = true(raw)
        memory.ledger.suppressions = memory.ledger.suppressions[:1]
        return memory

    patch.setattr(words, "awake", awake)


def history_that_lifts_what_came_after_it(patch: pytest.MonkeyPatch) -> None:
    true = evolve._unsuppression
    patch.setitem(
        evolve._FOLDS,
        UNSUPPRESSED,
        lambda ledger, event, properties: true(ledger, replace(event, is_history=False), properties),
    )


def pause_that_ends_a_millisecond_early(patch: pytest.MonkeyPatch) -> None:
    true = pause.paused_until
    patch.setattr(pause, "paused_until", lambda stated: true(stated) - 1)


def stop_that_recalls_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receiving, "recall", lambda pending, code, out: None)


def consent_read_at_planning_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Pipeline, "is_refused", lambda self, candidate, view: None)


def lapsed_and_recalled_is_tried_again(patch: pytest.MonkeyPatch) -> None:
    true = receiving.answered

    def answered(playbook: Compiled, event: Event, scope: Scope, out: Reaction) -> Iterable[Proposal]:
        for pending in out.memory.ledger.pending:
            pending.recalled = ""
        return true(playbook, event, scope, out)

    patch.setattr("opportune.sending.taking.answered", answered)


def failed_commit_that_keeps_the_ids(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownIds, "give_back", lambda self, ids: None)


def failed_commit_that_keeps_the_ids_in_memory(patch: pytest.MonkeyPatch) -> None:
    true = MemoryStore.commit_now

    def commit_now(self: MemoryStore, batch: Batch) -> tuple[Claim, ...]:
        ids = set(self._ids)
        try:
            return true(self, batch)
        finally:
            self._ids |= ids

    patch.setattr(MemoryStore, "commit_now", commit_now)


def ids_of_the_tail_not_learned_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LastingIds, "rebuild", lambda self, tail: None)


def ids_unknown_while_they_are_closed(patch: pytest.MonkeyPatch) -> None:
    true = KnownIds.not_closed

    def not_closed(self: KnownIds) -> None:
        for part in self._closing:
            part.clear()
        true(self)

    patch.setattr(KnownIds, "not_closed", not_closed)


def sieve_that_is_believed(patch: pytest.MonkeyPatch) -> None:
    """Perhaps is taken for yes."""
    patch.setattr(segments, "any_holds", lambda read, segments, record: True)


def sieve_that_denies_the_last_of_a_page(patch: pytest.MonkeyPatch) -> None:
    true = Sieve.add
    patch.setattr(Sieve, "add", lambda self, records: true(self, records[:-16]) if len(records) > 16 else None)


def horizon_of_half_the_days(patch: pytest.MonkeyPatch) -> None:
    true = KnownIds.drop_before
    patch.setattr(KnownIds, "drop_before", lambda self, now: true(self, now + self._horizon // 2))


def merge_that_loses_its_first_source(patch: pytest.MonkeyPatch) -> None:
    true = id_segments.gathered
    patch.setattr(id_segments, "gathered", lambda at, sources, union: true(at, sources[1:], union))


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
    (CapsInAWorld, claims_counted_at_their_claim_only),
    (CapsInAWorld, repeats_counted_as_single_attempts),
    (CapsInAWorld, decisions_claimed_without_asking_again),
    (CapsInAWorld, unknown_not_counted),
    (CapsInAWorld, cap_that_does_not_count_other_systems),
    (Nights, quiet_hours_that_do_not_wrap),
    (Nights, quiet_hours_in_one_zone_only),
    (Nights, quiet_hours_closed_at_their_end),
    (Nights, offset_of_the_evening_kept_all_night),
    (NightsInAWorld, quiet_hours_in_one_zone_only),
    (NightsInAWorld, zone_of_the_newest_arrival),
    (NightsInAWorld, attempts_that_run_into_the_night),
    (NightsInAWorld, decisions_claimed_without_asking_again),
    (words.Words, withdrawal_lifted_by_a_context),
    (words.Words, grant_that_counts_by_arrival_alone),
    (words.Words, old_withdrawal_that_weakens_a_newer_one),
    (words.Words, wildcards_that_are_names),
    (words.Words, stop_forgotten_at_rest),
    (words.Words, history_that_lifts_what_came_after_it),
    (words.Words, pause_that_ends_a_millisecond_early),
    (Stops, stop_that_recalls_nothing),
    (Stops, consent_read_at_planning_only),
    (Stops, decisions_claimed_without_asking_again),
    (Stops, lapsed_and_recalled_is_tried_again),
    (KnownInMemory, failed_commit_that_keeps_the_ids_in_memory),
    (KnownInAFile, failed_commit_that_keeps_the_ids),
    (KnownInAFile, ids_of_the_tail_not_learned_again),
    (KnownInAFile, ids_unknown_while_they_are_closed),
    (KnownInAFile, sieve_that_is_believed),
    (KnownInAFile, sieve_that_denies_the_last_of_a_page),
    (KnownInAFile, horizon_of_half_the_days),
    (KnownInAFile, merge_that_loses_its_first_source),
]
MOST = 4_000


@pytest.mark.parametrize(("machine", "fault"), FAULTS, ids=lambda each: each.__name__)
def test_a_planted_fault_is_found(machine: type[RuleBasedStateMachine], fault: Plant) -> None:
    assert find(machine, fault, most=MOST) is not None


if __name__ == "__main__":
    for machine, fault in FAULTS:
        began = process_time()
        found = find(machine, fault, most=MOST)
        took = f"{process_time() - began:.1f} s"
        told = "not found" if found is None else f"{found.examples:>9} {found.said[:90]}"
        sys.stdout.write(f"{machine.__name__} {fault.__name__} ({took}): {told}\n")
        sys.stdout.flush()
