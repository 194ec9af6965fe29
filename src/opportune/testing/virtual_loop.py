"""An event loop on which time passes only when nobody has anything to do, and a clock that can be set.

One seed gives one history: what is ready runs in an order that the dice choose, one step after the other, and whoever
watches the steps may end the world between any two of them.
"""

import asyncio
from asyncio import Handle, TimerHandle
from collections import deque
from collections.abc import Callable
from heapq import heappop
from random import Random

from opportune.units import SECOND, Instant, Millis


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio without a selector; sockets do not exist here."""

    _ready: deque[Handle]
    _scheduled: list[TimerHandle]

    def __init__(self, dice: Random, *, shuffles: bool = False) -> None:
        """``shuffles``: what is ready does not run in the order in which it became so."""
        super().__init__()
        self.steps = 0
        self.watch: Callable[[int], None] = lambda step: None
        """Called before each step; may ``end`` the world."""
        self.ended = ""
        """Why nothing goes on any more."""
        self.next_due: Callable[[], float | None] = lambda: None
        """The time at which those that look again and again would first find something, as far as is known."""
        self.idle: Callable[[], None] = lambda: None
        """Called when nothing will ever happen any more, unless it has something done now."""
        self._passed = 0.0
        self._dice = dice
        self._shuffles = shuffles
        self._looking: list[tuple[float, asyncio.Future[None]]] = []

    def time(self) -> float:
        """Seconds since this loop began."""
        return self._passed

    async def passes(self, seconds: float) -> None:
        """Returns when so much has passed here."""
        await asyncio.sleep(seconds)

    async def look_again(self, seconds: float) -> None:
        """Like ``asyncio.sleep``, for those who look every second: where nothing is to be seen it lasts longer."""
        future: asyncio.Future[None] = self.create_future()
        self._looking.append((self._passed + seconds, future))
        try:
            await future
        finally:
            self._looking = [each for each in self._looking if each[1] is not future]

    def end(self, why: str) -> None:
        """The world ends here: nothing that has begun goes on."""
        self.ended = why
        self.stop()

    def _run_once(self) -> None:
        while not self._ready and not self.ended:
            self._advance()
        if self.ended:
            return
        place = self._dice.randrange(len(self._ready)) if self._shuffles and len(self._ready) > 1 else 0
        handle = self._ready[place]
        del self._ready[place]
        if not handle.cancelled():
            self.steps += 1
            self.watch(self.steps)
            if not self.ended:
                handle._run()

    def _advance(self) -> None:
        """To the next instant at which something happens."""
        while self._scheduled and self._scheduled[0].cancelled():
            heappop(self._scheduled)
        known = [self._scheduled[0].when()] if self._scheduled else []
        due = self.next_due() if self._looking else None
        if due is not None:
            known.append(max(due, min(when for when, _ in self._looking)))
        if not known:
            self.idle()
            if not self._ready:
                self.end("nothing will ever happen any more")
            return
        self._passed = max(self._passed, min(known))
        for when, future in self._looking:
            if when <= self._passed and not future.done():
                future.set_result(None)
        while self._scheduled and self._scheduled[0].when() <= self._passed:
            self._ready.append(heappop(self._scheduled))

    def _process_events(self, event_list: list[object]) -> None:
        raise NotImplementedError("there are no sockets here")

    def _write_to_self(self) -> None:
        """Nobody sleeps here, so nobody has to be woken."""


class VirtualClock:
    """Instants of a world of its own: they pass with the loop, and jump when somebody sets the clock."""

    def __init__(self, start: Instant, loop: VirtualLoop) -> None:
        self.true_start = start
        self.offset: Millis = 0
        self.loop = loop

    @property
    def true(self) -> Instant:
        """The instant that a clock would show which nobody sets."""
        return self.true_start + round(self.loop.time() * SECOND)

    def now(self) -> Instant:
        """What the clock shows."""
        return self.true + self.offset

    def at(self, shown: Instant) -> float:
        """The loop's time at which the clock shows this, if nobody sets it."""
        return (shown - self.offset - self.true_start) / SECOND

    async def pause(self, span: Millis) -> None:
        """Let this span pass."""
        await asyncio.sleep(span / SECOND)


class PatientClock(VirtualClock):
    """The same clock for whoever looks at it every second, which is the host."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock.true_start, clock.loop)
        self._clock = clock

    def now(self) -> Instant:
        """What the clock shows."""
        return self._clock.now()

    async def pause(self, span: Millis) -> None:
        """Let at least this span pass."""
        await self.loop.look_again(span / SECOND)
