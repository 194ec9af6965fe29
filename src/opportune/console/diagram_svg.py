"""The picture of a journey as SVG: read by eyes by day and by night, and by screen readers."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from opportune.console import colours
from opportune.console.diagram_graph import Area, Layout, Point
from opportune.console.diagram_layout import laid_out
from opportune.console.diagram_sketch import (
    LINE,
    PAD,
    ROUND,
    SIZES,
    Shape,
    Sketch,
    Words,
    bundles_of,
    label_of,
    lines_of,
    sketch_of,
    wide,
)
from opportune.console.markup import Markup, element, joined, text
from opportune.journeys.diagram import RUN, Diagram, Standing

MARGIN, INSIDE, FRAME, CURVE = 20, 16, 9, 6
"""Around the picture; between the frame and what it holds, aside and above; of the corners of lines."""
HEAD = 22
"""How high the name of the journey is."""
LEAST = 420
"""The least width, so that notes have room."""
_BARS = {"wait": "s0", "send": "s1", "make": "s5", "earlier": "rest"}


class _Frame(Struct, frozen=True):
    left: int
    top: int
    right: int
    bottom: int


def svg_of(diagram: Diagram, standing: Standing | None = None) -> str:
    """The picture, as the text of a file; with how many runs are where, if that is known."""
    sketch = sketch_of(diagram, standing)
    layout = laid_out(sketch.boxes(), sketch.links())
    width = max(layout.width, LEAST)
    notes = [
        line for each in (*diagram.notes, *_elsewhere(standing)) for line in lines_of(each, width, SIZES["detail"])
    ]
    down = HEAD + LINE * len(notes) + 14
    inner = joined(*_frame(layout, sketch), *_lines(layout, sketch), *_shapes(layout, sketch))
    aside = INSIDE + (width - layout.width) // 2
    parts = (
        element("title", text(f"Journey {diagram.journey}"), id="title"),
        element("desc", text(_description(diagram, standing)), id="desc"),
        element("style", Markup(_sheet())),
        element("rect", class_="paper", width="100%", height="100%"),
        element("g", *_heading(diagram.journey, notes), transform=f"translate({MARGIN} {MARGIN})"),
        element("g", inner, transform=f"translate({MARGIN + aside} {MARGIN + down})"),
    )
    size = (width + 2 * (MARGIN + INSIDE), layout.height + down + 2 * MARGIN)
    return (
        element(
            "svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {size[0]} {size[1]}",
            width=size[0], height=size[1], role="img", aria_labelledby="title desc",
        ) + "\n"
    )  # fmt: skip


def _heading(journey: str, notes: Sequence[str]) -> Iterator[Markup]:
    yield element("text", text(journey), class_="head", x=0, y=16)
    for number, note in enumerate(notes):
        yield element("text", text(note), class_="detail quiet", x=0, y=HEAD + LINE * (number + 1) - 2)


def _elsewhere(standing: Standing | None) -> list[str]:
    runs = 0 if standing is None else standing.elsewhere
    return [f"{runs:,} runs in other versions of the journey."] if runs else []


def _frame(layout: Layout, sketch: Sketch) -> Iterator[Markup]:
    frame = _frame_of(layout, sketch)
    if frame is not None:
        yield element(
            "rect", class_="frame", x=frame.left, y=frame.top, width=frame.right - frame.left,
            height=frame.bottom - frame.top, rx=14,
        )  # fmt: skip


def _frame_of(layout: Layout, sketch: Sketch) -> _Frame | None:
    """Around all steps and what leads between them; None if there are none."""
    steps = [layout.boxes[each.id] for each in sketch.shapes if each.kind in ("wait", "send", "make", "choice", "run")]
    if not any(each.kind in ("wait", "send", "make", "choice") for each in sketch.shapes):
        return None
    top, bottom = min(each.top for each in steps) - FRAME, max(each.bottom for each in steps) + FRAME
    inside = [x for route in layout.routes for x, y in route.points if top < y < bottom]
    labels = [each.label for each in layout.routes if each.label is not None and top < each.label.top < bottom]
    left = min([*(each.left for each in (*steps, *labels)), *inside])
    right = max([*(each.right for each in (*steps, *labels)), *inside])
    return _Frame(left - INSIDE, top, right + INSIDE, bottom)


def _lines(layout: Layout, sketch: Sketch) -> Iterator[Markup]:
    frame = _frame_of(layout, sketch)
    for arrow, route in zip(sketch.arrows, layout.routes, strict=True):
        points = list(route.points)
        if arrow.source == RUN and frame is not None:
            points[0] = (points[0][0], frame.bottom)
        yield _line(points)
        if route.label is not None:
            yield _words(arrow.words, route.label.left, route.label.top)


def _line(points: Sequence[Point]) -> Markup:
    """Down and aside with rounded corners, and a head at its end."""
    path = [f"M{points[0][0]} {points[0][1]}"]
    for before, at, following in zip(points, points[1:], points[2:], strict=False):
        reach = min(CURVE, _length(before, at) // 2, _length(at, following) // 2)
        begin, end = _towards(at, before, reach), _towards(at, following, reach)
        path.append(f"L{begin[0]} {begin[1]}Q{at[0]} {at[1]} {end[0]} {end[1]}")
    (x, y), last = points[-1], points[-2]
    dx, dy = _towards((0, 0), (last[0] - x, last[1] - y), 1)
    path.append(f"L{x + 4 * dx} {y + 4 * dy}")
    head = f"M{x} {y}L{x + 8 * dx - 4 * dy} {y + 8 * dy + 4 * dx}L{x + 8 * dx + 4 * dy} {y + 8 * dy - 4 * dx}Z"
    return joined(element("path", class_="line", d="".join(path)), element("path", class_="tip", d=head))


def _length(one: Point, other: Point) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(at: Point, other: Point, by: int) -> Point:
    """So far from one place in the direction of another, level or upright."""
    if at[0] == other[0]:
        return at[0], at[1] + (by if other[1] > at[1] else -by)
    return at[0] + (by if other[0] > at[0] else -by), at[1]


def _shapes(layout: Layout, sketch: Sketch) -> Iterator[Markup]:
    for shape in sketch.shapes:
        area = layout.boxes[shape.id]
        match shape.kind:
            case "start":
                yield element("circle", class_="ink", cx=area.middle, cy=area.top + ROUND // 2, r=ROUND // 2 - 2)
            case "ended" | "exited":
                yield joined(*_end(shape, area))
            case "choice":
                yield joined(*_choice(shape, area))
            case "run":
                continue
            case _:
                yield joined(*_box(shape, area))


def _end(shape: Shape, area: Area) -> Iterator[Markup]:
    x, y = area.middle, area.top + area.height // 2
    yield element("circle", class_="ring", cx=x, cy=y, r=ROUND // 2 + 1)
    yield element("circle", class_="ink", cx=x, cy=y, r=ROUND // 2 - 4)
    yield _words(shape.words, x + ROUND // 2 + 8, y - LINE * len(shape.words) // 2)


def _choice(shape: Shape, area: Area) -> Iterator[Markup]:
    x, y, half = area.middle, area.top + area.height // 2, ROUND // 2 + 3
    yield element("path", class_="choice", d=f"M{x} {area.top}L{x + half} {y}L{x} {area.bottom}L{x - half} {y}Z")
    yield _words(shape.words, x + half + 6, y - LINE * len(shape.words) // 2)


def _box(shape: Shape, area: Area) -> Iterator[Markup]:
    yield element("rect", class_="box", x=area.left, y=area.top, width=area.width, height=area.height, rx=8)
    bar = f"M{area.left + 4} {area.top + 8}V{area.bottom - 8}"
    yield element("path", class_=f"bar {_BARS.get(shape.kind, 'rest')}", d=bar)
    yield _words(shape.words, area.left + PAD + 2, area.top + PAD - 3)
    if shape.count:
        width = wide(Words(shape.count, "count")) + 12
        left = area.right - width - 6
        yield element("rect", class_="badge", x=left, y=area.top + 6, width=width, height=LINE + 1, rx=8)
        yield element(
            "text", text(shape.count), class_="count", x=left + width // 2, y=area.top + 18, text_anchor="middle"
        )


def _words(words: Sequence[Words], left: int, top: int) -> Markup:
    return joined(
        *(
            element("text", text(each.said), class_=each.look, x=left, y=top + LINE * number + 12)
            for number, each in enumerate(words)
        )
    )


def _description(diagram: Diagram, standing: Standing | None) -> str:
    """All that the picture shows, in sentences."""
    titles = {each.id: f"step {each.step}, {each.title}" if each.step else each.title for each in diagram.states}
    said = list(diagram.notes)
    for edges in bundles_of(diagram):
        label = label_of(edges)
        said.append(f"From {titles[edges[0].source]} to {titles[edges[0].target]}{': ' if label else ''}{label}.")
    if standing is not None:
        said += [f"{runs:,} at {titles[name]}." for name, runs in standing.runs.items() if name in titles]
    return " ".join(said)


def _sheet() -> str:
    day = (colours.PAPER_LIGHT, colours.INK_LIGHT, colours.QUIET_LIGHT, colours.LINE_LIGHT, colours.REST_LIGHT)
    night = (colours.PAPER_DARK, colours.INK_DARK, colours.QUIET_DARK, colours.LINE_DARK, colours.REST_DARK)
    return "".join(
        (
            f":root{{{_variables(day, colours.LIGHT)}}}",
            f"@media (prefers-color-scheme:dark){{:root{{{_variables(night, colours.DARK)}}}}}",
            f"text{{font-family:{colours.FONT};fill:var(--ink)}}",
            ".head{font-size:16px;font-weight:600}",
            *(f".{look}{{font-size:{size}px}}" for look, size in SIZES.items()),
            ".title{font-weight:600}.small,.quiet{fill:var(--quiet)}.count{fill:var(--paper);font-weight:600}",
            ".paper,.ring{fill:var(--paper)}.ink,.tip{fill:var(--ink)}.badge{fill:var(--s0)}",
            ".line{fill:none;stroke:var(--ink);stroke-width:1.2}.ring{stroke:var(--ink);stroke-width:1.4}",
            ".box{fill:var(--paper);stroke:var(--quiet);stroke-width:1.2}",
            ".choice{fill:var(--paper);stroke:var(--s2);stroke-width:1.8}",
            ".frame{fill:var(--ink);fill-opacity:.025;stroke:var(--quiet);stroke-width:1.2;stroke-dasharray:6 4}",
            ".bar{stroke-width:3;stroke-linecap:round}.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}",
            ".s5{stroke:var(--s5)}.rest{stroke:var(--rest)}",
        )
    )


def _variables(plain: Sequence[str], kinds: Sequence[str]) -> str:
    names = ("paper", "ink", "quiet", "line", "rest", *(f"s{place}" for place in range(len(kinds))))
    return "".join(f"--{name}:{colour};" for name, colour in zip(names, (*plain, *kinds), strict=True))
