"""The catalogue in the one file: items, and what is still to be told of them."""

from asyncio import wrap_future
from collections.abc import Collection, Sequence
from typing import Final

import apsw
from msgspec import json

from opportune.adapters.stores.keeping import SqliteKeeping
from opportune.events.announcement import Announcement
from opportune.events.item import Item
from opportune.units import Instant

AT_ONCE: Final = 500
"""Ids that one statement asks for."""
_item: Final = json.Decoder(Item)
_said: Final = json.Decoder(Announcement)


class SqliteCatalogue(SqliteKeeping):
    """Items by id; an announcement stays until every user whom it concerns was told."""

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Those of these items that there are."""
        asked, found = list(ids), dict[str, Item]()
        for first in range(0, len(asked), AT_ONCE):
            some = asked[first : first + AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = self._read.execute(f"SELECT id, item FROM items WHERE id IN ({marks})", some)
            found |= {name: _item.decode(body) for name, body in rows}
        return found

    def items_due(self, now: Instant, limit: int) -> list[Item]:
        """Items that are to be announced by now, the earliest first."""
        rows = self._read.execute("SELECT item FROM items WHERE due <= ? ORDER BY due, id LIMIT ?", (now, limit))
        return [_item.decode(body) for (body,) in rows]

    def announcements(self) -> list[Announcement]:
        """What is still to be told, in order of its commits."""
        return [_said.decode(body) for (body,) in self._read.execute("SELECT body FROM announcements ORDER BY place")]

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
