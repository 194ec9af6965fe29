"""Rows of files that others wrote: read one after the other, each within bounds, so that size never matters."""

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from opportune.errors import EventError

MOST_ROW_BYTES: Final = 1024 * 1024
"""Of one row; a longer one is refused and passed over."""
ABSENT: Final = frozenset({"", "\\N", "NULL", "null", "NA", "N/A", "nan", "NaN", "None"})
"""Cells of tables that mean that there is nothing; blanks around them do not count."""
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
_HASHED = 16
_PART = 256 * 1024

Cell: TypeAlias = object
"""What a row holds under one name: text, a number, a truth, JSON, or None."""


class Row(Struct, frozen=True):
    """One row: what it holds, or why it cannot be read."""

    line: int
    """Where it begins: the line of a text file, else the row; both counted from 1."""
    cells: dict[str, Cell] = {}
    refusal: EventError | None = None


class Bytes(Protocol):
    """What lines are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many of the bytes that follow; none at the end."""
        ...


class Lines:
    """The lines of a file, without their ends, at most so long; knows how many bytes were read, and their hash.

    LF, CR LF and CR alone end a line. A longer line comes as None, and is passed over in pieces.
    """

    def __init__(self, file: Bytes, *, most_bytes: int = MOST_ROW_BYTES, is_hashed: bool = True) -> None:
        """``is_hashed``: whether ``passed`` will be asked."""
        self._file = file
        self._is_hashed = is_hashed
        self._most = most_bytes
        self._hash = blake2b(digest_size=_HASHED)
        self._is_cr = False
        self.place = 0
        """Bytes of all lines handed out so far."""
        self.line = 0
        """The number of the newest line handed out."""

    def passed(self) -> str:
        """The hash of all lines handed out so far, in hex; how they end is no part of it."""
        return self._hash.copy().hexdigest()

    def begin_with(self, head: bytes) -> None:
        """Looks at the beginning: whether lines end with CR alone."""
        self._is_cr = b"\n" not in head and b"\r" in head

    def __iter__(self) -> Iterator[bytes | None]:
        """The lines from here on."""
        end, rest, is_long = b"\r" if self._is_cr else b"\n", b"", False
        while part := self._file.read(_PART):
            *whole, rest = (rest + part).split(end)
            for line in whole:
                yield self._handed(line, end, is_long=is_long)
                is_long = False
            if len(rest) > self._most:  # kept no longer; the rest of the line follows
                self._hash.update(rest)
                self.place += len(rest)
                rest, is_long = b"", True
        if rest or is_long:
            yield self._handed(rest, b"", is_long=is_long)

    def _handed(self, line: bytes, end: bytes, *, is_long: bool) -> bytes | None:
        if self._is_hashed:
            self._hash.update(line + b"\n")  # also where the last line has no end yet: the file may grow
        self.place += len(line) + len(end)
        self.line += 1
        return None if is_long or len(line) > self._most else line.removesuffix(b"\r")


def cell_of(text: str, *, absent: frozenset[str] = ABSENT) -> Cell:
    """What a cell of a text table says: nothing, a number, a truth, or text as it stands."""
    bare = text.strip()
    if bare in absent:
        return None
    if _NUMBER.fullmatch(bare):
        return float(bare) if "." in bare else int(bare)
    return {"true": True, "false": False, "True": True, "False": False}.get(bare, text)


def too_long(line: int) -> EventError:
    """The refusal of a row that begins there and is longer than the bound."""
    return EventError("too_large", f"line {line}: longer than {MOST_ROW_BYTES:,} bytes; cut it")


Reader: TypeAlias = Callable[[Lines], Iterator[Row]]
