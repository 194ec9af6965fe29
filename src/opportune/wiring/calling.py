"""One try of one attempt: what is asked just before the byte that commits the provider, and what the answer means."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from msgspec import Struct, msgpack

from opportune.errors import Rejected, Retryable, Unavailable
from opportune.messages.template import Rendered
from opportune.ports import Clock, Delivery, Outbox, Render
from opportune.sending.outbox import OPEN, Heard, Mode, Row, begins_before, obstacle, stage_after
from opportune.sending.receipt import BARRED, Receipt, given_up
from opportune.units import SECOND
from opportune.wiring.lane import Lane, Try

_log: Final = logging.getLogger("opportune.dispatcher")
_words: Final = msgpack.Decoder(Rendered)


class Again(Struct, frozen=True):
    """It came to nothing and is to be tried again later; ``code`` says why."""

    code: str


class Gone(Struct, frozen=True):
    """The outbox knows of it no more: its user was erased, and nothing is to be said."""


class _Door:
    """Asked by the channel just before the byte that commits the provider; the mark is durable when it says yes."""

    def __init__(self, row: Row, mode: Mode, body: bytes | None) -> None:
        self.row, self.mode, self.body = row, mode, body
        self.is_barred = self.is_held = False
        self._marking: asyncio.Future[bool] | None = None

    async def opened(self, outbox: Outbox, clock: Clock, is_held: Callable[[], bool]) -> bool:
        if not self._may_begin(outbox, clock, is_held):
            return False
        mark = outbox.mark_data_sent(self.row.claim, self.body, again=self.row.stage == "data_sent")
        self._marking = asyncio.ensure_future(mark)
        self._marking.add_done_callback(_taken_note_of)
        if not await asyncio.shield(self._marking):  # a call may be broken off, what is being written may not
            return False
        if self._may_begin(outbox, clock, is_held):
            return True
        self._marking = None  # the disk has taken so long that it is too late, and nothing was sent
        if self.row.stage == "claimed":
            await asyncio.shield(asyncio.ensure_future(outbox.release(self.row.claim)))
        return False

    def _may_begin(self, outbox: Outbox, clock: Clock, is_held: Callable[[], bool]) -> bool:
        attempt, bound, now = self.row.claim.attempt, begins_before(self.row, self.mode), clock.now()
        if bound is None or now >= bound:
            return False
        self.is_held = is_held() or now < attempt.at  # a clock that was set back meanwhile: it may still be night
        self.is_barred = outbox.is_barred(attempt.channel, attempt.address)
        return not (self.is_held or self.is_barred)

    async def is_open(self) -> bool:
        """Whether something may have been sent."""
        return self._marking is not None and await self._marking


class Calling:
    """Makes single tries; knows nothing of queues and turns."""

    def __init__(self, outbox: Outbox, *, render: Render, clock: Clock, is_held: Callable[[], bool]) -> None:
        self._outbox = outbox
        self._render = render
        self._clock = clock
        self._is_held = is_held
        self._at_the_door: set[asyncio.Future[None]] = set()

    async def begun(self) -> None:
        """Returns when each call that has asked by now has begun, or must not."""
        if self._at_the_door:
            await asyncio.wait(set(self._at_the_door))

    async def tried(self, lane: Lane, each: Try) -> Receipt | Again | Gone:
        """What one try has come to, at the outbox too; raises ``Unavailable`` if that cannot be written."""
        attempt = each.claim.attempt
        row = self._outbox.standing(each.claim)
        if row is None or row.stage not in OPEN:
            return Gone()
        mode = lane.mode(attempt)
        why = obstacle(row, self._clock.now(), mode)
        if why is not None:
            return given_up(row, each.code if each.code and why == "expired" else why)
        try:
            rendered = _words.decode(row.body) if row.body is not None else self._render(attempt)
        except Exception as fault:  # noqa: BLE001 - templates are written by others: whatever is wrong with one is its own affair
            _log.error("decision %s: cannot be rendered: %s", attempt.decision, type(fault).__name__)
            return await self._settled(row, Receipt("failed", "render_failed"), "refused", mode)
        body = None if mode == "once" else row.body or msgpack.encode(rendered)
        return await self._called(lane, _Door(row, mode, body), rendered)

    async def _called(self, lane: Lane, door: _Door, rendered: Rendered) -> Receipt | Again | Gone:
        row, attempt, is_outage = door.row, door.row.claim.attempt, False
        heard: Heard = "refused"
        try:
            async with asyncio.timeout(lane.patience / SECOND):
                receipt = await lane.channel.send(rendered, _delivery(row), commits=lambda: self._asked(door))
            if receipt.answer == "lapsed" and not await door.is_open():
                return await self._kept_in(door)
            heard = "silence" if receipt.answer in ("unknown", "lapsed") else "accepted"
            if receipt.answer == "failed":
                heard = "refused"
            elif not await door.is_open() or receipt.answer == "lapsed":
                return await self._unasked(door)
            is_outage = heard == "silence"
        except Retryable as refusal:
            is_doubtful = refusal.is_doubtful and await door.is_open()
            heard, is_outage = "silence" if is_doubtful else "not_now", refusal.is_outage
            receipt = Receipt("unknown" if is_doubtful else "lapsed", refusal.code)
        except Rejected as refusal:
            receipt = Receipt("failed", refusal.code, refusal.bounce)
        except TimeoutError:
            is_sent, is_outage = await door.is_open(), True
            heard = "silence" if is_sent else "not_now"
            receipt = Receipt("unknown", "no_answer") if is_sent else Receipt("lapsed", "timed_out")
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - a channel's own fault must not stop the others
            _log.error("decision %s: channel %s failed: %s", attempt.decision, attempt.channel, type(fault).__name__)
            heard = "silence" if await door.is_open() else "refused"
            receipt = Receipt("unknown" if heard == "silence" else "failed", "channel_failed")
            return await self._settled(row, receipt, heard, door.mode, is_marked=heard == "silence")
        lane.heard(is_outage=is_outage, now=self._clock.now())
        return await self._settled(row, receipt, heard, door.mode, is_marked=await door.is_open())

    async def _asked(self, door: _Door) -> bool:
        loop = asyncio.get_running_loop()
        standing: asyncio.Future[None] = loop.create_future()
        self._at_the_door.add(standing)
        try:
            return await door.opened(self._outbox, self._clock, self._is_held)
        finally:
            loop.call_soon(self._let_in, standing)  # by then the channel has spoken: it does so in this very turn

    def _let_in(self, standing: "asyncio.Future[None]") -> None:
        self._at_the_door.discard(standing)
        if not standing.done():
            standing.set_result(None)

    async def _settled(
        self, row: Row, said: Receipt, heard: Heard, mode: Mode, *, is_marked: bool = False
    ) -> Receipt | Again:
        """The answer by the tables; what stays open is tried again."""
        match stage_after(row, heard, mode):
            case "claimed":
                if is_marked:
                    await self._outbox.release(row.claim)
                return Again(said.code)
            case "data_sent":
                return Again(said.code)
            case "unknown":
                return Receipt("unknown", said.code, said.bounce)
            case _:
                return said

    async def _kept_in(self, door: _Door) -> Receipt | Again | Gone:
        """The door stayed shut, so nothing was sent: why?"""
        row = self._outbox.standing(door.row.claim)
        if row is None:
            return Gone()
        if door.is_held:
            return Again("held")
        if door.is_barred:
            return await self._settled(row, Receipt("failed", BARRED), "refused", door.mode)
        return given_up(row, obstacle(row, self._clock.now(), door.mode) or "withdrawn")

    async def _unasked(self, door: _Door) -> Receipt:
        """The channel sent without asking, or asked and says that it did not send: nobody knows."""
        attempt = door.row.claim.attempt
        _log.error("decision %s: channel %s did not ask before it sent", attempt.decision, attempt.channel)
        if await door.is_open() or door.row.stage == "data_sent":
            return Receipt("unknown", "channel_failed")
        is_marked = await self._outbox.mark_data_sent(door.row.claim)
        return Receipt("unknown" if is_marked else "failed", "channel_failed")


def _taken_note_of(marking: asyncio.Future[bool]) -> None:
    """A call that was broken off waits no more for its mark; what the disk said then is said by others as well."""
    if not marking.cancelled():
        marking.exception()


def _delivery(row: Row) -> Delivery:
    attempt = row.claim.attempt
    return Delivery(
        key=attempt.decision,
        user=attempt.user,
        address=attempt.address,
        at=attempt.at,
        topic=attempt.topic if attempt.is_marketing else "",
        channel=attempt.channel,
        message=attempt.message,
        deadline=attempt.deadline,
        is_repeat=row.stage == "data_sent",
    )
