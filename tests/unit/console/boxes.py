"""Where the texts of a picture lie, by the widest that they may be."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple
from xml.etree import ElementTree as etree

from opportune.console.lettering import width_of

_MOVED = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\)( rotate\(-90\))?")
SPACE = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    """A text and the rectangle around it."""

    said: str
    left: float
    top: float
    right: float
    bottom: float


def boxes(svg: str) -> list[Box]:
    """All texts of the picture."""
    return list(_within(etree.fromstring(svg), (0.0, 0.0, False)))


def _within(node: etree.Element, origin: tuple[float, float, bool]) -> Iterator[Box]:
    found = _MOVED.fullmatch(node.get("transform", ""))
    if found is not None:
        origin = (origin[0] + float(found[1]), origin[1] + float(found[2]), bool(found[3]))
    if node.tag == SPACE + "text":
        yield _box(node, origin)
    for each in node:
        yield from _within(each, origin)


def _box(node: etree.Element, origin: tuple[float, float, bool]) -> Box:
    said = "".join(node.itertext())
    size = 11.0 if "small" in node.get("class", "") else 12.0
    wide, x, y = width_of(said, size), float(node.get("x", "0")), float(node.get("y", "0"))
    x -= {"start": 0.0, "middle": wide / 2, "end": wide}[node.get("text-anchor", "start")]
    if origin[2]:
        return Box(said, origin[0] + y - size * 0.8, origin[1] - x - wide, origin[0] + y + size * 0.2, origin[1] - x)
    return Box(said, origin[0] + x, origin[1] + y - size * 0.8, origin[0] + x + wide, origin[1] + y + size * 0.2)


def overlapping(svg: str) -> list[tuple[str, str]]:
    """The texts that lie over each other by more than a hair."""
    return [(one.said, other.said) for one, other in combinations(boxes(svg), 2) if _overlap(one, other)]


def _overlap(one: Box, other: Box) -> bool:
    wide = min(one.right, other.right) - max(one.left, other.left)
    tall = min(one.bottom, other.bottom) - max(one.top, other.top)
    return wide > 0.5 and tall > 0.5


def outside(svg: str) -> list[Box]:
    """The texts that leave the picture."""
    root = etree.fromstring(svg)
    wide, tall = float(root.get("width", "0")), float(root.get("height", "0"))
    hair = 0.6
    return [
        box
        for box in boxes(svg)
        if box.left < -hair or box.top < -hair or box.right > wide + hair or box.bottom > tall + hair
    ]
