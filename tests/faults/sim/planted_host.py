"""Faults of hosts, dispatchers and providers' calls: answered too early, sent too late, twice, or never."""

import asyncio
from itertools import count

import pytest
from msgspec.structs import replace

from opportune.adapters.stores.outbox import SqliteOutbox
from opportune.ports import Taken
from opportune.sending import outbox
from opportune.sending import receipt as receipts
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim, Row
from opportune.sending.receipt import Receipt, events_of
from opportune.wiring import calling, dispatcher, embedded, erasing, shard, starting
from opportune.wiring.calling import Calling, _Door
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host
from opportune.wiring.erasing import Erasures
from opportune.wiring.lane import Lane
from opportune.wiring.shard import Shard
from opportune.wiring.wheel import Wheel
from tests.faults.sim.passing import passes

Patch = pytest.MonkeyPatch

# What clients are told


def acknowledged_before_the_commit(patch: Patch) -> None:
    async def accept(self, reads, dead, offsets=()):
        self._push(embedded.Arrival(reads, dead, None, offsets))
        return Taken()

    patch.setattr(Host, "accept", accept)


def acknowledged_while_the_commit_is_under_way(patch: Patch) -> None:
    true = Host._commit

    async def commit(self, inputs, turn, group, steps):
        for arrival, ids in zip(group.taken, group.known, strict=True):
            if arrival.answer is not None and not arrival.answer.done():
                arrival.answer.set_result(ids)
        await true(self, inputs, turn, group, steps)

    patch.setattr(Host, "_commit", commit)


def acknowledged_when_the_engine_ends(patch: Patch) -> None:
    def give_up(self):
        for arrival in (*(each for taken in self._unanswered for each in taken), *self._arrivals):
            if arrival.answer is not None and not arrival.answer.done():
                arrival.answer.set_result(Taken())

    patch.setattr(Host, "_give_up", give_up)


def receipts_refused_like_events(patch: Patch) -> None:
    """What cannot be taken at once is dropped, and a commit under way is reason enough."""
    true = Host.report
    patch.setattr(Host, "report", lambda self, event: None if self._is_committing else true(self, event))


def a_clock_that_falls(patch: Patch) -> None:
    def now(self):
        self._start.clock = self._clock.now()
        return self._start.clock

    patch.setattr(Host, "_now", now)


def erasures_answered_before_they_are_durable(patch: Patch) -> None:
    true = Erasures.carry_out

    async def carry_out(self, now, *, begun):
        for user, answer in self._wishes:
            if not answer.done():
                answer.set_result(erasing.erasure_of(self._shard, user, now))
        await true(self, now, begun=begun)

    patch.setattr(Erasures, "carry_out", carry_out)


def erasures_of_one_id_only(patch: Patch) -> None:
    """The ids that a user absorbed stay."""
    patch.setattr(Shard, "related", lambda self, user: [user])


def erasure_that_stays_in_memory(patch: Patch) -> None:
    patch.setattr(Shard, "forget", lambda self, erasure: None)


def stops_answered_while_calls_begin(patch: Patch) -> None:
    async def begun(self):
        return None

    patch.setattr(Calling, "begun", begun)


def calls_that_begin_after_a_pause(patch: Patch) -> None:
    """Between the question at the door and the byte that commits the provider others may come."""
    true = Calling._asked

    async def asked(self, door):
        found = await true(self, door)
        await passes(1)
        return found

    patch.setattr(Calling, "_asked", asked)


# Sending


def claims_dispatched_before_they_are_durable(patch: Patch) -> None:
    """And sent, though the outbox knows nothing of them yet."""
    commit, standing, mark = Host._commit, SqliteOutbox.standing, SqliteOutbox.mark_data_sent

    async def commit_(self, inputs, turn, group, steps):
        self._claimed([Claim(call, 1) for call in turn.calls if isinstance(call, Attempt)])
        await commit(self, inputs, turn, group, steps)

    async def mark_(self, claim, body=None, *, again=False):
        return await mark(self, claim, body, again=again) or standing(self, claim) is None

    patch.setattr(Host, "_commit", commit_)
    patch.setattr(SqliteOutbox, "standing", lambda self, claim: standing(self, claim) or Row(claim))
    patch.setattr(SqliteOutbox, "mark_data_sent", mark_)


def sent_before_it_is_marked(patch: Patch) -> None:
    async def opened(self, outbox, clock, is_held):
        async def mark():
            await passes(0.5)
            return await outbox.mark_data_sent(self.row.claim, self.body, again=self.row.stage == "data_sent")

        self._marking = asyncio.ensure_future(mark())
        self._marking.add_done_callback(calling._taken_note_of)
        return True

    patch.setattr(_Door, "opened", opened)


