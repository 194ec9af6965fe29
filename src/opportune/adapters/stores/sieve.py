"""A sieve over hashed ids: says "surely not here", or "perhaps", in two to four bytes for each id.

A Bloom filter (Bloom 1970) that takes its four bits from the four words of the hash itself, which is uniform already.
With 16 bits for each id about one foreign id in 400 passes.
"""

from typing import Final

WIDTH: Final = 16
"""Bytes of one id's hash."""
BITS_PER_ID: Final = 16


def sieve_of(ids: bytes) -> bytes:
    """The sieve of these ids: a power of two of bits, at least 16 for each, four of them set."""
    bits = max(64, 1 << (len(ids) // WIDTH * BITS_PER_ID - 1).bit_length())
    sieve = bytearray(bits // 8)
    for place in range(0, len(ids), WIDTH // 4):
        bit = int.from_bytes(ids[place : place + 4], "big") & (bits - 1)
        sieve[bit >> 3] |= 1 << (bit & 7)
    return bytes(sieve)


def is_perhaps_in(sieve: bytes, name: bytes) -> bool:
    """False only if the id is surely not in the sieve's segment."""
    mask = len(sieve) * 8 - 1
    for place in range(0, WIDTH, 4):
        bit = int.from_bytes(name[place : place + 4], "big") & mask
        if not sieve[bit >> 3] & (1 << (bit & 7)):
            return False
    return True
