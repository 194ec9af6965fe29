"""A layered layout: boxes in rows, lines around them. No box or label overlaps another, and no line crosses one.

After Sugiyama, Tagawa and Toda (1981): break circles, give layers, order them, give places, then lead the lines. Labels
have a layer of their own between those of boxes, so that there is room for them by construction; lines go aside only
between layers, where nothing stands.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from opportune.console.diagram_graph import Area, Box, Layout, Link, Point, Route
from opportune.console.diagram_layers import Chain, Layers, Node, layered
from opportune.console.diagram_places import place, spread
from opportune.console.diagram_routes import Crossing, Net, tracks_of

APART, GAP, LOOP = 24, 12, 26
"""Between what stands side by side, between a line and its label, and how far a loop reaches."""
TRACK, ABOVE, BELOW = 14, 16, 20
"""Between lines that go aside, and what is left free above the first and below the last of them."""
PORT = 14
"""Between lines at one side of a box, where there is room."""
CORNER = 9
"""How far from the corners of a box lines begin and end, where there is room."""


class _Segment(Struct, frozen=True, eq=False):
    """A part of a chain between two layers; where it leaves the upper node and meets the lower one."""

    net: Net
    upper: Node
    lower: Node
    top: int
    bottom: int


def laid_out(boxes: Sequence[Box], links: Sequence[Link]) -> Layout:
    """The layout of these boxes; every link is between two of them, or of one with itself.

    No box has more than one link with itself. The same graph has the same layout, whenever it is asked for.
    """
    layers = layered(boxes, links, gap=GAP, loop=LOOP)
    place(layers.rows, apart=APART)
    tops, bottoms = _ports(layers)
    segments = [list(_segments(number, chain, tops, bottoms)) for number, chain in enumerate(layers.chains)]
    channels: list[list[_Segment]] = [[] for _ in layers.rows]
    for each in (each for several in segments for each in several):
        channels[each.upper.layer].append(each)
    tracks = [
        tracks_of([Crossing(each.net, each.top, each.bottom) for each in channel], apart=8) for channel in channels
    ]
    rows, heights = _heights(layers, tracks)
    areas = {name: _area(node, rows, heights) for name, node in layers.boxes.items()}
    routes = [
        _loop(areas[link.source], link) if chain is None else _route(chain, several, areas, (rows, heights, tracks))
        for link, chain, several in zip(links, layers.chains, segments, strict=True)
    ]
    width = max((node.x + node.right for row in layers.rows for node in row), default=0)
    return Layout(areas, tuple(routes), width, rows[-1] + heights[-1] if rows else 0)


def _heights(layers: Layers, tracks: Sequence[dict[Net, int]]) -> tuple[list[int], list[int]]:
    """Where each layer begins, and how high it is."""
    heights = [max((node.height for node in row), default=0) for row in layers.rows]
    tops, top = [], 0
    for height, nets in zip(heights, tracks, strict=True):
        tops.append(top)
        used = max(nets.values()) + 1 if nets else 0
        top += height + (ABOVE + BELOW + (used - 1) * TRACK if used else ABOVE)
    return tops, heights


def _area(node: Node, rows: Sequence[int], heights: Sequence[int]) -> Area:
    assert node.box is not None
    top = rows[node.layer] + (heights[node.layer] - node.box.height) // 2
    return Area(node.x - node.left, top, node.box.width, node.box.height)


def _ports(layers: Layers) -> tuple[dict[Net, int], dict[Net, int]]:
    """Where lines meet the upper side of boxes, and where they leave the lower one."""
    tops, bottoms = dict[Net, int](), dict[Net, int]()
    for name, node in layers.boxes.items():
        out = {_net_below(number, chain): [float(chain.nodes[1].x)] for number, chain in _from(layers, node)}
        into: dict[Net, list[float]] = {}
        for number, chain in enumerate(layers.chains):
            if chain is not None and chain.nodes[-1] is node:
                into.setdefault(_net_above(number, chain, name), []).append(float(chain.nodes[-2].x))
        tops |= _at_side(node, into)
        bottoms |= _at_side(node, out)
    return tops, bottoms


def _from(layers: Layers, node: Node) -> Iterator[tuple[int, Chain]]:
    return ((number, each) for number, each in enumerate(layers.chains) if each is not None and each.nodes[0] is node)


def _at_side(node: Node, lines: dict[Net, list[float]]) -> dict[Net, int]:
    """Each line as near as can be to where it comes from, or goes."""
    assert node.box is not None
    if node.box.is_point or not lines:
        return dict.fromkeys(lines, node.x)
    middle = {net: sum(xs) / len(xs) for net, xs in lines.items()}
    order = sorted(lines, key=lambda net: (middle[net], net))
    free = node.box.width - 2 * CORNER
    gap = min(PORT, max(free, 0) // max(len(order) - 1, 1)) if len(order) > 1 else 0
    least = node.x - node.left + CORNER if free > 0 else node.x
    most = max(least, least + max(free, 0) - gap * (len(order) - 1))
    wished = [(min(max(middle[net] - gap * at, least), most) + gap * at, 1.0) for at, net in enumerate(order)]
    return dict(zip(order, spread(wished, [gap] * (len(order) - 1)), strict=True))


def _net_below(number: int, chain: Chain) -> Net:
    """Below a box each line is its own, unless all of them begin in one point."""
    box = chain.nodes[0].box
    return ("from", box.id) if box is not None and box.is_point else ("link", str(number))


def _net_above(number: int, chain: Chain, target: str) -> Net:
    return ("link", str(number)) if chain.is_upward else ("to", target)


def _segments(number: int, chain: Chain | None, tops: dict[Net, int], bottoms: dict[Net, int]) -> Iterator[_Segment]:
    if chain is None:
        return
    last = chain.nodes[-1].box
    assert last is not None
    first_net, later_net = _net_below(number, chain), _net_above(number, chain, last.id)
    for at, (upper, lower) in enumerate(pairwise(chain.nodes)):
        net = first_net if at == 0 else later_net
        top = bottoms[first_net] if at == 0 else upper.x
        bottom = tops[later_net] if lower.box is not None else lower.x
        yield _Segment(net, upper, lower, top, bottom)


def _route(
    chain: Chain, segments: Sequence[_Segment], areas: dict[str, Area],
    placed: tuple[Sequence[int], Sequence[int], Sequence[dict[Net, int]]],
) -> Route:  # fmt: skip
    rows, heights, tracks = placed
    source, target = chain.nodes[0].box, chain.nodes[-1].box
    assert source is not None and target is not None
    points: list[Point] = [(segments[0].top, areas[source.id].bottom)]
    for each in segments:
        layer = each.upper.layer
        if each.top != each.bottom:
            y = rows[layer] + heights[layer] + ABOVE + tracks[layer][each.net] * TRACK
            points += [(each.top, y), (each.bottom, y)]
    points.append((segments[-1].bottom, areas[target.id].top))
    named = chain.nodes[1]
    top = rows[named.layer] + (heights[named.layer] - named.height) // 2
    link = chain.link
    label = Area(named.x + GAP // 2, top, link.width, link.height) if link.width else None
    return Route(tuple(reversed(points) if chain.is_upward else points), label)


def _loop(area: Area, link: Link) -> Route:
    """A line from the right side of a box back to it."""
    middle, reach = area.top + area.height // 2, area.right + LOOP - GAP
    half = min(8, area.height // 4)
    points = ((area.right, middle - half), (reach, middle - half), (reach, middle + half), (area.right, middle + half))
    label = Area(reach + GAP // 2, middle - link.height // 2, link.width, link.height) if link.width else None
    return Route(points, label)
