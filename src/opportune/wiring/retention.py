"""How long events stay in the file: once a day the host asks what may leave, and whether a base should be made.

The log is cut at bases only, which are made while ``keep`` passes: at each cut it holds the events of the last ``keep``
and at most of half as much before them.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from opportune.adapters.stores.leaving import Leaving
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.ports import DEDUPE_HORIZON
from opportune.units import DAY, Instant, Millis, in_words
from opportune.wiring.exporting import Order, export
from opportune.wiring.rows_out import What

WHAT: Final[tuple[What, ...]] = ("events", "decisions", "endings", "merges")
_log: Final = logging.getLogger("opportune.retention")


def unkeepable(keep: Millis | None, to: Path | None) -> str | None:
    """What speaks against these options, or nothing."""
    if keep is None:
        return None if to is None else "--keep-to says where to write what leaves the file: say when, with --keep SPAN"
    if keep < DEDUPE_HORIZON:
        return f"--keep must be at least {in_words(DEDUPE_HORIZON)}: so long the ids of events must be known"
    if to is not None and find_spec("duckdb") is None:
        return "--keep-to writes Parquet, which needs DuckDB: pip install 'opportune[history]'"
    return None


class Retention:
    """Lets what is older than ``keep`` leave a store, written to a folder first if there is one."""

    def __init__(self, store: SqliteStore, path: Path, *, keep: Millis, to: Path | None = None) -> None:
        """``path`` is the store's file."""
        self._store = store
        self._path = path
        self._keep = keep
        self._to = to
        self._is_stopping = False
        self._writing: asyncio.Task[None] | None = None

    def tend(self, now: Instant) -> bool:
        """Begins what there is to do; whether the next snapshot should be kept as a base."""
        if self._writing is None or self._writing.done():
            place = self._store.retention.leaving(now - self._keep)
            if place is not None and self._to is not None:
                self._writing = asyncio.create_task(self._written(place, self._to))
            elif place is not None:
                self._store.retention.cut(place)
        return self._store.retention.is_base_due(now - max(self._keep // 2, DAY))

    def stop(self) -> None:
        """Whatever is not written yet stays in the file, until the next start."""
        self._is_stopping = True

    async def _written(self, place: int, to: Path) -> None:
        """Writes all that leaves at this base, and only then cuts."""
        try:
            await asyncio.to_thread(write_leaving, self._path, place, to, self._go_on)
        except Unavailable as refusal:
            _log.error("nothing leaves the file, for it could not be written: %s", refusal)
        else:
            self._store.retention.cut(place)

    def _go_on(self, count: int) -> None:
        if self._is_stopping:
            raise Unavailable("the engine is stopping; what leaves is written after the next start")


def write_leaving(path: Path, place: int, to: Path, progress: Callable[[int], None] = lambda count: None) -> None:
    """Parquet by day, in a folder of its own for each cut: a day that leaves in two parts keeps both.

    Done again, it writes the same files again. Raises Unavailable if the folder cannot be written.
    """
    with closing(Leaving(path, place)) as leaving:
        for what in WHAT:
            export(leaving, Order(what, "parquet"), to / f"until-{place:012}", progress)
