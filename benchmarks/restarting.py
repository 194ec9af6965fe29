"""How long a start takes with many users who all wait for something, and how late deadlines are decided then.

At length, with a million of each: ``python -m benchmarks.restarting``.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.machine import machine
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input
from opportune.events.names import IDENTIFIED
from opportune.journeys.memory import at_rest, awake
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, Kept, Mark
from opportune.sending.outbox import Claim
from opportune.units import HOUR, MINUTE, SECOND
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import Restored, publish, restored
from opportune.wiring.shard import Turn

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nexit: {on: Order Completed}\n"
    "steps:\n  - wait: 45 minutes\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
}


class Load(Struct, frozen=True):
    """How much is in the file, and what happens after the start."""

    users: int = 20_000
    due_each_second: int = 200
    events_each_second: int = 2_000
    seconds: int = 3


LONG = Load(users=1_000_000, due_each_second=1_000, events_each_second=10_000, seconds=20)


def measured(size: Size) -> Iterator[Figure]:
    """A start and a few seconds of life; small ones, if the size is small."""
    yield from lived(Load() if size == Size() else Load(200, 20, 20, 1))


def lived(load: Load) -> Iterator[Figure]:
    """A file with all these users, each with a run that waits; then a start, and deadlines that fall due under load."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "restart.opportune"
        dice, soon = Random(1), load.due_each_second * load.seconds
        written(
            path,
            load.users,
            lambda number: (
                number * SECOND // load.due_each_second if number < soon else dice.randrange(HOUR, 48 * HOUR)
            ),
        )
        gc.collect()
        begun = perf_counter()
        store = SqliteStore(path)
        opened = perf_counter() - begun
        start = restored(store, Publications(store))
        lasted = perf_counter() - begun
        size = path.stat().st_size / load.users
        told = f"{load.users:,} users, each with a deadline, {size:,.0f} bytes of the file for each"
        assert len(start.shard.wheel) == load.users
        yield figure_of(
            "restart.seconds", [lasted], unit="s",
            conditions=f"{told}; from the closed file to the first event taken; opening it {opened:.2f} s",
        )  # fmt: skip
        yield from asyncio.run(_under_load(store, start, load, told))
        store.close()


class ShiftedClock:
    """The machine's clock, set so that it shows ``shown`` when it is made."""

    def __init__(self, shown: int) -> None:
        self._real = SystemClock()
        self._shift = shown - self._real.now()

    def now(self) -> int:
        return self._real.now() + self._shift

    async def pause(self, span: int) -> None:
        await self._real.pause(span)


FIRST_DUE = 1_767_258_000_000


def written(path: Path, users: int, due: Callable[[int], int]) -> None:
    """A file with so many users who wait, the n-th until ``due(n)`` after the first due.

    One user lives through it; the others are written as copies with a name and an instant of their own.
    """
    store = SqliteStore(path)
    publications = Publications(store)
    began = FIRST_DUE - 45 * MINUTE - HOUR
    publish(store, publications, playbook_from(FILES), FILES, now=began)
    start = restored(store, publications)
    inputs: list[Input] = [
        Event("i", "user", IDENTIFIED, began, began, 2, b'{"email": "user@example.com", "plan": "gold"}'),
        Event("c", "user", "Cart Updated", began, began, 3, b'{"cart_id": "c1", "value": 80}'),
    ]
    start.shard.feed(inputs)
    template = start.shard.memories["user"]
    for first in range(0, users, 1_000):
        kept = []
        for number in range(first, min(first + 1_000, users)):
            at = FIRST_DUE + due(number)
            memory = awake(template)
            memory.user = f"user-{number * 7919 % users:09}"
            memory.runs[0].due, memory.runs[0].since = at, at - 45 * MINUTE
            kept.append(Kept(memory.user, at_rest(memory), at))
        store.commit_now(Batch(inputs=tuple(inputs) if first == 0 else (), kept=tuple(kept)))
    store.commit_now(Batch(mark=Mark(3, start.shard.playbook.hash, tuple(publications.living))))
    store.close()


async def _under_load(store: SqliteStore, start: Restored, load: Load, told: str) -> Iterable[Figure]:
    clock, late, claims = ShiftedClock(FIRST_DUE - SECOND), list[float](), list[Claim]()
    host = Host(store, start, clock=clock, claimed=claims.extend)

    def watch(inputs: Sequence[Input], turn: Turn) -> None:
        late.extend(clock.now() - each.due for each in turn.decisions)

    host.watchers.append(watch)
    work, answers = asyncio.create_task(host.run()), list[float]()

    async def said(number: int) -> None:
        at, begun = clock.now(), perf_counter()
        events = [
            Event(f"load-{number}-{n}", f"user-{(number * 37 + n * 101) % load.users:09}", "Page Viewed", at, at)
            for n in range(20)
        ]
        await host.accept(events, ())
        answers.append((perf_counter() - begun) * 1e3)

    going, number = set[asyncio.Task[None]](), 0
    end = FIRST_DUE + load.seconds * SECOND
    while clock.now() < end:
        while number * 20 < (clock.now() - FIRST_DUE + SECOND) * load.events_each_second // SECOND:
            going.add(task := asyncio.create_task(said(number)))
            task.add_done_callback(going.discard)
            number += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*going)
    host.stop()
    begun = perf_counter()
    await work
    stopped = perf_counter() - begun
    told += f"; {load.due_each_second:,} fall due each second while {load.events_each_second:,} events come"
    late.sort()
    answers.sort()
    return [
        figure_of(
            "deadlines.lateness_p99_ms", [max(late[-1 - len(late) // 100], 0.1)], unit="ms",
            conditions=f"{told}; from the instant to the durable decision; {len(late):,}, median {median(late):.0f} ms",
        ),
        figure_of(
            "deadlines.answer_p99_ms", [answers[-1 - len(answers) // 100]], unit="ms",
            conditions=f"{told}; from events handed over to their answer; median {median(answers):.1f} ms; "
            f"stopping took {stopped:.1f} s",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    print(machine())
    for figure in lived(LONG if len(sys.argv) < 2 else Load(users=int(sys.argv[1]))):
        print(figure, flush=True)
