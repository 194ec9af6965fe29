"""In-app messages in plain memory."""

from collections.abc import Iterable

from msgspec.structs import replace

from opportune.events.event import Input, Merged
from opportune.ports import InboxItem
from opportune.units import Instant


class MemoryShelf:
    """What an inbox keeps, for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[tuple[str, str], InboxItem] = {}

    async def keep(self, item: InboxItem) -> None:
        """Keep it; a second one with the same key changes nothing."""
        self._items.setdefault((item.user, item.key), item)

    def inbox(self, user: str) -> list[InboxItem]:
        """What the user has not dismissed, newest first."""
        items = [item for item in self._items.values() if item.user == user and item.dismissed_at is None]
        return sorted(items, key=lambda item: (-item.at, item.key))

    def inbox_of(self, user: str) -> list[InboxItem]:
        """All in-app messages of the user that are kept, dismissed ones too, oldest first."""
        return sorted(
            (item for item in self._items.values() if item.user == user), key=lambda item: (item.at, item.key)
        )

    def inbox_item(self, user: str, key: str) -> InboxItem | None:
        """This item of this user, dismissed or not."""
        return self._items.get((user, key))

    def expired(self, now: Instant, limit: int) -> list[InboxItem]:
        """Items that are useless at ``now``, those first that have been so for longest."""
        found = [
            (item.expires_at, place)
            for place, item in self._items.items()
            if item.expires_at is not None and item.expires_at <= now
        ]
        return [self._items[place] for _, place in sorted(found)[:limit]]

    async def remove(self, items: Iterable[InboxItem]) -> None:
        """Take these from the shelf."""
        for item in items:
            self._items.pop((item.user, item.key), None)

    async def mark_shown(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        item = self._items.get((user, key))
        if item is None or item.shown_at is not None:
            return False
        self._items[user, key] = replace(item, shown_at=at)
        return True

    async def mark_dismissed(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        item = self._items.get((user, key))
        if item is None or item.dismissed_at is not None:
            return False
        self._items[user, key] = replace(item, dismissed_at=at)
        return True

    def _move_shelves(self, inputs: Iterable[Input]) -> None:
        """What lies in the inbox of an absorbed id is from then on its heir's."""
        for entry in inputs:
            if isinstance(entry, Merged):
                for place, item in [each for each in self._items.items() if each[0][0] == entry.absorbed]:
                    del self._items[place]
                    self._items.setdefault((entry.user, item.key), replace(item, user=entry.user))
