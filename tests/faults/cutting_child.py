"""Makes a base, or cuts a log at one, and kills itself after so many pieces."""

import os
import signal
import sys
from pathlib import Path

import apsw

from opportune.adapters.stores import bases, retention, slices
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.adapters.stores.writer import Writer
from opportune.ports import Batch, Mark
from tests.contracts.made import NOW

if __name__ == "__main__":
    path, what, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    bases.COPIED = retention.LOG_ROWS = 1  # type: ignore[misc]
    retention.ROWS = 2  # type: ignore[misc]
    slices.PIECE = 0  # type: ignore[misc]
    store = SqliteStore(path, horizon=1)
    while store.is_busy:
        store.commit_now(Batch())
    write = Writer._write

    def counted(self: Writer, wishes: list[object]) -> None:
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, wishes)  # type: ignore[arg-type]

    Writer._write = counted  # type: ignore[method-assign, assignment]
    if what == "base":
        store.commit_now(Batch(mark=Mark(store.last_seq(), "p1", ("p1",), is_base=True)))
    else:
        place = store.retention.leaving(NOW * 2)
        assert place is not None
        store.retention.cut(place)
    while store.is_busy:
        store._writer.submit(lambda connection: None).result()
    assert isinstance(store._read, apsw.Connection)
    store.close()
