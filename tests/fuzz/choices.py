"""Bytes as a run of choices: whatever a fuzzer invents, something of the wished structure comes of it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Choices:
    """Each choice takes a byte or two; when there are none left, the first of everything is chosen, so all ends."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._place = 0

    @property
    def is_over(self) -> bool:
        """Whether all bytes are used up."""
        return self._place >= len(self._raw)

    def below(self, most: int) -> int:
        """A number in [0, most)."""
        width = 1 if most <= 256 else 2
        part = self._raw[self._place : self._place + width]
        self._place += width
        return int.from_bytes(part, "big") % most

    def one(self, several: Sequence[Choice]) -> Choice:
        """One of these."""
        return several[self.below(len(several))]

    def flag(self, one_in: int = 2) -> bool:
        """True once in so many times; False when nothing is left."""
        return self.below(one_in) == one_in - 1

    def some(self, made: Callable[[], Choice], most: int) -> list[Choice]:
        """Up to ``most`` of these."""
        return [made() for _ in range(self.below(most + 1))]

    def text(self, most: int = 24) -> str:
        """Some text, taken as it stands; halves of characters are replaced."""
        length = self.below(most + 1)
        part = self._raw[self._place : self._place + length]
        self._place += length
        return part.decode("utf-8", "replace")

    def rest(self) -> bytes:
        """All bytes that are left."""
        part = self._raw[self._place :]
        self._place = len(self._raw)
        return part
