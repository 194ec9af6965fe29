"""Memories in the file, some of them with each commit; the marks say from where the log must be folded again."""

import apsw
from msgspec import json

from opportune.adapters.stores.bases import keep_before
from opportune.ports import Batch, Snapshot
from opportune.units import Instant


def write_kept(connection: apsw.Connection, batch: Batch) -> None:
    """The memories, the mark and the failed merges of this batch; a base that is being copied stays what it was."""
    keep_before(connection, [kept.user for kept in batch.kept])
    connection.executemany(
        "REPLACE INTO snapshots (user, memory, wake) VALUES (?, ?, ?)",
        [(kept.user, kept.memory, kept.wake) for kept in batch.kept if kept.memory is not None],
    )
    gone = [(kept.user,) for kept in batch.kept if kept.memory is None]
    connection.executemany("DELETE FROM snapshots WHERE user = ?", gone)
    if batch.unmerged:
        _say(connection, "snapshot_unmerged", json.encode([*_unmerged(connection), *batch.unmerged]).decode())
    if batch.mark is not None:
        after = batch.mark.seq
        _say(connection, "snapshot_seq", str(after))
        _say(connection, "snapshot_playbook", batch.mark.playbook)
        _say(connection, "snapshot_versions", json.encode(batch.mark.versions).decode())
        left = [seq for seq in _unmerged(connection) if seq > after]
        _say(connection, "snapshot_unmerged", json.encode(left).decode())


def snapshot_in(connection: apsw.Connection) -> Snapshot:
    """The newest snapshot, empty at first."""
    memories: dict[str, bytes] = {}
    wakes: dict[str, Instant] = {}
    with connection:
        seq, playbook = int(_said(connection, "snapshot_seq") or 0), _said(connection, "snapshot_playbook") or ""
        versions = json.decode(_said(connection, "snapshot_versions") or "[]", type=tuple[str, ...])
        unmerged = frozenset(_unmerged(connection))
        for user, memory, wake in connection.execute("SELECT user, memory, wake FROM snapshots"):
            memories[user] = memory
            if wake is not None:
                wakes[user] = wake
    return Snapshot(seq, playbook, versions, unmerged, memories, wakes)


def _unmerged(connection: apsw.Connection) -> list[int]:
    return json.decode(_said(connection, "snapshot_unmerged") or "[]", type=list[int])


def _said(connection: apsw.Connection, name: str) -> str | None:
    value: str | None = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).get
    return value


def _say(connection: apsw.Connection, name: str, value: str) -> None:
    connection.execute("REPLACE INTO meta VALUES (?, ?)", (name, value))
