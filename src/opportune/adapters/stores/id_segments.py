"""Segments of ids, each with its sieve: closed, merged and read again."""

from collections.abc import Generator, Sequence

import apsw
from msgspec.structs import replace

from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.merging import gathered, union_of
from opportune.adapters.stores.pages import Segment, begun, drop, make_whole, pages_of, write
from opportune.adapters.stores.records import MOST_BITS, Page, bits_for, cut
from opportune.adapters.stores.sieve import Sieve


def sieve_of(connection: apsw.Connection, segment: Segment) -> Sieve:
    """The sieve of a segment, from its pages."""
    sieve = Sieve(segment.bits)
    for page, records in pages_of(connection, segment, 0, 1 << MOST_BITS):
        sieve.add(page, records)
    sieve.close()
    return sieve


def closed(
    connection: apsw.Connection, known: KnownIds, planned: Segment, old: Sequence[Segment]
) -> Generator[None, None, tuple[Segment, Sieve]]:
    """Writes what is recent as a segment, and no longer counts what is too old."""
    drop(connection, old)
    segment = begun(connection, "ids", replace(planned, bits=bits_for(planned.count)))
    sieve = Sieve(segment.bits)
    for records in known.closing(segment.bits):
        _write(connection, segment, sieve, list(cut(records, segment.bits)))
        yield
    make_whole(connection, segment)
    sieve.close()
    return segment, sieve


def merged(connection: apsw.Connection, sources: Sequence[Segment]) -> Generator[None, None, tuple[Segment, Sieve]]:
    """Writes one segment with the ids of all of these, and puts it in their place."""
    segment = begun(connection, "ids", union_of(sources))
    sieve = Sieve(segment.bits)
    for pages in gathered(connection, sources, segment):
        _write(connection, segment, sieve, pages)
        yield
    make_whole(connection, segment, instead_of=sources)
    sieve.close()
    return segment, sieve


def _write(connection: apsw.Connection, segment: Segment, sieve: Sieve, pages: Sequence[Page]) -> None:
    write(connection, segment, pages)
    for page, records in pages:
        sieve.add(page, records)
