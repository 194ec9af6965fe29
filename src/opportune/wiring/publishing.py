"""Publications that wait for the loop of a host: each is put in force between two batches, alone, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from opportune.errors import Unavailable
from opportune.events.event import Published
from opportune.units import Instant
from opportune.wiring.in_force import InForce
from opportune.wiring.shard import Shard, Turn

Prepare: TypeAlias = Callable[[Published, Instant, int], Awaitable[InForce | None]]
"""From what is in force, the log clock and a place in the log: what is to be in force from there; None: no change.

Nothing is taken meanwhile. What it raises is told whoever wanted the publication, and all stays as it was.
"""


async def taken_up(shard: Shard, standing: InForce) -> Turn:
    """Everybody goes through the publication, a few at a time; others get a turn meanwhile."""
    passing = shard.taking_up(standing)
    while True:
        try:
            next(passing)
        except StopIteration as stop:
            turn: Turn = stop.value
            return turn
        await asyncio.sleep(0)


class Publishings:
    """Who wants something published, in order."""

    def __init__(self) -> None:
        self._wishes: list[tuple[Prepare, asyncio.Future[Published]]] = []

    @property
    def are_waiting(self) -> bool:
        """Whether anything is to be published."""
        return bool(self._wishes)

    async def wish(self, prepare: Prepare) -> Published:
        """What is in force, once it is durable."""
        answer: asyncio.Future[Published] = asyncio.get_running_loop().create_future()
        self._wishes.append((prepare, answer))
        return await answer

    def next(self) -> tuple[Prepare, "asyncio.Future[Published]"]:
        """The oldest."""
        return self._wishes.pop(0)

    def give_up(self) -> None:
        """The engine has ended; whoever waits must ask again."""
        for _, answer in self._wishes:
            if not answer.done():
                answer.set_exception(Unavailable("the engine has stopped before it could publish; ask again"))
