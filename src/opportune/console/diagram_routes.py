"""How lines run between two layers: down, aside on a track that no other line uses there, and down again."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

Net: TypeAlias = tuple[str, ...]
"""Lines that may run together: they come from one place, or lead to one."""


class Crossing(Struct, frozen=True):
    """A line from a place in the layer above to one in the layer below."""

    net: Net
    top: int
    bottom: int


def tracks_of(crossings: Sequence[Crossing], *, apart: int) -> dict[Net, int]:
    """On which track, counted from 0 at the top, each net goes aside; those that only go down have none."""
    spans = _spans(crossings)
    later = _below(crossings, spans, apart)
    tracks: dict[Net, int] = {}
    taken: list[list[tuple[int, int]]] = []
    for net in _in_order(spans, later):
        left, right = spans[net]
        track = max((tracks[each] + 1 for each in tracks if net in later[each]), default=0)
        while track < len(taken) and any(left < end + apart and begin < right + apart for begin, end in taken[track]):
            track += 1
        while len(taken) <= track:
            taken.append([])
        taken[track].append((left, right))
        tracks[net] = track
    return tracks


def _spans(crossings: Sequence[Crossing]) -> dict[Net, tuple[int, int]]:
    found: dict[Net, tuple[int, int]] = {}
    for each in crossings:
        left, right = found.get(each.net, (each.top, each.top))
        found[each.net] = min(left, each.top, each.bottom), max(right, each.top, each.bottom)
    return {net: (left, right) for net, (left, right) in found.items() if left != right}


def _below(
    crossings: Sequence[Crossing], spans: Mapping[Net, tuple[int, int]], apart: int
) -> dict[Net, frozenset[Net]]:
    """Which nets must go aside below a net, so that no line comes down on another one that goes down there."""
    return {
        net: frozenset(
            other.net
            for one in crossings if one.net == net
            for other in crossings
            if other.net != net and other.net in spans and abs(one.top - other.bottom) < apart
        )
        for net in spans
    }  # fmt: skip


def _in_order(spans: Mapping[Net, tuple[int, int]], later: Mapping[Net, frozenset[Net]]) -> list[Net]:
    """Upper ones before those that must be below them; a circle is cut at the widest. Then from left to right."""
    left = sorted(spans, key=lambda net: (spans[net], net))
    found: list[Net] = []
    while left:
        free = [net for net in left if not any(net in later[other] for other in left if other != net)]
        following = free[0] if free else max(left, key=lambda net: (spans[net][1] - spans[net][0], net))
        left.remove(following)
        found.append(following)
    return found
