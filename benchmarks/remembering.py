"""How many bytes a user takes in memory, and a decision on disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from sys import getsizeof
from tempfile import TemporaryDirectory
from typing import TypeVar

import zstandard
from msgspec import msgpack

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.generic import DAYTIME, PAST, START, Crowd, files
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Decision
from opportune.ports import Batch
from opportune.wiring.shard import Shard

Thing = TypeVar("Thing")
GROUP = 100
"""Records of one commit."""

QUIET_EVENTS = 10
"""Events of a quiet user."""


def measured(size: Size) -> Iterator[Figure]:
    """Bytes at rest of quiet users and of all, and of decisions in the file."""
    ready = compiled(playbook_from(files()))
    yield from _users(Shard(ready), size)
    yield from _decisions(Shard(ready), size)


def _users(shard: Shard, size: Size) -> Iterator[Figure]:
    crowd = Crowd(min(size.users, 2_000), triggers=0.01)
    events = crowd.users * QUIET_EVENTS
    shard.feed(list(crowd.events(events, start=PAST, end=START)))
    sizes = [len(raw) for raw in shard.memories.values()]
    told = (
        f"{crowd.users:,} users, {QUIET_EVENTS} events each on the average within two weeks, one trait, one event in a "
        "hundred enters journeys"
    )
    yield figure_of("memory.bytes_per_user", sizes, unit="bytes", conditions=f"{told}; median, at rest")
    last = quantiles(sizes, n=100)[-1]
    yield figure_of("memory.bytes_per_user_p99", [last], unit="bytes", conditions=f"{told}; 99th percentile, at rest")
    held = [getsizeof(user) + getsizeof(raw) for user, raw in shard.memories.items()]
    index = getsizeof(shard.memories) / len(shard.memories)
    yield figure_of(
        "memory.resident_bytes_per_user", [each + index for each in held], unit="bytes",
        conditions=f"{told}; with the id, the object heads and the table of users",
    )  # fmt: skip


def _decisions(shard: Shard, size: Size) -> Iterator[Figure]:
    crowd = Crowd(size.users, triggers=0.1)
    shard.feed(list(crowd.arrivals(START)))
    turn = shard.feed(list(crowd.events(size.history, start=START, end=START + DAYTIME, seq=size.users)))
    decisions = turn.decisions
    told = f"{len(decisions):,} decisions, {sum(len(each.verdicts) for each in decisions):,} verdicts"
    records = [msgpack.encode(decision) for decision in decisions]
    mean = sum(map(len, records)) / len(records)
    yield figure_of(
        "decision.bytes", [_in_file(decisions)], unit="bytes",
        conditions=f"{told}; what the file grows by for each, indexes included: it does not compress records",
    )  # fmt: skip
    yield figure_of("decision.record_bytes", [mean], unit="bytes", conditions=f"{told}; the record itself, mean")
    packed = [len(zstandard.compress(b"".join(group), 1)) / len(group) for group in _in_groups(records)]
    yield figure_of(
        "decision.record_bytes_compressed", packed, unit="bytes",
        conditions=f"{told}; if they were kept as blobs of {GROUP} records, zstandard level 1",
    )  # fmt: skip


def _in_file(decisions: Sequence[Decision]) -> float:
    """Bytes of the file for each of these decisions."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "measured.opportune"
        store = SqliteStore(path)
        for group in _in_groups(decisions):
            store.commit_now(Batch(decisions=tuple(group)))
        store.close()
        return path.stat().st_size / len(decisions)


def _in_groups(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for place in range(0, len(things), GROUP):
        yield things[place : place + GROUP]
