"""What the HTTP face of the catalogue speaks for: items as they come, and one to be looked at."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from opportune.adapters.sources.door import Door
from opportune.adapters.sources.http import Application
from opportune.adapters.sources.item_bodies import Stated, stated_in
from opportune.adapters.sources.items import Fed, items_app
from opportune.adapters.sources.redriving import ITEM
from opportune.events.instants import stated_as
from opportune.events.item import Item
from opportune.ports import DeadLetter
from opportune.units import Instant
from opportune.wiring.catalogue import Catalogue

IN_A_ROW: Final = 100
"""Items that are read before others get a turn."""


def item_face(
    catalogue: Catalogue, refuse: Callable[[Sequence[DeadLetter]], Awaitable[object]], door: Door, *,
    now: Callable[[], Instant],
) -> Application:  # fmt: skip
    """``refuse`` makes dead letters durable."""

    async def feed(raws: Sequence[bytes], is_history: bool) -> Fed:
        stated: list[Stated] = []
        for place, raw in enumerate(raws):
            stated.append(stated_in(raw))
            if place % IN_A_ROW == 0:
                await asyncio.sleep(0)
        fed = await catalogue.take(stated, is_history=is_history)
        if fed.rejected:
            at = now()
            await refuse([DeadLetter(at, each.code, each.message, raws[each.index], ITEM) for each in fed.rejected])
        return fed

    return items_app(feed, lambda name: shown(catalogue.item(name)), door)


def shown(item: Item | None) -> dict[str, object] | None:
    """The item as it may be stated again; None for none."""
    if item is None:
        return None
    known = {name: getattr(item, name) for name in item.__struct_fields__ if name not in ("more", "due")}
    known |= {name: stated_as(known[name]) for name in ("published", "expires") if known[name] is not None}
    return {name: value for name, value in (item.more | known).items() if value not in (None, "", ())}
