"""Many sorted segments become one, a few pages at a time."""

from collections.abc import Iterator, Sequence
from typing import Final

import apsw

from opportune.adapters.stores.pages import MOST_MERGED, Kind, Segment, pages_of
from opportune.adapters.stores.records import Page, apart, bits_for, cut

FAN: Final[dict[Kind, int]] = {"ids": 8, "users": 16}
"""How many segments of one level become one: whoever asks on disk asks all there are, each merge writes all again."""


def to_merge(segments: Sequence[Segment], kind: Kind) -> list[Segment]:
    """The oldest segments of the lowest level of which there are too many; none if there is no such level."""
    for level in sorted({segment.level for segment in segments}):
        found = [segment for segment in segments if segment.level == level][: FAN[kind]]
        if len(found) == FAN[kind] and sum(segment.count for segment in found) <= MOST_MERGED:
            return found
    return []


def union_of(sources: Sequence[Segment]) -> Segment:
    """The segment, not yet begun, that holds all that these hold."""
    count = sum(segment.count for segment in sources)
    return Segment(
        id=0,
        level=sources[0].level + 1,
        bits=bits_for(count),
        count=count,
        seq_to=max(segment.seq_to for segment in sources),
        until=max(segment.until for segment in sources),
    )


def gathered(connection: apsw.Connection, sources: Sequence[Segment], union: Segment) -> Iterator[Sequence[Page]]:
    """All pages of the union in order, a few at a time, each read when it is asked for."""
    bits = min(segment.bits for segment in sources)
    for prefix in range(1 << bits):
        found: list[bytes] = []
        for source in sources:
            wide = source.bits - bits
            for _, records in pages_of(connection, source, prefix << wide, (prefix + 1) << wide):
                found += apart(records)
        found.sort()  # of runs that are sorted already
        yield list(cut(found, union.bits))
