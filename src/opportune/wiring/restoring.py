"""From a store to a running shard: the newest snapshot, and the rest of the log folded again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice

from msgspec.structs import replace

from opportune.errors import Unavailable
from opportune.events.event import Event, Input, Published, Tick, newest_clock
from opportune.events.names import EMIT_ID
from opportune.features.local_time import zones_version
from opportune.playbook.definition import Playbook
from opportune.ports import Base, Batch, History, Snapshot, Store
from opportune.units import Instant
from opportune.wiring.backfilling import backfill
from opportune.wiring.in_force import in_force
from opportune.wiring.publications import Publications, Versions
from opportune.wiring.shard import Shard, Turn
from opportune.wiring.snapshots import Walk

AT_START = "published at a start"
"""The source whose place is the newest publication that a start has made, by the folder that it was given."""
CHUNK = 1_000
"""Log entries folded at a time."""


@dataclass(slots=True)
class Restored:
    """A shard that has seen the whole log, and where the log ends."""

    shard: Shard
    walk: Walk
    """What the file's snapshot does not know yet."""
    clock: Instant = 0
    """The log clock of the newest entry."""


def restored(store: Store, publications: Publications) -> Restored:
    """Raises Unavailable if nothing was ever published in this store."""
    snapshot = store.restore()
    shard = shard_at(snapshot, store, publications)
    found = Restored(shard, Walk(shard, publications.living))
    found.clock = clock_of(store)
    if isinstance(snapshot, Base):  # the file's snapshot knows none of it
        found.walk.changed(snapshot.memories, len(snapshot.memories))
    for chunk in chunks(store.log(snapshot.seq)):
        found.walk.changed(shard.feed(chunk).memories, len(chunk))
    shard.settle()
    return found


def clock_of(history: History) -> Instant:
    """The log clock of a log; 0 of an empty one. What steps made at its end says less than what led to it."""
    last, count = history.last_seq(), 1
    while True:
        entries = list(history.log(max(0, last - count)))
        if count >= last or not all(isinstance(each, Event) and each.id.startswith(EMIT_ID) for each in entries):
            return newest_clock(entries)
        count *= 8


def shard_at(snapshot: Snapshot, history: History, versions: Versions) -> Shard:
    """A shard as it was at the snapshot; raises Unavailable if nothing was ever published in this store."""
    versions.live(snapshot.versions)
    shard = Shard(
        in_force(said_at(snapshot, history), versions.compiled),
        publications=versions.compiled,
        memories=snapshot.memories,
        wakes=snapshot.wakes,
        unmerged=snapshot.unmerged,
    )
    shard.backfills = history.backfilled
    return shard


def said_at(snapshot: Snapshot, history: History) -> Published:
    """The publication in force at the snapshot; raises Unavailable if nothing was ever published."""
    if not snapshot.playbook:
        return Published(_first_published(history), 0)
    known = [each for each in history.published() if each.seq <= snapshot.seq]
    if known and known[-1].playbook == snapshot.playbook:
        return known[-1]
    return Published(snapshot.playbook, 0)  # a file of an earlier release kept no more than this


def catch_up(store: Store, start: Restored, *, now: Instant) -> None:
    """Decides, durably, what fell due while no engine ran: by the playbook in force then, before another one is."""
    first = start.shard.wheel.first()
    if first is None or first > now:
        return
    start.clock = max(now, start.clock)
    seqs = count(store.last_seq() + 1)
    inputs: list[Input] = [Tick(start.clock, next(seqs))]
    turn = start.shard.feed(inputs)
    inputs += start.shard.told(turn, lambda: next(seqs))
    start.walk.changed(turn.memories, len(inputs))
    store.commit_now(turn_as_batch(inputs, turn))


def turn_as_batch(inputs: Sequence[Input], turn: Turn) -> Batch:
    """What a commit keeps of these inputs and what they came to."""
    return Batch(
        inputs=tuple(inputs),
        decisions=tuple(turn.decisions),
        endings=tuple(turn.endings),
        goals=tuple(turn.goals),
        calls=tuple(turn.calls),
        unmerged=tuple(turn.unmerged),
    )


def publish(
    store: Store, publications: Publications, playbook: Playbook, files: Mapping[str, str], *, now: Instant
) -> None:
    """Makes the playbook the first one in force: its files first, then the entry that says so."""
    publications.keep(playbook, files)
    said = Published(playbook.hash, now, store.last_seq() + 1, zones=zones_version())
    store.commit_now(Batch(inputs=(said,), offsets=((AT_START, said.seq),)))


def publish_at_rest(
    store: Store, publications: Publications, start: Restored, said: Published, *, is_start: bool = False
) -> None:
    """Puts this publication in force where nothing comes in meanwhile; its files are kept already.

    What it asks for anew is folded out of the log before.
    """
    asked = publications.asked_anew(publications.playbook(said.playbook))
    if asked is not None:
        backfill(store, asked, seq=said.seq, now=said.now)
    seqs = count(said.seq + 1)
    inputs: list[Input] = [said]
    turn = start.shard.feed(inputs)
    inputs += start.shard.told(turn, lambda: next(seqs))
    start.walk.changed(turn.memories, len(inputs))
    start.clock = max(start.clock, said.now)
    batch = turn_as_batch(inputs, turn)
    store.commit_now(replace(batch, offsets=((AT_START, said.seq),)) if is_start else batch)


def chunks(entries: Iterator[Input]) -> Iterator[Sequence[Input]]:
    """The entries in lists of at most a thousand."""
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


def _first_published(history: History) -> str:
    for entry in history.log():
        if isinstance(entry, Published):
            return entry.playbook
    raise Unavailable("no playbook was ever published in this store; 'opportune run' begins one")
