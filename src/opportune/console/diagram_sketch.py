"""A journey's states and ways with the words that stand in and beside them, each with its size."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.console.diagram_graph import Box, Link
from opportune.console.lettering import shortened, width_of
from opportune.journeys.diagram import Diagram, Edge, Kind, Standing, State

Look: TypeAlias = Literal["title", "detail", "small", "count"]
SIZES: Mapping[Look, int] = {"title": 13, "detail": 12, "small": 11, "count": 11}
LINE = 16
"""From one line of words to the next."""
WIDE = 200
"""So long are lines of words at most."""
PAD = 10
"""Between words and the edge of their box."""
ROUND = 22
"""Of the signs for where runs begin, end and part."""
OR = " or "
_BOLD = 1.08
"""How much wider a title is than plain words."""
_PARTS = re.compile(r"\S+ (?:=|<>|<=?|>=?) \S+|\S+")


class Words(Struct, frozen=True):
    """One line of words."""

    said: str
    look: Look


class Shape(Struct, frozen=True):
    """A state as it is drawn."""

    id: str
    kind: Kind
    words: tuple[Words, ...]
    count: str
    """How many runs are there; empty if that is not known, or there are none."""
    width: int
    height: int


class Arrow(Struct, frozen=True):
    """All ways from one state to another, as one line."""

    source: str
    target: str
    words: tuple[Words, ...]


class Sketch(Struct, frozen=True):
    """All that is drawn."""

    shapes: tuple[Shape, ...]
    arrows: tuple[Arrow, ...]

    def boxes(self) -> list[Box]:
        """What the layout gives a place."""
        return [_box(each) for each in self.shapes]

    def links(self) -> list[Link]:
        """What it leads between them."""
        return [Link(each.source, each.target, *size_of(each.words)) for each in self.arrows]


def sketch_of(diagram: Diagram, standing: Standing | None = None) -> Sketch:
    """What is drawn of a journey; with how many runs are where, if that is known."""
    spots = {each.id: spot for spot, each in enumerate(diagram.states)}
    bundles = sorted(bundles_of(diagram), key=lambda edges: (spots[edges[0].source], spots[edges[0].target]))
    arrows = tuple(Arrow(edges[0].source, edges[0].target, _beside(edges)) for edges in bundles)
    led = {name for each in arrows for name in (each.source, each.target)}
    runs = {} if standing is None else standing.runs
    shapes = tuple(_shape(each, runs.get(each.id, 0)) for each in diagram.states if each.id in led)
    return Sketch(shapes, arrows)


def bundles_of(diagram: Diagram) -> list[list[Edge]]:
    """The ways that are drawn, those from one state to another together; what is told in a note is not drawn."""
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in diagram.edges:
        if edge.cause != "again":
            found.setdefault((edge.source, edge.target), []).append(edge)
    return list(found.values())


def label_of(edges: Sequence[Edge]) -> str:
    """What takes a run there: ``event [condition] / action``; empty if nothing has to happen for one of them."""
    said = [_said(each) for each in edges]
    if not all(said):
        return ""
    action = edges[0].action
    return OR.join(dict.fromkeys(said)) + (f" / {action}" if action else "")


def lines_of(said: str, width: int, size: int) -> list[str]:
    """The text in lines that fit; a comparison stays together if it does, and a word longer than a line is cut."""
    lines: list[str] = []
    parts = [each if width_of(each, size) <= width else each.split() for each in _PARTS.findall(said)]
    for word in (word for part in parts for word in ([part] if isinstance(part, str) else part)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(shortened(word, width, size))
    return lines


def size_of(words: Sequence[Words]) -> tuple[int, int]:
    """The width and height of these lines."""
    return max((wide(each) for each in words), default=0), LINE * len(words)


def wide(words: Words) -> int:
    """How wide a line of words is at most."""
    return int(width_of(words.said, SIZES[words.look]) * (_BOLD if words.look == "title" else 1)) + 1


def _said(edge: Edge) -> str:
    return " ".join(each for each in (edge.event, edge.condition and f"[{edge.condition}]") if each)


def _beside(edges: Sequence[Edge]) -> tuple[Words, ...]:
    return tuple(_lines(label_of(edges), "detail"))


def _shape(state: State, runs: int) -> Shape:
    count = "" if not runs else f"{runs:,} run{'' if runs == 1 else 's'}"
    if state.kind in ("start", "run"):
        size = ROUND if state.kind == "start" else 0
        return Shape(state.id, state.kind, (), count, size, size)
    if state.kind in ("choice", "ended", "exited"):
        said = state.name if state.title == "branch" else state.title
        words = tuple(_lines(said, "title" if state.kind == "choice" else "detail"))
        aside = size_of(words)[0] + 6 if words else 0
        return Shape(state.id, state.kind, words, count, ROUND + 6 + 2 * aside, max(ROUND + 4, LINE * len(words)))
    head = " · ".join(each for each in (f"step {state.step}" if state.step else "", state.name) if each)
    words = (
        *([Words(shortened(head, WIDE, SIZES["small"]), "small")] if head else []),
        *_lines(state.title, "title"),
        *(line for each in state.details for line in _lines(each, "detail")),
    )
    badge = wide(Words(count, "count")) + 14 if count else 0
    first = wide(words[0]) + (badge + 8 if badge else 0) if words else badge
    width = max(120, first, size_of(words)[0]) + 2 * PAD
    return Shape(state.id, state.kind, words, count, width, LINE * len(words) + 2 * PAD - 4)


def _lines(said: str, look: Look) -> Iterable[Words]:
    return (Words(line, look) for line in lines_of(said, WIDE, SIZES[look]))


def _box(shape: Shape) -> Box:
    rank: Literal["first", "any", "last"] = "any"
    if shape.kind in ("start", "earlier"):
        rank = "first"
    if shape.kind in ("ended", "exited"):
        rank = "last"
    return Box(
        shape.id, shape.width, shape.height, rank, is_point=shape.kind in ("start", "run", "choice", "ended", "exited")
    )
