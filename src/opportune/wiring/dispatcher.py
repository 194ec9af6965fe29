"""Carries claimed attempts to their channels, and every answer back into the log; decides nothing.

The order of what becomes durable is the whole point: ``claimed`` (by the host's commit), ``data_sent`` just before the
byte that commits the provider, the answer, and only then the event in the log. A crash between any two of them leaves
a stage from which it is plain whether the message can have gone out; what may have gone out is never sent again.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from opportune.errors import Rejected, Retryable, Unavailable
from opportune.messages.template import Rendered
from opportune.ports import Delivery, Outbox, Render, Report, Timer
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim, Row, obstacle, pause_after
from opportune.sending.receipt import Answer, Receipt, event_of, receipt_of
from opportune.units import Instant
from opportune.wiring.lane import Lane, Try, nowhere

_log: Final = logging.getLogger("opportune.dispatcher")


class Dispatcher:
    """Sends what it is given, each lane for itself; one bad message never delays or fails another.

    ``render`` may raise anything: that message fails with ``render_failed``. ``report`` gets each receipt's event once
    it is durable in the outbox; if the host could not log it, ``report_again`` repeats it with the same id.
    """

    def __init__(
        self, outbox: Outbox, lanes: Mapping[str, Lane], *, render: Render, report: Report, clock: Timer
    ) -> None:
        self._outbox = outbox
        self._lanes = dict(lanes)
        self._nowhere = nowhere()
        self._render = render
        self._report = report
        self._clock = clock
        self._open: set[tuple[str, int]] = set()
        self._pauses: set[asyncio.Task[None]] = set()
        self._begun = 0
        self._settled = asyncio.Event()
        self._settled.set()

    async def recover(self) -> None:
        """After a start, before anything is taken: answer what a crash left open, and report what the log lacks."""
        left_open = [row for row in self._outbox.open_claims() if _key(row.claim) not in self._open]
        await asyncio.gather(*map(self._recovered, left_open))
        self.report_again()

    async def _recovered(self, row: Row) -> None:
        now = self._now(row.claim)
        receipt = receipt_of(row, now)
        if receipt is not None:
            await self._outbox.answer(row.claim, receipt, now)

    def report_again(self) -> None:
        """Report every answer that the log does not hold yet, oldest first."""
        for row in self._outbox.unlogged():
            answer = _answer_of(row)
            if answer is not None and row.at is not None:
                self._report(event_of(row.claim, Receipt(answer, row.code), row.at))

    def take(self, claims: Iterable[Claim]) -> None:
        """Begin these, which a commit has returned."""
        for claim in claims:
            if _key(claim) not in self._open:
                self._open.add(_key(claim))
                self._settled.clear()
                self._lane(claim).waiting.put_nowait(Try(claim))

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
            if not await self._turn(lane, each.claim.attempt):
                break
            self._begun += 1
            found = await self._try(lane, each)
            if isinstance(found, Retryable):
                self._wait_and_retry(lane, each, found.code)
            else:
                await self._end(each.claim, found)
            self._begun -= 1

    async def _turn(self, lane: Lane, attempt: Attempt) -> bool:
        """Waits for the lane's turn; False if ``stop`` came first."""
        turn = asyncio.create_task(lane.turn(self._clock, attempt))
        self._pauses.add(turn)
        await asyncio.wait({turn})
        self._pauses.discard(turn)
        return not turn.cancelled()

    async def _try(self, lane: Lane, each: Try) -> Receipt | Retryable:
        claim = each.claim
        code = self._obstacle(claim)
        if code is not None:
            return Receipt("lapsed", each.code if each.code and code == "expired" else code)
        try:
            rendered = self._render(claim.attempt)
        except Exception as fault:  # noqa: BLE001 - templates are written by others: whatever is wrong with one is its own affair
            _log.error("decision %s: cannot be rendered: %s", claim.attempt.decision, type(fault).__name__)
            return Receipt("failed", "render_failed")
        return await self._call(lane, claim, rendered)

    async def _call(self, lane: Lane, claim: Claim, rendered: Rendered) -> Receipt | Retryable:
        attempt = claim.attempt
        is_data_sent = False

        async def commits() -> bool:
            nonlocal is_data_sent
            is_data_sent = self._clock.now() < attempt.expires and await self._outbox.mark_data_sent(claim)
            return is_data_sent

        topic = attempt.topic if attempt.is_marketing else ""
        delivery = Delivery(attempt.decision, attempt.user, attempt.address, attempt.at, topic)
        try:
            receipt = await lane.channel.send(rendered, delivery, commits=commits)
        except Retryable as refusal:
            if is_data_sent:
                await self._outbox.release(claim)
            lane.heard(is_outage=refusal.is_outage, now=self._clock.now())
            return refusal
        except Rejected as refusal:
            receipt = Receipt("failed", refusal.code)
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - a channel's own fault must not stop the others
            _log.error("decision %s: channel %s failed: %s", attempt.decision, attempt.channel, type(fault).__name__)
            return Receipt("unknown" if is_data_sent else "failed", "channel_failed")
        lane.heard(is_outage=False, now=self._clock.now())
        if receipt.answer != "failed" and (receipt.answer == "lapsed") == is_data_sent:
            _log.error("decision %s: channel %s did not ask before it sent", attempt.decision, attempt.channel)
            may_be_out = is_data_sent or await self._outbox.mark_data_sent(claim)
            return Receipt("unknown" if may_be_out else "failed", "channel_failed")
        if receipt.answer == "lapsed":
            return Receipt("lapsed", self._obstacle(claim) or receipt.code)
        return receipt

    def _wait_and_retry(self, lane: Lane, each: Try, code: str) -> None:
        async def pause() -> None:
            left = each.claim.attempt.expires - self._clock.now()
            await self._clock.pause(max(0, min(pause_after(each.tries + 1), left)))
            lane.waiting.put_nowait(Try(each.claim, each.tries + 1, code))

        task = asyncio.create_task(pause())
        self._pauses.add(task)
        task.add_done_callback(self._pauses.discard)

    async def _end(self, claim: Claim, receipt: Receipt) -> None:
        now = self._now(claim)
        if not await self._outbox.answer(claim, receipt, now):
            raise RuntimeError(f"decision {claim.attempt.decision}: {receipt.answer} does not follow from its stage")
        self._report(event_of(claim, receipt, now))
        self._open.discard(_key(claim))
        if not self._open:
            self._settled.set()

    def _now(self, claim: Claim) -> Instant:
        """The clock, which may have been set back; no answer is older than what it answers."""
        return max(self._clock.now(), claim.attempt.at)

    def _obstacle(self, claim: Claim) -> str | None:
        row = self._outbox.standing(claim)
        return "expired" if row is None else obstacle(row, self._clock.now())

    def _lane(self, claim: Claim) -> Lane:
        return self._lanes.get(claim.attempt.channel, self._nowhere)


def _answer_of(row: Row) -> Answer | None:
    stage = row.stage
    return None if stage == "claimed" or stage == "data_sent" else stage


def _key(claim: Claim) -> tuple[str, int]:
    return claim.attempt.decision, claim.nth
