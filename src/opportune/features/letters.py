"""Small letters and capitals, the same on every host and in every engine of history.

Each character changes by itself, by the one-to-one mapping of Unicode 15, and ``ß`` is ``ẞ`` in capitals. Nothing
depends on the characters beside it, on a language, or on the interpreter's own version of Unicode.
"""

from collections.abc import Mapping
from typing import Final

_LATER: Final = frozenset(
    map(chr, (0x19B, 0x264, 0x1C89, 0x1C8A, 0xA7CB, 0xA7CC, 0xA7CD, 0xA7DA, 0xA7DB, 0xA7DC, *range(0x10D50, 0x10D86)))
)
"""Letters that Unicode paired later: they stay as they are."""
_SMALL: Final[Mapping[str, str]] = {"İ": "i"}
_CAPITAL: Final[Mapping[str, str]] = {
    "ß": "ẞ",
    **{chr(code): chr(code + 8) for start in (0x1F80, 0x1F90, 0x1FA0) for code in range(start, start + 8)},
    **{chr(code): chr(code + 9) for code in (0x1FB3, 0x1FC3, 0x1FF3)},
}
"""Characters that the interpreter writes as several, and Unicode's one-to-one mapping as one."""


def lower(text: str) -> str:
    """In small letters, each character by itself."""
    return text.lower() if text.isascii() else "".join([_small(letter) for letter in text])


def upper(text: str) -> str:
    """In capitals, each character by itself; what would only be several characters stays as it is."""
    return text.upper() if text.isascii() else "".join([_capital(letter) for letter in text])


def _small(letter: str) -> str:
    changed = letter if letter in _LATER else letter.lower()
    return changed if len(changed) == 1 else _SMALL.get(letter, letter)


def _capital(letter: str) -> str:
    changed = letter if letter in _LATER else letter.upper()
    return changed if len(changed) == 1 else _CAPITAL.get(letter, letter)
