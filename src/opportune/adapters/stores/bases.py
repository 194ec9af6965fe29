"""Bases: what snapshots said of all users at some marks, kept so that the log can be cut there.

A base is copied piece by piece while newer snapshots replace what is copied: whoever replaces a memory that is not
copied yet copies it first. So a base is the snapshot as of its mark, however long the copying takes.
"""

from collections.abc import Generator, Iterable
from typing import Final

import apsw
from msgspec import json

from opportune.ports import Erasure, Mark

COPIED: Final = 100
"""Users copied in one piece."""
_COPY: Final = "INSERT OR IGNORE INTO bases (seq, user, memory, wake) SELECT ?1, user, memory, wake FROM snapshots"
_BEGIN: Final = """
INSERT INTO base_heads (seq, playbook, versions, unmerged, until, now, decisions, endings, goals)
SELECT ?, ?, ?, (SELECT value FROM meta WHERE name = 'snapshot_unmerged'), seq_to, now,
(SELECT coalesce(max(place), 0) FROM decisions), (SELECT coalesce(max(place), 0) FROM endings),
(SELECT coalesce(max(place), 0) FROM goals) FROM log ORDER BY seq_from DESC LIMIT 1
"""
_NEWEST: Final = "{0} = min({0}, (SELECT coalesce(max(place), 0) FROM {0}))"


def begin(connection: apsw.Connection, mark: Mark) -> None:
    """What the snapshots say now becomes a base, unless another one is not whole yet; the last thing of a commit."""
    if connection.execute("SELECT 1 FROM base_heads WHERE NOT is_whole OR seq >= ?", (mark.seq,)).get is None:
        connection.execute(_BEGIN, (mark.seq, mark.playbook, json.encode(mark.versions).decode()))


def keep_before(connection: apsw.Connection, users: Iterable[str]) -> None:
    """These memories are about to change: the base under way gets what they were."""
    head = _under_way(connection)
    if head is not None:
        rest = [(head[0], user) for user in users if user > head[1]]
        connection.executemany(f"{_COPY} WHERE user = ?2", rest)
        connection.executemany("INSERT OR IGNORE INTO bases (seq, user) VALUES (?, ?)", rest)


def copied(connection: apsw.Connection) -> Generator[None, None, None]:
    """Copies, piece by piece, what is left of the base under way; goes on where it was."""
    while (head := _under_way(connection)) is not None:
        _copy(connection, *head)
        yield


def forget_memories(connection: apsw.Connection, erasure: Erasure) -> None:
    """No snapshot and no base tells of these users any more.

    Of an id that others have as well only a mark is replaced: where there is a memory, or nothing, the log comes to it.
    """
    for table, which in (("snapshots", ""), ("bases", " AND seq IN (SELECT seq FROM base_heads)")):
        marks = dict(erasure.moved)
        for name in erasure.names:
            kind = marks.get(name, b"")[:1]
            alike = " AND substr(memory, 1, 1) IS NOT ?" if kind else ""
            connection.execute(f"DELETE FROM {table} WHERE user = ?{which}{alike}", (name, kind) if kind else (name,))
        connection.executemany(
            f"UPDATE {table} SET memory = ?1, wake = NULL WHERE user = ?2{which} AND substr(memory, 1, 1) = ?3",
            [(mark, user, mark[:1]) for user, mark in erasure.moved],
        )
    if (head := _under_way(connection)) is not None and head[1] in erasure.names:
        _copy(connection, *head)  # its name must not stay as the place that was reached


def say_newest(connection: apsw.Connection) -> None:
    """The newest rows may be gone: those that get their places are not as old as they were."""
    for table in ("decisions", "endings", "goals"):
        connection.execute(f"UPDATE base_heads SET {_NEWEST.format(table)}")


def _copy(connection: apsw.Connection, seq: int, after: str) -> None:
    some = "SELECT user FROM snapshots WHERE user > ? ORDER BY user LIMIT ?"
    last = connection.execute(f"SELECT max(user) FROM ({some})", (after, COPIED)).get
    if last is not None:
        connection.execute(f"{_COPY} WHERE user > ?2 AND user <= ?3", (seq, after, last))
    connection.execute(
        "UPDATE base_heads SET copied_to = ?, is_whole = ? WHERE seq = ?", (last or "", last is None, seq)
    )


def _under_way(connection: apsw.Connection) -> tuple[int, str] | None:
    """The base that is not whole yet, and up to which user it is copied."""
    rows: list[tuple[int, str]] = []
    rows.extend(connection.execute("SELECT seq, copied_to FROM base_heads WHERE NOT is_whole"))
    return rows[0] if rows else None
