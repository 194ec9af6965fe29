"""How soon users hear of an item that concerns them: a price falls, and a tenth of all users has looked at it.

At length, with a million users: ``python -m benchmarks.fanout``.
"""

import asyncio
import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from os import sysconf
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.machine import machine
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input
from opportune.features.profile import Group, Series, Stated
from opportune.journeys.memory import at_rest, fresh
from opportune.playbook.items import Items
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, Kept, Mark
from opportune.sending.outbox import Claim
from opportune.units import DAY, HOUR
from opportune.wiring.catalogue import Catalogue
from opportune.wiring.embedded import Host
from opportune.wiring.fan_out import FanOut
from opportune.wiring.item_index import ItemIndex
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import Restored, publish, restored
from opportune.wiring.shard import Turn

HOT = ("hot-0", "hot-1")
"""Items whose prices fall, one for each load."""
FILES = {
    "items.yaml": "id: product_id\nconcerns:\n"
    "  - {event: Product Viewed, within: 30 days}\n  - {event: Product Added, within: 30 days}\ninterest:\n"
    "  - {event: Product Viewed, property: category, within: 30 days, at_least: 2}\n",
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\npolicies:\n"
    "  - frequency_cap: {at_most: 4, within: 7 days}\n  - holdout: {share: 5%}\n",
    "journeys/cheaper.yaml": "journey: cheaper\nkey: product_id\n"
    "enter: {on: Price Dropped, where: price_drop >= 0.1}\nsteps:\n  - send: cheaper\n",
    "messages/cheaper.yaml": "message: cheaper\ntopic: offers\nchannels: [email]\nuseful_for: 1 day\n",
    "messages/cheaper.liquid": "subject: Cheaper\n---\nIt is cheaper now. {{ unsubscribe_url }}\n",
}


class Load(Struct, frozen=True):
    """How many users there are, what they have looked at, and what happens beside."""

    users: int = 20_000
    concerned: int = 2_000
    products: int = 20_000
    each: int = 8
    """Products that one user has looked at, in two categories."""
    per_second: int = 100_000
    """The pace: as fast as it goes."""
    events_each_second: int = 0
    """Ordinary traffic beside."""


LONG = Load(users=1_000_000, concerned=100_000)


def measured(size: Size) -> Iterator[Figure]:
    """Small ones, if the size is small."""
    load = Load() if size == Size() else Load(users=200, concerned=50, products=100)
    yield from lived([load, replace(load, per_second=2_000, events_each_second=500)])


def lived(loads: Sequence[Load]) -> Iterator[Figure]:
    """One file for all of them; the index, then a price that falls under each load."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fanout.opportune"
        _written(path, loads[0])
        gc.collect()
        store = SqliteStore(path)
        publications = Publications(store)
        start = restored(store, publications)
        yield from _indexed(start, publications, loads[0])
        for nth, load in enumerate(loads):
            yield from asyncio.run(_told(store, publications, load, nth))
        store.close()


def _written(path: Path, load: Load) -> None:
    """All users' memories, each with what it counts of items, as a snapshot."""
    store = SqliteStore(path)
    publications, dice, now = Publications(store), Random(1), SystemClock().now()
    playbook = playbook_from(FILES)
    publish(store, publications, playbook, FILES, now=now - 40 * DAY)
    assert playbook.items is not None
    for first in range(0, load.users, 1_000):
        numbers = range(first, min(first + 1_000, load.users))
        kept = [_user(number, playbook.items, load, dice, now) for number in numbers]
        store.commit_now(Batch(kept=tuple(kept)))
    store.commit_now(Batch(mark=Mark(1, playbook.hash, (playbook.hash,))))
    store.close()


