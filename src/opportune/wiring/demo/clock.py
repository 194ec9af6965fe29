"""A clock that only a play moves, and never past what the engine has not yet dealt with."""

import asyncio
from heapq import heappop, heappush
from itertools import count
from typing import Final

from opportune.units import SECOND, Instant, Millis
from opportune.wiring.service import Engine

_ROUNDS: Final = 12
"""Turns of the event loop without anything under way, after which nothing can be: a woken task begins within three."""
_PATIENCE: Final = 0.001
"""Real seconds between two looks while a disk or a socket is waited for."""


class SimulatedClock:
    """Instants that a play moves on; whoever pauses sleeps until it has."""

    def __init__(self, start: Instant) -> None:
        self._now = start
        self._count = count()
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        """The present instant."""
        return self._now

    async def pause(self, span: Millis) -> None:
        """Sleeps until the clock has been moved this far; not at all for a span of 0."""
        if span > 0:
            woken = asyncio.get_running_loop().create_future()
            heappush(self._sleepers, (self._now + span, next(self._count), woken))
            await woken

    def first(self) -> Instant | None:
        """When the first sleeper wants to be woken."""
        while self._sleepers and self._sleepers[0][2].done():
            heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def move(self, to: Instant) -> None:
        """It is this instant now, never an earlier one; sleepers whose instant has come wake in their order."""
        self._now = max(self._now, to)
        while (first := self.first()) is not None and first <= self._now:
            heappop(self._sleepers)[2].set_result(None)


async def settle(engine: Engine) -> None:
    """Waits until the engine has nothing to do before the clock moves."""
    rounds = looks = 0
    while rounds < _ROUNDS:
        is_at_rest = engine.host.is_at_rest and engine.dispatcher.is_at_rest
        rounds = rounds + 1 if is_at_rest else 0
        looks += 1
        await asyncio.sleep(0 if is_at_rest or looks < _ROUNDS else _PATIENCE)


async def pass_until(engine: Engine, clock: SimulatedClock, at: Instant) -> None:
    """Moves the clock up to ``at``, stopping at every instant at which the engine has something to do."""
    while True:
        await settle(engine)
        first = clock.first() if not engine.dispatcher.is_settled else None
        wakes = [each for each in (engine.host.shard.wheel.first(), first) if each is not None and each <= at]
        if not wakes:
            break
        clock.move(min(wakes))
    clock.move(at)
    await settle(engine)


async def pass_by(engine: Engine, clock: SimulatedClock, span: Millis = SECOND) -> None:
    """Lets this span pass."""
    await pass_until(engine, clock, clock.now() + span)
