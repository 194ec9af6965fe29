"""Carries claimed attempts to their channels, and every answer back into the log; decides nothing.

The order of what becomes durable is the whole point: ``claimed`` (by the host's commit), ``data_sent`` just before the
byte that commits the provider, the answer, and only then the event in the log. A crash between any two of them leaves
a stage from which it is plain whether the message can have gone out, and what that means is the attempt's mode.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from opportune.ports import Outbox, Render, Report, Timer
from opportune.sending.outbox import Claim, Row, begins_before, pause_after
from opportune.sending.receipt import Answer, Receipt, events_of, receipt_of
from opportune.units import Instant, Millis
from opportune.wiring.calling import Again, Calling, Gone
from opportune.wiring.lane import Lane, LaneState, Try, never, nowhere


class Dispatcher:
    """Sends what it is given, each lane for itself; one bad message never delays or fails another.

    ``render`` may raise anything: that message fails with ``render_failed``. ``report`` gets each receipt's event once
    it is durable in the outbox; if the host could not log it, ``report_again`` repeats it with the same id.
    """

    def __init__(
        self, outbox: Outbox, lanes: Mapping[str, Lane], *, render: Render, report: Report, clock: Timer
    ) -> None:
        self.is_held: Callable[[], bool] = never
        """While it says so nothing is sent: attempts wait, and lapse when they expire."""
        self._outbox = outbox
        self._lanes = dict(lanes)
        self._nowhere = nowhere()
        self._report = report
        self._clock = clock
        self._calling = Calling(outbox, render=render, clock=clock, is_held=lambda: self.is_held())
        self._open: set[tuple[str, int]] = set()
        self._pauses: set[asyncio.Task[None]] = set()
        self._begun = 0
        self._settled = asyncio.Event()
        self._settled.set()

    async def recover(self) -> None:
        """After a start, before anything is taken: answer what a crash left open, and report what the log lacks.

        What may be asked for again is taken up where it was. While sending is held nothing that is open is touched: it
        may be another process's, whose file this is a copy of; call it again once the hold is lifted.
        """
        if not self.is_held():
            left_open = [row for row in self._outbox.open_claims() if _key(row.claim) not in self._open]
            await asyncio.gather(*map(self._recovered, left_open))
        self.report_again()

    async def _recovered(self, row: Row) -> None:
        now = self._now(row.claim)
        receipt = receipt_of(row, now, self._lane(row.claim).mode(row.claim.attempt))
        if receipt is None:
            self._take(row.claim, self._until(self._lane(row.claim), row.claim))
        else:
            await self._outbox.answer(row.claim, receipt, now)

    def report_again(self) -> None:
        """Report every answer that the log does not hold yet, oldest first."""
        for row in self._outbox.unlogged():
            answer = _answer_of(row)
            if answer is not None and row.at is not None:
                for event in events_of(row.claim, Receipt(answer, row.code, row.bounce), row.at):
                    self._report(event)

    def take(self, claims: Iterable[Claim]) -> None:
        """Begin these, which a commit has returned."""
        for claim in claims:
            self._take(claim, claim.attempt.expires)

    def _take(self, claim: Claim, until: Instant) -> None:
        if _key(claim) not in self._open:
            self._open.add(_key(claim))
            self._settled.clear()
            self._lane(claim).waiting.put_nowait(Try(claim, until))

    def lanes(self) -> dict[str, LaneState]:
        """How each lane stands."""
        now = self._clock.now()
        return {name: lane.state(now) for name, lane in self._lanes.items()}

    async def run(self) -> None:
        """Work until ``stop``, then take leave of the providers.

        Raises ``Unavailable`` (in an ExceptionGroup) if the outbox cannot be written.
        """
        async with asyncio.TaskGroup() as group:
            for lane in (*self._lanes.values(), self._nowhere):
                for _ in range(lane.workers):
                    group.create_task(self._work(lane))
        for lane in self._lanes.values():
            await lane.channel.close()

    @property
    def is_at_rest(self) -> bool:
        """Whether no call is under way: all that is taken has been reported, or waits for the clock."""
        return self._begun == 0

    @property
    def is_settled(self) -> bool:
        """Whether everything taken has been answered and reported."""
        return self._settled.is_set()

    async def settled(self) -> None:
        """Wait until everything taken has been answered and reported."""
        await self._settled.wait()

    async def begun(self) -> None:
        """Returns when each call has begun that was let through before anything that is durable now."""
        await self._calling.begun()

    async def stop(self) -> None:
        """Finish the calls that have begun and begin no more; the rest lapses when the next start recovers it."""
        for pause in self._pauses:
            pause.cancel()
        for lane in (*self._lanes.values(), self._nowhere):
            while not lane.waiting.empty():
                lane.waiting.get_nowait()
            for _ in range(lane.workers):
                lane.waiting.put_nowait(None)

    async def _work(self, lane: Lane) -> None:
        while (each := await lane.waiting.get()) is not None:
            if not await self._turn(lane, each):
                break
            self._begun += 1
            try:
                found = await self._calling.tried(lane, each)
            finally:
                lane.end(each)
            match found:
                case Again(code):
                    self._wait_and_retry(lane, each, code)
                case Gone():
                    self._let_go(each.claim)
                case Receipt():
                    await self._end(each.claim, found)
            self._begun -= 1

    async def _turn(self, lane: Lane, each: Try) -> bool:
        """Waits for the lane's turn; False if ``stop`` came first."""
        if lane.begun(self._clock.now(), each, is_held=self.is_held()) == 0:
            return True
        turn = asyncio.create_task(lane.turn(self._clock, each, is_held=self.is_held))
        self._pauses.add(turn)
        await asyncio.wait({turn})
        self._pauses.discard(turn)
        return not turn.cancelled()

    def _wait_and_retry(self, lane: Lane, each: Try, code: str) -> None:
        tries = each.tries + 1

        async def pause() -> None:
            try:
                await self._clock.pause(max(0, min(span, until - self._clock.now())))
                lane.waiting.put_nowait(Try(each.claim, until, tries, code))
            finally:
                lane.retrying -= 1

        until = self._until(lane, each.claim)
        span = pause_after(tries, self._doubtful_for(lane, each.claim))
        lane.retrying += 1
        task = asyncio.create_task(pause())
        self._pauses.add(task)
        task.add_done_callback(self._pauses.discard)

    async def _end(self, claim: Claim, receipt: Receipt) -> None:
        now = self._now(claim)
        if await self._outbox.answer(claim, receipt, now):
            for event in events_of(claim, receipt, now):
                self._report(event)
        elif self._outbox.standing(claim) is not None:
            raise RuntimeError(f"decision {claim.attempt.decision}: {receipt.answer} does not follow from its stage")
        self._let_go(claim)

    def _let_go(self, claim: Claim) -> None:
        self._open.discard(_key(claim))
        if not self._open:
            self._settled.set()

    def _now(self, claim: Claim) -> Instant:
        """The clock, which may have been set back; no answer is older than what it answers."""
        return max(self._clock.now(), claim.attempt.at)

    def _until(self, lane: Lane, claim: Claim) -> Instant:
        """The instant from which no try may begin; of one that has gone or been answered its claim."""
        row = self._outbox.standing(claim)
        bound = None if row is None else begins_before(row, lane.mode(claim.attempt))
        return claim.attempt.at if bound is None else bound

    def _doubtful_for(self, lane: Lane, claim: Claim) -> Millis:
        """The span since a claim that may have reached a provider that would not drop a repeat; else 0."""
        row = self._outbox.standing(claim)
        may_repeat = row is not None and row.stage == "data_sent" and not lane.channel.is_keyed
        return self._now(claim) - claim.attempt.at if may_repeat else 0

    def _lane(self, claim: Claim) -> Lane:
        return self._lanes.get(claim.attempt.channel, self._nowhere)


def _answer_of(row: Row) -> Answer | None:
    stage = row.stage
    return None if stage == "claimed" or stage == "data_sent" else stage


def _key(claim: Claim) -> tuple[str, int]:
    return claim.attempt.decision, claim.nth
