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

_OPENING: Final = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)|<!--|<[!?/]")
_COMMENT_END: Final = re.compile(r"--!?>")
_ATTRIBUTE: Final = re.compile(
    r"[\s/]*(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|(?![\"'])[^\s>]+))?"
)
_REFERENCE: Final = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
RAW: Final = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is text up to their own end tag."""


class Attribute(Struct, frozen=True):
    """One attribute, at its first place in the tag."""

    name: str
    """In small letters."""
    text: str
    """The value as it is meant, references resolved."""
    start: int
    end: int
    """[start, end): the value as written, with quotation marks if it has any."""


class Tag(Struct, frozen=True):
    """A start tag or an end tag; ``start`` is the place of its ``<``."""

    name: str
    start: int
    is_end: bool
    attributes: tuple[Attribute, ...] = ()


def tags(html: str) -> Iterator[Tag]:
    """All tags that are whole, in order; what looks like one inside a comment or a script is none."""
    place = 0
    while (opening := _OPENING.search(html, place)) is not None:
        name = (opening["name"] or "").lower()
        if opening[0] == "<!--":
            place = _behind_comment(html, opening.end())
        elif not name:
            place = _behind(html, ">", opening.end())
        else:
            attributes, end = _attributes(html, opening.end())
            if end is None:
                return
            yield Tag(name, opening.start(), bool(opening["end"]), () if opening["end"] else attributes)
            is_raw = name in RAW and not opening["end"]
            place = _behind_raw(html, name, end) if is_raw else end


def _attributes(html: str, place: int) -> tuple[tuple[Attribute, ...], int | None]:
    """The attributes of the tag whose name ends here, and where the tag ends; None if it does not."""
    found: dict[str, Attribute] = {}
    while True:
        each = _ATTRIBUTE.match(html, place)
        if each is None:
            end = re.compile(r"[\s/]*>").match(html, place)
            return tuple(found.values()), None if end is None else end.end()
        place = each.end()
        written = each["value"]
        if written is None and re.compile(r"\s*=\s*[\"']").match(html, place):
            return (), None  # a quotation mark that is never closed
        if written is not None:
            inner = written[1:-1] if written[0] in "\"'" else written
            name = each["name"].lower()
            found.setdefault(name, Attribute(name, meant(inner), each.start("value"), each.end("value")))
        else:
            found.setdefault(each["name"].lower(), Attribute(each["name"].lower(), "", place, place))


def meant(written: str) -> str:
    """The value of an attribute with its references resolved; ``&copy=`` in an address is none."""

    def resolved(found: re.Match[str]) -> str:
        name = found[0]
        if name.startswith("&#"):
            return unescape(name)
        is_query = not name.endswith(";") and written[found.end() : found.end() + 1] == "="
        return name if is_query else html5.get(name[1:], name)

    return _REFERENCE.sub(resolved, written)


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
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, place)
    return len(html) if found is None else found.start()
