"""The embedded store: one SQLite file, the log first, one durable transaction for each group commit."""

from asyncio import wrap_future
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import apsw
from msgspec import msgpack

from opportune.adapters.stores.codec import compressed
from opportune.adapters.stores.committing import write_batch
from opportune.adapters.stores.keeping import SqliteKeeping
from opportune.adapters.stores.schema import open_to_write, own
from opportune.adapters.stores.segments import LastingIds
from opportune.adapters.stores.writer import Writer
from opportune.events.event import Event
from opportune.ports import DEDUPE_HORIZON, Batch, Snapshot
from opportune.sending.outbox import Claim
from opportune.units import Millis


class SqliteStore(SqliteKeeping):
    """Owns the file until it is closed; raises ``Unavailable`` if another process does, or the file is not usable.

    ``horizon`` is how long event ids are known at least, and must not be below the playbook's lateness.
    """

    def __init__(
        self, path: Path, *, horizon: Millis = DEDUPE_HORIZON, most_recent_ids: int = 200_000, vfs: str | None = None
    ) -> None:
        self._owner = own(path)
        try:
            super().__init__(path, Writer(open_to_write(path, vfs), path))
        except BaseException:
            self._owner.close()
            raise
        self._ids = LastingIds(self._read, self._writer, horizon=horizon, most_recent=most_recent_ids)
        self._ids.rebuild(self.log(self._ids.closed_to))

    def admit(self, event: Event) -> bool:
        """Whether this event's id is new; from now on it is not."""
        return self._ids.admit(event)

    def is_known(self, event_id: str) -> bool:
        """Whether an event with this id was admitted before; takes nothing."""
        return self._ids.is_known(event_id)

    async def commit(self, batch: Batch) -> tuple[Claim, ...]:
        """Keep the batch; returns the claims of its attempts, for the dispatcher."""
        return await wrap_future(self._submit(batch))

    def commit_now(self, batch: Batch) -> tuple[Claim, ...]:
        """The same for a host without a loop; returns when it is durable."""
        return self._submit(batch).result()

    def keep_snapshot(self, memories: Mapping[str, bytes | None], *, seq: int, playbook: str) -> None:
        """Replace these users' memories (None: gone); with those kept before, they are all users' as of ``seq``."""

        def work(connection: apsw.Connection) -> None:
            connection.executemany(
                "REPLACE INTO snapshots (user, memory) VALUES (?, ?)",
                ((user, memory) for user, memory in memories.items() if memory is not None),
            )
            connection.executemany(
                "DELETE FROM snapshots WHERE user = ?", ((user,) for user, memory in memories.items() if memory is None)
            )
            connection.executemany(
                "REPLACE INTO meta VALUES (?, ?)", [("snapshot_seq", str(seq)), ("snapshot_playbook", playbook)]
            )

        self._writer.submit(work).result()

    def restore(self) -> Snapshot:
        """The newest snapshot, empty at first; ``log(snapshot.seq)`` is the rest."""
        with self._read:
            meta = dict(self._read.execute("SELECT name, value FROM meta"))
            memories = dict(self._read.execute("SELECT user, memory FROM snapshots"))
        return Snapshot(int(meta.get("snapshot_seq", "0")), meta.get("snapshot_playbook", ""), memories)

    def keep_publication(self, playbook: str, files: Mapping[str, str]) -> None:
        """Keep the files of a playbook by content hash; before the log says that it is published."""
        packed = compressed(msgpack.encode(dict(files)))

        def work(connection: apsw.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO publications VALUES (?, ?)", (playbook, packed))

        self._writer.submit(work).result()

    def close(self) -> None:
        """Finish what was asked, and let go of the file."""
        self._writer.close()
        super().close()
        self._owner.close()

    def _submit(self, batch: Batch) -> "Future[tuple[Claim, ...]]":
        future = self._writer.submit(lambda connection: write_batch(connection, batch))
        future.add_done_callback(
            lambda done: self._ids.settle(batch.inputs, is_durable=not done.cancelled() and done.exception() is None)
        )
        return future