def retries_after_silence(patch: Patch) -> None:
    true = Calling._settled

    async def settled(self, row, said, heard, mode, *, is_marked=False):
        heard = "not_now" if heard == "silence" else heard
        return await true(self, row, said, heard, mode, is_marked=is_marked)

    patch.setattr(Calling, "_settled", settled)


def silence_that_counts_as_refusal(patch: Patch) -> None:
    true = Calling._settled

    async def settled(self, row, said, heard, mode, *, is_marked=False):
        if heard == "silence":
            heard, said = "refused", Receipt("failed", "timed_out")
        return await true(self, row, said, heard, mode, is_marked=is_marked)

    patch.setattr(Calling, "_settled", settled)


def silence_that_counts_as_sent(patch: Patch) -> None:
    true = Calling._settled

    async def settled(self, row, said, heard, mode, *, is_marked=False):
        if heard == "silence":
            heard, said = "accepted", Receipt("sent", "accepted")
        return await true(self, row, said, heard, mode, is_marked=is_marked)

    patch.setattr(Calling, "_settled", settled)


def _ever_again(row, mode):
    return row.claim.attempt.expires


def what_may_have_gone_out_is_tried_again(patch: Patch) -> None:
    """After a restart, in every mode."""
    for module in (outbox, calling, dispatcher):
        patch.setattr(module, "begins_before", _ever_again)
    true = receipts.receipt_of

    def receipt_of(row, now, mode):
        found = true(row, now, mode)
        return None if row.stage == "data_sent" and now < row.claim.attempt.expires else found

    patch.setattr(dispatcher, "receipt_of", receipt_of)


def what_may_have_gone_out_lapses(patch: Patch) -> None:
    """After a restart: nobody answered, so nobody got it."""
    true = receipts.receipt_of

    def receipt_of(row, now, mode):
        found = true(row, now, mode)
        return Receipt("failed", "restarted") if found is not None and found.answer == "unknown" else found

    patch.setattr(dispatcher, "receipt_of", receipt_of)


def attempts_that_never_expire(patch: Patch) -> None:
    for module in (outbox, calling, dispatcher):
        patch.setattr(module, "begins_before", lambda row, mode: 1 << 60)
    patch.setattr(Dispatcher, "take", lambda self, claims: [self._take(each, 1 << 60) for each in claims])


def attempts_that_expire_an_instant_late(patch: Patch) -> None:
    true = outbox.begins_before

    def begins_before(row, mode):
        found = true(row, mode)
        return None if found is None else found + 1

    for module in (outbox, calling):
        patch.setattr(module, "begins_before", begins_before)


def repeats_without_end(patch: Patch) -> None:
    true = outbox.begins_before

    def begins_before(row, mode):
        return 1 << 60 if row.stage == "data_sent" and mode == "at_least_once" else true(row, mode)

    for module in (outbox, calling, dispatcher):
        patch.setattr(module, "begins_before", begins_before)


def repeats_with_other_words(patch: Patch) -> None:
    patch.setattr(calling, "_words", _Anew(calling._words))


class _Anew:
    def __init__(self, true):
        self.true, self.numbers = true, count()

    def decode(self, body):
        return replace(self.true.decode(body), text=f"rendered again {next(self.numbers)}")


def repeats_with_another_key(patch: Patch) -> None:
    true, numbers = calling._delivery, count()

    def delivery(row):
        found = true(row)
        return replace(found, key=f"{found.key}-{next(numbers)}") if found.is_repeat else found

    patch.setattr(calling, "_delivery", delivery)


def sent_before_its_instant(patch: Patch) -> None:
    """A clock that was set back makes it night again."""

    class Never:
        def __init__(self, clock, at):
            self.clock, self.at = clock, at

        def now(self):
            return max(self.clock.now(), self.at)

    begun, opened = Lane.begun, _Door.opened
    patch.setattr(
        Lane,
        "begun",
        lambda self, now, each, *, is_held: begun(self, max(now, each.claim.attempt.at), each, is_held=is_held),
    )
    patch.setattr(
        _Door,
        "opened",
        lambda self, outbox, clock, is_held: opened(self, outbox, Never(clock, self.row.claim.attempt.at), is_held),
    )


def lanes_that_forget_what_is_to_be_tried_again(patch: Patch) -> None:
    patch.setattr(Dispatcher, "_wait_and_retry", lambda self, lane, each, code: self._let_go(each.claim))


