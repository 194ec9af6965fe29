"""What it costs that old events leave the file. At length: ``python -m benchmarks.cutting``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec import Struct

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.machine import machine
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.ports import Batch, Kept, Mark
from opportune.units import DAY, SECOND

START = 1_767_258_000_000
IN_A_COMMIT = 500


class Load(Struct, frozen=True):
    """How much lies in the file."""

    events: int = 100_000
    users: int = 20_000


LONG = Load(events=1_000_000, users=200_000)


def measured(size: Size) -> Iterator[Figure]:
    """A file that is filled, copied as a base and cut; a small one, if the size is small."""
    yield from cut(Load() if size == Size() else Load(2_000, 200))


def cut(load: Load) -> Iterator[Figure]:
    """Commits of events go on while a base is copied, and while all before it leaves."""
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "cut.opportune", horizon=1)
        clients = _Clients(store, load)
        while clients.seq < load.events:
            clients.commit()
        for first in range(0, load.users, 1_000):
            kept = tuple(Kept(f"user-{n:07}", b"\1" * 400) for n in range(first, min(first + 1_000, load.users)))
            store.commit_now(Batch(kept=kept))
        while store.is_busy:
            clients.commit()
        quiet = [clients.commit() for _ in range(200)]
        place = clients.seq
        store.commit_now(Batch(mark=Mark(place, "p1", is_base=True)))
        copying, copied = _while_busy(store, clients)
        clients.now += 30 * DAY
        clients.commit()
        found = store.retention.leaving(clients.now)
        assert found == place
        store.retention.cut(place)
        leaving, left = _while_busy(store, clients)
        assert next(store.log()).seq > place
        store.close()
    told = f"{place:,} events in commits of {IN_A_COMMIT}, {load.users:,} users of 400 bytes"
    yield figure_of(
        "retention.copy_seconds_per_million", [copied / load.users * 1e6], unit="s",
        conditions=f"{told}; users copied as a base while commits go on",
    )  # fmt: skip
    yield figure_of(
        "retention.cut_seconds_per_million", [left / place * 1e6], unit="s",
        conditions=f"{told}; events leave the file while commits go on",
    )  # fmt: skip
    for name, samples in (("quiet", quiet), ("copying", copying), ("cutting", leaving)):
        yield figure_of(
            f"retention.commit_{name}_p99_ms", [sorted(samples)[-1 - len(samples) // 100]], unit="ms",
            conditions=f"{told}; a commit of {IN_A_COMMIT}, one after the other; median {median(samples):.2f} ms",
        )  # fmt: skip


class _Clients:
    """Whoever brings events, one commit after the other."""

    def __init__(self, store: SqliteStore, load: Load) -> None:
        self.store, self.load, self.dice = store, load, Random(1)
        self.seq, self.now = 0, START

    def commit(self) -> float:
        """Milliseconds until the next events are durable."""
        self.now += SECOND
        inputs = []
        for _ in range(IN_A_COMMIT):
            self.seq += 1
            user = f"user-{self.dice.randrange(self.load.users):07}"
            inputs.append(Event(f"e{self.seq}", user, "Viewed", self.now, self.now, self.seq, b'{"product": "p-4711"}'))
        begun = perf_counter()
        self.store.commit_now(Batch(inputs=tuple(inputs)))
        return (perf_counter() - begun) * 1e3


def _while_busy(store: SqliteStore, clients: _Clients) -> tuple[list[float], float]:
    begun, samples = perf_counter(), [clients.commit()]
    while store.is_busy:
        samples.append(clients.commit())
    return samples, perf_counter() - begun


if __name__ == "__main__":
    print(machine())
    for figure in cut(LONG if len(sys.argv) < 2 else Load(int(sys.argv[1]), int(sys.argv[1]) // 5)):
        print(figure, flush=True)
