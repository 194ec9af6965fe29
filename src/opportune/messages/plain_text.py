"""Strangers' data made fit to be read: one line where one is due, cut where a letter ends, and HTML as text."""

import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser
from math import isfinite

ELLIPSIS = "…"
_JOINER = "\u200d"
_UNSEEN = {
    **dict.fromkeys((*range(9), *range(11, 32), *range(127, 160))),
    **dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 8206, 8207, 65279)),
    **dict.fromkeys(range(55296, 57344)),
}
"""Control characters but tab and line feed, marks that turn the direction of what follows, and broken halves."""
_MOST_DEPTH = 8
_MOST_ITEMS = 200


def readable(values: Mapping[str, object], most: int) -> dict[str, object]:
    """The values as templates may see them: nested by their dotted names, cleaned, cut, and without the blank ones.

    Texts are cut to ``most`` characters, lists to 200 items; a whole float becomes an int; what is no scalar, list or
    mapping is left out.
    """
    found: dict[str, object] = {}
    for name in sorted(values):
        value = _clean(values[name], most, _MOST_DEPTH)
        if value is not None:
            _put(found, name.split("."), value)
    return found


def one_line(text: str, most: int) -> str:
    """The text with every run of white space as one blank, at most ``most`` characters: fit for a header."""
    return cut(" ".join(text.split()), most)


def cut(text: str, most: int) -> str:
    """At most ``most`` characters, the last an ellipsis if any were lost; a letter keeps its marks or goes whole."""
    if len(text) <= most:
        return text
    end = most - 1
    while end > 0 and _holds_on(text, end):
        end -= 1
    return text[: end or most - 1].rstrip() + ELLIPSIS


def text_of_html(html: str) -> str:
    """The words of a page, with a line for each block and links written out behind their words."""
    if not html:
        return ""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return "\n".join(line for line in lines if line)


def _clean(value: object, most: int, depth: int) -> object:
    match value:
        case bool() | int():
            return value
        case float() if not isfinite(value):
            return None
        case float():
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        case str():
            return cut(value.translate(_UNSEEN), most) if value.strip() else None
        case list() | tuple() if depth:
            items = (_clean(each, most, depth - 1) for each in value[:_MOST_ITEMS])
            return [each for each in items if each is not None] or None
        case dict() if depth:
            inner = {str(key): _clean(each, most, depth - 1) for key, each in value.items()}
            return {key: each for key, each in inner.items() if each is not None} or None
        case _:
            return None


def _put(found: dict[str, object], path: list[str], value: object) -> None:
    for name in path[:-1]:
        inner = found.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        found = inner
    found.setdefault(path[-1], value)


def _holds_on(text: str, end: int) -> bool:
    """Whether the character at ``end`` belongs to the one before it."""
    after, before = text[end], text[end - 1]
    return (
        unicodedata.combining(after) != 0
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or _JOINER in (after, before)
        or 0x1F3FB <= ord(after) <= 0x1F3FF
        or (_is_flag(after) and _is_flag(before))
    )


def _is_flag(letter: str) -> bool:
    return 0x1F1E6 <= ord(letter) <= 0x1F1FF


class _Reader(HTMLParser):
    BLOCKS = frozenset({"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "body"})
    UNREAD = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._links: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.UNREAD:
            self._unread += 1
        if tag in self.BLOCKS:
            self.words.append("\n")
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNREAD and self._unread:
            self._unread -= 1
        if tag in self.BLOCKS:
            self.words.append("\n")
        if tag == "a" and self._links and (link := self._links.pop()):
            self.words.append(f" ({link})")

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """What begins with ``<![`` is a comment up to the next ``>``, as browsers read it, whatever stands there."""
        return self.parse_bogus_comment(i, bool(report))

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data.replace("\n", " "))
