"""Erases a user and kills itself after so many slices have been overwritten."""

import os
import signal
import sys
from pathlib import Path

from opportune.adapters.stores import rewriting
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Erasure
from tests.contracts.made import NOW

if __name__ == "__main__":
    store, user, left = SqliteStore(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
    rewriting.SLICE = 1  # type: ignore[misc]
    store.rewriter.wake = lambda: None  # type: ignore[method-assign]
    names = (user, "device-of-ann")
    store.erase_now([Erasure(names, names)], now=NOW, seq=store.last_seq() + 1)

    def progress(done: int, of: int) -> None:
        if done >= left:
            os.kill(os.getpid(), signal.SIGKILL)

    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    store.rewriter.finish(progress)
