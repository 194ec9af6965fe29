"""Eight bytes in the place of a text, the same on every machine.

Of 20 million texts any two are alike with a chance of 1 in 90,000.
"""

from hashlib import blake2b


def short_hash(text: str) -> bytes:
    """The hash of the text; half a surrogate counts as itself."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
