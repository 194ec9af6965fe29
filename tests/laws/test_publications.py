"""Shares, pauses and moves come to the same, however the log is handed over and from wherever it is folded again."""

from collections import Counter
from random import Random

import msgspec
import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Published, Tick
from opportune.events.names import MESSAGE_SENT
from opportune.playbook.compiling import compiled
from opportune.ports import Batch
from opportune.sending.attempt import Attempt
from opportune.units import HOUR, MINUTE, ONE
from opportune.wiring.in_force import for_everybody, in_force
from opportune.wiring.restoring import said_at
from opportune.wiring.shard import Shard
from opportune.wiring.snapshots import Walk
from tests.contracts.made import NOW
from tests.laws.test_digest import fed, summed
from tests.stories.shop import shop

WORLDS, CHUNK = 200, 25
USERS = ["ann", "ben", "cleo", "dora", "eve"]
CART = """
journey: cart
key: cart_id
enter: {on: Cart Updated}
exit: {on: Order Completed}
%ssteps:
  - {name: first, wait: %s}
  - {name: ask, send: reminder}
  - {name: second, wait: 3 hours}
  - {name: again, send: reminder}
"""
DAY = 'quiet_hours: {from: "06:00", to: "22:00"}'
DAILY = "journey: daily\nenter: {every: day, at: '%s'}\nsteps:\n  - send: reminder\n"


def versions():
    """Six playbooks of one shop: waits, moves, schedules and policies differ."""
    carts = [
        CART % ("", "2 hours"),
        CART % ("moves: {first: second, second: end}\n", "1 hour"),
        CART % ("moves: {ask: first, second: ask}\n", "30 minutes"),
    ]
    books = [shop(journeys=carts[0]), shop(DAY, journeys=carts[1]), shop(DAY, journeys=carts[2])]
    books += [
        shop(journeys={"a": carts[0], "b": DAILY % "09:00"}),
        shop(journeys={"a": carts[2], "b": DAILY % "15:00"}),
    ]
    return [*books, shop(DAY, "frequency_cap: {at_most: 2, within: 1 day}", journeys=carts[1])]


BOOKS = {book.hash: book for book in versions()}
READY = {name: compiled(book, [each for each in BOOKS.values() if each.hash != name]) for name, book in BOOKS.items()}
FIRST = next(iter(READY.values()))


def shard_of(standing=None, **named):
    return Shard(standing or for_everybody(FIRST), publications=READY.__getitem__, **named)


class Told:
    """A log in which things are bought, published and paused, and what was sent is heard of."""

    def __init__(self, random):
        self.random, self.now, self.entries, self.open, self.moved = random, NOW, [], [], 0
        self.shard, self.said = shard_of(), Published(FIRST.hash, NOW)
        for user in USERS:
            self.add(self.event(user, "Identified", {"email": f"{user}@example.com"}))
        for _ in range(random.randint(20, 60)):
            self.now += random.choice([0, MINUTE, 20 * MINUTE, HOUR, 5 * HOUR])
            random.choice([self.does, self.does, self.does, self.hears, self.ticks, self.publishes])()
        self.now += 60 * HOUR
        self.ticks()

    def event(self, user, name, properties):
        seq = len(self.entries) + 1
        return Event(f"e{seq}", user, name, self.now, self.now, seq, msgspec.json.encode(properties))

    def add(self, entry):
        self.entries.append(entry)
        turn = self.shard.feed([entry])
        self.open += [each for each in turn.calls if isinstance(each, Attempt)]

    def does(self):
        name = self.random.choice(["Cart Updated", "Cart Updated", "Order Completed", "Opened"])
        self.add(self.event(self.random.choice(USERS), name, {"cart_id": self.random.choice("xy")}))

    def hears(self):
        if self.open:
            attempt = self.open.pop(0)
            self.add(self.event(attempt.user, MESSAGE_SENT, {"decision": attempt.decision}))

    def ticks(self):
        self.add(Tick(self.now, len(self.entries) + 1))

    def publishes(self):
        name, share = self.random.choice(list(READY)), self.random.choice([ONE, ONE, 300_000, 700_000])
        before = self.said.stable if self.said.share < ONE else self.said.playbook
        share = ONE if name == before else share
        paused = tuple(each for each in ("cart", "daily") if self.random.random() < 0.2)
        stable = before if share < ONE else ""
        self.said = Published(name, self.now, len(self.entries) + 1, share, stable, paused, "z")
        versions = self.versions()
        self.add(self.said)
        self.moved += len(self.versions().items() - versions.items())

    def versions(self):
        memories = [self.shard.memory(user) for user in USERS]
        return {(each.user, run.key, run.entry): run.version for each in memories for run in each.runs}


def slowly(entries):
    """As a running host takes them: publications alone, a few users at a time."""
    shard, turns = shard_of(), []
    for entry in entries:
        if not isinstance(entry, Published):
            turns.append(shard.feed([entry]))
            continue
        passing = shard.taking_up(in_force(entry, READY.__getitem__))
        while True:
            try:
                next(passing)
            except StopIteration as stop:
                turns.append(stop.value)
                break
        for _ in shard.keeping(turns[-1]):
            pass
    return shard, turns


def state(shard):
    return shard.in_force.said, shard.memories, {user: shard.wheel.wake(user) for user in USERS}


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_batches_and_slices_of_any_size_come_to_the_same(first):
    seen = Counter()
    for seed in range(first, first + CHUNK):
        told = Told(Random(f"publications:{seed}"))
        one = shard_of()
        single = fed(one, told.entries)
        whole, many = shard_of(), shard_of()
        assert summed(fed(whole, told.entries, 1_000)) == summed(fed(many, told.entries, 3)) == summed(single)
        gradual, turns = slowly(told.entries)
        assert summed(turns) == summed(single)
        assert state(gradual) == state(one) == state(whole) == state(many)
        seen.update(ending.code for turn in single for ending in turn.endings)
        seen["runs that were moved"] += told.moved
        seen.update(type(each).__name__ for turn in single for each in turn.calls)
    assert min(seen["journey_paused"], seen["runs that were moved"], seen["sent"], seen["Recall"]) > 0, seen


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_a_start_from_any_step_of_a_snapshot_is_a_start_from_the_whole_log(first):
    marks = 0
    for seed in range(first, first + CHUNK):
        random = Random(f"snapshots:{seed}")
        told, store, shard = Told(Random(f"publications:{seed}")), MemoryStore(), shard_of()
        walk = Walk(shard, [], least=1)
        store.commit_now(Batch(inputs=(Published(FIRST.hash, NOW, 1),)))
        for entry in told.entries:
            entry = msgspec.structs.replace(entry, seq=entry.seq + 1)
            walk.changed(shard.feed([entry]).memories, 1)
            if not walk.is_on and random.random() < 0.4:
                walk.begin(entry.seq)
            kept, mark = walk.steps(random.choice([0, 1, 2])) if random.random() < 0.7 else ((), None)
            marks += mark is not None
            store.commit_now(Batch(inputs=(entry,), kept=kept, mark=mark))
            if random.random() < 0.3:
                snapshot = store.restore()
                standing = in_force(said_at(snapshot, store), READY.__getitem__)
                again = shard_of(standing, memories=snapshot.memories, wakes=snapshot.wakes)
                fed(again, list(store.log(snapshot.seq)), 7)
                assert again.memories == shard.memories
                assert again.in_force.said == shard.in_force.said or shard.in_force.said.seq == 0
                assert [again.wheel.wake(user) for user in USERS] == [shard.wheel.wake(user) for user in USERS]
    assert marks > 0
