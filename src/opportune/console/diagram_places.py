"""Where the nodes of each layer stand: as near to their neighbours above and below as they fit beside each other."""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from math import inf

from opportune.console.diagram_layers import Node

SWEEPS = 24


def place(rows: Sequence[Sequence[Node]], *, apart: int) -> None:
    """Gives every node its ``x``; what stands side by side is ``apart``, and nothing is left of 0."""
    for row in rows:
        _settle(row, [(0.0, 1.0)] * len(row), apart)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            _settle(row, [_wish(node, _looking(sweep, down=down)) for node in row], apart)
    for _ in range(2):
        _straighten(rows, apart)
    _draw_near(rows, apart)
    edge = min((node.x - node.left for row in rows for node in row), default=0)
    for row in rows:
        for node in row:
            node.x -= edge


def spread(wished: Sequence[tuple[float, float]], gaps: Sequence[int]) -> list[int]:
    """Places as near as can be to those wished for, with their weights, by least squares: each by its gap apart.

    ``gaps``: one less than places. Neighbours that wish to stand too near are levelled (isotonic regression).
    """
    offsets = [0, *accumulate(gaps)][: len(wished)]
    levels: list[tuple[float, float, int]] = []
    for (wish, weight), offset in zip(wished, offsets, strict=True):
        mean, heavy, count = wish - offset, weight, 1
        while levels and levels[-1][0] >= mean:
            other, weighs, many = levels.pop()
            mean = (mean * heavy + other * weighs) / (heavy + weighs)
            heavy, count = heavy + weighs, count + many
        levels.append((mean, heavy, count))
    means = [round(mean) for mean, _, count in levels for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _settle(row: Sequence[Node], wished: Sequence[tuple[float, float]], apart: int) -> None:
    gaps = [one.right + other.left + apart for one, other in pairwise(row)]
    for node, x in zip(row, spread(wished, gaps), strict=True):
        node.x = x


def _draw_near(rows: Sequence[Sequence[Node]], apart: int) -> None:
    """What is linked with nothing else, and stands at one side of all else, comes as near to it as it can."""
    for part in _parts(rows)[1:]:
        mine = {id(node) for node in part}
        borders = [pair for row in rows for pair in pairwise(row) if (id(pair[0]) in mine) != (id(pair[1]) in mine)]
        right = [_slack(*pair, apart) for pair in borders if id(pair[0]) in mine]
        left = [_slack(*pair, apart) for pair in borders if id(pair[1]) in mine]
        shift = min(right) if right and not left else -min(left) if left and not right else 0
        for node in part:
            node.x += shift


def _slack(one: Node, other: Node, apart: int) -> int:
    """How much nearer these neighbours could stand."""
    return other.x - other.left - one.x - one.right - apart


def _parts(rows: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """The nodes that are linked with each other, the largest part first."""
    found, seen = list[list[Node]](), set[int]()
    for start in (node for row in rows for node in row):
        part, waiting = list[Node](), [start]
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen.add(id(node))
                part.append(node)
                waiting += [*node.above, *node.below]
        found += [part] if part else []
    return sorted(found, key=len, reverse=True)


def _looking(sweep: int, *, down: bool) -> Callable[[Node], list[Node]]:
    if sweep >= SWEEPS // 2:
        return lambda node: [*node.above, *node.below]
    return (lambda node: node.above) if down else (lambda node: node.below)


def _wish(node: Node, looking: Callable[[Node], list[Node]]) -> tuple[float, float]:
    """The middle of these neighbours, which counts the more the longer the line is that would be bent."""
    near = [(each.x, _weight(node, each)) for each in looking(node)]
    if not near:
        return float(node.x), 0.1
    total = sum(weight for _, weight in near)
    return sum(x * weight for x, weight in near) / total, total


def _straighten(rows: Sequence[Sequence[Node]], apart: int) -> None:
    """Nodes that follow only one on the other stand below each other, the longest such columns first, if they can."""
    columns = [[node] for row in rows for node in row if not _is_only(node.above, node)]
    for column in columns:
        while len(column[-1].below) == 1 and _is_only(column[-1].below[0].above, column[-1].below[0]):
            column.append(column[-1].below[0])
    beside = {id(node): _room(row, at, apart) for row in rows for at, node in enumerate(row)}
    for column in sorted(columns, key=len, reverse=True):
        rooms = [beside[id(node)]() for node in column]
        least, most = max(room[0] for room in rooms), min(room[1] for room in rooms)
        if len(column) > 1 and least <= most:
            x = min(max(sum(node.x for node in column) / len(column), least), most)
            for node in column:
                node.x = round(x)


def _is_only(above: Sequence[Node], node: Node) -> bool:
    """Whether there is just one above, below which there is just this one."""
    return len(above) == 1 and above[0].below == [node]


def _room(row: Sequence[Node], at: int, apart: int) -> Callable[[], tuple[float, float]]:
    """Between what the node has its room, as its neighbours stand when it is asked."""

    def room() -> tuple[float, float]:
        node = row[at]
        left = row[at - 1].x + row[at - 1].right + apart + node.left if at else -inf
        right = row[at + 1].x - row[at + 1].left - apart - node.right if at + 1 < len(row) else inf
        return left, right

    return room


def _weight(node: Node, other: Node) -> float:
    passing = (node.box is None) + (other.box is None)
    return (1.0, 2.0, 8.0)[passing]
