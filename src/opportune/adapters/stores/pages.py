"""Sorted records of 16 bytes in the file, cut into pages by their first bits, so that one read finds one of them.

A segment is written once, piece by piece, and counts only when it is whole. When many of one level are there they are
merged into one of the next, so that there are never more than some tens to look into, however many records there are.
"""

from collections.abc import Generator, Iterable, Iterator
from typing import Final, Literal, TypeAlias

import apsw
from msgspec import Struct
from msgspec.structs import replace

from opportune.adapters.stores.records import MOST_BITS, Page, page_of
from opportune.units import Instant

MOST_MERGED: Final = 16_000_000
"""Segments are not merged beyond this many records."""
Kind: TypeAlias = Literal["ids", "users"]


class Segment(Struct, frozen=True):
    """One sorted set of records; ``bits`` is how many of a record's first bits name its page."""

    id: int
    level: int
    bits: int
    count: int
    seq_to: int
    """The newest place in the log that it tells of."""
    until: Instant
    """The newest log clock that it tells of."""


def whole_segments(connection: apsw.Connection, kind: Kind) -> list[Segment]:
    """All segments of this kind that are whole, in the order in which they were begun."""
    return all_segments(connection, kind, "AND is_whole")


def all_segments(connection: apsw.Connection, kind: Kind, which: str = "") -> list[Segment]:
    """The same with those that are still being written."""
    columns = "id, level, bits, count, seq_to, until"
    rows = connection.execute(f"SELECT {columns} FROM segments WHERE kind = ? {which} ORDER BY id", (kind,))
    return [Segment(*row) for row in rows]


def begun(connection: apsw.Connection, kind: Kind, planned: Segment) -> Segment:
    """The planned segment with an id of its own; it counts when it is made whole.

    Pages of one that was dropped may not be swept yet: its id is not given again before they are.
    """
    last = connection.execute("SELECT max(id) FROM segments").get or 0
    last_written = (connection.execute("SELECT max(place) FROM pages").get or 0) >> MOST_BITS
    segment = replace(planned, id=max(last, last_written) + 1)
    connection.execute(
        "INSERT INTO segments (id, kind, is_whole, level, bits, count, seq_to, until) VALUES (?, ?, 0, ?, ?, ?, ?, ?)",
        (segment.id, kind, segment.level, segment.bits, segment.count, segment.seq_to, segment.until),
    )
    return segment


def make_whole(connection: apsw.Connection, segment: Segment, instead_of: Iterable[Segment] = ()) -> None:
    """From now on this segment counts, and those no longer."""
    connection.execute("UPDATE segments SET is_whole = 1 WHERE id = ?", (segment.id,))
    drop(connection, instead_of)


def drop(connection: apsw.Connection, segments: Iterable[Segment]) -> None:
    """These segments count no longer; ``swept`` takes their pages."""
    connection.executemany("DELETE FROM segments WHERE id = ?", [(segment.id,) for segment in segments])


def swept(connection: apsw.Connection) -> Generator[None, None, None]:
    """Deletes, piece by piece, the pages that no whole segment has; nothing may be under construction."""
    connection.execute("DELETE FROM segments WHERE NOT is_whole")
    place: int | None = 0
    while (place := connection.execute("SELECT min(place) FROM pages WHERE place >= ?", (place,)).get) is not None:
        segment = place >> MOST_BITS
        after = (segment + 1) << MOST_BITS
        if connection.execute("SELECT 1 FROM segments WHERE id = ?", (segment,)).get is None:
            some = "SELECT place FROM pages WHERE place >= ? AND place < ? LIMIT 100"
            connection.execute(f"DELETE FROM pages WHERE place IN ({some})", (place, after))
            yield
        else:
            place = after


def write(connection: apsw.Connection, segment: Segment, pages: Iterable[Page]) -> None:
    """Adds these pages."""
    first = segment.id << MOST_BITS
    connection.executemany("INSERT INTO pages VALUES (?, ?)", [(first | page, records) for page, records in pages])


def overwrite(connection: apsw.Connection, segment: Segment, page: int, records: bytes) -> None:
    """This page holds these records from now on."""
    connection.execute("UPDATE pages SET records = ? WHERE place = ?", (records, segment.id << MOST_BITS | page))


def page_with(connection: apsw.Connection, segment: Segment, record: bytes) -> bytes:
    """The page on which a record that begins like this one would be; empty if there is none."""
    place = segment.id << MOST_BITS | page_of(record, segment.bits)
    return connection.execute("SELECT records FROM pages WHERE place = ?", (place,)).get or b""


def any_holds(connection: apsw.Connection, segments: Iterable[Segment], record: bytes) -> bool:
    """Whether one of these segments holds this record."""
    places = [segment.id << MOST_BITS | page_of(record, segment.bits) for segment in segments]
    some = f"SELECT 1 FROM pages WHERE place IN ({','.join('?' * len(places))}) AND instr(records, ?)"
    return connection.execute(some, (*places, record)).get is not None


def pages_of(connection: apsw.Connection, segment: Segment, first: int, after: int) -> Iterator[Page]:
    """The pages from ``first`` up to and without ``after``, in order; empty ones are left out."""
    place, mask = segment.id << MOST_BITS, (1 << MOST_BITS) - 1
    rows = connection.execute(
        "SELECT place, records FROM pages WHERE place >= ? AND place < ? ORDER BY place", (place + first, place + after)
    )
    return ((at & mask, records) for at, records in rows)
