"""What it takes to wait: bytes of a run that waits, the time to call it off, and how late it goes on among many.

At length, with a million users of whom 50,000 fall due in one second: ``python -m benchmarks.waiting``.
"""

import asyncio
import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.machine import machine
from benchmarks.restarting import FILES, FIRST_DUE, ShiftedClock, written
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input
from opportune.events.names import IDENTIFIED
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.sending.outbox import Claim
from opportune.units import HOUR, MINUTE, SECOND
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import Restored, restored
from opportune.wiring.shard import Shard, Turn
from opportune.wiring.wheel import Wheel

BEGAN = FIRST_DUE - HOUR
PLAYBOOK = FILES | {
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated, where: value >= 20}\nexit: Order Completed\n"
    "steps:\n  - wait: 45 minutes\n  - send: reminder\n    when: value < 1000\n",
}


class Load(Struct, frozen=True):
    """How many users wait, and how many of them fall due in one second."""

    users: int = 20_000
    due: int = 1_000


LONG = Load(users=1_000_000, due=50_000)


def measured(size: Size) -> Iterator[Figure]:
    """All three; small ones, if the size is small."""
    yield from _alone(size)
    yield from lived(Load() if size == Size() else Load(200, 50))


def _alone(size: Size) -> Iterator[Figure]:
    """Bytes and calling off, without a file."""
    users = [f"user-{number:09}" for number in range(min(size.users, 2_000))]
    calm, waiting = _fed(users, value=10), _fed(users, value=80)
    grown = [len(waiting.memories[user]) - len(calm.memories[user]) for user in users]
    yield figure_of(
        "waits.bytes", grown, unit="bytes",
        conditions=f"{len(users):,} users who did the same, at rest: a run that waits, what re-entry remembers of it, "
        f"one property that it kept, {len(waiting.memories[users[0]]):,} bytes in all, against none",
    )  # fmt: skip
    busy, idle = list[float](), list[float]()
    for _ in range(size.repeats):
        for value, taken in ((80, busy), (10, idle)):
            shard = _fed(users, value=value)
            events: list[Input] = [_event(user, "Order Completed", 1, 10 * len(users)) for user in users]
            gc.collect()
            begun = perf_counter()
            shard.feed(events)
            taken.append((perf_counter() - begun) / len(users) * 1e6)
            assert len(shard.wheel) == 0
    yield figure_of(
        "waits.cancel_us", [max(more - less, 0.01) for more, less in zip(busy, idle, strict=True)], unit="us",
        conditions=f"{len(users):,} exits that each end a waiting run, one after the other without a store, "
        f"{median(busy):.1f} us each, less the same exits where nobody waits, {median(idle):.1f} us",
    )  # fmt: skip
    yield _unset(100 * size.users)


def _unset(users: int) -> Figure:
    wheel, dice = Wheel(), Random(1)
    names = [f"user-{number:09}" for number in range(users)]
    for name in names:
        wheel.set(name, FIRST_DUE + dice.randrange(48 * HOUR))
    chosen = dice.sample(names, users // 10)
    begun = perf_counter()
    for name in chosen:
        wheel.set(name, None)
    taken = (perf_counter() - begun) / len(chosen) * 1e6
    return figure_of("waits.wheel_cancel_us", [taken], unit="us", conditions=f"a deadline taken off, of {users:,}")


def _fed(users: Sequence[str], *, value: int) -> Shard:
    """A shard in which all of these have an address and have filled a cart, worth a run or not."""
    shard = Shard(compiled(playbook_from(PLAYBOOK)))
    for place, user in enumerate(users):
        shard.feed([
            Event(f"i-{user}", user, IDENTIFIED, BEGAN, BEGAN, 2 * place + 1, b'{"email": "u@example.com"}'),
            _event(user, "Cart Updated", value, 2 * place + 2),
        ])  # fmt: skip
    return shard


def _event(user: str, name: str, value: int, seq: int) -> Event:
    return Event(f"{name}-{user}", user, name, BEGAN + MINUTE, BEGAN + MINUTE, seq, b'{"value": %d}' % value)


def lived(load: Load) -> Iterator[Figure]:
    """A file in which everybody waits, and a second in which very many fall due."""
    with TemporaryDirectory() as folder:
        path, dice = Path(folder) / "waiting.opportune", Random(1)
        written(path, load.users, lambda n: n * SECOND // load.due if n < load.due else dice.randrange(HOUR, 48 * HOUR))
        gc.collect()
        store = SqliteStore(path)
        start = restored(store, Publications(store))
        gc.collect()
        gc.freeze()  # as the command does
        late, lasted = asyncio.run(_late(store, start, load))
        store.close()
    late.sort()
    told = (
        f"{load.due:,} of {load.users:,} users who wait fall due in one second, real clock, each decided on and durable"
    )
    yield figure_of(
        "waits.lateness_p99_ms", [max(late[-1 - len(late) // 100], 0.1)], unit="ms",
        conditions=f"{told}; from its own instant to its durable decision; median {median(late):,.0f} ms, "
        f"all done after {lasted:.1f} s",
    )  # fmt: skip


async def _late(store: SqliteStore, start: Restored, load: Load) -> tuple[list[float], float]:
    """How late each decision was durable, in ms, and when the last one was, in seconds."""
    clock, late, claims = ShiftedClock(FIRST_DUE - SECOND), list[float](), list[Claim]()
    host = Host(store, start, clock=clock, claimed=claims.extend)

    def watch(inputs: Iterable[Input], turn: Turn) -> None:
        late.extend(clock.now() - each.due for each in turn.decisions)

    host.watchers.append(watch)
    work = asyncio.create_task(host.run())
    while len(late) < load.due:
        await asyncio.sleep(0.005)
    lasted = (clock.now() - FIRST_DUE) / SECOND
    host.stop()
    await work
    assert len(late) == len(claims) == load.due
    return late, lasted


if __name__ == "__main__":
    print(machine())
    for figure in _alone(Size()):
        print(figure, flush=True)
    for figure in lived(LONG if len(sys.argv) < 2 else Load(int(sys.argv[1]), int(sys.argv[1]) // 20)):
        print(figure, flush=True)
    print(machine())
