"""Elements of SVG and HTML, written so that no text of others can ever become an element.

What is made reads as XML and as HTML alike: elements are closed, attributes quoted, no named entities.
"""

import re
from typing import NewType

Markup = NewType("Markup", str)
"""What may stand in a page as it is; made by the functions of this module only."""

_VOID = frozenset({"meta", "br", "wbr", "hr", "col", "rect", "line", "circle", "path", "polyline", "polygon"})
"""What is closed as it is opened, where there is nothing in it."""
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What XML does not take, and what turns the direction of all that follows it."""
_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def text(said: str) -> Markup:
    """The text as it is read; signs that no page can show become the sign for that."""
    return Markup("".join(_SIGNS.get(sign, sign) for sign in _UNFIT.sub("\ufffd", said)))


def element(tag: str, /, *inner: Markup, **attributes: str | int | float | None) -> Markup:
    """An element; of attributes a last ``_`` is dropped, ``_`` is a dash, and what is None is left out.

    The names are ours; the values may be anybody's.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(number(value) if isinstance(value, float) else str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{said}/>" if tag in _VOID and not inner else f"<{tag}{said}>{''.join(inner)}</{tag}>")


def joined(*parts: Markup) -> Markup:
    """One after the other."""
    return Markup("".join(parts))


def number(value: float) -> str:
    """A place in a picture: at most one decimal, and no other form of nothing than ``0``."""
    said = f"{value:.1f}".removesuffix(".0")
    return "0" if said == "-0" else said
