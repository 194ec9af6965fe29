"""The patterns of LIKE: ``%`` is any number of characters, ``_`` is one; nothing else is special.

Every piece between two ``%`` is taken at its first place, so the work is at most text times pattern, whatever the text.
"""

from collections.abc import Callable


def matcher(pattern: str) -> Callable[[str], bool]:
    """A test whether a whole text, line ends included, matches the pattern; letters match in their own case."""
    first, *rest = pattern.split("%")
    if not rest:
        return lambda text: len(text) == len(first) and _fits(first, text, 0)
    *middle, last = rest
    pieces = [piece for piece in middle if piece]

    def matches(text: str) -> bool:
        end = len(text) - len(last)
        if end < len(first) or not _fits(first, text, 0) or not _fits(last, text, end):
            return False
        place = len(first)
        for piece in pieces:
            place = _after(piece, text, place, end)
            if place > end:
                return False
        return True

    return matches


def _after(piece: str, text: str, start: int, end: int) -> int:
    """Where the first fit of the piece within [start, end) ends; ``end + 1`` if there is none."""
    if "_" not in piece:
        place = text.find(piece, start, end)
        return end + 1 if place < 0 else place + len(piece)
    for place in range(start, end - len(piece) + 1):
        if _fits(piece, text, place):
            return place + len(piece)
    return end + 1


def _fits(piece: str, text: str, place: int) -> bool:
    """Whether the piece, which has no ``%``, matches the text at this place."""
    if "_" not in piece:
        return text.startswith(piece, place)
    return all(wanted in ("_", seen) for wanted, seen in zip(piece, text[place : place + len(piece)], strict=True))
