"""The catalogue in the one file: items, and what is still to be told of them."""

from asyncio import wrap_future
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import apsw
from msgspec import json

from opportune.adapters.stores.keeping import SqliteKeeping
from opportune.events.announcement import Announcement
from opportune.events.item import Item
from opportune.units import Instant

AT_ONCE: Final = 500
"""Ids that one statement asks for."""
_ITEMS: Final = "SELECT id, item FROM items WHERE id IN ({})"
_OF_ITEMS: Final = "SELECT place, body FROM announcements WHERE item IN ({})"
_item: Final = json.Decoder(Item)
_said: Final = json.Decoder(Announcement)


class SqliteCatalogue(SqliteKeeping):
    """Items by id; an announcement stays until every user whom it concerns was told."""

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Those of these items that there are."""
        found: dict[str, Item] = {}
        for some in _some(ids):
            rows = self._read.execute(_ITEMS.format(_marks(some)), some)
            found |= {name: _item.decode(body) for name, body in rows}
        return found

    def items_due(self, now: Instant, limit: int) -> list[Item]:
        """Items that are to be announced by now, the earliest first."""
        rows = self._read.execute("SELECT item FROM items WHERE due <= ? ORDER BY due, id LIMIT ?", (now, limit))
        return [_item.decode(body) for (body,) in rows]

    def announcements(self, of: Collection[str] | None = None) -> list[Announcement]:
        """What is still to be told, of all items or of these, in order of its commits."""
        if of is None:
            rows = list(self._read.execute("SELECT place, body FROM announcements"))
        else:
            rows = [row for ids in _some(of) for row in self._read.execute(_OF_ITEMS.format(_marks(ids)), ids)]
        return [_said.decode(body) for _, body in sorted(rows)]

    async def keep_items(
        self, items: Sequence[Item], said: Sequence[Announcement] = (), ended: Collection[str] = ()
    ) -> None:
        """Keeps the items with what follows from them, all or nothing; ``ended`` are ids of announcements."""
        rows = [(item.id, json.encode(item), item.due) for item in items]

        def work(connection: apsw.Connection) -> None:
            connection.executemany("REPLACE INTO items (id, item, due) VALUES (?, ?, ?)", rows)
            connection.executemany("DELETE FROM announcements WHERE id = ?", [(each,) for each in ended])
            connection.executemany(
                "INSERT OR IGNORE INTO announcements (id, item, name, body) VALUES (?, ?, ?, ?)",
                [(each.id, each.item.id, each.name, json.encode(each)) for each in said],
            )

        await wrap_future(self._writer.submit(work))


def _some(ids: Collection[str]) -> Iterator[list[str]]:
    """A few of them at a time."""
    asked = list(ids)
    return (asked[first : first + AT_ONCE] for first in range(0, len(asked), AT_ONCE))


def _marks(ids: Collection[str]) -> str:
    return ", ".join("?" * len(ids))
