"""Tells of a price that has fallen, and kills itself after so many users were told in this life."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input
from opportune.events.names import PRICE_DROPPED
from opportune.wiring.shard import Turn
from tests.unit.wiring.item_scene import FILES, Life, Shop

USERS = 60
PACED = FILES | {"items.yaml": FILES["items.yaml"] + "per_second: 100\n"}


async def lived(shop: Shop, left: int) -> None:
    async with shop.open() as life:
        if life.item("p1") is None:
            await begun(life)
        life.host.watchers.append(ends_after(left))
        await life.settles()


async def begun(life: Life) -> None:
    await life.feeds({"id": "p1", "price": 100})
    for number in range(USERS):
        await life.does(f"u{number}", "Identified", email=f"u{number}@example.com")
        await life.views(f"u{number}", "p1")
    await life.feeds({"id": "p1", "price": 80})


def ends_after(left: int) -> Callable[[Sequence[Input], Turn], None]:
    told = 0

    def watch(inputs: Sequence[Input], turn: Turn) -> None:
        nonlocal told
        told += sum(isinstance(each, Event) and each.name == PRICE_DROPPED for each in inputs)
        if 0 <= left <= told:
            os.kill(os.getpid(), signal.SIGKILL)

    return watch


if __name__ == "__main__":
    asyncio.run(lived(Shop(store=SqliteStore(Path(sys.argv[1])), files=PACED), int(sys.argv[2])))