def _user(number: int, items: Items, load: Load, dice: Random, now: int) -> Kept:
    viewed, _, alike = items.ties
    memory = fresh(f"user-{number:09}")
    memory.clock, memory.is_known = now - HOUR, True
    memory.profile.traits["email"] = [Stated(now - 30 * DAY, 1, f"user-{number}@example.com")]
    is_concerned = number % (load.users // load.concerned) == 0
    names = [f"product-{dice.randrange(load.products)}" for _ in range(load.each - 2)]
    names += HOT if is_concerned else [f"product-{dice.randrange(load.products)}" for _ in HOT]
    memory.profile.groups = {
        viewed.key: Group({name: Series([now - dice.randrange(HOUR, 20 * DAY)], [], []) for name in names}),
        alike.key: Group({f"category-{dice.randrange(50)}": Series([now - 2 * DAY, now - DAY], [], []) for _ in "ab"}),
    }
    return Kept(memory.user, at_rest(memory))


def _indexed(start: Restored, publications: Publications, load: Load) -> Iterable[Figure]:
    """One pass over all memories."""
    gc.collect()
    index, resident = ItemIndex(start.shard), _resident()
    begun = perf_counter()
    index.build_now(publications.items_of(start.shard.playbook))
    lasted, taken = perf_counter() - begun, max(_resident() - resident, 1)
    told = f"{load.users:,} users, {load.each} products each of {load.products:,}, 2 categories of 50: "
    told += f"{index.pairs:,} pairs"
    yield figure_of("fanout.index_seconds", [lasted], unit="s", conditions=f"{told}; one pass over all memories")
    yield figure_of("fanout.index_mb", [taken / 1e6], unit="MB", conditions=f"{told}; what the process grew by")
    yield figure_of("fanout.bytes_per_pair", [taken / index.pairs], unit="bytes", conditions=f"{told}; the same")


async def _told(store: SqliteStore, publications: Publications, load: Load, nth: int) -> list[Figure]:
    clock, claims, answers = SystemClock(), list[Claim](), list[float]()
    start = restored(store, publications)
    host = Host(store, start, clock=clock, claimed=claims.extend)
    catalogue = Catalogue(store, now=clock.now)
    items = publications.items_of(start.shard.playbook)
    assert items is not None
    paced = replace(items, per_second=load.per_second)
    fan_out = FanOut(host, catalogue, items=lambda: paced, clock=clock)
    decided = list[tuple[float, int]]()

    def watch(inputs: Sequence[Input], turn: Turn) -> None:
        found = sum(each.message == "cheaper" for each in turn.decisions)
        if found:
            decided.append((perf_counter(), found))

    host.watchers.append(watch)
    works = [asyncio.create_task(host.run()), asyncio.create_task(fan_out.run())]
    await catalogue.take([{"id": HOT[nth], "price": 100}], is_history=True)
    while fan_out.is_preparing:
        await asyncio.sleep(0.01)
    gc.collect()
    gc.freeze()  # as the command does
    traffic = asyncio.create_task(_traffic(host, load, answers))
    alone = await _for_a_while(load, answers)
    begun = perf_counter()
    await catalogue.take([{"id": HOT[nth], "price": 80}])
    while store.announcements():
        await asyncio.sleep(0.01)
    lasted = perf_counter() - begun
    traffic.cancel()
    beside = sorted(answers)
    fan_out.stop()
    host.stop()
    await asyncio.gather(*works)
    count = sum(found for _, found in decided)
    assert count == load.concerned, (count, load.concerned)
    told = f"{load.concerned:,} of {load.users:,} users, each enters a journey and is decided on, durably; "
    told += f"{load.per_second:,} a second asked for"
    if load.events_each_second:
        told += f"; {load.events_each_second:,} other events a second beside, handed over to answered p99 "
        told += f"{_late(beside):.0f} ms, alone {_late(alone):.0f} ms"
    return [
        figure_of("fanout.users_per_second", [load.concerned / lasted], unit="users/s", conditions=told),
        figure_of("fanout.first_decision_ms", [(decided[0][0] - begun) * 1e3], unit="ms", conditions=told),
        figure_of("fanout.last_decision_s", [decided[-1][0] - begun], unit="s", conditions=told),
    ]


async def _traffic(host: Host, load: Load, answers: list[float]) -> None:
    """Ordinary events at even instants, whatever is answered."""
    begun, number, going = perf_counter(), 0, set[asyncio.Task[None]]()
    while load.events_each_second:
        while number * 10 < (perf_counter() - begun) * load.events_each_second:
            going.add(task := asyncio.create_task(_said(host, load, number, answers)))
            task.add_done_callback(going.discard)
            number += 1
        await asyncio.sleep(0.002)


async def _said(host: Host, load: Load, number: int, answers: list[float]) -> None:
    at, begun = SystemClock().now(), perf_counter()
    users = (f"user-{(number * 37 + place * 101) % load.users:09}" for place in range(10))
    events = [Event(f"load-{at}-{number}-{place}", user, "Page Viewed", at, at) for place, user in enumerate(users)]
    await host.accept(events, ())
    answers.append((perf_counter() - begun) * 1e3)


async def _for_a_while(load: Load, answers: list[float]) -> list[float]:
    """Answers to what comes while no news is told."""
    if not load.events_each_second:
        return []
    await asyncio.sleep(3 if load.users >= LONG.users else 0.3)
    alone = sorted(answers)
    answers.clear()
    return alone


def _late(spans: Sequence[float]) -> float:
    return spans[-1 - len(spans) // 100] if spans else 0.0


def _resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(machine())
    long = LONG if len(sys.argv) < 2 else Load(users=int(sys.argv[1]), concerned=int(sys.argv[1]) // 10)
    beside = replace(long, per_second=2_000, events_each_second=2_000)
    for figure in lived([long, beside]):
        print(figure, flush=True)
    print(machine())
