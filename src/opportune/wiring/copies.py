"""A file that may be a copy: what the original may have sent since counts as sent, and is never sent again.

The engine lives through the time that the copy has missed as the original would have without further events: what fell
due is decided as of its own instant, and each message that would have gone out ends ``unknown`` with the code
``restored_copy``. So does, while sending is held, whatever was begun before the copy was noticed. What has its cause
only after that cannot be the original's: it waits until the copy is confirmed.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input, Tick
from opportune.policies.decision import Decision
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, events_of
from opportune.units import MINUTE, Instant
from opportune.wiring.intake import Intake
from opportune.wiring.restoring import Restored, turn_as_batch

CODE: Final = "restored_copy"
STRIDE: Final = MINUTE
"""What falls due within one is taken together."""


class Copied:
    """One start of an engine on a file that may be a copy."""

    def __init__(self, store: SqliteStore, start: Restored, now: Instant) -> None:
        """``now`` is when the engine starts."""
        self._store = store
        self._start = start
        self._now = max(now, start.clock)
        self._since = store.hold_since(self._now)
        self._intake = Intake(store, start.shard)

    async def live_through(self) -> int:
        """Takes the file to the present; how many messages count as sent that this file does not know to be.

        To be called before anything else is taken, also again after a crash or while sending is still held.
        """
        count = await self._count([row.claim for row in self._store.open_claims()])
        wheel = self._start.shard.wheel
        while (first := wheel.first()) is not None and first <= self._now:
            clock = max(min(first + STRIDE, self._now), self._start.clock)
            claims = await self._fed([Tick(clock, self._intake.following())], clock)
            count += await self._count(claims)
        if self._store.held is None:
            self._store.settled()
        return count

    async def _count(self, claims: Iterable[Claim]) -> int:
        """Those that may be the original's end as unknown, at the instants at which they would have gone out."""
        count = 0
        for claim in claims:
            if not await counted(self._store, claim, self._since):
                continue
            count += 1
            at = claim.attempt.at
            told = [
                entry
                for event in events_of(claim, Receipt("unknown", CODE), at)
                for entry in self._intake.entered(event, max(at, self._start.clock))
            ]
            count += await self._count(await self._fed(told, max(at, self._start.clock)))
        return count

    async def _fed(self, inputs: Sequence[Input], clock: Instant) -> tuple[Claim, ...]:
        self._start.clock = clock
        turn = self._start.shard.feed(inputs)
        self._start.walk.changed(turn.memories, len(inputs))
        return await self._store.commit(turn_as_batch(inputs, turn))


async def counted(store: SqliteStore, claim: Claim, since: Instant) -> bool:
    """Whether this attempt may be the original's too; it is then over, durably."""
    decision = store.decision(claim.attempt.decision)
    if decision is None or _is_only_here(store, decision, since):
        return False
    await store.mark_data_sent(claim)
    return await store.answer(claim, Receipt("unknown", CODE), claim.attempt.at)


def _is_only_here(store: SqliteStore, decision: Decision, since: Instant) -> bool:
    """Whether its cause is an event that happened after the copy was noticed.

    The end of a silence is no such event: it comes in the original as well.
    """
    if decision.entry < since:
        return False
    return any(isinstance(entry, Event) and entry.at == decision.entry for entry in store.events_of(decision.user))


class Holding:
    """Stands before a dispatcher: while sending is held, what may be the original's is over at once."""

    def __init__(
        self, store: SqliteStore, take: Callable[[Iterable[Claim]], None], report: Callable[[Iterable[Claim]], None]
    ) -> None:
        """``take`` begins attempts; ``report`` is told of those that are over."""
        self._store = store
        self._take = take
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, claims: Iterable[Claim]) -> None:
        """Begin these, which a commit has returned."""
        if self._store.held is None:
            self._take(claims)
            return
        task = asyncio.create_task(self._sorted_out(list(claims)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def is_at_rest(self) -> bool:
        """Whether all that was taken has been passed on or is over."""
        return not self._tasks

    async def _sorted_out(self, claims: Sequence[Claim]) -> None:
        since = self._store.hold_since(0)
        for claim in claims:
            if await counted(self._store, claim, since):
                self._report([claim])
            else:
                self._take([claim])
