"""What is too old leaves the file, piece by piece: the log up to a base, and what was over by then.

First the base becomes the beginning, in one transaction: from then on nobody is told of what lies before it. What is
deleted after that can be deleted at any time, so a process that dies goes on at its next start.
"""

from collections.abc import Generator
from functools import partial
from typing import Final

import apsw

from opportune.adapters.stores.bases import copied
from opportune.adapters.stores.beginning import CUT
from opportune.adapters.stores.codec import Form
from opportune.adapters.stores.pages import swept
from opportune.adapters.stores.slices import Slices
from opportune.adapters.stores.tidying import without_attempts
from opportune.adapters.stores.user_rows import forget_rows
from opportune.ports import DeadLetter
from opportune.units import Instant, Millis

LOG_ROWS: Final = 2
ROWS: Final = 100
"""Deleted in one piece, of the log and of all else."""
_ENDED: Final = """
SELECT place, decision FROM endings WHERE place <= ? AND place < (SELECT max(place) FROM endings)
AND decision IS NOT (SELECT id FROM decisions ORDER BY place DESC LIMIT 1) ORDER BY place LIMIT ?
"""
_dead: Final = Form(DeadLetter)


class FileRetention:
    """Lets go of what is old, by the thread that writes; what was begun in an earlier life goes on."""

    def __init__(self, read: apsw.Connection, slices: Slices, *, horizon: Millis) -> None:
        """Nothing that came within ``horizon`` leaves: by it the ids of events are known."""
        self._read = read
        self._slices = slices
        self._horizon = horizon
        if read.execute("SELECT 1 FROM base_heads").get is not None:
            self.go_on()

    def go_on(self) -> None:
        """Finish the base under way, and what was begun to leave."""
        self._slices.add(copied)
        self._slices.add(without_old)

    def is_base_due(self, before: Instant) -> bool:
        """Whether the newest base, or the log's beginning, is from before this instant and the log went on since."""
        newest = self._read.execute("SELECT now, until, is_whole FROM base_heads ORDER BY seq DESC LIMIT 1").fetchone()
        first = self._read.execute("SELECT now, 0, 1 FROM log ORDER BY seq_from LIMIT 1").fetchone()
        now, until, is_whole = newest or first or (before, 0, 1)
        goes_on = self._read.execute("SELECT 1 FROM log WHERE seq_from > ? LIMIT 1", (until,)).get
        return bool(is_whole) and now < before and goes_on is not None

    def leaving(self, before: Instant) -> int | None:
        """The oldest base, if it is from before this instant, at which the log can be cut next; it never ends there."""
        last = self._read.execute("SELECT now FROM log ORDER BY seq_from DESC LIMIT 1").get or 0
        found: int | None = self._read.execute(
            f"SELECT seq FROM base_heads WHERE is_whole AND seq > {CUT} AND now < ? "
            "AND until < (SELECT max(seq_from) FROM log) ORDER BY seq LIMIT 1",
            (min(before, last - self._horizon),),
        ).get
        return found

    def cut(self, seq: int) -> None:
        """The log begins at this base from now on, and what lies before it is deleted when there is time."""
        self._slices.add(partial(cut_at, seq=seq))


def cut_at(connection: apsw.Connection, seq: int) -> Generator[None, None, None]:
    """Makes this base the beginning, then deletes what is not needed any more."""
    connection.execute("UPDATE base_heads SET is_beginning = (seq = ?)", (seq,))
    yield
    yield from without_old(connection)


def without_old(connection: apsw.Connection) -> Generator[None, None, None]:
    """Deletes, piece by piece, what lies before the beginning of the log, and what was over by then."""
    head = connection.execute(f"SELECT seq, endings, goals, now FROM base_heads WHERE seq = {CUT} AND is_beginning").get
    if head is None:
        return
    seq, endings, goals, now = head
    yield from _deleted(connection, "log", "seq_from", ("seq_from <= ?1 AND seq_to <= ?1", seq, LOG_ROWS))
    forget_rows(connection, seq + 1)
    yield from swept(connection)
    while rows := connection.execute(_ENDED, (endings, ROWS)).fetchall():
        connection.executemany("DELETE FROM decisions WHERE id = ?", [(decision,) for _, decision in rows])
        connection.executemany("DELETE FROM endings WHERE place = ?", [(place,) for place, _ in rows])
        yield
    newest = "place < (SELECT max(place) FROM goals)"
    yield from _deleted(connection, "goals", "place", (f"place <= ? AND {newest}", goals, ROWS))
    yield from _without_dead(connection, now)
    yield from without_attempts(connection, now)
    for table, which in (("bases", "seq < ?"), ("backfills", "seq <= ?")):
        yield from _deleted(connection, table, "(seq, user)", (which, seq, ROWS))
    connection.execute("DELETE FROM base_heads WHERE seq < ?", (seq,))


def _deleted(at: apsw.Connection, table: str, key: str, which: tuple[str, int, int]) -> Generator[None, None, None]:
    """Deletes the rows of which this holds, a few at a time, in the order of their keys."""
    columns, (condition, value, most) = key.strip("()"), which
    some = f"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {columns} LIMIT {most}"
    while at.execute(f"SELECT EXISTS ({some})", (value,)).get:
        at.execute(f"DELETE FROM {table} WHERE {key} IN ({some})", (value,))
        yield


def _without_dead(connection: apsw.Connection, now: Instant) -> Generator[None, None, None]:
    """Deletes the oldest dead letters, as long as they are not from after this instant."""
    while True:
        rows: list[tuple[int, bytes]] = []
        rows.extend(connection.execute("SELECT place, body FROM dead_letters ORDER BY place LIMIT ?", (ROWS,)))
        old = [(place,) for place, body in rows if _dead.decode(body).at <= now]
        connection.executemany("DELETE FROM dead_letters WHERE place = ?", old)
        if len(old) < ROWS:
            return
        yield
