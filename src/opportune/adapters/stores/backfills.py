"""What users are to remember from a publication on, folded out of the log before it: rows of the place it stands at."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import apsw

from opportune.adapters.stores.writer import Writer
from opportune.ports import Erasure

FEW: Final = 1_000
"""Users that are looked up one by one; of more all rows are read."""


def forget_unpublished(writer: Writer, read: apsw.Connection) -> None:
    """What an earlier life kept for a publication that never came to stand in the log goes."""
    unpublished = "FROM backfills WHERE seq > (SELECT coalesce(max(seq_to), 0) FROM log)"
    if read.execute(f"SELECT 1 {unpublished} LIMIT 1").get is not None:
        writer.submit(lambda connection: connection.execute(f"DELETE {unpublished}").fetchall()).result()


def write_backfill(connection: apsw.Connection, seq: int, rows: Iterable[tuple[str, bytes]]) -> None:
    """Keeps rows, by user, of the publication that will stand at this place."""
    connection.executemany(
        "REPLACE INTO backfills (seq, user, body) VALUES (?, ?, ?)", [(seq, user, body) for user, body in rows]
    )


def backfilled(connection: apsw.Connection, seq: int, users: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """The rows of the publication at this place that are about these users."""
    if len(users) > FEW:
        rows = connection.execute("SELECT user, body FROM backfills WHERE seq = ? ORDER BY user", (seq,))
        yield from ((user, body) for user, body in rows if user in users)
        return
    for each in sorted(users):
        yield from connection.execute("SELECT user, body FROM backfills WHERE seq = ? AND user = ?", (seq, each))


def forget_backfilled(connection: apsw.Connection, erasure: Erasure) -> None:
    """No row tells of these users any more."""
    connection.executemany("DELETE FROM backfills WHERE user = ?", [(name,) for name in erasure.names])
