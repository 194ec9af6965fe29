"""News of items on its way to the users whom it concerns: at a set pace, as events of each of them.

Nothing but the announcement is kept. What a crash left half told is told again from the beginning: the id of each
user's event is made of announcement and user, so that what is in the log already has no second effect.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from opportune.draws import hash_of
from opportune.errors import Overloaded, Unavailable
from opportune.events.announcement import Announcement, holds
from opportune.events.event import Event
from opportune.events.names import ITEM_ID
from opportune.playbook.items import Items
from opportune.ports import Timer
from opportune.units import SECOND, Instant, Millis
from opportune.wiring.catalogue import Catalogue
from opportune.wiring.embedded import Host
from opportune.wiring.item_index import ItemIndex

MOST_TOLD: Final = 500
"""Users who are told together."""
MOST_LOOKED_AT: Final = 1_000
"""Memories that are asked before others get a turn."""
TENTH: Final = 10
"""A slice holds what may be told in this part of a second."""
AT_ONCE: Final = 20
"""Announcements that have their turn before it is looked for new ones."""
BESIDE: Final = 2
"""Slices under way: one is decided on while the one before is made durable."""
BUSY: Final = 5_000
"""Events that wait for the host: the news waits too."""
LOOKS_EVERY: Millis = SECOND
"""For what has come to be published."""
_log: Final = logging.getLogger("opportune.fan_out")


class FanOut:
    """Tells what the catalogue announces while ``run`` works; several announcements go on side by side."""

    def __init__(self, host: Host, catalogue: Catalogue, *, items: Callable[[], Items | None], clock: Timer) -> None:
        """``items`` gives those of the playbook in force."""
        self.index = ItemIndex(host.shard)
        self.told: Callable[[str, int], None] = lambda name, count: None
        """Hears how many users were told of which kind of news, once that is durable."""
        self._host = host
        self.catalogue = catalogue
        self._items = items
        self._clock = clock
        self._known: Items | None = None
        self._under_way: dict[str, tuple[Announcement, Iterator[str]]] = {}
        """By id; what has been told to everybody stays until that is durable."""
        self._turns: deque[str] = deque()
        """Whose turn is next; what is new comes first, once."""
        self._looked_at: Instant | None = None
        self._free_at = 0
        """In thousandths of a millisecond: when the pace allows the next slice."""
        self._handed_over: deque[asyncio.Task[None]] = deque()
        """Slices that may not be durable yet, in order."""
        self._is_building = False
        self._is_stopping = False
        host.watchers.append(self.index.watch)
        host.forgetters.append(self.index.forget)

    @property
    def waiting(self) -> int:
        """How many announcements are under way."""
        return len(self._under_way)

    @property
    def is_preparing(self) -> bool:
        """Whether the index is not made yet."""
        return self._known != self._items() or self._is_building

    async def run(self) -> None:
        """Works until ``stop``."""
        try:
            while not self._is_stopping:
                await self._turn()
                if not self._under_way and not self._is_stopping:
                    await self._rest()
            await self._all_durable()
        except Unavailable:
            if not self._host.is_stopping:
                raise
        finally:
            await asyncio.gather(*self._handed_over, return_exceptions=True)

    def stop(self) -> None:
        """Leave what is not told yet to the next start, and return from ``run``."""
        self._is_stopping = True
        self.catalogue.woken.set()

    async def _turn(self) -> None:
        """Takes up what is new, and tells one slice of each of a few announcements."""
        if self._known != self._items():
            self._known = self._items()
            self._under_way.clear()
            self._turns.clear()
            self._is_building = True
            await self.index.build(self._known)
            self._is_building = False
        if self.catalogue.woken.is_set() or self._should_look():
            await self._look()
        over: list[str] = []
        for name in [self._turns.popleft() for _ in range(min(len(self._turns), AT_ONCE))]:
            said, users = self._under_way[name]
            if self._is_stopping or (self._is_wanted(said) and await self._slice(said, users)):
                self._turns.append(name)
            else:
                over.append(name)
        if over:
            await self._all_durable()
            await self.catalogue.end(over)
            for name in over:
                self._under_way.pop(name, None)

    async def _look(self) -> None:
        """Takes up what there is to tell that was not known yet."""
        self.catalogue.woken.clear()
        self._looked_at = self._clock.now()
        await self.catalogue.announce_due()
        for said in self.catalogue.shelf.announcements():
            if said.id not in self._under_way:
                self._under_way[said.id] = said, self.index.candidates(said)
                self._turns.appendleft(said.id)

    def _should_look(self) -> bool:
        return self._looked_at is None or not 0 <= self._clock.now() - self._looked_at < LOOKS_EVERY

    def _is_wanted(self, said: Announcement) -> bool:
        """Whether it is still to be told."""
        now = self._clock.now()
        if self._known is None or not holds(said, self.catalogue.item(said.item.id), now):
            return False
        if now - said.at <= self._host.shard.playbook.lateness:
            return True
        _log.warning("%s of item %r is older than lateness: nobody else is told", said.name, said.item.id)
        return False

    async def _slice(self, said: Announcement, users: Iterator[str]) -> bool:
        """Hands the next few over to the host; False: there is nobody left."""
        assert self._known is not None
        await self._keep_pace()
        most = max(1, min(MOST_TOLD, self._known.per_second // TENTH))
        properties, events, is_left = said.properties(self._known.id), dict[str, Event](), False
        for user in islice(users, MOST_LOOKED_AT):
            event = self._event(said, user, properties)
            if event.id not in events and not self._host.store.is_known(event.id) and self.index.concerns(user, said):
                events[event.id] = event
            is_left = True
            if len(events) == most:
                break
        if events:
            self._free_at = max(self._free_at, self._now()) + len(events) * 1_000_000 // self._known.per_second
            self._handed_over.append(asyncio.create_task(self._hand_over(said.name, list(events.values()))))
        await self._all_durable(but=BESIDE - 1)
        await asyncio.sleep(0)
        return is_left

    async def _hand_over(self, name: str, events: list[Event]) -> None:
        """Returns once they are durable."""
        while True:
            try:
                await self._host.accept(events, ())
                break
            except Overloaded:
                await self._clock.pause(SECOND)
        self.told(name, len(events))

    async def _all_durable(self, *, but: int = 0) -> None:
        """Waits until all slices are, but for so many of the newest."""
        while len(self._handed_over) > but:
            await self._handed_over.popleft()

    async def _keep_pace(self) -> None:
        while not self._is_stopping:
            wait = max(self._free_at - self._now(), 100_000 if self._host.waiting >= BUSY else 0)
            if wait <= 0:
                return
            await self._clock.pause(-(-wait // 1_000))

    def _event(self, said: Announcement, user: str, properties: bytes) -> Event:
        now: Instant = self._clock.now()
        name = ITEM_ID + hash_of(said.id, user).hex()
        return Event(name, user, said.name, said.at, max(now, said.at), properties=properties)

    def _now(self) -> int:
        return self._clock.now() * 1_000

    async def _rest(self) -> None:
        """Waits for news, or for the next look at what has come to be published."""
        pausing = asyncio.ensure_future(self._clock.pause(LOOKS_EVERY))
        waking = asyncio.ensure_future(self.catalogue.woken.wait())
        try:
            await asyncio.wait((pausing, waking), return_when=asyncio.FIRST_COMPLETED)
        finally:
            pausing.cancel()
            waking.cancel()
