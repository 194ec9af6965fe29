"""The catalogue in plain memory."""

from collections.abc import Collection, Sequence

from opportune.events.announcement import Announcement
from opportune.events.item import Item
from opportune.units import Instant


class MemoryCatalogue:
    """Items by id, and what is still to be told of them, for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._catalogue: dict[str, Item] = {}
        self._announcements: dict[str, Announcement] = {}

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Those of these items that there are."""
        return {each: self._catalogue[each] for each in ids if each in self._catalogue}

    def items_due(self, now: Instant, limit: int) -> list[Item]:
        """Items that are to be announced by now, the earliest first."""
        found = [(item.due, item.id) for item in self._catalogue.values() if item.due is not None and item.due <= now]
        return [self._catalogue[name] for _, name in sorted(found)[:limit]]

    def announcements(self, of: Collection[str] | None = None) -> list[Announcement]:
        """What is still to be told, of all items or of these, in order of its commits."""
        return [each for each in self._announcements.values() if of is None or each.item.id in of]

    async def keep_items(
        self, items: Sequence[Item], said: Sequence[Announcement] = (), ended: Collection[str] = ()
    ) -> None:
        """Keeps the items with what follows from them; ``ended`` are ids of announcements."""
        self._catalogue.update({item.id: item for item in items})
        for each in ended:
            self._announcements.pop(each, None)
        for told in said:
            self._announcements.setdefault(told.id, told)
