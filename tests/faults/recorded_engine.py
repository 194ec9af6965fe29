"""The command ``opportune`` with a write-ahead log that is moved often, and, where that is asked for, with a fault.

Usage: as the command. OPPORTUNE_MOVED_EVERY is a number of pages; OPPORTUNE_PLANTED names one of ``PLANTS``.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from opportune.adapters.stores import checkpoints, mark, schema, secret, sqlite, writer
from opportune.adapters.stores.outbox import SqliteOutbox
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt
from opportune.wiring.cli import main


def weakly(how: str) -> None:
    """Commits do not wait for the disk."""
    strong = schema.open_to_write

    def weak(path: Path, *rest: object) -> apsw.Connection:
        connection = strong(path, *rest)  # type: ignore[arg-type]
        connection.pragma("synchronous", how)
        return connection

    sqlite.open_to_write = weak  # type: ignore[attr-defined]


def early() -> None:
    """What nothing is sent for is acknowledged before it is durable."""
    strong = SqliteStore.commit

    async def weak(self: SqliteStore, batch: Batch) -> tuple[Claim, ...]:
        if batch.calls:
            return await strong(self, batch)
        self._submit(batch)
        return ()

    SqliteStore.commit = weak  # type: ignore[method-assign]


def unmarked() -> None:
    """Nobody waits for the mark before the byte that commits the provider, only before the answer is kept."""
    strong, strong_answer = SqliteOutbox.mark_data_sent, SqliteOutbox.answer

    async def weak(self: SqliteOutbox, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        _marking.append(asyncio.ensure_future(strong(self, claim, body, again=again)))
        return True

    async def answer(self: SqliteOutbox, claim: Claim, receipt: Receipt, at: int) -> bool:
        await asyncio.gather(*_marking)
        return await strong_answer(self, claim, receipt, at) or True  # it may have been recalled meanwhile

    SqliteOutbox.mark_data_sent = weak  # type: ignore[method-assign]
    SqliteOutbox.answer = answer  # type: ignore[method-assign]


def trusting() -> None:
    """What an earlier life has left in the log is taken for written."""
    writer.write_afresh = lambda connection: None  # type: ignore[attr-defined]


def unnamed() -> None:
    """The names of the files beside the store are left to chance."""
    for each in (mark, secret):
        each.put_in_place = lambda hidden, path: hidden.replace(path)  # type: ignore[attr-defined]


_marking: list["asyncio.Future[bool]"] = []
PLANTS: Final[dict[str, Callable[[], None]]] = {
    "normal": partial(weakly, "normal"),
    "off": partial(weakly, "off"),
    "early": early,
    "unmarked": unmarked,
    "unnamed": unnamed,
    "trusting": trusting,
}

if __name__ == "__main__":
    if every := int(os.environ.get("OPPORTUNE_MOVED_EVERY", "0")):
        checkpoints.EVERY, checkpoints.MOST = every, 4 * every  # type: ignore[misc]
    if planted := os.environ.get("OPPORTUNE_PLANTED"):
        PLANTS[planted]()
    sys.exit(main())
