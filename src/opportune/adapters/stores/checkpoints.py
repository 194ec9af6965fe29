"""What lies in the write-ahead log moves into the file beside the commits, so that none of them waits for it."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final

import apsw

from opportune.adapters.stores.machine import Machine

EVERY: Final = 1_000
"""Pages that the log grows by before they are moved."""
MOST: Final = 8_000
"""From so many pages on the thread that writes moves the rest itself, and the log begins anew."""


class Checkpoints:
    """Moves pages in a thread of its own; ``failed`` is told, in whichever thread it is, if the disk refused."""

    def __init__(self, connection: apsw.Connection, path: Path, failed: Callable[[], None], machine: Machine) -> None:
        """``connection`` writes, and moves nothing by itself from now on."""
        self.every, self.most = EVERY, MOST
        self._connection = connection
        self._path = path
        self._failed = failed
        self._thread = machine.thread("checkpoints")
        self._own: apsw.Connection | None = None
        self._moving: Future[None] | None = None
        self._pages = self._asked = 0
        connection.set_wal_hook(self._grown)

    def after_commit(self) -> None:
        """Called by the thread that writes, between two transactions."""
        if self._pages < self._asked:
            self._asked = 0  # the log has begun anew
        if self._pages - self._asked < self.every:
            return
        if self._moving is not None and (self._pages >= self.most or self._moving.done()):
            self._moving.result()
            self._moving = None
        if self._moving is None:
            self._asked = self._pages
            if self._pages >= self.most:
                self._move(self._connection)
            else:
                self._moving = self._thread.submit(self._move_beside)

    def close(self) -> None:
        """Ends with what is being moved; the connection that writes may be closed after it."""
        self._thread.submit(self._let_go).result()
        self._thread.shutdown()

    def _grown(self, connection: apsw.Connection, name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _move_beside(self) -> None:
        try:
            if self._own is None:
                self._own = apsw.Connection(str(self._path), vfs=self._connection.open_vfs)
                self._own.pragma("synchronous", "full")
                self._own.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # it knows of the log from now on
        except apsw.Error:
            self._failed()
        else:
            self._move(self._own)

    def _move(self, connection: apsw.Connection) -> None:
        try:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except (apsw.BusyError, apsw.LockedError):  # another moves
            return
        except apsw.Error:
            self._failed()

    def _let_go(self) -> None:
        if self._own is not None:
            self._own.close()
