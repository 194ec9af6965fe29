"""A log that is cut at bases, anywhere and again and again, goes on and is decided again as if it were whole.

Two stores live through the same: a file that is cut, and plain memory that keeps everything.
"""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import msgspec
import pytest
import yaml

from opportune.adapters.stores import bases, retention, slices
from opportune.adapters.stores.codec import users_of
from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Published, Tick, log_clock
from opportune.features.ledger import Ledger
from opportune.journeys.run import Armed, Run
from opportune.ports import Batch
from opportune.wiring.backfilling import backfill
from opportune.wiring.erasing import erasure_of
from opportune.wiring.one_user import linked, shard_of
from opportune.wiring.publications import Publications
from opportune.wiring.replay import beginning, day_of, replay
from opportune.wiring.restoring import clock_of, restored, turn_as_batch
from opportune.wiring.shard import Shard
from tests.laws.files import files_of
from tests.laws.test_digest import Log
from tests.laws.test_snapshots import state
from tests.laws.worlds import world_of

WORLDS, CHUNK = 24, 8
WANTED = ("bases", "cuts", "erasures", "starts", "rows gone", "looks after a cut", "decisions gone")


class Written(Log):
    """The log of a world whose playbooks can be kept as files; its first entry publishes the first of them."""

    def __init__(self, world):
        self.files = {}
        super().__init__(world)
        self.entries = [Published(self.first.hash, log_clock(self.entries[0]), 1), *self.entries]

    def published(self, form, earlier):
        name = super().published(form, earlier)
        texts = files_of(form).items()
        self.files[name] = {path: t if isinstance(t, str) else yaml.safe_dump(t, sort_keys=False) for path, t in texts}
        return name


class Life:
    """One engine on a file that is cut, and the same log in memory that is not."""

    def __init__(self, path: Path, log: Written, random: Random, seen: Counter[str]):
        self.path, self.log, self.random, self.seen = path, log, random, seen
        self.whole = MemoryStore()
        self.start()

    def start(self):
        """Opens the file; whatever was under way in pieces has been left where it was."""
        self.store = SqliteStore(self.path, horizon=1)
        self.publications = Publications(self.store)
        for store in (self.store, self.whole):
            for name, files in self.log.files.items():
                store.keep_publication(name, files)
        if self.store.last_seq() == 0:
            first = self.log.entries[0]
            for store in (self.store, self.whole):
                store.commit_now(Batch(inputs=(first,)))
        found = restored(self.store, self.publications)
        self.shard, self.walk = found.shard, found.walk
        self.walk.least = 1

    def fill_in(self, published):
        """What a publication asks for anew; both stores keep the same, though the log of one is shorter."""
        asked = self.publications.asked_anew(self.publications.playbook(published.playbook))
        if asked is not None:
            backfill(self.store, asked, seq=published.seq, now=published.now)
            rows = list(self.store.backfilled(published.seq, self.shard.memories))
            self.whole.keep_backfill(published.seq, rows)
            self.seen["rows filled in after a cut"] += len(rows) if self.store.base().seq else 0

    def step(self, entries):
        if isinstance(entries[0], Published):
            self.fill_in(entries[0])
        turn = self.shard.feed(entries)
        self.walk.changed(turn.memories, len(entries))
        if self.random.random() < 0.4:
            self.walk.wants_base = True
        if not self.walk.is_on and self.random.random() < 0.6:
            self.walk.begin(entries[-1].seq)
        kept, mark = self.walk.steps(self.random.choice([0, 1, 2, 5])) if self.random.random() < 0.8 else ((), None)
        batch = turn_as_batch(entries, turn)
        self.whole.commit_now(batch)
        self.store.commit_now(msgspec.structs.replace(batch, kept=kept, mark=mark))
        self.seen["bases"] += mark is not None and mark.is_base

    def erase(self, seq, now):
        name = self.random.choice(sorted(self.shard.memories))
        erasure = erasure_of(self.shard, name, now)
        self.shard.forget(erasure)
        self.store.erase_now([erasure], now=now, seq=seq)
        asyncio.run(self.whole.erase([erasure], now=now, seq=seq))
        self.seen["erasures"] += 1

    def cut(self):
        seq = self.store.retention.leaving(2**60)
        if seq is not None:
            self.store.retention.cut(seq)
            self.seen["cuts"] += 1

    def again(self):
        self.store.close()
        self.start()

    def look(self):
        """The file says what the whole log says, of now and of all days since it begins."""
        store = self.store
        assert state(restored(store, Publications(store)).shard) == state(self.shard)
        with store.standing_still():
            shard = beginning(store)
            for entry in store.log():
                shard.feed([entry])
            assert state(shard) == state(self.shard)
            base, found = store.base(), replay(store)
            assert found.differences == []
            whole = replay(self.whole)
            assert whole.differences == []
            later = {day.day: day.again for day in found.days if day.day > day_of(base.now)}
            assert later == {day.day: day.again for day in whole.days if day.day in later}
            assert later.keys() == {day.day for day in whole.days if day.day > day_of(base.now)}
            self.seen["looks after a cut"] += base.seq > 0
            again = restored(store, Publications(store)).shard
            again.feed([Tick(clock_of(store), store.last_seq() + 1)])
            for user in sorted(self.shard.memories)[:2]:
                if self.shard.resolved(user) == user:
                    alone = shard_of(store, user)
                    assert told_of(alone, user) == told_of(again, user)
                    self.seen["users alone"] += 1
                else:
                    assert self.shard.resolved(user) in linked(store, user)
                    self.seen["absorbed ids"] += base.seq > 0
            left = {each.id for each in store.decisions()}
            open_ones = {each.id for each in self.whole.decisions() if self.whole.ending(each.id) is None}
            assert open_ones <= left
            assert {each.decision for each in store.endings()} <= left
            self.seen["decisions gone"] += len(left) < len(list(self.whole.decisions()))

    def finish(self):
        while self.store.is_busy:
            self.store._writer.submit(lambda connection: None).result()


