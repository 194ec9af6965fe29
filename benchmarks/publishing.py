"""How long a publication takes, what of it others wait for, and how long the loop is held at most.

``python -m benchmarks.publishing USERS EVENTS`` (1,000,000 and 500,000 if left out) prints a line of JSON for each.
"""

import asyncio
import gc
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.machine import machine
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.engine import react
from opportune.events.event import Event, Input
from opportune.events.names import IDENTIFIED
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import at_rest, fresh
from opportune.playbook.definition import CHANNELS
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, Kept, Mark
from opportune.units import HOUR, SECOND
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.publisher import Publisher
from opportune.wiring.restoring import publish, restored

CART = (
    "journey: cart\nenter: Cart Updated\nexit: Order Completed\n{moves}"
    "steps:\n  - {{wait: {wait}, name: long_wait}}\n  - send: reminder\n"
)
DAILY = "journey: daily\nenter: {every: day, at: '09:00'}\nsteps:\n  - send: reminder\n"


def files(wait: str = "5 hours", *, moves: str = "", daily: bool = False, features: str = "") -> dict[str, str]:
    """A shop, with what a publication may bring."""
    found = {
        "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
        "journeys/cart.yaml": CART.format(wait=wait, moves=moves),
        "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
        "messages/reminder.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
    }
    found |= {"journeys/daily.yaml": DAILY} if daily else {}
    return found | ({"features.yaml": features} if features else {})


KINDS = {
    "other wait, nobody moved": files("6 hours"),
    "a tenth moved": files("7 hours", moves="moves: {long_wait: long_wait}\n"),
    "a schedule for everybody": files("7 hours", daily=True),
    "a new feature": files("7 hours", features="carts: COUNT_IF(event = 'Cart Updated') OVER LAST '30 days'\n"),
}


def furnished(path: Path, users: int, events: int) -> None:
    """A file with so many users, of whom a tenth waits in a journey, and so many entries in its log."""
    store = SqliteStore(path)
    publications = Publications(store)
    now = SystemClock().now()
    publish(store, publications, playbook_from(files()), files(), now=now - HOUR)
    playbook = publications.compiled(playbook_from(files()).hash)
    seq, made = 1, 0
    while made < events:
        inputs: list[Input] = []
        for _ in range(1_000):
            seq, made = seq + 1, made + 1
            inputs.append(Event(f"e{seq}", f"u{seq % users}", "Cart Updated", now - HOUR, now - HOUR, seq))
        store.commit_now(Batch(inputs=tuple(inputs)))
    plain, waiting = fresh("u"), fresh("u")
    for memory in (plain, waiting):
        react(playbook, memory, Event("i", "u", IDENTIFIED, now - HOUR, now - HOUR, 1, b'{"email": "u@example.com"}'))
    react(playbook, waiting, Event("c", "u", "Cart Updated", now - HOUR, now - HOUR, seq))
    plain.seq = waiting.seq = seq
    rows: list[Kept] = []
    for place in range(users):
        memory = waiting if place % 10 == 0 else plain
        memory.user = f"u{place}"
        rows.append(Kept(memory.user, at_rest(memory), earliest(memory)))
        if len(rows) == 10_000 or place == users - 1:
            store.commit_now(Batch(kept=tuple(rows)))
            rows = []
    store.commit_now(Batch(mark=Mark(seq, playbook.hash, tuple(publications.living))))
    store.close()


class Beat:
    """How long the loop did not come round at most."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.is_on = True

    async def run(self) -> None:
        last = perf_counter()
        while self.is_on:
            await asyncio.sleep(0.001)
            now = perf_counter()
            self.longest, last = max(self.longest, now - last), now


async def one(path: Path, texts: dict[str, str]) -> dict[str, float]:
    """One publication on a running host, to whom events come all the time."""
    store, clock, waits = SqliteStore(path), SystemClock(), list[float]()
    publications = Publications(store)
    host = Host(store, restored(store, publications), clock=clock, claimed=lambda claims: None)
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0002)
    work = asyncio.create_task(host.run())
    publisher = Publisher(host, publications, path, channels=lambda: CHANNELS)
    beat, stop = Beat(), asyncio.Event()

    async def events() -> None:
        place = 0
        while not stop.is_set():
            place += 1
            now, begun = clock.now(), perf_counter()
            await host.accept([Event(f"x{clock.now()}-{place}", f"u{place}", "Opened", now, now)], ())
            waits.append(perf_counter() - begun)

    playbook = await publisher.read(texts)
    coming, beating = asyncio.create_task(events()), asyncio.create_task(beat.run())
    await asyncio.sleep(0.5)
    beat.longest, usual = 0.0, max(waits)
    begun = perf_counter()
    await publisher.preview(playbook)
    previewed, held = perf_counter() - begun, beat.longest
    beat.longest = 0.0
    waits.clear()
    begun = perf_counter()
    await publisher.publish(playbook, texts)
    took = perf_counter() - begun
    stop.set()
    beat.is_on = False
    await asyncio.gather(coming, beating)
    told = {
        "preview_s": previewed,
        "preview_held_ms": held * SECOND,
        "publish_s": took,
        "held_ms": beat.longest * SECOND,
        "longest_wait_of_an_event_s": max(waits),
        "usual_wait_of_an_event_s": usual,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    host.stop()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    store.close()
    return {name: round(value, 3) for name, value in told.items()}


def measured(users: int, events: int) -> Iterator[dict[str, object]]:
    """By kind of publication."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "shop.db")
        furnished(path, users, events)
        for name, texts in KINDS.items():
            yield {"publication": name, "users": users, "events": events, **asyncio.run(one(path, texts))}


def main(arguments: list[str]) -> None:
    """Prints the machine, then each kind."""
    users, events = (int(each) for each in [*arguments, *("1000000", "500000")[len(arguments) :]])
    print(machine())
    for each in measured(users, events):
        print(json.dumps(each), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
