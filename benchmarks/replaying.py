"""Whether a log comes to the same decisions however it is handed over: in batches, with a restart, by several shards.

The events of the generic playbook are lived once, with ticks and receipts, into a file; then decided again in each of
eighteen ways. At length, with a million events: ``python -m benchmarks.replaying``, several ways at a time.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import chain, islice, product
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from benchmarks import generic
from benchmarks.figure import Figure, Size, figure_of
from benchmarks.machine import machine
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.draws import draw
from opportune.events.event import Event, Input, Tick
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.policies.decision import digest_of, digest_of_ending
from opportune.ports import Batch
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, event_of
from opportune.wiring.shard import Shard, Turn

GROUP: Final = 500
"""Entries of one commit where the log was lived."""
BATCHES: Final = (97, 1_000, 10_000)
RESTARTS: Final = (0.25, 0.5, 0.75)
SHARDS: Final = (1, 4)
_WHOLE: Final = 1 << 128
Entry = TypeVar("Entry")


class Way(Struct, frozen=True):
    """One way of deciding a log again."""

    batch: int
    restart: float
    """After which share of the log the memories go to bytes and into new shards."""
    shards: int


class Came(Struct, frozen=True):
    """What a log came to."""

    digest: int
    decisions: int


WAYS: Final = tuple(Way(*each) for each in product(BATCHES, RESTARTS, SHARDS))


def measured(size: Size, workers: int = 1) -> Iterator[Figure]:
    """How many of the eighteen ways come to the digest that was come to first."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.opportune"
        first, entries = lived(path, size)
        again = partial(decided, path, entries)
        found = list(map(again, WAYS) if workers == 1 else _beside(again, workers))
    yield figure_of(
        "replay.digests_equal",
        [float(sum(each == first for each in found))],
        unit=f"of {len(WAYS)}",
        conditions=f"{size.events:,} events, {entries:,} log entries, {first.decisions:,} decisions; batches of "
        f"{', '.join(f'{each:,}' for each in BATCHES)}; a restart after 1/4, 1/2, 3/4; 1 and 4 shards",
    )


def lived(path: Path, size: Size) -> tuple[Came, int]:
    """Lives the events into this file, with a tick before each group and a receipt for each attempt in the next."""
    crowd = generic.Crowd(size.users, 0.1)
    store, shard, came, seq = SqliteStore(path), _shard(), Came(0, 0), 0
    events = crowd.events(size.events, start=generic.START, end=generic.START + generic.DAYTIME)
    receipts = list[Event]()
    for group in _groups(chain(crowd.arrivals(generic.START), events), GROUP):
        now = max(each.received_at for each in group)
        heard = enumerate((*receipts, *group), seq + 2)
        entries: list[Input] = [Tick(now, seq + 1)]
        entries += [replace(each, seq=place, received_at=now) for place, each in heard]
        seq += len(entries)
        turn = shard.feed(entries)
        receipts = [
            event_of(Claim(call, 1), Receipt("sent", "accepted"), call.at)
            for call in turn.calls
            if isinstance(call, Attempt)
        ]
        came = _with(came, turn)
        store.commit_now(Batch(inputs=tuple(entries)))
    store.close()
    return came, seq


def decided(path: Path, entries: int, way: Way) -> Came:
    """What this log comes to in this way."""
    shards, came, restart = [_shard() for _ in range(way.shards)], Came(0, 0), round(entries * way.restart)
    history = SqliteHistory(path)
    for part in (islice(history.log(), restart), history.log(restart)):
        for group in _groups(part, way.batch):
            for number, shard in enumerate(shards):
                came = _with(came, shard.feed([each for each in group if _is_for(each, number, way.shards)]))
        shards = [_shard(dict(shard.memories)) for shard in shards]
    history.close()
    return came


def _beside(again: Callable[[Way], Came], workers: int) -> Iterable[Came]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(again, WAYS)


def _shard(memories: dict[str, bytes] | None = None) -> Shard:
    return Shard(_playbook(), memories=memories)


@cache
def _playbook() -> Compiled:
    return compiled(playbook_from(generic.files()))


def _is_for(entry: Input, number: int, shards: int) -> bool:
    return shards == 1 or not isinstance(entry, Event) or draw("shard", entry.user) % shards == number


def _with(came: Came, turn: Turn) -> Came:
    assert not turn.poison, turn.poison
    share = sum(map(digest_of, turn.decisions)) + sum(map(digest_of_ending, turn.endings))
    return Came((came.digest + share) % _WHOLE, came.decisions + len(turn.decisions))


def _groups(entries: Iterable[Entry], most: int) -> Iterator[Sequence[Entry]]:
    left = iter(entries)
    while group := list(islice(left, most)):
        yield group


if __name__ == "__main__":
    print(machine())
    for figure in measured(Size(users=50_000, events=1_000_000), workers=3):
        print(figure)
    print(machine())
    sys.exit(0)
