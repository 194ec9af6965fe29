"""In which log rows a user occurs: the newest rows' sets one by one, all others in sorted segments (R18).

A record is the user's hash and the row's first ``seq``. Two users may share a hash: whoever reads the rows compares.
"""

from collections.abc import Generator
from concurrent.futures import Future
from threading import Lock
from typing import Final

import apsw

from opportune.adapters.stores.codec import WIDTH
from opportune.adapters.stores.merging import gathered, to_merge, union_of
from opportune.adapters.stores.pages import Segment, begun, make_whole, swept, whole_segments, write
from opportune.adapters.stores.records import bits_for, cut
from opportune.adapters.stores.slices import Slices

MOST_ROWS: Final = 1_024
MOST_USERS: Final = 8_192
"""The newest rows are closed as a segment when there are so many of them, or so many users in them."""


class UserIndex:
    """Closes what has come together and merges what was closed, in the thread that writes, between commits."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices
        self._lock = Lock()
        self._rows = self._users = 0
        self._is_working = False

    def start(self, read: apsw.Connection) -> None:
        """What an earlier life left open."""
        self.added(*_open(read))

    def added(self, rows: int, users: int) -> None:
        """So many rows, with so many users in all, were added to the log."""
        with self._lock:
            self._rows += rows
            self._users += users
            if self._is_working or (self._rows < MOST_ROWS and self._users < MOST_USERS):
                return
            self._is_working = True
        self._slices.add(closed, is_urgent=True).add_done_callback(self._after_closing)

    def _after_closing(self, done: "Future[tuple[int, int]]") -> None:
        self._is_working = False
        if done.exception() is None:
            self._rows, self._users = done.result()
            self._slices.add(merged)
            self.added(0, 0)


def closed(connection: apsw.Connection) -> Generator[None, None, tuple[int, int]]:
    """Makes a segment of the oldest open rows; how many rows are left open, with how many users."""
    yield from ()  # it is one piece
    records: list[bytes] = []
    last = 0
    for seq, users in connection.execute(
        "SELECT seq_from, users FROM log_users ORDER BY seq_from LIMIT ?", (MOST_ROWS,)
    ):
        row = seq.to_bytes(WIDTH, "big")
        records += [users[at : at + WIDTH] + row for at in range(0, len(users), WIDTH)]
        last = seq
        if len(records) >= MOST_USERS:
            break
    records.sort()
    segment = begun(connection, "users", Segment(0, 0, bits_for(len(records)), len(records), last, 0))
    write(connection, segment, cut(records, segment.bits))
    make_whole(connection, segment)
    connection.execute("DELETE FROM log_users WHERE seq_from <= ?", (last,))
    return _open(connection)


def merged(connection: apsw.Connection) -> Generator[None, None, None]:
    """Merges as long as there are too many segments of one level, and takes the pages of those that were merged."""
    while sources := to_merge(whole_segments(connection, "users"), "users"):
        segment = begun(connection, "users", union_of(sources))
        for pages in gathered(connection, sources, segment):
            write(connection, segment, pages)
            yield
        make_whole(connection, segment, instead_of=sources)
        yield from swept(connection)


def _open(connection: apsw.Connection) -> tuple[int, int]:
    """How many rows no segment holds yet, and how many users they name."""
    rows, size = connection.execute("SELECT count(*), total(length(users)) FROM log_users").fetchone() or (0, 0)
    return int(rows), int(size) // WIDTH
