"""Feeding the catalogue: items as they are stated, what became of each, and what there is to tell of it."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from opportune.adapters.sources.item_bodies import Stated
from opportune.adapters.sources.items import Fed, RejectedItem
from opportune.errors import EventError
from opportune.events.announcement import FRESH, Announcement, announced, holds, publication, scheduled
from opportune.events.item import Item, id_of, item_of
from opportune.units import Instant

AT_ONCE: Final = 500
"""Items that are announced in one commit because their instant has come."""
IN_A_ROW: Final = 100
"""Items that are looked at before others get a turn."""


class Shelf(Protocol):
    """Where items are kept; every change is durable when it returns."""

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Those of these items that there are."""
        ...

    def items_due(self, now: Instant, limit: int) -> list[Item]:
        """Items that are to be announced by now, the earliest first."""
        ...

    def announcements(self, of: Collection[str] | None = None) -> list[Announcement]:
        """What is still to be told, of all items or of these, in order of its commits."""
        ...

    async def keep_items(
        self, items: Sequence[Item], said: Sequence[Announcement] = (), ended: Collection[str] = ()
    ) -> None:
        """Keeps the items with what follows from them, all or nothing; ``ended`` are ids of announcements."""
        ...


class Catalogue:
    """One feed after the other, so that each sees what the one before has changed."""

    def __init__(self, shelf: Shelf, *, now: Callable[[], Instant]) -> None:
        self.shelf = shelf
        self.woken = asyncio.Event()
        """Set when there is something to tell."""
        self._now = now
        self._turn = asyncio.Lock()

    def item(self, name: str) -> Item | None:
        """The item with this id."""
        return self.shelf.items([name]).get(name)

    async def take(self, stated: Sequence[Stated], *, is_history: bool = False) -> Fed:
        """Returns once it is durable; a bad item costs only itself.

        An item that is stated twice changes once, to what it is in the end. ``is_history``: the catalogue as it is;
        no change is told to anybody, but what is to be published in the future will be.
        """
        async with self._turn:
            now = self._now()
            before = self.shelf.items(list(_ids(stated)))
            after, rejected = await _applied(stated, before)
            changed: list[Item] = []
            said: list[Announcement] = []
            for count, (name, item) in enumerate(after.items(), 1):
                if count % IN_A_ROW == 0:
                    await asyncio.sleep(0)
                item, news = _news(before.get(name), item, now)
                if item != before.get(name):
                    changed.append(item)
                    said += () if is_history else news
            if changed:
                await self.shelf.keep_items(changed, said, self._ended(changed, now))
        if said:
            self.woken.set()
        return Fed(len(stated) - len(rejected), len(changed), len(said), rejected)

    async def announce_due(self) -> None:
        """What is published by now is to be told, as of its instant; what nobody was there to tell for a day is not."""
        while True:
            async with self._turn:
                now = self._now()
                ready = self.shelf.items_due(now, AT_ONCE)
                if not ready:
                    return
                said = [
                    publication(item, item.due) for item in ready if item.due is not None and now - item.due < FRESH
                ]
                said = [each for each in said if holds(each, each.item, now)]
                await self.shelf.keep_items([replace(item, due=None) for item in ready], said)

    async def end(self, ids: Collection[str]) -> None:
        """Of these announcements everybody was told, or nobody else is to be."""
        await self.shelf.keep_items((), (), ids)

    def _ended(self, changed: Iterable[Item], now: Instant) -> list[str]:
        """What is no longer true of these items."""
        after = {item.id: item for item in changed}
        return [each.id for each in self.shelf.announcements(after) if not holds(each, after[each.item.id], now)]


def _ids(stated: Iterable[Stated]) -> Iterable[str]:
    for each in stated:
        if not isinstance(each, EventError):
            try:
                yield id_of(each)
            except EventError:
                continue


def _news(before: Item | None, item: Item, now: Instant) -> tuple[Item, list[Announcement]]:
    """The item as it is kept, and what there is to tell of it now."""
    item, said = scheduled(before, item, now), list(announced(before, item, now))
    if item.due is None or item.due > now:
        return item, said
    return replace(item, due=None), [*said, publication(item, now)]


async def _applied(stated: Sequence[Stated], before: dict[str, Item]) -> tuple[dict[str, Item], list[RejectedItem]]:
    """What the items are in the end, and what was refused."""
    after: dict[str, Item] = {}
    rejected: list[RejectedItem] = []
    for index, each in enumerate(stated):
        if index % IN_A_ROW == 0:
            await asyncio.sleep(0)
        try:
            if isinstance(each, EventError):
                raise each
            name = id_of(each)
            after[name] = item_of(each, after.get(name) or before.get(name))
        except EventError as error:
            rejected.append(RejectedItem(index, error.code, str(error)))
    return after, rejected
