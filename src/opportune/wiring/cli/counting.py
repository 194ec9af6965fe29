"""Options that are whole numbers."""

from argparse import ArgumentTypeError

MOST = 100_000


def count(text: str) -> int:
    """A whole number from 1 to ``MOST``; raises ArgumentTypeError for anything else."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(MOST)) or not 0 < int(text) <= MOST:
        raise ArgumentTypeError(f"a whole number from 1 to {MOST}, not {text!r}")
    return int(text)
