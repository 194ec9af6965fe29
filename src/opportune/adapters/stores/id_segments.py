"""Segments of ids: closed, merged, and read again into the sieve over all of them."""

from collections.abc import Generator, Iterable, Iterator, Sequence

import apsw
from msgspec.structs import replace

from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.merging import gathered, union_of
from opportune.adapters.stores.pages import (
    Segment,
    all_segments,
    begun,
    drop,
    make_whole,
    pages_of,
    whole_segments,
    write,
)
from opportune.adapters.stores.records import MOST_BITS, WIDTH, apart, bits_for, cut
from opportune.adapters.stores.sieve import PARTS, Sieve


def sieve_of(connection: apsw.Connection, segments: Sequence[Segment]) -> Sieve:
    """The sieve over these segments, from their pages."""
    sieve = Sieve(sum(segment.count for segment in segments))
    for segment in segments:
        for _, records in pages_of(connection, segment, 0, 1 << MOST_BITS):
            sieve.add(records)
    return sieve


def closed(
    connection: apsw.Connection, known: KnownIds, planned: Segment, old: Sequence[Segment]
) -> Generator[None, None, Segment]:
    """Writes what is recent as a segment, and no longer counts what is too old."""
    drop(connection, old)
    segment = begun(connection, "ids", replace(planned, bits=bits_for(planned.count)))
    for records in known.closing(segment.bits):
        pages = list(cut(records, segment.bits))
        write(connection, segment, pages)
        for _, page in pages:
            known.sieve.add(page)
        yield
    make_whole(connection, segment)
    return segment


def merged(connection: apsw.Connection, sources: Sequence[Segment]) -> Generator[None, None, Segment]:
    """Writes one segment with the ids of all of these, and puts it in their place."""
    segment = begun(connection, "ids", union_of(sources))
    for pages in gathered(connection, sources, segment):
        write(connection, segment, pages)
        yield
    make_whole(connection, segment, instead_of=sources)
    return segment


def renewed(connection: apsw.Connection, sieve: Sieve, parts: Iterable[int]) -> Generator[None, None, None]:
    """Makes these parts of the sieve anew from all that counts; nothing may be merged meanwhile."""
    for first in parts:
        expected = sum(segment.count for segment in whole_segments(connection, "ids")) // PARTS
        part = sieve.begin(first, expected)
        for segment in all_segments(connection, "ids", "AND (is_whole OR level = 0)"):  # with one being closed
            for records in list(_beginning_with(connection, first, segment)):
                part.add(records)
            yield
        sieve.end(first)


def _beginning_with(connection: apsw.Connection, first: int, segment: Segment) -> Iterator[bytes]:
    """The segment's ids with this first byte, page by page."""
    start, after = (first << segment.bits) // PARTS, -(-((first + 1) << segment.bits) // PARTS)
    for _, records in pages_of(connection, segment, start, after):
        if records and records[0] == records[-WIDTH] == first:
            yield records
        elif some := b"".join(each for each in apart(records) if each[0] == first):
            yield some
