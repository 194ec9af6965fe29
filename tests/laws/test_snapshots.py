"""A snapshot of many moments, and the rest of the log, come to what the whole log comes to.

Memories are kept a few at a time while events, ticks, merges and publications go on; the engine may die after any step.
"""

from collections import Counter
from random import Random

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Merged
from opportune.ports import Batch
from opportune.wiring.moved import MOVED
from opportune.wiring.shard import Shard
from opportune.wiring.snapshots import Walk
from tests.laws.test_digest import Log, fed, summed
from tests.laws.worlds import world_of

WORLDS, CHUNK = 240, 20


def revived(log, store):
    """What a start makes of the store."""
    snapshot = store.restore()
    shard = Shard(
        log.playbooks[snapshot.playbook] if snapshot.playbook else log.first,
        publications=log.playbooks.__getitem__,
        memories=snapshot.memories,
        wakes=snapshot.wakes,
        unmerged=snapshot.unmerged,
    )
    shard.backfills = lambda seq, users: log.rows[seq].items()
    fed(shard, list(store.log(snapshot.seq)), 7)
    return shard


def state(shard):
    """Everything that decides what a shard does from here on."""
    names = sorted(shard.memories)
    return {
        "memories": {name: shard.memories[name] for name in names},
        "wakes": {name: shard.wheel.wake(name) for name in names},
        "resolved": {name: (shard.resolved(name), shard.heir(name)) for name in names},
        "playbook": shard.playbook.hash,
    }


def lived(log, random, seen):
    """One life of a store: batches, walks that begin at any time, steps of any size, and a look after each."""
    store, shard = MemoryStore(), log.shard()
    walk = Walk(shard, [], least=1)
    place = 0
    while place < len(log.entries):
        size = random.choice([1, 1, 2, 3, 8])
        batch = log.entries[place : place + size]
        place += size
        turn = shard.feed(batch)
        walk.changed(turn.memories, len(batch))
        if not walk.is_on and random.random() < 0.5:
            walk.begin(batch[-1].seq)
        kept, mark = walk.steps(random.choice([0, 1, 1, 2, 5])) if random.random() < 0.7 else ((), None)
        store.commit_now(Batch(inputs=tuple(batch), kept=kept, mark=mark, unmerged=tuple(turn.unmerged)))
        seen["marks"] += mark is not None
        seen["marks of ids that moved"] += any(each.memory is not None and each.memory[:1] == MOVED for each in kept)
        if random.random() < 0.5:
            again = revived(log, store)
            assert state(again) == state(shard)
            seen["merges folded again"] += any(isinstance(each, Merged) for each in store.log(store.restore().seq))
            if random.random() < 0.2:
                assert summed(fed(again, log.entries[place:], 5)) == summed(
                    fed(revived(log, store), log.entries[place:])
                )


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_a_start_from_any_step_of_a_snapshot_is_a_start_from_the_whole_log(first: int) -> None:
    seen = Counter()
    for seed in range(first, first + CHUNK):
        log = Log(world_of(seed, users=5, most=40))
        lived(log, Random(f"snapshots:{seed}"), seen)
    assert min(seen["marks"], seen["marks of ids that moved"], seen["merges folded again"]) > 0, seen


def test_without_the_memory_that_took_it_in_a_mark_would_lose_an_id() -> None:
    """The rule of the walk is needed: writing marks alone is found out."""

    class Careless(Walk):
        def steps(self, entries):
            kept, mark = super().steps(entries)
            return kept[:1] if kept and kept[0].memory and kept[0].memory[:1] == MOVED else kept, mark

    found = 0
    for seed in range(60):
        log, random = Log(world_of(seed, users=5, most=40)), Random(seed)
        store, shard = MemoryStore(), log.shard()
        walk = Careless(shard, [], least=1)
        for entry in log.entries:
            walk.changed(shard.feed([entry]).memories, 1)
            if not walk.is_on and random.random() < 0.5:
                walk.begin(entry.seq)
            kept, mark = walk.steps(1)
            store.commit_now(Batch(inputs=(entry,), kept=kept, mark=mark))
            found += state(revived(log, store)) != state(shard)
    assert found > 0
