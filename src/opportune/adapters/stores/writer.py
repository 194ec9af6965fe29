"""One thread that writes: whatever is asked while the disk is busy goes into the next transaction together."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import RLock
from typing import TypeVar

import apsw

from opportune.adapters.stores.afresh import write_afresh
from opportune.adapters.stores.checkpoints import Checkpoints
from opportune.adapters.stores.copies import Place
from opportune.adapters.stores.machine import Machine
from opportune.adapters.stores.schema import usable
from opportune.adapters.stores.wish import Wish
from opportune.errors import Unavailable

Result = TypeVar("Result")


class Writer:
    """Group commit: a future is done when its work is durable, and fails with ``Unavailable`` if it is not.

    After a failed write to the disk nobody knows what the disk holds: nothing more is written until a fresh start.
    """

    def __init__(self, connection: apsw.Connection, path: Path, machine: Machine) -> None:
        with usable(path):
            write_afresh(connection)
        self.machine = machine
        self._connection = connection
        self._path = path
        self._thread = machine.thread("store")
        self._lock = RLock()  # a thread of the simulator works while it is given work
        self._waiting: list[Wish[object]] = []
        self._is_broken = False
        self._is_closed = False
        self.checkpoints = Checkpoints(connection, path, self.distrust, machine)
        self.place: Place | None = None
        """Numbers every commit."""

    def submit(self, work: Callable[[apsw.Connection], Result]) -> "Future[Result]":
        """Have this done, in order, inside a durable transaction."""
        wish = Wish(work)
        with self._lock:
            if self._is_closed:
                wish.future.set_exception(Unavailable(f"{self._path}: is closed; open it again"))
                return wish.future
            self._waiting.append(wish)  # type: ignore[arg-type]
            if len(self._waiting) == 1:
                self._thread.submit(self._write_all)
        return wish.future

    def close(self) -> None:
        """Finish what was asked, then close the file."""
        with self._lock:
            self._is_closed = True
        self._thread.submit(self._let_go).result()
        self._thread.shutdown()

    def _let_go(self) -> None:
        try:
            self.checkpoints.close()
        finally:
            self._connection.close()

    def distrust(self) -> None:
        """A write beside the commits has failed: nothing more is committed until a fresh start."""
        self._is_broken = True

    def _write_all(self) -> None:
        with self._lock:
            wishes, self._waiting = self._waiting, []
        wishes = [wish for wish in wishes if wish.future.set_running_or_notify_cancel()]
        try:
            with usable(self._path):
                self._write(wishes)
        except Exception as refusal:  # noqa: BLE001 - nobody waits for ever
            for wish in wishes:
                wish.future.set_exception(refusal)
        else:
            for wish in wishes:
                wish.settle()
            self.checkpoints.after_commit()

    def _write(self, wishes: list[Wish[object]]) -> None:
        if self._is_broken:
            raise Unavailable(f"{self._path}: an earlier write failed; start again, so that the file is read afresh")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for wish in wishes:
                wish.attempt(self._connection)
            if self.place is not None:
                self.place.number(self._connection)
            self._connection.execute("COMMIT")
            if self.place is not None:
                self.place.keep()
        except Exception as fault:
            self._is_broken = not isinstance(fault, (apsw.FullError, apsw.BusyError))
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
