"""What the file costs: known ids, the index of users, and a restart. At length: ``python -m benchmarks.storing``."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import apsw
from msgspec import Struct

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.machine import machine
from opportune.adapters.stores.machine import REAL
from opportune.adapters.stores.schema import open_to_read, open_to_write
from opportune.adapters.stores.segments import LastingIds
from opportune.adapters.stores.slices import Slices
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.adapters.stores.writer import Writer
from opportune.events.event import Event
from opportune.ports import DEDUPE_HORIZON, Batch
from opportune.units import DAY

BATCH = 1_000
NEWEST = 200_000
START = 1_767_258_000_000


class Load(Struct, frozen=True):
    """How much is put into the file."""

    ids: int = 1_000_000
    rows: int = 500
    """Log rows for the index of users."""
    users: int = 500
    """Users in each of them."""
    repeats: int = 20


LONG = Load(ids=50_000_000, rows=50_000, users=1_000, repeats=100)


def measured(size: Size) -> Iterator[Figure]:
    """Known ids and the index of users; small ones, if the size is small."""
    load = Load() if size == Size() else Load(ids=20_000, rows=40, users=20, repeats=2)
    with TemporaryDirectory() as folder:
        yield from known_ids(Path(folder) / "ids.opportune", load)
    with TemporaryDirectory() as folder:
        yield from user_index(Path(folder) / "users.opportune", load)


def known_ids(path: Path, load: Load) -> Iterator[Figure]:
    """All ids through the structure as fast as it goes, in commits of a thousand, within two days of the log clock."""
    writer = Writer(open_to_write(path), path, REAL)
    slices = Slices(writer)
    ids = LastingIds(open_to_read(path), slices, horizon=DEDUPE_HORIZON, most_recent=NEWEST)
    admits, quiet, busy = list[float](), list[float](), list[float]()
    begun = perf_counter()
    for first in range(0, load.ids, BATCH):
        now = START + first * 2 * DAY // load.ids
        events = [Event(f"9f{n:032x}", "ann", "Viewed", now, now, n + 1) for n in range(first, first + BATCH)]
        was_busy = slices.is_busy
        before = perf_counter()
        for event in events:
            ids.admit(event)
        passed = perf_counter()
        admits.append((passed - before) / BATCH * 1e6)
        writer.submit(_small_commit).result()
        (busy if was_busy else quiet).append((perf_counter() - passed) * 1e3)
        ids.settle(events, is_durable=True)
    lasted = perf_counter() - begun
    writer.submit(_small_commit).result()
    while slices.is_busy:
        writer.submit(_small_commit).result()
    told = f"{load.ids:,} ids in commits of {BATCH:,}, {lasted:,.0f} s in all, {len(ids.segments)} segments at the end"
    mb = ids.sieve.size / load.ids
    yield figure_of(
        "dedupe.mb_per_million", [mb or 1e-9], unit="MB",
        conditions=f"{told}; the sieve in memory, without the {NEWEST:,} newest ids, about 25 MB in all",
    )  # fmt: skip
    yield figure_of(
        "dedupe.admit_us", _percentiles(admits), unit="us",
        conditions=f"{told}; mean of {BATCH:,} calls; its median, 1st and 99th percentile",
    )  # fmt: skip
    for name, samples in (("quiet", quiet or busy), ("closing", busy or quiet)):
        when = "nothing is" if name == "quiet" else "segments are"
        yield figure_of(
            f"dedupe.commit_{name}_p99_ms", [_p99(samples)], unit="ms",
            conditions=f"{told}; a small commit while {when} closed or merged; median {median(samples):.2f} ms",
        )  # fmt: skip
    writer.close()
    yield figure_of(
        "dedupe.disk_bytes", [path.stat().st_size / load.ids], unit="bytes",
        conditions=f"{told}; what the file takes for each id",
    )  # fmt: skip
    begun = perf_counter()
    LastingIds(open_to_read(path), slices, horizon=DEDUPE_HORIZON, most_recent=NEWEST)
    yield figure_of(
        "dedupe.load_seconds", [perf_counter() - begun], unit="s", conditions=f"{told}; their part of a start"
    )


def user_index(path: Path, load: Load) -> Iterator[Figure]:
    """Rows of many users each, one of whom is in every row; then everything about some of them."""
    dice = Random(1)
    names = [f"user-{n:09}" for n in range(load.users * 50)]
    store = SqliteStore(path)
    quiet, busy = list[float](), list[float]()
    for row in range(load.rows):
        first = row * load.users
        told_of = ["always", *(names[dice.randrange(len(names))] for _ in range(load.users - 1))]
        events = [
            Event(f"e{n}", user, "Viewed", START + row, START + row, n + 1) for n, user in enumerate(told_of, first)
        ]
        was_busy = store.is_busy
        before = perf_counter()
        store.commit_now(Batch(inputs=tuple(events)))
        (busy if was_busy else quiet).append((perf_counter() - before) * 1e3)
    store.commit_now(Batch())
    while store.is_busy:
        store.commit_now(Batch())
    found, rows = list[float](), list[float]()
    for user in dice.sample(names, load.repeats):
        before = perf_counter()
        store.rows_of([user])
        rows.append((perf_counter() - before) * 1e3)
        before = perf_counter()
        list(store.events_of(user))
        found.append((perf_counter() - before) * 1e3)
    before = perf_counter()
    assert len(store.rows_of(["always"])) == load.rows
    always = (perf_counter() - before) * 1e3
    store.close()
    size = path.stat().st_size / load.rows
    told = f"{load.rows:,} log rows of {load.users:,} events, each user in about {load.rows // 50:,} of them"
    yield figure_of("user_index.rows_ms", rows, unit="ms", conditions=f"{told}; which rows a user is in")
    yield figure_of("user_index.events_ms", found, unit="ms", conditions=f"{told}; all events of one user")
    yield figure_of(
        "user_index.always_ms", [always], unit="ms", conditions=f"{told}; the rows of a user in all of them"
    )
    yield figure_of(
        "user_index.commit_p99_ms", [_p99(busy or quiet)], unit="ms",
        conditions=f"{told}, {size:,.0f} bytes of the file for each; a commit of a row while segments are closed or "
        f"merged, {len(busy):,} of all; median {median(busy or quiet):.2f} ms; "
        f"p99 of the others {_p99(quiet or busy):.1f} ms",
    )  # fmt: skip


def _small_commit(connection: apsw.Connection) -> None:
    connection.execute("REPLACE INTO meta VALUES ('measured', '1')")


def _percentiles(samples: Sequence[float]) -> list[float]:
    ordered = sorted(samples)
    return [ordered[len(ordered) // 100], median(ordered), ordered[-1 - len(ordered) // 100]]


def _p99(samples: Sequence[float]) -> float:
    return sorted(samples)[-1 - len(samples) // 100]


if __name__ == "__main__":
    print(machine())
    with TemporaryDirectory() as folder:
        for measure in (known_ids, user_index):
            if len(sys.argv) < 2 or measure.__name__ in sys.argv[1:]:
                for figure in measure(Path(folder) / f"{measure.__name__}.opportune", LONG):
                    print(figure, flush=True)
    print(machine())
