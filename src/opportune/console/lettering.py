"""How wide a text is, at most, before any font is known: a page that is made here is read elsewhere.

Widths are those of a wide font, so that what fits by them fits in nearly all.
"""

import re
import unicodedata

_NARROW = frozenset("iljI.,:;'|!` ")
_SLIM = frozenset('frt()[]{}/\\-"')
_WIDE = frozenset("mwMW@%&…—")
SIZE = 12.0
"""The common height of letters in a picture, in its units."""
_JOINTS = re.compile(r"[^\s_\-./]*[\s_\-./]*")


def width_of(said: str, size: float = SIZE) -> float:
    """At most so wide, in the units of ``size``."""
    return size * sum(_share(sign) for sign in said)


def _share(sign: str) -> float:
    if sign in _NARROW:
        return 0.36
    if sign in _SLIM:
        return 0.46
    if sign in _WIDE:
        return 1.0
    if ord(sign) > 0x2FF or not sign.isprintable():
        return 0.0 if unicodedata.combining(sign) else 1.3
    return 0.76 if sign.isupper() else 0.66


def shortened(said: str, width: float, size: float = SIZE) -> str:
    """The text if it fits; else as many of its signs as fit, and ``…``; at least one sign is left."""
    said = " ".join(said.split())
    if width_of(said, size) <= width:
        return said
    kept = len(said)
    while kept > 1 and width_of(said[:kept].rstrip() + "…", size) > width:
        kept -= 1
    return said[:kept].rstrip() + "…"


def lines_of(said: str, width: float, most: int, size: float = SIZE) -> tuple[str, ...] | None:
    """The text in at most so many lines, parted behind spaces, dashes and the like; None if it does not fit so."""
    lines: list[str] = []
    for part in _JOINTS.findall(" ".join(said.split())):
        if lines and width_of((lines[-1] + part).rstrip(), size) <= width:
            lines[-1] += part
        elif part:
            lines.append(part)
    fits = len(lines) <= most and all(width_of(line.rstrip(), size) <= width for line in lines)
    return tuple(line.rstrip() for line in lines) if fits else None
