"""What is fetched of one mail at about the same time belongs together: a scanner is known by all that it does."""

import asyncio
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.ports import Timer
from opportune.units import SECOND, Instant, Millis

Kind: TypeAlias = Literal["open", "click"]
MOMENT: Final[Millis] = 2 * SECOND
"""So long after the first fetch of a mail others are waited for before all are judged."""
REPEAT: Final[Millis] = SECOND
"""A second fetch of the same thing, sooner than this, is the same."""
MOST_UNDER_WAY: Final = 10_000
"""Moments at once; beyond it fetches are judged as they come."""
MOST_REMEMBERED: Final = 20_000
MOST_IN_A_MOMENT: Final = 200
"""Fetches of one mail that are judged together, each beside all others; what comes beyond them tells nothing new."""


class Fetch(Struct, frozen=True):
    """One request for a picture or a link of a mail, and what it told of whoever made it."""

    kind: Kind
    url: str
    """Where the link leads; empty for the picture, and for the link that no human sees."""
    at: Instant
    agent: str
    address: str
    """The client's network address; empty if it is not known."""
    is_prefetch: bool = False
    is_head: bool = False

    @property
    def is_trap(self) -> bool:
        """Whether it followed the link that no human sees."""
        return self.kind == "click" and not self.url

    def shares_client_with(self, other: "Fetch") -> bool:
        """Whether both may come from the same program."""
        return self.agent == other.agent or (bool(self.address) and self.address == other.address)


class Moments:
    """Gathers the fetches of each mail until a moment has passed since the first of them."""

    def __init__(self, clock: Timer) -> None:
        self._clock = clock
        self._under_way: dict[str, list[Fetch]] = {}
        self._newest: dict[tuple[str, Kind, str], Instant] = {}
        self._hurry = asyncio.Event()

    async def gathered(self, mail: str, fetch: Fetch) -> list[Fetch]:
        """All fetches of this mail in one moment, for the one that began it; for those that came during it, none."""
        is_repeat = self._is_repeat((mail, fetch.kind, fetch.url), fetch.at)
        found = self._under_way.get(mail)
        if found is not None:
            if len(found) < MOST_IN_A_MOMENT:
                found.append(fetch)
            return []
        if is_repeat:
            return []
        found = self._under_way[mail] = [fetch]
        try:
            await self._pass()
        finally:
            del self._under_way[mail]
        return found

    def hurry(self) -> None:
        """Wait no more: the engine stops."""
        self._hurry.set()

    async def _pass(self) -> None:
        if self._hurry.is_set() or len(self._under_way) > MOST_UNDER_WAY:
            return
        waits = {asyncio.ensure_future(self._clock.pause(MOMENT)), asyncio.ensure_future(self._hurry.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    def _is_repeat(self, what: tuple[str, Kind, str], at: Instant) -> bool:
        before = self._newest.pop(what, None)
        self._newest[what] = at
        if len(self._newest) > MOST_REMEMBERED:
            del self._newest[next(iter(self._newest))]
        return before is not None and at - before < REPEAT
