"""Strangers' data in a page: no address in it runs as code, and places where escaping does not help are found.

What is escaped stays text wherever text stands. It does not where it is the whole of an address, for ``javascript:``
has no sign that is escaped, nor where a value has no quotation marks around it or is code itself.
"""

import re
from collections.abc import Iterator
from typing import Final

from opportune.messages.markup import Attribute, Tag, attributes, tags

NOWHERE: Final = '"#"'
"""Stands in place of an address that would run."""
_ADDRESSES: Final = frozenset({"href", "xlink:href", "src", "action", "formaction", "data", "background", "poster"})
_PICTURES: Final = frozenset({"img", "source", "image"})
"""Elements in which ``data:`` shows a picture and runs nothing."""


_SCHEMES: Final = ("javascript", "vbscript", "data")
_LAST: Final = "tTaA\t\n\r"
"""How one of them may end."""
_DROPPED: Final = str.maketrans("", "", "\t\n\r")
"""What browsers take out of an address before they read it."""
_LEADING: Final = "".join(map(chr, range(33)))
_MARK: Final = "\ue000"
_NO_TAG: Final = "a value is no name of a tag; write the tag out"
_OUTPUT: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NAMED_BY_VALUE: Final = re.compile(rf"</?{_MARK}")
_OTHER: Final = re.compile(r"\{%.*?%\}", re.DOTALL)


def harmless(html: str) -> str:
    """The page, every address in it that would run as code replaced by one that leads nowhere."""
    if not _may_run(html):
        return html
    parts, done = [], 0
    for tag in tags(html):
        for name, attribute in () if tag.is_end else attributes(html, tag).items():
            if name in _ADDRESSES and _runs(tag, attribute):
                parts += [html[done : attribute.start], NOWHERE]
                done = attribute.end
    return "".join([*parts, html[done:]])


def _may_run(html: str) -> bool:
    """Whether a colon stands behind what may be such a scheme: a quick look, for hardly any page has one."""
    place = html.find(":")
    while place >= 0:
        if html[place - 1] in _LAST:
            before = html[max(0, place - 10) : place]
            if before.lower().endswith(_SCHEMES) or not before.isprintable():
                return True
        place = html.find(":", place + 1)
    return False


def _runs(tag: Tag, attribute: Attribute) -> bool:
    scheme = attribute.text.lstrip(_LEADING).translate(_DROPPED).partition(":")[0].lower()
    return scheme in _SCHEMES and not (scheme == "data" and tag.name in _PICTURES)


def unsafe_places(source: str) -> Iterator[tuple[int, str]]:
    """Lines of an HTML template, from 0, in which a value stands where escaping does not help, and what would."""
    html = _OTHER.sub(_blank, _OUTPUT.sub(lambda found: _MARK + _blank(found)[1:], source))
    every = list(tags(html))
    for found in _NAMED_BY_VALUE.finditer(html):
        yield html.count("\n", 0, found.start()), _NO_TAG
    for place, tag in enumerate(every):
        line = html.count("\n", 0, tag.start)
        if tag.name in ("script", "style") and not tag.is_end:
            end = every[place + 1].start if place + 1 < len(every) else len(html)
            if _MARK in html[tag.inside[1] : end]:
                yield line, f"a value inside <{tag.name}> may say anything there; put it into the page, not into code"
        if _MARK in tag.name:
            yield line, _NO_TAG
        for name, attribute in attributes(html, tag).items():
            if why := _unsafe(html, name, attribute):
                yield line, why


def _unsafe(html: str, name: str, attribute: Attribute) -> str:
    written = html[attribute.start : attribute.end]
    if _MARK in name:
        return "a value is no name of an attribute; write the name out"
    if _MARK not in written:
        return ""
    if name.startswith("on") or name == "srcdoc":
        return f"a value inside {name} may say anything there; put it into the page, not into code"
    if written[0] not in "\"'":
        return f'a value without quotation marks can begin another attribute; write {name}="..."'
    return ""


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
