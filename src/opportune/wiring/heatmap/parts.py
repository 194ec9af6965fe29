"""Rows put apart by user, on disk where they are many, so that repeats of one send are found in little memory."""

from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final

from opportune.wiring.backtest.spill import add_to

RECORD: Final = Struct(">8sQ8sBQBBB")
"""User, sent, message; then what decides among repeats: opener and delay; then cell, hour of the open, segments.

Ordered as bytes, the rows of one send stand together, and the first of them is what counts: the earliest open of a
human, else of a machine or of nobody known, else none.
"""
KEY: Final = 24
"""Bytes that say which send it is; the first 8 of them say whose."""
ERA: Final = 1 << 62
"""Added to instants, so that those before 1970 come first."""
_WAITING: Final = 32 * 1024 * 1024
"""Bytes in memory before they are put on disk."""
PART: Final = 16 * 1024 * 1024
"""A part that is larger is put apart once more: sorting takes four times its size in memory."""
_DEEPEST: Final = 7


class Parts:
    """Records by one byte of the hash of their user; ``depth`` says which."""

    def __init__(self, folder: Path, depth: int = 0, *, waiting: int = _WAITING, most: int = PART) -> None:
        self._folder, self._depth = folder, depth
        self._most_waiting, self._most = waiting, most
        self._parts = [bytearray() for _ in range(256)]
        self._waiting = 0
        self.total = 0
        """Bytes of all records."""

    def add(self, record: bytes) -> None:
        """Adds one; raises Unavailable where the disk is full."""
        self._parts[record[self._depth]] += record
        self._waiting += RECORD.size
        self.total += RECORD.size
        if self._waiting >= self._most_waiting:
            self._put_down()

    def sorted(self) -> Iterator[list[bytes]]:
        """All records, part by part, each user's in one part and each part in order; what was read is gone."""
        for place in range(256):
            path = self._path(place)
            size = path.stat().st_size if path.exists() else 0
            if size + len(self._parts[place]) > self._most and self._depth < _DEEPEST:
                yield from self._again(place)
                continue
            packed = (path.read_bytes() if size else b"") + self._parts[place]
            self._drop(place)
            if packed:
                records = [packed[at : at + RECORD.size] for at in range(0, len(packed), RECORD.size)]
                del packed
                records.sort()
                yield records

    def _again(self, place: int) -> Iterator[list[bytes]]:
        """A part that is too large, put apart by the next byte."""
        folder = self._folder / f"{place:03}"
        folder.mkdir()
        finer = Parts(folder, self._depth + 1, waiting=self._most_waiting, most=self._most)
        for record in self._records(place):
            finer.add(record)
        self._drop(place)
        yield from finer.sorted()
        folder.rmdir()

    def _records(self, place: int) -> Iterator[bytes]:
        """Those of one part in any order."""
        size = RECORD.size
        if self._path(place).exists():
            with self._path(place).open("rb") as file:
                while record := file.read(size):
                    yield record
        for at in range(0, len(self._parts[place]), size):
            yield bytes(self._parts[place][at : at + size])

    def _drop(self, place: int) -> None:
        self._parts[place] = bytearray()
        self._path(place).unlink(missing_ok=True)

    def _put_down(self) -> None:
        for place, part in enumerate(self._parts):
            if part:
                add_to(self._path(place), bytes(part))
                self._parts[place] = bytearray()
        self._waiting = 0

    def _path(self, place: int) -> Path:
        return self._folder / f"part-{place:03}"
