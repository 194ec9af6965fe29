"""Chance without dice: a keyed hash of names, so that a replay draws the same and arms stick by construction."""

from hashlib import blake2b

from opportune.units import ONE, Micros


def hash_of(*names: str | int) -> bytes:
    """16 bytes that stand for this list of names; every name is length-prefixed, so ('ab', 'c') is not ('a', 'bc')."""
    spelled = []
    for name in names:
        raw = str(name).encode("utf-8", "surrogatepass")
        spelled.append(b"%d:" % len(raw))
        spelled.append(raw)
    return blake2b(b"".join(spelled), digest_size=16).digest()


def draw(*names: str | int) -> Micros:
    """A number in [0, 1_000_000), uniform over names and always the same for the same names.

    The first 8 bytes of the hash, scaled by multiplication (Lemire 2019, section 3, without rejection: a bias below
    2**-44).
    """
    return (int.from_bytes(hash_of(*names)[:8], "big") * ONE) >> 64
