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
MOST_WHOLE: Final = 100
"""Events of a small request: one that is taken whole. Clients of analytics send no more at once."""
PIECE: Final = 50
"""Events of a larger one that are taken together, if it may be taken in pieces."""
SHARE: Final = 50
"""A group takes one piece more for each so many that wait: what is large is not left behind."""
ALONE: Final = 20
"""After so many groups without a small request whose sender waits, a group takes as much as it can of what is large."""
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
        self._in_small = 0
        self._askers = 0
        """How many small requests have a sender who waits."""
        self._alone = 0
        """How many groups there were since one of these was taken."""
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
        if not is_piece:
            self._in_small += len(arrival.reads)
            self._askers += arrival.answer is not None
        self.events += len(arrival.reads)
        self.size += _size(arrival)

    @property
    def coming(self) -> int:
        """About how many events the next group takes."""
        return min(self._in_small + self._pieces() * PIECE, MOST_AT_ONCE)

    def taken(self) -> list[Arrival]:
        """The oldest, about as many as a group commit takes, but little of what is large while small requests come.

        For whoever comes next waits for the whole group. Each request is taken in the order of its events.
        """
        found = [self._large.popleft() for _ in range(self._pieces())]
        self._alone = 0 if self._askers else self._alone + 1
        count = sum(len(each.reads) for each in found)
        while self._small and count < MOST_AT_ONCE:
            found.append(self._small.popleft())
            count += len(found[-1].reads)
            self._in_small -= len(found[-1].reads)
            self._askers -= found[-1].answer is not None
        self.events -= count
        self.size -= sum(map(_size, found))
        return found

    def _pieces(self) -> int:
        """How many the next group takes of what is large."""
        is_alone = not self._askers and self._alone >= ALONE
        most = MOST_AT_ONCE // 2 // PIECE
        return min(len(self._large), most, most if is_alone else 1 + len(self._large) // SHARE)


def pieces_of(reads: Sequence[Event | Alias], dead: Sequence[DeadLetter], offsets: Offsets) -> list[Arrival]:
    """One request as it is taken, with an answer awaited for each piece.

    What says how far its source has been taken stays whole: the rows and their mark are in one commit.
    """
    loop = asyncio.get_running_loop()
    if offsets or len(reads) <= MOST_WHOLE:
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
