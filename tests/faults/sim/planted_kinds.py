"""Faults of journeys of all kinds, and of publications under a running engine."""

import asyncio
from dataclasses import replace as other

import pytest
from msgspec.structs import replace

from opportune.draws import draw
from opportune.journeys import absences, beginning, making, progress
from opportune.policies.consent import ConsentGate
from opportune.units import ONE
from opportune.wiring import in_force, restoring
from opportune.wiring.embedded import Host
from opportune.wiring.fan_out import FanOut
from opportune.wiring.shard import Shard

Patch = pytest.MonkeyPatch

# What steps emit


def emits_that_are_not_logged(patch: Patch) -> None:
    """They are folded; nobody who reads the log hears of them."""
    patch.setattr(Shard, "told", lambda self, turn, following: [])


def emits_logged_in_the_next_transaction(patch: Patch) -> None:
    """Between the reaction and what it made the power may go."""
    true = Shard.told

    def told(self, turn, following):
        later = self.__dict__.setdefault("later", [])
        turn.emits, later[:] = list(later), turn.emits
        return true(self, turn, following)

    patch.setattr(Shard, "told", told)


def what_runs_make_kept_of_their_entries(patch: Patch) -> None:
    """One mapping for two: who sees a change hangs on how often the memory was put to rest."""
    true = beginning._run

    def run(plan, key, entry):
        made = true(plan, key, entry)
        made.kept = entry.kept
        return made

    patch.setattr(beginning, "_run", run)


# What journeys promise


def arms_drawn_by_run(patch: Patch) -> None:
    """The second run of a user may go another way."""
    true = making.take_arm

    def take_arm(step, run, around):
        terms = replace(around.terms, salt=f"{around.terms.salt}{run.entry}")
        true(step, run, replace(around, terms=terms))

    patch.setattr(progress, "take_arm", take_arm)


def absences_that_only_answers_to_come_end(patch: Patch) -> None:
    """What is armed is not disarmed."""
    patch.setattr(absences, "_disarm", lambda plan, memory, key, at: None)


def calls_that_need_consent(patch: Patch) -> None:
    patch.setattr(ConsentGate, "binds", lambda self, message, channel: message.kind != "transactional")


# Publications


def shares_drawn_anew_with_each_publication(patch: Patch) -> None:
    def of(self, memory):
        if self.said.share >= ONE:
            return self.playbook
        is_in = draw(self.playbook.salt, "canary", self.said.seq, memory.bucket) < self.said.share
        return self.playbook if is_in else self.stable

    patch.setattr(in_force.InForce, "of", of)


def pauses_that_nobody_heeds(patch: Patch) -> None:
    true = in_force.InForce.of
    patch.setattr(in_force.InForce, "of", lambda self, memory: other(true(self, memory), paused=frozenset()))


def pauses_that_end_with_the_engine(patch: Patch) -> None:
    true = restoring.said_at
    patch.setattr(restoring, "said_at", lambda *given: replace(true(*given), paused=()))


def pauses_answered_before_they_are_durable(patch: Patch) -> None:
    true = Host.publish

    async def publish(self, prepare):
        wish = asyncio.ensure_future(true(self, prepare))
        wish.add_done_callback(lambda each: each.cancelled() or each.exception())
        await asyncio.sleep(0)
        return self.shard.in_force.said

    patch.setattr(Host, "publish", publish)


def a_place_in_the_log_for_what_publishes_nothing(patch: Patch) -> None:
    """A number that no entry has; the snapshot at the end claims to know it."""
    true = Host._publish

    async def publish(self, prepare, answer):
        async def counted(before, now, seq):
            found = await prepare(before, now, seq)
            if found is None:
                self._intake.seq = seq
            return found

        await true(self, counted, answer)

    patch.setattr(Host, "_publish", publish)


def publications_that_leave_triggers_as_they_are(patch: Patch) -> None:
    """While the engine runs; a log that is folded again arms them."""
    true = Shard.taking_up

    def taking_up(self, standing):
        turn = yield from true(self, standing)
        turn.memories.clear()
        turn.wakes.clear()
        return turn

    patch.setattr(Shard, "taking_up", taking_up)


# News of items


def news_that_is_told_anew_after_a_crash(patch: Patch) -> None:
    """Under another name, so that nothing knows it again."""
    true = FanOut._event

    def event(self, said, user, properties):
        found = true(self, said, user, properties)
        return replace(found, id=f"{found.id}-{self._clock.now()}")

    patch.setattr(FanOut, "_event", event)
