"""A host with a catalogue, and a clock that moves on when everybody sleeps."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Published
from opportune.events.item import Item
from opportune.events.names import ITEM_NEWS
from opportune.playbook.reading import playbook_from
from opportune.sending.outbox import Claim
from opportune.units import Instant
from opportune.wiring.catalogue import Catalogue
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host
from opportune.wiring.fan_out import FanOut
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, publish_at_rest, restored

NOW: Instant = 1_780_315_200_000
ITEMS = """
id: product_id
concerns:
  - {event: Product Viewed, within: 30 days}
  - {event: Product Added, within: 30 days}
interest:
  - {event: Product Viewed, property: category, within: 30 days, at_least: 2}
"""
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "items.yaml": ITEMS,
    "journeys/drop.yaml": "journey: drop\nkey: product_id\nenter: {on: Price Dropped, where: price_drop >= 0.1}\n"
    "steps:\n  - send: cheaper\n",
    "messages/cheaper.yaml": "message: cheaper\ntopic: news\nchannels: [email]\nuseful_for: 1 day\n",
    "messages/cheaper.liquid": "subject: {{ name | default: 'It' }}\n---\n"
    "Now {{ price | default: 'less' }}. {{ unsubscribe_url }}\n",
}


@dataclass
class Shop:
    """One store; what is done with it in one life after the other."""

    store: Any = field(default_factory=MemoryStore)
    files: Mapping[str, str] = field(default_factory=lambda: FILES)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(NOW))
    claims: list[Claim] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.publications = Publications(self.store)
        if self.store.last_seq() == 0:
            self.publish(self.files)

    def publish(self, files: Mapping[str, str]) -> None:
        playbook = playbook_from(files)
        self.publications = Publications(self.store)
        if self.store.last_seq() == 0:
            publish(self.store, self.publications, playbook, files, now=NOW)
            return
        start = restored(self.store, self.publications)
        self.publications.keep(playbook, files)
        said = Published(playbook.hash, max(NOW, start.clock), self.store.last_seq() + 1)
        publish_at_rest(self.store, self.publications, start, said)

    @asynccontextmanager
    async def open(self, *, fans_out: bool = True) -> AsyncIterator["Life"]:
        start = restored(self.store, self.publications)
        host = Host(self.store, start, clock=self.clock, claimed=self.claims.extend)
        catalogue = Catalogue(self.store, now=self.clock.now)
        playbook = host.shard
        fan_out = FanOut(host, catalogue, items=lambda: self.publications.items_of(playbook.playbook), clock=self.clock)
        works = [asyncio.create_task(host.run())]
        if fans_out:
            works.append(asyncio.create_task(fan_out.run()))
        try:
            yield Life(self, host, catalogue, fan_out)
        finally:
            fan_out.stop()
            self.clock.move(self.clock.now() + 60_000)
            host.stop()
            await asyncio.gather(*works)

    def told(self, name: str = "") -> list[Event]:
        """News of items in the log."""
        events = [each for each in self.store.log() if isinstance(each, Event)]
        return [each for each in events if each.name in ({name} if name else ITEM_NEWS)]

    def whom(self, name: str = "") -> list[str]:
        return sorted(each.user for each in self.told(name))


@dataclass
class Life:
    """A host at work."""

    shop: Shop
    host: Host
    catalogue: Catalogue
    fan_out: FanOut

    async def does(self, user: str, name: str, *, at: Instant | None = None, id: str = "", **said: object) -> None:
        self.shop.count += 1
        now = self.shop.clock.now()
        event = Event(
            id or f"e{self.shop.count}",
            user,
            name,
            now if at is None else at,
            now,
            properties=msgspec.json.encode(said),
        )
        await self.host.accept([event], ())

    async def views(self, user: str, item: str, category: str = "shoes", *, at: Instant | None = None) -> None:
        await self.does(user, "Product Viewed", product_id=item, category=category, at=at)

    async def feeds(self, *items: Mapping[str, object], is_history: bool = False) -> None:
        fed = await self.catalogue.take(items, is_history=is_history)
        assert fed.rejected == [], fed.rejected

    async def settles(self, *, moves: bool = True) -> None:
        """Until all that is announced was told; the clock moves on where everybody waits for it."""
        quiet = 0
        while quiet < 30:
            is_quiet = not self.shop.store.announcements() and self.host.is_at_rest
            quiet = quiet + 1 if is_quiet else 0
            first = self.shop.clock.first()
            if moves and not is_quiet and first is not None:
                self.shop.clock.move(first)
            await asyncio.sleep(0)

    def item(self, name: str) -> Item | None:
        return self.catalogue.item(name)


def lived(shop: Shop, *stories: Any) -> None:
    """Each story in a life of its own."""

    async def live() -> None:
        for story in stories:
            async with shop.open() as life:
                await story(life)
                await life.settles()

    asyncio.run(asyncio.wait_for(live(), 60))
