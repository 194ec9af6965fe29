"""One sieve over all hashed ids on disk: says "surely not here", or "perhaps", in less than four bytes for each.

Three bytes of each id lie in a bucket named by its first bits, in no order. An id that is not here finds its bytes
among the some two hundred of its bucket about once in thirty thousand times: seldom does the thread that takes events
in wait for the disk. Nothing can be taken out: a part in which there is no more room is made anew from the ids that
still count.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from opportune.adapters.stores.records import WIDTH, apart
from opportune.adapters.stores.sieve_part import PRINT, Part

PARTS: Final = 256
"""Named by an id's first byte; each is made anew by itself, so that no second sieve is ever held."""


class Sieve:
    """Grows part by part: whoever added asks which are ``full`` and makes these anew between ``begin`` and ``end``."""

    def __init__(self, expected: int) -> None:
        """Room for about so many ids."""
        self._parts = [Part(expected // PARTS) for _ in range(PARTS)]
        self._coming: dict[int, Part] = {}

    def add(self, records: bytes) -> None:
        """These ids, sorted; one that is added twice takes room twice."""
        for first, some in _by_first_byte(records):
            self._parts[first].add(some)
            if first in self._coming:
                self._coming[first].add(some)

    def is_perhaps_in(self, name: bytes) -> bool:
        """False only if the id was surely not added."""
        part = self._parts[name[0]]
        start = (int.from_bytes(name[1:4], "big") >> part.shift) * part.width
        return part.find(name[PRINT], start, start + part.width) >= 0 or name in part.more

    @property
    def full(self) -> list[int]:
        """The first bytes of the parts that have no more room."""
        return [first for first, part in enumerate(self._parts) if part.is_full]

    def begin(self, first: int, expected: int) -> Part:
        """Another part for this first byte, to be filled with all that counts; what is added meanwhile goes into it."""
        self._coming[first] = part = Part(expected)
        return part

    def end(self, first: int) -> None:
        """It is filled, and takes the place of the one before."""
        self._parts[first] = self._coming.pop(first)

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return sum(part.size for part in self._parts)


def _by_first_byte(records: bytes) -> Iterator[tuple[int, bytes]]:
    if records and records[0] == records[-WIDTH]:
        yield records[0], records
        return
    for record in apart(records):
        yield record[0], record


def parted(sets: Sequence[set[bytes]], bits: int) -> Iterator[list[bytes]]:
    """What these sets hold, one for each first byte, sorted; ids with the same first bits come in one list."""
    width = max(PARTS >> bits, 1)
    for first in range(0, PARTS, width):
        yield sorted(set().union(*sets[first : first + width]))
