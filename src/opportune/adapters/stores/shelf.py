"""In-app messages in the one file, until they are dismissed, taken back or useless."""

from asyncio import wrap_future
from collections.abc import Iterable
from pathlib import Path

import apsw
from msgspec import msgpack

from opportune.adapters.stores.inbox_rows import Values, items_in
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.writer import Writer
from opportune.events.event import Input, Merged
from opportune.ports import InboxItem
from opportune.units import Instant


class SqliteShelf(SqliteHistory):
    """What an inbox keeps, written by the one thread that writes; every change is durable when it returns."""

    def __init__(self, path: Path, writer: Writer) -> None:
        super().__init__(path)
        self._writer = writer

    async def keep(self, item: InboxItem) -> None:
        """Keep it; a second one with the same key changes nothing."""
        await self._change(
            "INSERT OR IGNORE INTO inbox (user, key, at, rendered, expires_at) VALUES (?, ?, ?, ?, ?)",
            (item.user, item.key, item.at, msgpack.encode(item.rendered), item.expires_at),
        )

    def inbox(self, user: str) -> list[InboxItem]:
        """What the user has not dismissed, newest first."""
        return self._items("WHERE user = ? AND dismissed_at IS NULL ORDER BY at DESC, key", (user,))

    def inbox_item(self, user: str, key: str) -> InboxItem | None:
        """This item of this user, dismissed or not."""
        return next(iter(self._items("WHERE user = ? AND key = ?", (user, key))), None)

    def expired(self, now: Instant, limit: int) -> list[InboxItem]:
        """Items that are useless at ``now``, those first that have been so for longest."""
        return self._items("WHERE expires_at <= ? ORDER BY expires_at, user, key LIMIT ?", (now, limit))

    async def remove(self, items: Iterable[InboxItem]) -> None:
        """Take these from the shelf."""
        places = [(item.user, item.key) for item in items]

        def work(connection: apsw.Connection) -> None:
            connection.executemany("DELETE FROM inbox WHERE user = ? AND key = ?", places)

        await wrap_future(self._writer.submit(work))

    async def mark_shown(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        return await self._change(
            "UPDATE inbox SET shown_at = ? WHERE user = ? AND key = ? AND shown_at IS NULL", (at, user, key)
        )

    async def mark_dismissed(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        return await self._change(
            "UPDATE inbox SET dismissed_at = ? WHERE user = ? AND key = ? AND dismissed_at IS NULL", (at, user, key)
        )

    def _items(self, which: str, values: Values) -> list[InboxItem]:
        return items_in(self._read, which, values)

    async def _change(self, statement: str, values: Values) -> bool:
        def work(connection: apsw.Connection) -> bool:
            connection.execute(statement, values)
            return connection.changes() > 0

        return await wrap_future(self._writer.submit(work))


def move_shelves(connection: apsw.Connection, inputs: Iterable[Input]) -> None:
    """What lies in the inbox of an absorbed id is from then on its heir's."""
    for entry in inputs:
        if isinstance(entry, Merged):
            connection.execute("UPDATE OR IGNORE inbox SET user = ? WHERE user = ?", (entry.user, entry.absorbed))
