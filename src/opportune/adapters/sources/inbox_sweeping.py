"""Takes useless in-app messages from the shelf, and reports those that nobody saw."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from opportune.adapters.sources.inbox_events import inbox_event
from opportune.errors import Overloaded, Unavailable
from opportune.events.event import Event
from opportune.ports import InboxShelf, Timer
from opportune.units import MINUTE, Millis

GRACE: Final[Millis] = MINUTE
"""How long an app may still say what it did with a message that has just become useless."""
EVERY: Final[Millis] = MINUTE
AT_ONCE: Final = 500


class Sweeper:
    """Works until ``stop``; apps are not told, for a stream knows itself when its messages become useless."""

    def __init__(
        self, shelf: InboxShelf, *, accept: Callable[[Sequence[Event]], Awaitable[object]], clock: Timer
    ) -> None:
        """``accept`` makes the events durable; the same one twice counts once."""
        self._shelf, self._accept, self._clock = shelf, accept, clock
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Sweeps every minute of the clock."""
        while not self._stopped.is_set():
            while await self.sweep() == AT_ONCE:
                pass
            waiting = [
                asyncio.ensure_future(self._clock.pause(EVERY)),
                asyncio.ensure_future(self._stopped.wait()),
            ]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for each in waiting:
                each.cancel()

    def stop(self) -> None:
        """Return from ``run``."""
        self._stopped.set()

    async def sweep(self) -> int:
        """How many were taken away, 500 at most; none if they cannot be reported now, the next sweep takes them."""
        now = self._clock.now()
        items = self._shelf.expired(now - GRACE, AT_ONCE)
        unseen = [inbox_event(item, "expired", now) for item in items if item.shown_at is None]
        try:
            if unseen:
                await self._accept(unseen)
        except (Overloaded, Unavailable):
            return 0
        if items:
            await self._shelf.remove(items)
        return len(items)
