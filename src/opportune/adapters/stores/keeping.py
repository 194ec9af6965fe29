"""What a store promises of those who were erased, and of files that may be copies."""

from asyncio import wrap_future
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property, partial
from pathlib import Path

import apsw

from opportune.adapters.stores import erasing
from opportune.adapters.stores.backfills import write_backfill
from opportune.adapters.stores.copies import Place
from opportune.adapters.stores.outbox import SqliteOutbox
from opportune.adapters.stores.overwriting import is_pending
from opportune.adapters.stores.rewriting import Rewriter
from opportune.adapters.stores.secret import secret_of
from opportune.adapters.stores.writer import Writer
from opportune.events.event import Erased
from opportune.ports import Erasure
from opportune.units import Instant


class SqliteKeeping(SqliteOutbox):
    """Forgets users, and knows whom it has forgotten by tombstones alone."""

    def __init__(self, path: Path, writer: Writer) -> None:
        super().__init__(path, writer)
        self._erased = {token for (token,) in self._read.execute("SELECT token FROM erased")}
        self._place = writer.place = Place(path, self._read)
        writer.submit(self._place.begin).result()
        self.rewriter = Rewriter(path, writer)
        if is_pending(self._read):
            self.rewriter.wake()

    async def erase(self, erasures: Sequence[Erasure], *, now: Instant, seq: int) -> None:
        """From now on nothing tells of these users, and the log says so in entries from ``seq`` on."""
        entries: list[Erased] = await wrap_future(self._erase(erasures, now, seq))
        self._settled(entries)

    def erase_now(self, erasures: Sequence[Erasure], *, now: Instant, seq: int) -> None:
        """The same for a host without a loop; returns when it is durable."""
        self._settled(self._erase(erasures, now, seq).result())

    async def readmit(self, user: str) -> bool:
        """Events of this id are taken again, as those of somebody new; False if it was not refused."""
        return await wrap_future(self._readmit(user))

    def readmit_now(self, user: str) -> bool:
        """The same for a host without a loop."""
        return self._readmit(user).result()

    def is_erased(self, user: str) -> bool:
        """Whether events of this id are refused."""
        return bool(self._erased) and erasing.user_token(self._secret, user) in self._erased

    def is_barred(self, channel: str, address: str) -> bool:
        """Whether nothing may be sent to this address, because its user was erased."""
        token = erasing.address_token(self._secret, channel, address)
        return self._read.execute("SELECT 1 FROM barred WHERE address = ?", (token,)).get is not None

    def keep_backfill(self, seq: int, rows: Sequence[tuple[str, bytes]]) -> None:
        """Keep what these users are to remember from the publication on that will stand at this place."""
        self._writer.submit(partial(write_backfill, seq=seq, rows=rows)).result()

    @property
    def held(self) -> str | None:
        """Why nothing may be sent: the file may be a copy of one that another engine has gone on with."""
        return self._place.held

    @property
    def is_unsettled(self) -> bool:
        """Whether another engine may have gone on with this file, and that is not counted yet."""
        return self._place.is_unsettled

    def hold_since(self, now: Instant) -> Instant:
        """The instant at which the copy was noticed: ``now`` if it has not been said yet."""
        if self._place.since is None:
            self._writer.submit(lambda connection: self._place.note(connection, now)).result()
        return self._place.since or now

    def confirm(self, *, is_moved: bool = False) -> None:
        """This file is the one that goes on; ``is_moved``: and no engine has ever gone on with another copy of it."""
        self._writer.submit(lambda connection: self._place.confirm(connection, is_moved=is_moved)).result()

    def settled(self) -> None:
        """What another engine may have done meanwhile has been counted as done."""
        self._writer.submit(self._place.settle).result()

    def close(self) -> None:
        """Let go of the file; what is left to overwrite waits for the next start."""
        self.rewriter.stop()
        super().close()

    @cached_property
    def _secret(self) -> bytes:
        return secret_of(self._path)

    def _erase(self, erasures: Sequence[Erasure], now: Instant, seq: int) -> "Future[list[Erased]]":
        def work(connection: apsw.Connection) -> list[Erased]:
            return erasing.write_erasures(connection, erasures, secret=self._secret, now=now, seq=seq)

        return self._writer.submit(work)

    def _settled(self, entries: Sequence[Erased]) -> None:
        self._erased.update(entry.token for entry in entries)
        self.rewriter.wake()

    def _readmit(self, user: str) -> "Future[bool]":
        future = self._writer.submit(lambda connection: erasing.readmit(connection, user, secret=self._secret))
        self._erased.discard(erasing.user_token(self._secret, user))
        return future
