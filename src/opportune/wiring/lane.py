"""One channel with its own pace, so that a slow or missing provider delays nobody else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from msgspec import Struct

from opportune.errors import Rejected
from opportune.messages.template import Rendered
from opportune.ports import Channel, Commits, Delivery, Timer
from opportune.sending import breaker, rate_limit
from opportune.sending.attempt import Attempt
from opportune.sending.breaker import Breaker
from opportune.sending.outbox import Claim, Mode, mode_of
from opportune.sending.rate_limit import RateLimit
from opportune.sending.receipt import Receipt
from opportune.units import MINUTE, SECOND, Instant, Micros, Millis


@dataclass(frozen=True)
class Try:
    """A claim that waits for its turn, after so many tries that came to nothing."""

    claim: Claim
    until: Instant
    """No try may begin from then on."""
    tries: int = 0
    code: str = ""
    """Why the last one came to nothing."""


class LaneState(Struct, frozen=True):
    """How a lane stands, for those who watch."""

    waiting: int
    """Attempts that wait for their turn."""
    under_way: int
    """Calls that have begun."""
    breaker: Literal["closed", "open", "asking"]
    outages: int
    """In a row."""
    since: Instant | None
    """The first of them."""


@dataclass
class Lane:
    """How many calls at once, how many a second, and whether the provider is left alone for now."""

    channel: Channel
    workers: int = 4
    limit: RateLimit = field(default_factory=lambda: RateLimit(100, 10))
    patience: Millis = MINUTE
    """How long one call may take, in real time; a silence then is no answer."""
    waiting: "asyncio.Queue[Try | None]" = field(default_factory=asyncio.Queue)
    retrying: int = 0
    """Those that wait for another try, and not in the queue."""
    _under_way: int = 0
    _breaker: Breaker = field(default_factory=Breaker)
    _full_at: Micros = 0
    _asking: Try | None = None
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def mode(self, attempt: Attempt) -> Mode:
        """What follows if the provider gives no answer."""
        return mode_of(attempt, is_keyed=self.channel.is_keyed)

    def state(self, now: Instant) -> LaneState:
        """How it stands now."""
        seen = self._breaker
        waiting = self.waiting.qsize() + self.retrying
        return LaneState(waiting, self._under_way, breaker.state_of(seen, now), seen.outages, seen.since)

    async def turn(self, clock: Timer, each: Try, *, is_held: Callable[[], bool]) -> None:
        """Wait until ``begun``."""
        while (wait := self.begun(clock.now(), each, is_held=is_held())) != 0:
            if wait is None:
                await self._heard.wait()
            else:
                await clock.pause(wait)

    def begun(self, now: Instant, each: Try, *, is_held: bool) -> Millis | None:
        """0 if its turn has come, or no try may begin any more; else how long to wait, None: until a call has ended.

        Never before the attempt's ``at``: where the clock was set back it may still be night. After outages one call
        asks, and the others wait for what comes of it. While sending is held nothing is called. ``end`` must follow.
        """
        if now < each.until:
            state = breaker.state_of(self._breaker, now)
            if state == "asking" and self._asking is not None:
                return None
            wait = max(
                SECOND if is_held else 0,
                breaker.wait_of(self._breaker, now),
                rate_limit.wait_of(self.limit, self._full_at, now),
                each.claim.attempt.at - now,
            )
            if wait:
                return min(wait, each.until - now)
            self._full_at = rate_limit.after_call(self.limit, self._full_at, now)
            if state == "asking":
                self._asking = each
                self._heard.clear()
        self._under_way += 1
        return 0

    def end(self, each: Try) -> None:
        """What began with this turn has ended."""
        self._under_way -= 1
        if self._asking is each:
            self._asking = None
            self._heard.set()

    def heard(self, *, is_outage: bool, now: Instant) -> None:
        """The provider was out, or has said something about a message."""
        seen = self._breaker
        self._breaker = breaker.after_outage(seen, now) if is_outage else breaker.after_answer(seen)


class NoChannel:
    """Stands where a message names a channel that nobody has set up."""

    is_keyed: ClassVar[bool] = False

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Never: raises ``Rejected`` with code ``no_channel``."""
        raise Rejected("no such channel is set up", code="no_channel")

    async def close(self) -> None:
        """Nothing is held."""


def nowhere() -> Lane:
    """The lane of all channels that nobody has set up."""
    return Lane(NoChannel(), workers=1)


def never() -> bool:
    """Sending is not held."""
    return False
