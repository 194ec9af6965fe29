"""A set of users by number, in few bytes: the numbers themselves while they are few, one bit for each user else."""

from array import array
from collections.abc import Iterator
from typing import Final

_FIRST_TIDY: Final = 8
_BYTES: Final = 4
"""Of one number; twice that at most, with what waits to be tidied."""
_BITS: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


class Slots:
    """Numbers from 0 on; one that is added twice is there once."""

    __slots__ = ("_bits", "_few", "_tidy_at")

    def __init__(self) -> None:
        self._few = array("I")
        self._tidy_at = _FIRST_TIDY
        self._bits: bytearray | None = None

    @classmethod
    def of(cls, numbers: "array[int]", users: int) -> "Slots":
        """A set of these numbers."""
        found = cls()
        found._few = numbers
        found._tidy(users)
        return found

    def add(self, slot: int, users: int) -> None:
        """Adds the number, which is below ``users``: the count of all that there are by now."""
        if self._bits is None:
            self._few.append(slot)
            if len(self._few) >= self._tidy_at:
                self._tidy(users)
            return
        place = slot >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(max(place, users >> 3) + 1 - len(self._bits)))
        self._bits[place] |= 1 << (slot & 7)

    def __len__(self) -> int:
        """How many there are; some may count twice that were added since the last tidying."""
        return len(self._few) if self._bits is None else int.from_bytes(self._bits, "little").bit_count()

    def __iter__(self) -> Iterator[int]:
        """The numbers as they are now, whatever is added meanwhile; some may come twice."""
        if self._bits is None:
            yield from self._few[:]
            return
        for place, byte in enumerate(bytes(self._bits)):
            if byte:
                for bit in _BITS[byte]:
                    yield place << 3 | bit

    def _tidy(self, users: int) -> None:
        """Each number once; as bits where these take less room."""
        found = sorted(set(self._few))
        if 2 * _BYTES * len(found) > users >> 3 and len(found) > _FIRST_TIDY:
            self._bits, self._few = bytearray((users >> 3) + 1), array("I")
            for slot in found:
                self._bits[slot >> 3] |= 1 << (slot & 7)
            return
        self._few = array("I", found)
        self._tidy_at = max(_FIRST_TIDY, 2 * len(found))
