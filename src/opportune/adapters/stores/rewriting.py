"""Log rows written again without those who were erased: slice by slice, taken up again after a crash.

It is done when no byte of them is left in the file or in its write-ahead log.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Final, TypeAlias

import apsw

from opportune.adapters.stores.erasing import erasing
from opportune.adapters.stores.letter_words import Sought, drop
from opportune.adapters.stores.overwriting import all_rewritten, forget, is_emptied, is_pending, overwrite, without
from opportune.adapters.stores.schema import open_to_read, usable
from opportune.adapters.stores.user_rows import rows_of
from opportune.adapters.stores.writer import Writer
from opportune.errors import Unavailable

SLICE: Final = 8
"""Log rows in one transaction."""
USERS: Final = 20
"""Users whom one transaction takes out of the index."""
Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many are done, of how many."""


class Rewriter:
    """Works in a thread of its own whenever there is something to overwrite, for half of the time at most."""

    def __init__(self, path: Path, writer: Writer) -> None:
        self._path = path
        self._writer = writer
        self._machine = writer.machine
        self._lock = Lock()
        self._working = Lock()
        self._stopped = Event()
        self._thread: Executor | None = None
        self._is_on = False

    def wake(self) -> None:
        """There may be something to overwrite."""
        with self._lock:
            if not self._is_on and not self._stopped.is_set():
                self._is_on = True
                self._thread = self._thread or self._machine.thread("rewriter")
                self._thread.submit(self._run).add_done_callback(lambda done: done.result())  # a fault of ours is told

    def finish(self, progress: Progress = lambda done, of: None) -> None:
        """Overwrites what there is at once; raises Unavailable if the file cannot be written."""
        with closing(self._reading()) as read:
            while is_pending(read) and not self._stopped.is_set():
                with self._working:
                    self._round(read, progress, share=1.0)

    def stop(self) -> None:
        """Ends after the slice under way; the next start goes on."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.shutdown()

    def _run(self) -> None:
        with suppress(Unavailable), closing(self._reading()) as read:
            while self._goes_on(read):  # if the file cannot be written any more, whoever commits is told
                with self._working:
                    self._round(read, lambda done, of: None, share=0.5)

    def _reading(self) -> apsw.Connection:
        return open_to_read(self._path, self._machine.disk)

    def _is_emptied(self, read: apsw.Connection) -> bool:
        try:
            with usable(self._path):
                return is_emptied(read)
        except Unavailable:
            self._writer.distrust()
            raise

    def _goes_on(self, read: apsw.Connection) -> bool:
        """Whether there is more to do; if not, the next ``wake`` begins anew."""
        with self._lock:
            if not self._stopped.is_set() and is_pending(read):
                return True
            self._is_on = False
            return False

    def _round(self, read: apsw.Connection, progress: Progress, *, share: float) -> None:
        """All letters and rows that name those who are erased by now, then the traces in the write-ahead log."""
        gone, sought = erasing(read), Sought(read)
        steady = self._machine.steady
        begun = steady()
        for places in sought.found(read):
            if places:
                self._writer.submit(partial(drop, places=places)).result()
            if self._machine.rest((steady() - begun) * (1 / share - 1), self._stopped):
                return
            begun = steady()
        self._writer.submit(sought.forget).result()
        rows = rows_of(read, gone)
        for start in range(0, len(rows), SLICE):
            begun = steady()
            found = list(without(read, rows[start : start + SLICE], gone))
            self._writer.submit(partial(overwrite, rows=found)).result()
            progress(min(start + SLICE, len(rows)), len(rows))
            if self._machine.rest((steady() - begun) * (1 / share - 1), self._stopped):
                return
        names = sorted(gone)
        for start in range(0, len(names), USERS):
            some = {user: gone[user] for user in names[start : start + USERS]}
            self._writer.submit(partial(forget, gone=some)).result()
        while not self._is_emptied(read):
            if self._machine.rest(0.05, self._stopped):
                return
        if not erasing(read):
            self._writer.submit(all_rewritten).result()
