"""What has come and waits for the loop: what is small goes first, and of what is large a piece at a time."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, TypeAlias

import msgspec

from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.ports import DeadLetter, Taken

MOST_AT_ONCE: Final = 1_000
"""About how many events one group commit takes."""
PIECE: Final = 250
"""Events of one request that are taken together, if it brought more and may be taken in pieces."""
Offsets: TypeAlias = tuple[tuple[str, int], ...]


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What one request brought, or a piece of it, and where its answer is awaited."""

    reads: Sequence[Event | Alias]
    dead: Sequence[DeadLetter]
    answer: "asyncio.Future[Taken] | None"
    offsets: Offsets = ()


class Arrivals:
    """Two queues, so that nobody with one event waits for all of a request that brought thousands."""

    def __init__(self) -> None:
        self._small: deque[Arrival] = deque()
        self._large: deque[Arrival] = deque()
        self.events = 0
        self.size = 0
        """About how many bytes of memory they take."""

    def __bool__(self) -> bool:
        return bool(self._small or self._large)

    def __iter__(self) -> Iterator[Arrival]:
        return chain(self._small, self._large)

    def push(self, arrival: Arrival, *, is_piece: bool = False) -> None:
        """The newest to wait."""
        (self._large if is_piece else self._small).append(arrival)
        self.events += len(arrival.reads)
        self.size += _size(arrival)

    def taken(self) -> list[Arrival]:
        """The oldest, about as many as a group commit takes: one piece of what is large, and two if nobody else waits.

        Each request is taken in the order of its events.
        """
        found: list[Arrival] = [self._large.popleft()] if self._large else []
        if self._large and not self._small:
            found.append(self._large.popleft())
        count = sum(len(each.reads) for each in found)
        while self._small and count < MOST_AT_ONCE:
            found.append(self._small.popleft())
            count += len(found[-1].reads)
        self.events -= count
        self.size -= sum(map(_size, found))
        return found


def pieces_of(reads: Sequence[Event | Alias], dead: Sequence[DeadLetter], offsets: Offsets) -> list[Arrival]:
    """One request as it is taken, with an answer awaited for each piece.

    What says how far its source has been taken stays whole: the rows and their mark are in one commit.
    """
    loop = asyncio.get_running_loop()
    if offsets or len(reads) <= PIECE:
        return [Arrival(reads, dead, loop.create_future(), offsets)]
    starts = range(0, len(reads), PIECE)
    return [Arrival(reads[start : start + PIECE], () if start else dead, loop.create_future()) for start in starts]


def together(answers: Sequence[Taken]) -> Taken:
    """What was said of the pieces of one request."""
    found = Taken()
    for each in answers:
        found += each
        found.erased += each.erased
        found.known_users += each.known_users
    return found


def _size(arrival: Arrival) -> int:
    events = (each for each in arrival.reads if isinstance(each, Event))
    bodies = sum(len(each.properties) + len(each.context) for each in events)
    return bodies + 300 * len(arrival.reads) + sum(len(each.body) for each in arrival.dead)
