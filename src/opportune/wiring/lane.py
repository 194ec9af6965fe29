"""One channel with its own pace, so that a slow or missing provider delays nobody else."""

import asyncio
from dataclasses import dataclass, field

from opportune.errors import Rejected
from opportune.messages.template import Rendered
from opportune.ports import Channel, Commits, Delivery, Timer
from opportune.sending import breaker, rate_limit
from opportune.sending.attempt import Attempt
from opportune.sending.breaker import Breaker
from opportune.sending.outbox import Claim
from opportune.sending.rate_limit import RateLimit
from opportune.sending.receipt import Receipt
from opportune.units import Instant, Micros


@dataclass(frozen=True)
class Try:
    """A claim that waits for its turn, after so many tries that sent nothing."""

    claim: Claim
    tries: int = 0
    code: str = ""
    """Why the last try sent nothing."""


@dataclass
class Lane:
    """How many calls at once, how many a second, and whether the provider is left alone for now."""

    channel: Channel
    workers: int = 4
    limit: RateLimit = field(default_factory=lambda: RateLimit(100, 10))
    waiting: "asyncio.Queue[Try | None]" = field(default_factory=asyncio.Queue)
    _breaker: Breaker = field(default_factory=Breaker)
    _full_at: Micros = 0

    async def turn(self, clock: Timer, attempt: Attempt) -> None:
        """Wait until the lane may call, at most until the attempt expires.

        Never before the attempt's ``at``: where the clock was set back it may still be night.
        """
        while (now := clock.now()) < attempt.expires:
            pace = max(breaker.wait_of(self._breaker, now), rate_limit.wait_of(self.limit, self._full_at, now))
            wait = max(pace, attempt.at - now)
            if wait == 0:
                self._full_at = rate_limit.after_call(self.limit, self._full_at, now)
                return
            await clock.pause(min(wait, attempt.expires - now))

    def heard(self, *, is_outage: bool, now: Instant) -> None:
        """The provider was out, or has said something about a message."""
        seen = self._breaker
        self._breaker = breaker.after_outage(seen, now) if is_outage else breaker.after_answer(seen)


class NoChannel:
    """Stands where a message names a channel that nobody has set up."""

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Never: raises ``Rejected`` with code ``no_channel``."""
        raise Rejected("no such channel is set up", code="no_channel")

    async def close(self) -> None:
        """Nothing is held."""


def nowhere() -> Lane:
    """The lane of all channels that nobody has set up."""
    return Lane(NoChannel(), workers=1)
