"""Which box stands in which layer, and in which order: so that lines lead down, and few cross.

Layers are counted from 0 at the top. Boxes stand in even ones, labels in odd ones. A line has a node in each layer that
it passes; lines to one box share these below their labels, and so come together on their way.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct, field

from opportune.console.diagram_graph import Box, Link

SWEEPS = 12


class Node(Struct, eq=False):
    """Something that has its place in a layer: a box, a label beside its line, or a line that passes."""

    key: tuple[str, ...]
    layer: int
    left: int
    """How far it reaches to the left of its line, or of its middle."""
    right: int
    height: int = 0
    box: Box | None = None
    x: int = 0
    above: list["Node"] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)


class Chain(Struct, eq=False):
    """The nodes of a link, from the upper box to the lower one."""

    link: Link
    nodes: list[Node]
    is_upward: bool
    """Its target is the upper box."""


class Layers(Struct, eq=False):
    """All nodes, layer by layer from left to right, and the chains in the order of the links; loops have none."""

    rows: list[list[Node]]
    chains: list[Chain | None]
    boxes: dict[str, Node]


def layered(boxes: Sequence[Box], links: Sequence[Link], *, gap: int, loop: int) -> Layers:
    """``gap`` is between a line and its label, and half of that between lines; ``loop`` is how far a loop reaches."""
    upward = _against_the_flow(boxes, links)
    downward = [(b, a) if (a, b) in upward else (a, b) for a, b in ((each.source, each.target) for each in links)]
    depths = _depths(boxes, [each for each in downward if each[0] != each[1]])
    nodes = {each.id: _node_of(each, 2 * depths[each.id], links, loop) for each in boxes}
    shared: dict[tuple[str, ...], Node] = {}
    chains: list[Chain | None] = []
    for number, (link, (upper, lower)) in enumerate(zip(links, downward, strict=True)):
        is_upward = (link.source, link.target) in upward
        bus = ("link", str(number)) if is_upward else ("to", lower)
        chains.append(
            None
            if upper == lower
            else _chain(link, (nodes[upper], nodes[lower]), (bus, number, gap), shared, is_upward)
        )
    rows = _rows([*nodes.values(), *shared.values()])
    for chain in chains:
        for one, other in pairwise(chain.nodes) if chain is not None else ():
            if other not in one.below:
                one.below.append(other)
                other.above.append(one)
    _order(rows)
    return Layers(rows, chains, nodes)


def _node_of(box: Box, layer: int, links: Sequence[Link], loop: int) -> Node:
    loops = [each for each in links if each.source == each.target == box.id]
    aside = max((loop + each.width for each in loops), default=0)
    height = max([box.height, *(each.height + 8 for each in loops)])
    return Node(("box", box.id), layer, box.width // 2, box.width - box.width // 2 + aside, height, box)


def _chain(
    link: Link, ends: tuple[Node, Node], made: tuple[tuple[str, str], int, int], shared: dict[tuple[str, ...], Node],
    is_upward: bool,
) -> Chain:  # fmt: skip
    bus, number, gap = made
    upper, lower = ends
    first = Node(("label", str(number)), upper.layer + 1, gap // 2, gap // 2, link.height)
    first.right += gap // 2 + link.width if link.width else 0
    shared[first.key] = first
    passed = [first]
    for layer in range(upper.layer + 2, lower.layer):
        key = (*bus, str(layer))
        passed.append(shared.setdefault(key, Node(key, layer, gap // 2, gap // 2)))
    return Chain(link, [upper, *passed, lower], is_upward)


def _against_the_flow(boxes: Sequence[Box], links: Sequence[Link]) -> set[tuple[str, str]]:
    """Links that close a circle, as they are met by going deep first: turned around, there is no circle."""
    below: dict[str, list[str]] = {each.id: [] for each in boxes}
    for link in links:
        below[link.source].append(link.target)
    found, done = set[tuple[str, str]](), set[str]()
    begun = {each.target for each in links}
    for start in sorted(below, key=lambda each: each in begun):  # those that nothing leads to first
        waiting = [] if start in done else [(start, iter(below[start]))]
        under_way = {start}
        while waiting:
            name, following = waiting[-1]
            target = next(following, None)
            if target is None:
                waiting.pop()
                under_way.discard(name)
                done.add(name)
            elif target in under_way and target != name:
                found.add((name, target))
            elif target not in done and target != name:
                under_way.add(target)
                waiting.append((target, iter(below[target])))
    return found


def _depths(boxes: Sequence[Box], downward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many boxes stand above each on the longest way; the last ones at the bottom, others near what follows."""
    depths = {each.id: 0 for each in boxes}
    for _ in boxes:
        for upper, lower in downward:
            depths[lower] = max(depths[lower], depths[upper] + 1)
    leads = {upper for upper, _ in downward}
    deepest = max([depths[each.id] + (each.rank != "last") for each in boxes if each.id in leads], default=0)
    bottom = max([deepest, *depths.values()])
    depths |= {each.id: bottom for each in boxes if each.rank == "last" and each.id not in leads}
    reached = {lower for _, lower in downward}
    for each in boxes:
        below = [depths[lower] for upper, lower in downward if upper == each.id]
        if each.rank != "first" and each.id not in reached and below:
            depths[each.id] = min(below) - 1
    return depths


def _rows(nodes: Sequence[Node]) -> list[list[Node]]:
    rows: list[list[Node]] = [[] for _ in range(max((each.layer for each in nodes), default=0) + 1)]
    for node in nodes:
        rows[node.layer].append(node)
    return rows


def _order(rows: list[list[Node]]) -> None:
    """Each node to the middle of its neighbours, down and up again; what crosses least is kept."""
    best = [list(row) for row in rows]
    fewest = _crossings(rows)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for place in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            _draw_to(rows[place], rows[place - 1 if down else place + 1])
        _swap(rows)
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept


def _draw_to(row: list[Node], known: Sequence[Node]) -> None:
    """Each node of the row to the middle of its neighbours in the layer whose order is known."""
    spots = {id(node): at for at, node in enumerate(known)}
    wished = {id(node): float(at) for at, node in enumerate(row)}
    for node in row:
        near = sorted(spots[id(each)] for each in (*node.above, *node.below) if id(each) in spots)
        if near:
            wished[id(node)] = sum(near) / len(near) * len(row) / len(known)
    row.sort(key=lambda node: wished[id(node)])


def _swap(rows: Sequence[list[Node]]) -> None:
    """Neighbours change places where fewer lines cross then."""
    for place, row in enumerate(rows):
        above = {id(node): at for at, node in enumerate(rows[place - 1])} if place else {}
        below = {id(node): at for at, node in enumerate(rows[place + 1])} if place + 1 < len(rows) else {}
        for at in range(len(row) - 1):
            left, right = row[at], row[at + 1]
            now = _crossed(left.above, right.above, above) + _crossed(left.below, right.below, below)
            then = _crossed(right.above, left.above, above) + _crossed(right.below, left.below, below)
            if then < now:
                row[at], row[at + 1] = right, left


def _crossed(left: Sequence[Node], right: Sequence[Node], at: Mapping[int, int]) -> int:
    return sum(at[id(one)] > at[id(other)] for one in left for other in right)


def _crossings(rows: Sequence[Sequence[Node]]) -> int:
    found = 0
    for upper, lower in pairwise(rows):
        at = {id(node): place for place, node in enumerate(lower)}
        ends = [sorted(at[id(each)] for each in node.below) for node in upper]
        for place, left in enumerate(ends):
            found += sum(one > other for right in ends[place + 1 :] for one in left for other in right)
    return found