def lived(path, log, random, seen):
    life, place = Life(path, log, random, seen), 1
    while place < len(log.entries):
        batch = log.entries[place : place + random.choice([1, 1, 2, 3, 8])]
        published = next((n for n, each in enumerate(batch) if n and isinstance(each, Published)), len(batch))
        batch = batch[:published]
        place += len(batch)
        life.step(batch)
        if random.random() < 0.05 and life.shard.memories:
            life.erase(batch[-1].seq + 1, log_clock(batch[-1]))
        if random.random() < 0.25:
            life.cut()
        if random.random() < 0.15:
            life.again()
            seen["starts"] += 1
        if random.random() < 0.1:
            life.look()
    life.finish()
    life.look()
    life.cut()
    life.finish()
    life.look()
    seen["rows gone"] += len(list(life.store.log())) < len(list(life.whole.log()))
    assert [entry.seq for entry in life.store.log()] == [
        entry.seq for entry in life.whole.log() if entry.seq > life.store.base().seq
    ]
    assert_nothing_lies_before(life.store)
    life.store.close()


def assert_nothing_lies_before(store):
    seq = store.base().seq
    read = store._read
    assert read.execute("SELECT count(*) FROM log WHERE seq_to <= ?", (seq,)).get == 0
    assert read.execute("SELECT count(*) FROM bases WHERE seq < ?", (seq,)).get == 0
    assert read.execute("SELECT count(*) FROM base_heads WHERE seq < ?", (seq,)).get == 0
    assert read.execute("SELECT count(*) FROM backfills WHERE seq <= ?", (seq,)).get == 0
    for entry in store.log():
        for user in users_of(entry):
            assert entry.seq in {each.seq for each in store.events_of(user)}


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_a_log_that_is_cut_goes_on_and_is_decided_again_as_if_it_were_whole(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = lives(range(first, first + CHUNK), tmp_path, monkeypatch)
    assert min(seen[name] for name in WANTED) > 0, seen


def test_so_does_one_whose_playbook_asks_for_what_none_before_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = lives(range(100, 100 + CHUNK), tmp_path, monkeypatch, renews=True)
    assert min(seen[name] for name in (*WANTED, "rows filled in after a cut")) > 0, seen


def told_of(shard: Shard, user: str) -> tuple[list[Run], list[Armed], Ledger]:
    """What the user waits for, and was promised and sent.

    Ticks decide nothing, so that it is the same without them; they only say when something old is forgotten.
    """
    memory = shard.memory(user)
    return memory.runs, memory.armed, memory.ledger


def lives(seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, renews: bool = False) -> Counter[str]:
    monkeypatch.setattr(slices, "PIECE", 0)
    monkeypatch.setattr(bases, "COPIED", 1)
    monkeypatch.setattr(retention, "LOG_ROWS", 1)
    monkeypatch.setattr(retention, "ROWS", 2)
    seen: Counter[str] = Counter()
    for seed in seeds:
        world = world_of(seed, users=5, most=60, renews=renews)
        lived(tmp_path / f"{seed}.db", Written(world), Random(f"retention:{seed}"), seen)
    return seen
