"""Published on again and again while events flow, an engine with 20,000 users loses none and decides nothing twice.

How long events wait meanwhile: ``python -m benchmarks.publishing 20000``.
"""

import asyncio
from collections import Counter
from itertools import count
from pathlib import Path

from benchmarks.publishing import files
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Published
from opportune.playbook.definition import CHANNELS
from opportune.playbook.reading import playbook_from
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.publisher import Publisher
from opportune.wiring.replay import beginning, replay
from opportune.wiring.restoring import publish, restored
from tests.unit.adapters.sources.faces import lived

USERS, CLIENTS, TOGETHER = 20_000, 4, 50
FEATURE = "carts: COUNT_IF(event = 'Cart Updated') OVER LAST '30 days'\n"
AT_ONCE = files("1 second", moves="moves: {long_wait: long_wait}\n", daily=True)
NEWER = files("5 hours", daily=True, features=FEATURE)
"""Everybody is armed for a day, runs are moved, and a feature is folded out of the log."""


class Client:
    """Says what users do, some events at a time, and remembers what was taken."""

    def __init__(self, host: Host, clock: SystemClock) -> None:
        self.host, self.clock, self.numbers, self.taken = host, clock, count(), list[str]()
        self.is_over = False

    async def does(self, name: str, users: list[str]) -> None:
        now = self.clock.now()
        events = [Event(f"{name}-{next(self.numbers)}", user, name, now, now) for user in users]
        assert await self.host.accept(events, ()) == []
        self.taken += [each.id for each in events]

    async def goes_on(self, first: int) -> None:
        """Other users each time, also such as nobody has heard of; whoever is refused raises."""
        for place in count(first, CLIENTS):
            if self.is_over:
                return
            users = [f"u{(place * TOGETHER + each) * 37 % (USERS + 500)}" for each in range(TOGETHER)]
            await self.does("Cart Updated" if place % 9 == 0 else "Opened", users)


@lived
async def test_nothing_is_lost_refused_or_decided_twice_while_events_flow(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SystemClock()
    store = SqliteStore(path)
    publications = Publications(store)
    publish(store, publications, playbook_from(files()), files(), now=clock.now())
    host = Host(store, restored(store, publications), clock=clock, claimed=lambda claims: None)
    work = asyncio.create_task(host.run())
    client, publisher = Client(host, clock), Publisher(host, publications, path, channels=lambda: CHANNELS)
    users = [f"u{place}" for place in range(USERS)]
    for start in range(0, USERS, 1_000):
        await client.does("Opened", users[start : start + 1_000])
    await client.does("Cart Updated", users[:1_000])
    flowing = [asyncio.create_task(client.goes_on(first)) for first in range(CLIENTS)]
    before = len(client.taken)
    for texts, share in ((AT_ONCE, 500_000), (AT_ONCE, 1_000_000), (NEWER, 1_000_000)):
        await publisher.publish(await publisher.read(texts), texts, share)
    await publisher.pause("cart")
    await publisher.resume("cart")
    await publisher.roll_back()
    client.is_over = True
    await asyncio.gather(*flowing)
    host.stop()
    await work
    assert len(client.taken) > before
    judge(store, client.taken)
    store.close()


def judge(store: SqliteStore, taken: list[str]) -> None:
    """What was acknowledged is in the log, once; all is decided as a log that is folded again decides it."""
    log = list(store.log())
    assert Counter(each.id for each in log if isinstance(each, Event)) == Counter(taken)
    assert sum(isinstance(each, Published) for each in log) == 7
    decided = [(each.user, each.journey, each.key, each.entry, each.step, each.due) for each in store.decisions()]
    assert len(decided) == len(set(decided)) >= 1_000
    assert replay(store).differences == []
    whole = beginning(store)
    whole.feed(log)
    assert restored(store, Publications(store)).shard.memories == whole.memories
