"""Links of a rendered message: found where they stand, led through us, and told where the click came from.

Only the addresses change. All other bytes of the HTML stay as the author wrote them, and the same message comes out
the same every time, so that a repeat of an attempt is the same mail.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Final, TypeAlias

from msgspec import Struct

from opportune.messages.markup import Tag, attributes, tags
from opportune.messages.template import Rendered

Wrap: TypeAlias = Callable[[str], str]
"""Link -> the address that leads there through us."""

_WEB: Final = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_BARE: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_NOT_IN_URLS: Final = re.compile(r"[^\w%!#$&'()*+,/:;=?@\[\]~|^`{}\\.-]+", re.ASCII)
_NOT_IN_WORDS: Final = re.compile(r"[^\w.~-]+", re.ASCII)
"""What is written as percent signs and hex (RFC 3986, 2.1): in an address, in a name or value of its query."""
_WRITTEN: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_TRAILING: Final = ".,;:!?'*_"
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_WISH: Final = "data-track"
"""The attribute that says ``off`` of a link that nobody may change: one that is signed, say."""


class Linking(Struct, frozen=True):
    """What to do to the links of one message."""

    parameters: tuple[tuple[str, str], ...] = ()
    """Names and values added to the query of each link, but for names that it has already."""
    wrap: Wrap | None = None
    """None: links lead straight to where they lead."""
    ours: tuple[str, ...] = ()
    """How addresses of our own begin; none of them is touched."""
    pixel: str = ""
    """The picture at the end of the HTML that tells of its opening; empty: none."""
    trap: str = ""
    """A link at the end of the HTML that no human sees; empty: none."""
    in_text: bool = False
    """Whether the links of the text part are changed as well."""


UNTOUCHED: Final = Linking()


class Link(Struct, frozen=True):
    """One link of a page, as it is written there."""

    start: int
    end: int
    """[start, end): the attribute's value with its quotation marks, if it has any."""
    url: str
    """Where a browser would go."""


def utm(channel: str, message: str, variant: str) -> tuple[tuple[str, str], ...]:
    """The parameters by which tools of analytics tell where a visit came from."""
    return ("utm_source", "opportune"), ("utm_medium", channel), ("utm_campaign", message), ("utm_content", variant)


def linked(rendered: Rendered, linking: Linking) -> Rendered:
    """The message with its links changed as wished."""
    text = linked_text(rendered.text, linking) if linking.in_text else rendered.text
    return Rendered(rendered.subject, text, linked_html(rendered.html, linking))


def linked_html(html: str, linking: Linking) -> str:
    """The page with its web links changed, and what is hidden put before the end of its body; nothing of nothing."""
    if not html:
        return ""
    every = list(tags(html))
    end = _end_of_body(html, every)
    changes = [(end, end, _hidden(linking))]
    for link in _links(html, every):
        target = _target(link.url, linking)
        if target != link.url:
            changes.append((link.start, link.end, f'"{escape(target)}"'))
    parts, done = [], 0
    for start, stop, text in sorted(changes):
        parts += [html[done:start], text]
        done = stop
    return "".join([*parts, html[done:]])


def linked_text(text: str, linking: Linking) -> str:
    """The text with its web addresses changed; signs of punctuation behind one do not belong to it."""

    def changed(found: re.Match[str]) -> str:
        written = _without_punctuation(found[0])
        url = _followed(written)
        target = _target(url, linking)
        return (written if target == url else target) + found[0][len(written) :]

    return _BARE.sub(changed, text)


def links_in(html: str) -> Iterator[Link]:
    """The web links a browser would follow from this page, in order; those that ask to be left alone are left out."""
    return _links(html, tags(html))


def with_parameters(url: str, parameters: tuple[tuple[str, str], ...]) -> str:
    """The address with these in its query, but for names that are there already; its fragment stays its end."""
    head, sign, fragment = url.partition("#")
    base, _, query = head.partition("?")
    known = {_read(each.partition("=")[0]) for each in re.split("[&;]", query)}
    added = [_pair(name, value) for name, value in parameters if name not in known]
    if not added:
        return url
    kept = [] if not query else [query.removesuffix("&")]
    return f"{base}?{'&'.join([*kept, *added])}{sign}{fragment}"


@lru_cache(maxsize=1_024)
def _pair(name: str, value: str) -> str:
    return f"{_NOT_IN_WORDS.sub(_hex, name)}={_NOT_IN_WORDS.sub(_hex, value)}"


def _hex(found: re.Match[str]) -> str:
    return "".join(f"%{each:02X}" for each in found[0].encode("utf-8", "replace"))


def _read(name: str) -> str:
    """The name of a parameter as it is meant."""
    return _WRITTEN.sub(
        lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), name.replace("+", " ")
    )


def _links(html: str, every: Iterable[Tag]) -> Iterator[Link]:
    for tag in every:
        if tag.name != "a" or tag.is_end:
            continue
        stated = attributes(html, tag)
        href, wish = stated.get("href"), stated.get(_WISH)
        if href is None or (wish is not None and wish.text.strip().lower() == "off"):
            continue
        url = _followed(href.text)
        if _WEB.match(url):
            yield Link(href.start, href.end, url)


def _target(url: str, linking: Linking) -> str:
    if url.startswith(linking.ours):
        return url
    told = with_parameters(url, linking.parameters)
    return told if linking.wrap is None else linking.wrap(told)


def _followed(written: str) -> str:
    """The address that browsers make of what is written: without the blanks they drop, in ASCII."""
    inner = re.sub(r"[\t\n\r]", "", written.strip("".join(map(chr, range(33)))))
    return _NOT_IN_URLS.sub(_hex, inner)


def _without_punctuation(url: str) -> str:
    """The address without signs that end a sentence, or brackets that were opened before it."""
    unopened = {closing: url.count(closing) - url.count(opening) for closing, opening in _PAIRS.items()}
    end = len(url)
    while end and (url[end - 1] in _TRAILING or unopened.get(url[end - 1], 0) > 0):
        end -= 1
        if url[end] in unopened:
            unopened[url[end]] -= 1
    return url[:end]


def _hidden(linking: Linking) -> str:
    trap = f'<a href="{escape(linking.trap)}" style="display:none" tabindex="-1" aria-hidden="true"></a>'
    picture = f'<img src="{escape(linking.pixel)}" width="1" height="1" alt="" style="display:block;border:0">'
    return (trap if linking.trap else "") + (picture if linking.pixel else "")


def _end_of_body(html: str, every: Iterable[Tag]) -> int:
    """Where the body ends: before its end tag, else before that of the page, else at the end of everything."""
    ends = {tag.name: tag.start for tag in every if tag.is_end}
    return ends.get("body", ends.get("html", len(html)))
