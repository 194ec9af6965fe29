"""A sieve over hashed ids: says "surely not here", or "perhaps", in a little more than two bytes for each id.

Two bytes of each id, page by page as the segment has them on disk, and where each page begins. An id that is not here
finds its two bytes among the some fifty of its page about once in seven hundred times.
"""

from array import array
from collections.abc import Callable
from typing import Final, TypeAlias

PRINT: Final = slice(8, 10)
"""The bytes of an id that the sieve keeps; not those that name its page."""

Look: TypeAlias = tuple[int, "array[int]", Callable[[bytes, int, int], int]]
"""By how many bits to shift an id's first four bytes for its page; where pages begin; and what finds two bytes."""


class Sieve:
    """Made by adding the pages of a segment in order, then ``close``."""

    def __init__(self, bits: int) -> None:
        """``bits``: how many first bits of an id name its page."""
        self._shift = 32 - bits
        self._starts = array("I", bytes(4 * ((1 << bits) + 1)))
        self._prints = bytearray()
        self._filled = 0

    def add(self, page: int, records: bytes) -> None:
        """The ids of the next page; pages without ids may be left out."""
        self._fill(page)
        self._prints += memoryview(records).cast("H")[PRINT.start // 2 :: 8].tobytes()

    def close(self) -> None:
        """All pages were added."""
        self._fill(len(self._starts) - 1)

    def is_perhaps_in(self, name: bytes) -> bool:
        """False only if the id is surely not in the sieve's segment."""
        page = int.from_bytes(name[:4], "big") >> self._shift
        return self._prints.find(name[PRINT], self._starts[page], self._starts[page + 1]) >= 0

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self._prints) + len(self._starts) * self._starts.itemsize

    @property
    def look(self) -> Look:
        """How to look an id up without asking this object: for those who ask many sieves for each id."""
        return self._shift, self._starts, self._prints.find

    def _fill(self, page: int) -> None:
        """The pages up to and with this one begin here, if they have not begun."""
        here = len(self._prints)
        for each in range(self._filled + 1, page + 1):
            self._starts[each] = here
        self._filled = max(self._filled, page)
