"""Text in a header line of a mail: folded where it is long, and as encoded words where it is not plain (RFC 2047)."""

from base64 import b64encode
from typing import Final

_LONGEST_LINE: Final = 76
_MOST_BYTES: Final = 36
"""Of text in one encoded word: with the header's name the line keeps within 76 characters."""


def text_header(name: str, text: str, *, is_plain: bool = True) -> str:
    """The header without its last line end; runs of white space in the text count as one blank.

    Text that is not ASCII, has words too long for a line or could be taken for an encoded word is encoded; ``is_plain``
    says that it holds nothing else that its header would take for something special.
    """
    words = text.split()
    plain = " ".join(words)
    if is_plain and plain.isascii() and plain.isprintable() and "=?" not in plain:
        if len(name) + 2 + len(plain) <= _LONGEST_LINE:
            return f"{name}: {plain}"
        if all(len(word) < _LONGEST_LINE - len(name) - 2 for word in words):
            return _folded(f"{name}:", words)
    return f"{name}: " + "\r\n ".join(_encoded_words(plain))


def _folded(line: str, words: list[str]) -> str:
    lines = [line]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LONGEST_LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _encoded_words(text: str) -> list[str]:
    """Each with whole characters only, as every one is read alone."""
    chunks, size = [""], 0
    for sign in text:
        width = len(sign.encode())
        if size + width > _MOST_BYTES:
            chunks.append("")
            size = 0
        chunks[-1] += sign
        size += width
    return [f"=?utf-8?b?{b64encode(chunk.encode()).decode('ascii')}?=" for chunk in chunks]
