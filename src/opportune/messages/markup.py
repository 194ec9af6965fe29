"""The tags of a page and where each stands, read as browsers read them (HTML standard, 13.2.5, tokenization).

The parser of the standard library tells what a page says, but not where each attribute is written; to change one value
and nothing else its place must be known.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5
from typing import Final

from msgspec import Struct

_VALUE: Final = r"""(?>"[^"]*+"|'[^']*+'|(?!["'])[^\s>]++)"""
_ATTRIBUTE: Final = rf"""[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?P<value>{_VALUE}))?+(?!\s*+=\s*+["'])"""
_OPENING: Final = re.compile(r"<(?:[a-zA-Z/!?])")
_INSIDE: Final = re.sub(r"\?P<\w+>", "?:", _ATTRIBUTE)
_TAG: Final = re.compile(rf"<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<inside>(?>{_INSIDE})*+)[\s/]*+>")
"""Quantifiers take all they can and give nothing back, so that no page takes long to read."""
_ATTRIBUTES: Final = re.compile(_ATTRIBUTE)
_COMMENT_END: Final = re.compile(r"--!?>")
_REFERENCE: Final = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
}
"""Elements whose content is text up to their own end tag, and how that begins."""


class Tag(Struct, frozen=True, gc=False):
    """A start tag or an end tag: its name in small letters, and where its ``<`` and its attributes stand."""

    name: str
    is_end: bool
    start: int
    inside: tuple[int, int]


class Attribute(Struct, frozen=True, gc=False):
    """One attribute: its name in small letters, what it means, and where its value is written."""

    name: str
    text: str
    start: int
    end: int
    """[start, end): the value with its quotation marks, if it has any; empty if there is none."""


def tags(html: str) -> Iterator[Tag]:
    """All tags that are whole, in order; what looks like one inside a comment or a script is none."""
    place = 0
    while (opening := _OPENING.search(html, place)) is not None:
        start = opening.start()
        sign = html[start + 1 : start + 3]
        if html.startswith("<!--", start):
            place = _behind_comment(html, start + 4)
        elif sign[0] in "!?" or (sign[0] == "/" and not (sign[1:].isascii() and sign[1:].isalpha())):
            place = _behind(html, ">", start + 2)
        else:
            found = _TAG.match(html, start)
            if found is None:  # it is never closed
                return
            name, is_end = found["name"].lower(), bool(found["end"])
            yield Tag(name, is_end, start, found.span("inside"))
            place = _behind_raw(html, name, found.end()) if name in _RAW and not is_end else found.end()


def attributes(html: str, tag: Tag) -> dict[str, Attribute]:
    """The attributes of this tag; of several with one name the first counts."""
    found: dict[str, Attribute] = {}
    for each in _ATTRIBUTES.finditer(html, *tag.inside):
        name, written = each["name"].lower(), each["value"]
        if name not in found:
            inner = "" if written is None else written[1:-1] if written[0] in "\"'" else written
            start, end = (each.end(), each.end()) if written is None else each.span("value")
            found[name] = Attribute(name, meant(inner), start, end)
    return found


def meant(written: str) -> str:
    """The value of an attribute with its references resolved; ``&copy=`` in an address is none."""

    def resolved(found: re.Match[str]) -> str:
        name = found[0]
        if name.startswith("&#"):
            return unescape(name)
        is_query = not name.endswith(";") and written[found.end() : found.end() + 1] == "="
        return name if is_query else html5.get(name[1:], name)

    return _REFERENCE.sub(resolved, written) if "&" in written else written


def _behind(html: str, sign: str, place: int) -> int:
    found = html.find(sign, place)
    return len(html) if found < 0 else found + len(sign)


def _behind_comment(html: str, place: int) -> int:
    """A comment may end at once: ``<!-->`` and ``<!--->`` are empty ones."""
    for empty in (">", "->"):
        if html.startswith(empty, place):
            return place + len(empty)
    found = _COMMENT_END.search(html, place)
    return len(html) if found is None else found.end()


def _behind_raw(html: str, name: str, place: int) -> int:
    found = _RAW[name].search(html, place)
    return len(html) if found is None else found.start()