def a_breaker_that_drops(patch: Patch) -> None:
    true = Dispatcher._turn

    async def turn(self, lane, each):
        while lane.begun(self._clock.now(), each, is_held=False) != 0:
            self._let_go(each.claim)
            each = await lane.waiting.get()
            if each is None:
                return False
        lane._under_way -= 1
        return await true(self, lane, each)

    patch.setattr(Dispatcher, "_turn", turn)


def answers_logged_before_they_are_kept(patch: Patch) -> None:
    async def end(self, claim, receipt):
        now = self._now(claim)
        for event in events_of(claim, receipt, now):
            self._report(event)
        await passes(1)
        await self._outbox.answer(claim, receipt, now)
        self._let_go(claim)

    patch.setattr(Dispatcher, "_end", end)


def answers_that_are_not_kept(patch: Patch) -> None:
    async def end(self, claim, receipt):
        for event in events_of(claim, receipt, self._now(claim)):
            self._report(event)
        self._let_go(claim)

    patch.setattr(Dispatcher, "_end", end)


def receipts_with_another_id_each_time(patch: Patch) -> None:
    true, numbers = receipts.event_of, count()

    def event_of(claim, receipt, at):
        event = true(claim, receipt, at)
        return replace(event, id=f"{event.id}{next(numbers):09}")

    patch.setattr(receipts, "event_of", event_of)


# Users, and what they are told apart by


def half_a_fold_kept_after_a_fault(patch: Patch) -> None:
    true, halves = shard.react, {}

    def react(playbook, memory, happened):
        halves[memory.user] = memory
        return true(playbook, memory, happened)

    patch.setattr(shard, "react", react)
    patch.setattr(Shard, "_without", lambda self, turn, user, taken: halves[user])


def a_batch_lost_with_its_one_bad_event(patch: Patch) -> None:
    """The memory is as it was before the batch."""
    patch.setattr(Shard, "_without", lambda self, turn, user, taken: self.memory(user, turn))


def stops_lost_with_a_fault(patch: Patch) -> None:
    patch.setattr(Shard, "keep", _keep_what_has_decided(Shard.keep))


def _keep_what_has_decided(true):
    def keep(self, turn):
        if turn.poison:
            turn.memories = {user: raw for user, raw in turn.memories.items() if user != turn.poison[0].user}
        true(self, turn)

    return keep


def absorbed_ids_that_live_on(patch: Patch) -> None:
    patch.setattr(Shard, "resolved", lambda self, user: user)


def merges_that_take_no_deadlines_along(patch: Patch) -> None:
    true = Shard._merge

    def merge(self, turn, happened):
        true(self, turn, happened)
        turn.wakes[happened.user] = self.wheel.wake(happened.user)

    patch.setattr(Shard, "_merge", merge)


def merges_carried_out_twice(patch: Patch) -> None:
    """The absorbed memory stays, and comes in again with every alias."""
    true = Shard._merge

    def merge(self, turn, happened):
        before = self.memories.get(happened.absorbed)
        true(self, turn, happened)
        if before is not None:
            turn.memories[happened.absorbed], turn.wakes[happened.absorbed] = before, self.wheel.wake(happened.absorbed)

    patch.setattr(Shard, "_merge", merge)


def due_under_the_old_playbook_decided_by_the_new(patch: Patch) -> None:
    """Neither a start nor the publication itself takes first what is due."""
    patch.setattr(starting, "catch_up", lambda store, start, *, now: None)
    true = Shard._publish

    def publish(self, turn, standing):
        self._due = lambda turn, tick: []
        try:
            yield from true(self, turn, standing)
        finally:
            del self._due

    patch.setattr(Shard, "_publish", publish)


def a_wheel_that_ignores_earlier_deadlines(patch: Patch) -> None:
    true = Wheel.set

    def set_(self, user, wake):
        known = self._wakes.get(user)
        true(self, user, wake if wake is None or known is None else max(known, wake))

    patch.setattr(Wheel, "set", set_)


def a_wheel_that_wakes_once(patch: Patch) -> None:
    """Whoever was due once is not looked at again."""
    true, woken = Wheel.set, set()

    def set_(self, user, wake):
        true(self, user, None if (id(self), user) in woken else wake)

    due = Wheel.due

    def due_(self, now, upto=None):
        found = due(self, now, upto)
        woken.update((id(self), user) for user in found)
        return found

    patch.setattr(Wheel, "set", set_)
    patch.setattr(Wheel, "due", due_)
