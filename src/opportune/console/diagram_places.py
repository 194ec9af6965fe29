"""Where the nodes of each layer stand: as near to their neighbours above and below as they fit beside each other."""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

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
    for row in rows[1:]:
        _settle(row, [_straight(node) for node in row], apart)
    edge = min((node.x - node.left for row in rows for node in row), default=0)
    for row in rows:
        for node in row:
            node.x -= edge


def spread(wished: Sequence[tuple[float, float]], gaps: Sequence[int]) -> list[int]:
    """Places as near as can be to those wished for, with their weights, by least squares: each by its gap apart.

    ``gaps``: one less than places. Neighbours that wish to stand too near are pooled (isotonic regression).
    """
    offsets = [0, *accumulate(gaps)][: len(wished)]
    pools: list[tuple[float, float, int]] = []
    for (wish, weight), offset in zip(wished, offsets, strict=True):
        mean, heavy, count = wish - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            other, weighs, many = pools.pop()
            mean = (mean * heavy + other * weighs) / (heavy + weighs)
            heavy, count = heavy + weighs, count + many
        pools.append((mean, heavy, count))
    means = [round(mean) for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _settle(row: Sequence[Node], wished: Sequence[tuple[float, float]], apart: int) -> None:
    gaps = [one.right + other.left + apart for one, other in pairwise(row)]
    for node, x in zip(row, spread(wished, gaps), strict=True):
        node.x = x


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


def _straight(node: Node) -> tuple[float, float]:
    """Below the only one above it, if it is that one's only one; else where it stands."""
    if len(node.above) == 1 and len(node.above[0].below) == 1:
        return float(node.above[0].x), 8.0
    return float(node.x), 1.0


def _weight(node: Node, other: Node) -> float:
    passing = (node.box is None) + (other.box is None)
    return (1.0, 2.0, 8.0)[passing]
