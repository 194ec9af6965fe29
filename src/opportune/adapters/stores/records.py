"""Records of 16 bytes, sorted and joined, and how they are cut into pages by their first bits."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from struct import Struct as Layout
from typing import Final, TypeAlias

WIDTH: Final = 16
"""Bytes of one record; the first of them must be spread evenly."""
ON_A_PAGE: Final = 64
"""About how many records lie on one page."""
MOST_BITS: Final = 24
Page: TypeAlias = tuple[int, bytes]
"""Its number, and its records joined."""
_layouts: Final[dict[int, Layout]] = {}
"""How pages of each usual size are taken apart."""


def bits_for(count: int) -> int:
    """How many first bits name a page, for pages of 32 to 64 records."""
    return min((count // ON_A_PAGE).bit_length(), MOST_BITS)


def page_of(record: bytes, bits: int) -> int:
    """The page named by the record's first bits."""
    return int.from_bytes(record[:4], "big") >> (32 - bits)


def apart(records: bytes) -> Sequence[bytes]:
    """The records that were joined."""
    count = len(records) // WIDTH
    if count > 2 * ON_A_PAGE:
        return [records[at : at + WIDTH] for at in range(0, len(records), WIDTH)]
    layout = _layouts.get(count)
    if layout is None:
        layout = _layouts[count] = Layout("16s" * count)
    return layout.unpack(records)


def cut(records: Sequence[bytes], bits: int) -> Iterator[Page]:
    """Sorted records as pages; those without any are left out."""
    start, count = 0, len(records)
    while start < count:
        page = page_of(records[start], bits)
        border = (page + 1) << (32 - bits)
        end = count if border >> 32 else bisect_left(records, border.to_bytes(4, "big"), start)
        yield page, b"".join(records[start:end])
        start = end
