"""Dead letters sent in again: after a fix of what refused them, or of what they say."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from opportune.errors import EventError
from opportune.events.wire import KINDS, Arrival, Read, read
from opportune.ports import DeadLetter

AT_ONCE: Final = 500
MOST: Final = 10_000
ITEM: Final = "item"
"""The kind of what was to go into the catalogue."""


class Box(Protocol):
    """Where dead letters lie, by place."""

    def after(self, place: int, limit: int) -> list[tuple[int, DeadLetter]]:
        """The oldest beyond this place."""
        ...

    def remove(self, places: Iterable[int]) -> None:
        """These have been taken."""
        ...


class Redriven(Struct, frozen=True):
    """What became of the letters that were read again."""

    taken: int
    """Gone from the dead letters; what of them was known already has changed nothing."""
    refused: int
    """Still there, for the reasons that GET names."""
    after: int | None
    """Where to go on, if there are more."""


async def redrive(box: Box, accept: Callable[[Sequence[Read]], Awaitable[object]], after: int = 0) -> Redriven:
    """Reads the letters beyond this place again, oldest first, 10,000 at most; one caller at a time.

    ``accept`` makes the events durable, the same one twice counts once. A letter is removed only then. If that fails
    it is taken once more later, and changes nothing, for its events have the ids they had. Raises Overloaded, with the
    rest still there.
    """
    taken = seen = 0
    while seen < MOST:
        letters = await asyncio.to_thread(box.after, after, AT_ONCE)
        if not letters:
            return Redriven(taken, seen - taken, None)
        good = {place: reads for place, letter in letters if (reads := _read_again(letter))}
        if good:
            await accept([each for reads in good.values() for each in reads])
            await asyncio.to_thread(box.remove, good)
        taken, seen, after = taken + len(good), seen + len(letters), letters[-1][0]
    return Redriven(taken, seen - taken, after)


def _read_again(letter: DeadLetter) -> Sequence[Read]:
    """What it says, as of when it came; nothing if it is refused still.

    An alias of a known user is: only an import may carry it out. So is an item: it is fed once more when it is mended.
    """
    if letter.code == "known_user" or letter.kind == ITEM:
        return ()
    kind = next((each for each in KINDS if each == letter.kind), None)
    try:
        return read(letter.body, Arrival(letter.at, letter.sent_at, kind))
    except EventError:
        return ()
