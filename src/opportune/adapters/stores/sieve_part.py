"""A part of the sieve over all ids on disk: those that begin with one byte."""

from array import array
from typing import Final

from opportune.adapters.stores.records import WIDTH, apart, cut

PRINT: Final = slice(8, 11)
"""The bytes of an id that are kept; not those that name its bucket."""
KEPT: Final = PRINT.stop - PRINT.start
IN_A_BUCKET: Final = 256
"""At most so many ids are meant for one bucket: it is looked through from its beginning."""
SPARE: Final = 1.125
"""How much more than is there a part has room for when it is made."""


FEW_BUCKETS: Final = 16
"""Ids that are cut up among fewer buckets are added bucket by bucket."""


class Part:
    """The ids that begin with one byte."""

    __slots__ = ("_ends", "capacity", "count", "find", "more", "prints", "shift", "width")

    def __init__(self, expected: int) -> None:
        """Room for an eighth more than ``expected`` ids."""
        self.capacity = int(expected * SPARE) + 16
        bits = (self.capacity // IN_A_BUCKET).bit_length()
        meant = self.capacity / (1 << bits)
        self.shift = 24 - bits
        self.width = KEPT * int(meant + 1.5 * meant**0.5 + 4)
        self.count = 0
        self.prints = bytearray(self.width << bits)
        self.find = self.prints.find
        self.more: set[bytes] = set()
        """The few ids whose bucket was full."""
        self._ends = array("I", range(0, self.width << bits, self.width))

    def add(self, records: bytes) -> None:
        """These ids, sorted."""
        first, last = self._bucket(records), self._bucket(records[-WIDTH:])
        self.count += len(records) // WIDTH
        if first == last:
            self._add_to(first, records)
        elif last - first < FEW_BUCKETS:
            for bucket, some in cut(apart(records), 32 - self.shift):
                self._add_to(bucket & ((1 << 24 - self.shift) - 1), some)
        else:
            for record in apart(records):
                self._add_one(record)

    @property
    def is_full(self) -> bool:
        """Whether more was added than there was meant to be room for."""
        return self.count > self.capacity

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.prints) + 4 * len(self._ends) + 100 * len(self.more)

    def _add_to(self, bucket: int, records: bytes) -> None:
        at = self._ends[bucket]
        end = at + len(records) // WIDTH * KEPT
        if end > (bucket + 1) * self.width:
            self.more.update(apart(records))
            return
        for place in range(KEPT):
            self.prints[at + place : end : KEPT] = records[PRINT.start + place :: WIDTH]
        self._ends[bucket] = end

    def _add_one(self, record: bytes) -> None:
        bucket = int.from_bytes(record[1:4], "big") >> self.shift
        at = self._ends[bucket]
        if at == (bucket + 1) * self.width:
            self.more.add(record)
        else:
            self.prints[at : at + KEPT] = record[PRINT]
            self._ends[bucket] = at + KEPT

    def _bucket(self, record: bytes) -> int:
        return int.from_bytes(record[1:4], "big") >> self.shift
