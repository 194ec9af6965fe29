"""The embedded store: one SQLite file, the log first, one durable transaction for each group commit."""

from asyncio import wrap_future
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from opportune.adapters.stores.backfills import forget_unpublished
from opportune.adapters.stores.beginning import cut_of
from opportune.adapters.stores.catalogue import SqliteCatalogue
from opportune.adapters.stores.committing import write_batch, write_publication
from opportune.adapters.stores.decision_index import numbered
from opportune.adapters.stores.letters import Letters
from opportune.adapters.stores.machine import REAL, Machine
from opportune.adapters.stores.pages import swept
from opportune.adapters.stores.retention import FileRetention
from opportune.adapters.stores.schema import open_to_write, own
from opportune.adapters.stores.segments import LastingIds, seq_before
from opportune.adapters.stores.slices import Slices
from opportune.adapters.stores.snapshots import snapshot_in
from opportune.adapters.stores.tidying import without_attempts
from opportune.adapters.stores.user_index import UserIndex
from opportune.adapters.stores.writer import Writer
from opportune.events.event import Event, Input
from opportune.ports import DEDUPE_HORIZON, Batch, Snapshot
from opportune.sending.outbox import Claim
from opportune.units import Instant, Millis


class SqliteStore(SqliteCatalogue):
    """Owns the file until it is closed; raises ``Unavailable`` if another process does, or the file is not usable.

    ``horizon`` is how long event ids are known at least, and must not be below the playbook's lateness.
    """

    def __init__(
        self, path: Path, *, horizon: Millis = DEDUPE_HORIZON, most_recent_ids: int = 200_000, machine: Machine = REAL
    ) -> None:
        with ExitStack() as opened:
            self._owner = opened.enter_context(closing(own(path)))
            writer = opened.enter_context(closing(Writer(open_to_write(path, machine.disk), path, machine)))
            super().__init__(path, writer)
            forget_unpublished(writer, self._read)
            opened.pop_all()
        self._slices = Slices(self._writer)
        self._slices.add(swept)
        self._slices.add(numbered)
        self.letters = Letters(self._read, self._slices, self.is_erased)
        self.retention = FileRetention(self._read, self._slices, horizon=horizon)
        self._users = UserIndex(self._slices)
        self._users.start(self._read)
        self._ids = LastingIds(self._read, self._slices, horizon=horizon, most_recent=most_recent_ids)
        self._ids.rebuild(self.log(max(self._ids.closed_to, seq_before(self._read, horizon))))

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

    def restore(self) -> Snapshot:
        """The newest snapshot, empty at first; ``log(snapshot.seq)`` is the rest."""
        found = snapshot_in(self._read)
        return found if found.playbook or not cut_of(self._read) else self.base()

    def offset(self, source: str) -> int:
        """How far this source has been taken; 0 for one never heard of."""
        return self._read.execute("SELECT place FROM offsets WHERE source = ?", (source,)).get or 0

    def offsets(self, prefix: str) -> dict[str, int]:
        """How far each source whose name begins like this has been taken."""
        rows = self._read.execute("SELECT source, place FROM offsets ORDER BY source")
        return {source: place for source, place in rows if source.startswith(prefix)}

    def forget_attempts(self, before: Instant) -> None:
        """Forget, when there is time, attempts answered before this and in-app messages put away before it."""
        self._slices.add(partial(without_attempts, before=before))

    def keep_publication(self, playbook: str, files: Mapping[str, str]) -> None:
        """Keep the files of a playbook by content hash; before the log says that it is published."""
        self._writer.submit(partial(write_publication, playbook=playbook, files=files)).result()

    @property
    def is_busy(self) -> bool:
        """Whether work in pieces is left to do."""
        return self._slices.is_busy

    def close(self) -> None:
        """Finish what was asked, and let go of the file."""
        self._writer.close()
        super().close()
        self._owner.close()

    def _submit(self, batch: Batch) -> "Future[tuple[Claim, ...]]":
        kept = self.letters.sifted(batch)
        future = self._writer.submit(lambda connection: write_batch(connection, kept))
        self.letters.look()
        future.add_done_callback(partial(self._settle, batch.inputs))
        if batch.mark is not None and batch.mark.is_base:
            self.retention.go_on()
        return future

    def _settle(self, inputs: Sequence[Input], done: "Future[tuple[Claim, ...]]") -> None:
        is_durable = not done.cancelled() and done.exception() is None
        self._ids.settle(inputs, is_durable=is_durable)
        if is_durable and inputs:
            self._users.added(1, len(inputs))
