"""Dead letters as they may be kept: none of somebody who was erased, and only so many of the others."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Final

import apsw
import msgspec
from msgspec import Struct, msgpack

from opportune.adapters.stores.slices import Slices
from opportune.ports import Batch, DeadLetter

ROWS: Final = 50
"""Dropped in one piece, at most."""
UNSAID: Final = "it is about a user who was erased; nothing else of it is kept"
_OLDEST: Final = "SELECT place, length(body) FROM dead_letters ORDER BY place LIMIT ?"
_ID: Final = re.compile(
    rb"""(?:user|anonymous|previous)[_-]?id["']?\s*[:=]\s*("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"',;&{}\[\]]+)""",
    re.IGNORECASE | re.DOTALL,
)


class Bounds(Struct, frozen=True):
    """What is kept of dead letters: the newest, so many of them, and so many bytes."""

    most: int = 100_000
    most_bytes: int = 64_000_000


class Letters:
    """Lets the oldest leave, in pieces, where there are too many; a little late, never too early."""

    def __init__(self, read: apsw.Connection, slices: Slices, is_erased: Callable[[str], bool]) -> None:
        self.bounds = Bounds()
        self.dropped = 0
        """How many have left because there were too many, since this store was opened."""
        self._slices = slices
        self._is_erased = is_erased
        self._lock = Lock()
        self._count, self._bytes = _held(read)
        self._came = self._came_bytes = 0  # since the work in pieces began: it may not have seen them
        self._is_busy = False
        self.look()

    def sifted(self, batch: Batch) -> Batch:
        """The batch as it may be kept; its letters count from now on."""
        if not batch.dead:
            return batch
        dead = without_erased(batch.dead, self._is_erased)
        size = sum(len(msgpack.encode(each)) for each in dead)
        with self._lock:
            self._count, self._came = self._count + len(dead), self._came + len(dead)
            self._bytes, self._came_bytes = self._bytes + size, self._came_bytes + size
        return msgspec.structs.replace(batch, dead=dead)

    def look(self) -> None:
        """Begins what is to be done; to be asked once the letters are on their way, before anybody hears of them."""
        with self._lock:
            is_over = self._count > self.bounds.most or self._bytes > self.bounds.most_bytes
            if self._is_busy or not is_over:
                return
            self._is_busy, self._came, self._came_bytes = True, 0, 0
        self._slices.add(partial(_shortened, bounds=self.bounds), is_urgent=True).add_done_callback(self._done)

    def _done(self, done: "Future[tuple[int, int, int]]") -> None:
        with self._lock:
            self._is_busy = False
            if done.exception() is not None:
                return
            dropped, count, size = done.result()
            self.dropped += dropped
            self._count, self._bytes = count + self._came, size + self._came_bytes
        self.look()


def _held(connection: apsw.Connection) -> tuple[int, int]:
    """How many there are, and of how many bytes."""
    (held,) = list[tuple[int, int]](connection.execute("SELECT count, bytes FROM letters_held"))
    return held


def _shortened(connection: apsw.Connection, bounds: Bounds) -> Generator[None, None, tuple[int, int, int]]:
    """Drops the oldest, as many as are too many; how many that were, and the number and bytes of those that stay."""
    dropped = 0
    while True:
        count, size = _held(connection)
        over, over_bytes, last = count - bounds.most, size - bounds.most_bytes, None
        oldest: list[tuple[int, int]] = []
        oldest.extend(connection.execute(_OLDEST, (ROWS,)))
        for place, length in oldest:
            if over <= 0 and over_bytes <= 0:
                break
            over, over_bytes, last, dropped = over - 1, over_bytes - length, place, dropped + 1
        if last is None:
            return dropped, count, size
        connection.execute("DELETE FROM dead_letters WHERE place <= ?", (last,))
        yield


def without_erased(dead: Sequence[DeadLetter], is_erased: Callable[[str], bool]) -> tuple[DeadLetter, ...]:
    """The letters; of those that name somebody who was erased as a user, when they came and the code."""
    return tuple(
        DeadLetter(each.at, each.code, UNSAID, b"", each.kind) if any(map(is_erased, set(stated_ids(each)))) else each
        for each in dead
    )


def stated_ids(letter: DeadLetter) -> Iterator[str]:
    """What stands where ids of users stand, however badly the rest is written."""
    for found in _ID.findall(letter.body):
        try:
            text = str(msgspec.json.decode(found, type=str | int))
        except (msgspec.DecodeError, UnicodeDecodeError):
            text = found.decode("utf-8", "replace").strip("\"'")
        yield text
        yield text.strip()
