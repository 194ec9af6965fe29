"""One process, one file: events in, decisions durable, attempts to the dispatcher. The default host.

One loop takes what has come, lets the shard turn it, and commits it as one group while the next batch is decided. A
sender is answered, and a dispatcher told, only when the commit is durable.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from opportune.errors import Overloaded, Unavailable
from opportune.events.alias import Alias
from opportune.events.event import Event, Input, Published, Tick
from opportune.ports import Batch, DeadLetter, Erasure, Store, Taken, Timer
from opportune.sending.attempt import Recall
from opportune.sending.outbox import Claim
from opportune.sending.tally import Tallied
from opportune.units import DAY, SECOND, Instant
from opportune.wiring.arrivals import Arrival, Arrivals, Offsets, pieces_of, together
from opportune.wiring.erasing import Erasures
from opportune.wiring.intake import Intake, not_joined
from opportune.wiring.letters import letters_of
from opportune.wiring.publishing import Prepare, Publishings, taken_up
from opportune.wiring.restoring import Restored
from opportune.wiring.retention import Retention
from opportune.wiring.shard import Turn
from opportune.wiring.snapshots import Steps

MOST_WAITING: Final = 50_000
"""Events that may wait for the loop; beyond it senders are told to come again."""
MOST_BESIDE: Final = 250
"""Events of a group that wait for the commit under way, so that groups are large; larger ones are turned beside it."""
MOST_BYTES_WAITING: Final = 64_000_000
"""About what may wait for the loop in all; beyond it senders are told to come again, too."""
MOST_DUE: Final = 2_000
"""Users that one group looks at because something is due; of more, the others are looked at in the groups after it."""
WALKED_AT_REST: Final = 1_000
"""Users whose memories one commit keeps when nothing else is to be done."""
ATTEMPTS_KEPT: Final = 30 * DAY
"""How long what was answered can be looked up in the outbox."""


@dataclass(frozen=True)
class Terms:
    """What an operator has decided about one host."""

    most_waiting: int = MOST_WAITING
    """Events that may wait; a request that brings more of them at once is taken if nothing else waits."""
    retention: Retention | None = None
    joins_known: bool = False
    """Whether every alias may absorb known users."""


@dataclass
class Group:
    """What one commit takes of what has come: requests, what of each was known, and what was refused."""

    taken: Sequence[Arrival]
    known: list[Taken]
    dead: list[DeadLetter]


class Host:
    """Runs one store from where the log left it; ``accept`` and ``report`` hand it events while ``run`` works."""

    def __init__(
        self,
        store: Store,
        start: Restored,
        *,
        clock: Timer,
        claimed: Callable[[Iterable[Claim]], None],
        terms: Terms | None = None,
    ) -> None:
        """``claimed`` gets the attempts of each commit, for the dispatcher."""
        terms = terms or Terms()
        self.store = store
        self.shard = start.shard
        self.begun: Callable[[], Awaitable[None]] = at_once
        """Awaited before anybody hears that attempts were called back: calls let through before that have begun."""
        self.watchers: list[Callable[[Sequence[Input], Turn], None]] = []
        """Each is shown every batch and its turn once they are durable."""
        self.forgetters: list[Callable[[Erasure], None]] = []
        """Each is told whom nothing tells of any more."""
        self.tally: Callable[[Sequence[Input], Turn, Instant], Tallied] = tally_nothing
        """Asked of every batch, in order, what it adds to the counts that its commit keeps."""
        self._start = start
        self._walk = start.walk
        self._clock = clock
        self._claimed = claimed
        self._most_waiting = terms.most_waiting
        self._intake = Intake(store, start.shard, joins_known=terms.joins_known)
        self._erasures = Erasures(store, start.shard, self._intake)
        self._publishings = Publishings()
        self._retention = terms.retention
        self._arrivals = Arrivals()
        self._unanswered: deque[Sequence[Arrival]] = deque()
        """What has been taken from ``_arrivals`` and is not durable, in order."""
        self._tidied_on = 0
        self.commit_seconds: deque[float] = deque(maxlen=1_000)
        """How long each of the newest commits took, until it was durable."""
        self._woken = asyncio.Event()
        self._pausing: tuple[Instant, asyncio.Task[None]] | None = None
        self._is_stopping = False
        self._is_idle = False
        self._committing: asyncio.Task[None] | None = None

    async def accept(self, reads: Sequence[Event | Alias], dead: Sequence[DeadLetter], offsets: Offsets = ()) -> Taken:
        """Returns when it is durable, with the ids that were known already; raises Overloaded if nothing was taken.

        ``offsets`` say, by source, how far that source has been taken with this. Without them a large request may be
        durable in part when the engine ends before its answer: it is sent again, and nothing of it is taken twice.
        """
        if self._is_stopping:
            raise Unavailable("the engine is stopping; nothing was taken, send it again")
        if self.is_full or (self.waiting and self.waiting + len(reads) > self._most_waiting):
            raise Overloaded(f"{self.waiting} events are waiting; nothing was taken, send it again in a second")
        pieces = pieces_of(reads, dead, offsets)
        for piece in pieces:
            self._push(piece, is_piece=len(pieces) > 1)
        return together(await asyncio.gather(*(piece.answer for piece in pieces if piece.answer is not None)))

    async def erase(self, user: str) -> Erasure:
        """Returns, once nothing tells of this user any more, the ids it took; events of them are refused then."""
        if self._is_stopping:
            raise Unavailable("the engine is stopping; nobody was erased, ask again")
        self._woken.set()
        erasure = await self._erasures.wish(user)
        for forget in self.forgetters:
            forget(erasure)
        return erasure

    async def publish(self, prepare: Prepare) -> Published:
        """Returns what is in force once that is durable; what ``prepare`` raises, and then all stays as it was.

        Nothing is taken from the moment that it is asked on; whatever comes meanwhile waits.
        """
        if self._is_stopping:
            raise Unavailable("the engine is stopping; nothing was published, ask again")
        self._woken.set()
        return await self._publishings.wish(prepare)

    def report(self, event: Event) -> None:
        """Takes a receipt on its way into the log; never refuses."""
        self._push(Arrival((event,), (), None))

    @property
    def is_full(self) -> bool:
        """Whether so much waits that whatever comes now is refused."""
        return self.waiting >= self._most_waiting or self._arrivals.size >= MOST_BYTES_WAITING

    @property
    def is_stopping(self) -> bool:
        """Whether nothing is taken any more."""
        return self._is_stopping

    @property
    def waiting(self) -> int:
        """How many events wait for the loop."""
        return self._arrivals.events

    @property
    def is_at_rest(self) -> bool:
        """Whether all that has come, and all that is due by the clock, is durable and was shown to the watchers."""
        first = self.shard.wheel.first()
        is_due = first is not None and first <= self._now()
        return self._is_idle and not self._arrivals and not self._is_committing and not is_due

    async def run(self) -> None:
        """Works until ``stop``; raises Unavailable once the store cannot be written.

        However it ends, whoever still waits is told to send it again.
        """
        try:
            while self._arrivals or self._is_wanted or not self._is_stopping:
                await self._something()
                if self._committing is not None and self._committing.done():
                    await self._settled()
                if self._erasures.are_waiting:
                    await self._settled()
                    await self._erasures.carry_out(self._now(), begun=self.begun)
                if self._publishings.are_waiting:
                    await self._settled()
                    await self._publish(*self._publishings.next())
                await self._batch()
            await self._settled()
            await self._walk_to_the_end()
        finally:
            self._is_stopping = True
            self._erasures.give_up()
            self._publishings.give_up()
            if self._retention is not None:
                self._retention.stop()
            self._give_up()
            if self._pausing is not None:
                self._pausing[1].cancel()

    def stop(self) -> None:
        """Take what has come, keep a snapshot, and return from ``run``."""
        self._is_stopping = True
        self._woken.set()

    def _push(self, arrival: Arrival, *, is_piece: bool = False) -> None:
        self._arrivals.push(arrival, is_piece=is_piece)
        if not self._is_committing or self._arrivals.coming >= MOST_BESIDE:
            self._woken.set()

    def _now(self) -> Instant:
        """The log clock: the clock, never falling."""
        self._start.clock = max(self._start.clock, self._clock.now())
        return self._start.clock

    async def _something(self) -> None:
        """Waits until the commit under way is durable or much waits; without one, until something is to be done."""
        if self._is_urgent:
            await asyncio.sleep(0)
            return
        self._woken.clear()
        if not self._is_committing:
            first, now = self.shard.wheel.first(), self._now()
            if self._arrivals or self._walk.is_on or (first is not None and first <= now):
                await asyncio.sleep(0)
                return
            self._wake_at(now + SECOND if first is None else min(first, now + SECOND), now)
            self._is_idle = True
        await self._woken.wait()
        self._is_idle = False
        while self._is_committing and not self._is_urgent:  # woken by a clock that was set before
            self._woken.clear()
            await self._woken.wait()

    @property
    def _is_urgent(self) -> bool:
        """Whether something is to be done even while a commit is under way."""
        is_much = self._is_committing and self._arrivals.coming >= MOST_BESIDE
        return self._is_wanted or self._is_stopping or is_much

    @property
    def _is_wanted(self) -> bool:
        return self._erasures.are_waiting or self._publishings.are_waiting

    def _wake_at(self, at: Instant, now: Instant) -> None:
        """Has the loop woken then, or earlier."""
        if self._pausing is not None:
            until, task = self._pausing
            if not task.done() and until <= at:
                return
            task.cancel()
        task = asyncio.ensure_future(self._clock.pause(at - now))
        task.add_done_callback(lambda _: self._woken.set())
        self._pausing = at, task

    @property
    def _is_committing(self) -> bool:
        return self._committing is not None and not self._committing.done()

    async def _batch(self) -> None:
        """Turns what has come into one group and starts its commit; the one before must be durable first."""
        now, taken, inputs = self._now(), self._arrivals.taken(), list[Input]()
        self._unanswered.append(taken)
        first = self.shard.wheel.first()
        if first is not None and first <= now:
            inputs.append(Tick(now, self._intake.following(), self.shard.wheel.crowd(now, MOST_DUE)))
        known: list[Taken] = []
        dead = [each for arrival in taken for each in arrival.dead]
        imported: set[int] = set()  # whoever calls an event history knows that it is late
        for arrival in taken:
            known.append(Taken())
            for read in arrival.reads:
                if self._intake.is_refused(read):
                    known[-1].erased.append(read.id)
                    continue
                entries = list(self._intake.entered(read, now))
                inputs += entries
                for alias in self._intake.not_joined():
                    known[-1].known_users.append(alias.id)
                    dead.append(not_joined(alias, now))
                if isinstance(read, Event) and read.is_history:
                    imported.update(entry.seq for entry in entries)
                if not entries and isinstance(read, Event):
                    known[-1].append(read.id)
        if not inputs and not taken and not self._walk.is_on:
            self._unanswered.pop()
            return
        turn = self.shard.feed(inputs)
        inputs += self.shard.told(turn, self._intake.following)
        turn.late = [each for each in turn.late if each[1] not in imported]
        self._walk.changed(turn.memories, len(inputs))
        if self._walk.is_due:
            self._walk.begin(self._intake.seq)
        await self._settled()
        steps = self._walk.steps(len(inputs) if inputs else WALKED_AT_REST)
        self._committing = asyncio.create_task(self._commit(inputs, turn, Group(taken, known, dead), steps))
        self._committing.add_done_callback(lambda _: self._woken.set())

    async def _publish(self, prepare: Prepare, answer: "asyncio.Future[Published]") -> None:
        """Puts one publication in force, alone, while nothing is under way to the store."""
        now, seq = self._now(), self._intake.seq + 1
        try:
            standing = await prepare(self.shard.in_force.said, now, seq)
            turn = None if standing is None else await taken_up(self.shard, standing)
        except Exception as refusal:  # noqa: BLE001 nothing has changed: whoever asked is told
            if not answer.done():
                answer.set_exception(refusal)
            return
        if turn is not None and standing is not None:
            self._intake.seq = seq  # only now: a number that nothing has in the log must be in no snapshot
            for users in self.shard.keeping(turn):
                self._walk.changed(users, 0)
                await asyncio.sleep(0)
            inputs: list[Input] = [standing.said, *self.shard.told(turn, self._intake.following)]
            self._walk.changed((), len(inputs))
            self._walk.published((standing.said.playbook, standing.said.stable))
            self._unanswered.append([])
            await self._commit(inputs, turn, Group([], [], []), ((), None))
        if not answer.done():
            answer.set_result(self.shard.in_force.said)

    async def _commit(
        self,
        inputs: Sequence[Input],
        turn: Turn,
        group: Group,
        steps: Steps,
    ) -> None:
        now, begun = self._start.clock, perf_counter()
        batch = Batch(
            inputs=tuple(inputs),
            decisions=tuple(turn.decisions),
            endings=tuple(turn.endings),
            goals=tuple(turn.goals),
            calls=tuple(turn.calls),
            dead=(*group.dead, *letters_of(turn, now)),
            offsets=tuple(offset for arrival in group.taken for offset in arrival.offsets),
            kept=steps[0],
            mark=steps[1],
            unmerged=tuple(turn.unmerged),
            tallied=self.tally(inputs, turn, now),
        )
        claims = await self.store.commit(batch)
        if any(isinstance(call, Recall) for call in turn.calls):
            await self.begun()
        self.commit_seconds.append(perf_counter() - begun)
        self._tidy(now)
        self._unanswered.popleft()
        for arrival, ids in zip(group.taken, group.known, strict=True):
            if arrival.answer is not None and not arrival.answer.done():
                arrival.answer.set_result(ids)
        self._claimed(claims)
        for watcher in self.watchers:
            watcher(inputs, turn)

    async def _settled(self) -> None:
        """Waits for the commit under way; what it raises ends ``run``."""
        if self._committing is not None:
            task, self._committing = self._committing, None
            await task

    def _give_up(self) -> None:
        for arrival in (*(each for taken in self._unanswered for each in taken), *self._arrivals):
            if arrival.answer is not None and not arrival.answer.done():
                arrival.answer.set_exception(Unavailable("the engine has stopped; send it again, it is taken once"))

    async def _walk_to_the_end(self) -> None:
        """The file's snapshot knows everything: the next start folds nothing again."""
        while self._walk.is_behind:
            if not self._walk.is_on:
                self._walk.begin(self._intake.seq)
            kept, mark = self._walk.steps(WALKED_AT_REST)
            await self.store.commit(Batch(kept=kept, mark=mark))

    def _tidy(self, now: Instant) -> None:
        """Once a day: what was answered long ago leaves the outbox, and what is too old the file."""
        if now // DAY != self._tidied_on:
            self._tidied_on = now // DAY
            self.store.forget_attempts(now - ATTEMPTS_KEPT)
            if self._retention is not None:
                self._walk.wants_base |= self._retention.tend(now)


def tally_nothing(inputs: Sequence[Input], turn: Turn, now: Instant) -> Tallied:
    """Nobody counts."""
    return Tallied()


async def at_once() -> None:
    """No call is ever under way."""
