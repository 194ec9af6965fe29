"""The host: what is answered is durable, whoever waits is told, and a restart remembers the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Overloaded, Unavailable
from opportune.events.alias import Alias
from opportune.events.event import Event, log_clock
from opportune.events.names import ATTEMPT_LAPSED, IDENTIFIED
from opportune.ports import Batch, Erasure
from opportune.sending.outbox import Claim
from opportune.units import HOUR, MINUTE, Instant
from opportune.wiring import embedded
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import MOST_BYTES_WAITING, MOST_WAITING, Host
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from opportune.wiring.shard import Shard
from tests.stories.shop import shop

NOW: Instant = 1_780_315_200_000


def happened(id: str, user: str = "ann", name: str = "Cart Updated", *, at: Instant = NOW) -> Event:
    properties = b'{"email": "%s@example.com"}' % user.encode()
    return Event(id, user, name, at, at, properties=properties, is_anonymous=user in ("dev", "bob"))


def joined(user: str, previous: str) -> Alias:
    return Alias(f"joins:{user}:{previous}", previous, user, NOW, NOW)


class Failing(MemoryStore):
    """Refuses the n-th commit, and all after it."""

    def __init__(self, after: int, fault: Exception) -> None:
        super().__init__()
        self.left, self.fault = after, fault

    def commit_now(self, batch: Batch) -> tuple[Claim, ...]:
        self.left -= 1
        if self.left < 0:
            raise self.fault
        return super().commit_now(batch)

    async def commit(self, batch: Batch) -> tuple[Claim, ...]:
        await asyncio.sleep(0)
        return self.commit_now(batch)


@dataclass
class Scene:
    """A store with one playbook, and a clock that only the test moves."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(NOW))
    claims: list[Claim] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.publications = Publications(self.store)
        publish(self.store, self.publications, shop(), {}, now=NOW)

    def host(self) -> Host:
        start = restored(self.store, self.publications)
        return Host(self.store, start, clock=self.clock, claimed=self.claims.extend)

    @asynccontextmanager
    async def hosting(self) -> AsyncIterator[Host]:
        host = self.host()
        work = asyncio.create_task(host.run())
        yield host
        host.stop()
        await work

    def replayed(self) -> Shard:
        shard = Shard(self.publications.compiled(shop().hash), publications=self.publications.compiled)
        shard.feed(list(self.store.log()))
        return shard


def users(scene: Scene) -> list[str]:
    return [entry.user for entry in scene.store.log() if isinstance(entry, Event)]


@pytest.mark.parametrize("fault", [Unavailable("disk full"), ValueError("a decision ended twice")])
def test_whoever_waits_is_told_when_the_store_fails(fault: Exception) -> None:
    scene = Scene(Failing(2, fault))

    async def used() -> list[object]:
        host = scene.host()
        work = asyncio.create_task(host.run())
        assert await host.accept([happened("e1")], ()) == []
        waiting = [asyncio.create_task(host.accept([happened(f"f{n}")], ())) for n in range(3)]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(host.accept([happened("g")], ())))
        told: list[object] = list(await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10))
        with pytest.raises(type(fault)):
            await work
        with pytest.raises(Unavailable):
            await host.accept([happened("h")], ())
        return told

    assert [type(each) for each in asyncio.run(used())] == [Unavailable] * 4
    assert [entry.id for entry in scene.store.log() if isinstance(entry, Event)] == ["e1"]


def test_whoever_asks_for_an_erasure_is_told_when_another_part_of_the_engine_ends_it() -> None:
    class Stuck(MemoryStore):
        begun: asyncio.Event

        async def erase(self, erasures: Sequence[Erasure], *, now: Instant, seq: int) -> None:
            self.begun.set()
            await asyncio.Event().wait()

    async def story() -> None:
        store = Stuck()
        store.begun = asyncio.Event()
        host = Scene(store).host()
        work = asyncio.create_task(host.run())
        await host.accept([happened("e1")], ())
        asking = asyncio.create_task(host.erase("ann"))
        await store.begun.wait()
        work.cancel()
        with pytest.raises(Unavailable, match="ask again"):
            await asyncio.wait_for(asking, 10)

    asyncio.run(story())


def test_nothing_is_taken_only_when_all_that_came_before_is_durable() -> None:
    class Slow(MemoryStore):
        is_open: asyncio.Event

        async def commit(self, batch: Batch) -> tuple[Claim, ...]:
            await self.is_open.wait()
            return await super().commit(batch)

    async def story() -> None:
        store = Slow()
        store.is_open = asyncio.Event()
        async with Scene(store).hosting() as host:
            first = asyncio.create_task(host.accept([happened("e1")], []))
            while "ann" not in host.shard.memories:
                await asyncio.sleep(0)
            second = asyncio.create_task(host.accept([], []))
            for _ in range(50):
                await asyncio.sleep(0)
            assert (first.done(), second.done()) == (False, False)
            store.is_open.set()
            await second
            assert first.done()
            assert [each.id for each in store.events_of("ann") if isinstance(each, Event)] == ["e1"]

    asyncio.run(story())


def test_an_id_that_comes_twice_counts_once_in_one_request_and_in_several() -> None:
    scene = Scene()

    async def used() -> None:
        async with scene.hosting() as host:
            twice = asyncio.gather(
                host.accept([happened("e1"), happened("e1")], ()), host.accept([happened("e1", "bob")], ())
            )
            assert list(await twice) == [["e1"], ["e1"]]

    asyncio.run(used())
    assert users(scene) == ["ann"]


def test_too_much_at_once_is_refused_whole_and_receipts_never_are() -> None:
    scene = Scene()

    async def used() -> None:
        host = scene.host()
        full = asyncio.create_task(host.accept([happened(f"e{n}") for n in range(MOST_WAITING)], ()))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="nothing was taken"):
            await host.accept([happened("more")], ())
        host.report(happened("receipt-d1-1", name=ATTEMPT_LAPSED))
        host.stop()
        await host.run()
        assert await full == []

    asyncio.run(used())
    assert len(users(scene)) == MOST_WAITING + 1


def test_what_waits_is_bounded_in_bytes_too() -> None:
    scene = Scene()
    large = Event("large", "ann", "Cart Updated", NOW, NOW, properties=b'{"a": "%s"}' % (b"x" * MOST_BYTES_WAITING))

    async def used() -> None:
        host = scene.host()
        assert not host.is_full
        taken = asyncio.create_task(host.accept([large], ()))
        await asyncio.sleep(0)
        assert (host.is_full, host.waiting) == (True, 1)
        with pytest.raises(Overloaded, match="1 events are waiting; nothing was taken"):
            await host.accept([happened("more")], ())
        host.stop()
        await host.run()
        assert await taken == []
        assert (host.is_full, host.waiting) == (False, 0)
        assert len(host.commit_seconds) == 1

    asyncio.run(used())


def test_offsets_are_kept_with_what_came_by_them() -> None:
    scene = Scene()

    async def used() -> None:
        async with scene.hosting() as host:
            await host.accept([happened("e1")], (), offsets=(("orders.csv", 1),))
            await host.accept([happened("e1")], (), offsets=(("orders.csv", 2),))

    asyncio.run(used())
    assert scene.store.offset("orders.csv") == 2


def test_a_snapshot_is_walked_while_events_come_and_a_start_folds_the_rest() -> None:
    scene = Scene()

    async def used() -> None:
        host = scene.host()
        work = asyncio.create_task(host.run())
        for n in range(200):
            await host.accept([happened(f"e{n}", f"u{n}")], ())
        host._walk.begin(host._intake.seq)
        for n in range(200, 240):
            await host.accept([happened(f"e{n}", f"u{n % 50}")], ())
        while host._walk.is_on:
            await asyncio.sleep(0)
        await host.accept([happened("last", "u7")], ())
        work.cancel()
        snapshot = scene.store.restore()
        assert 200 < snapshot.seq < scene.store.last_seq()
        assert len(snapshot.memories) == 200
        assert scene.host().shard.memories == host.shard.memories == scene.replayed().memories

    asyncio.run(used())


def test_what_was_taken_before_a_stop_is_kept_and_a_snapshot_says_so() -> None:
    scene = Scene()

    async def used() -> None:
        async with scene.hosting() as host:
            waiting = asyncio.create_task(host.accept([happened("e1")], ()))
            await asyncio.sleep(0)
            host.stop()
            assert await waiting == []

    asyncio.run(used())
    assert scene.store.restore().seq == scene.store.last_seq() == 2


def test_the_log_clock_never_falls_whatever_the_machines_does_and_over_a_restart() -> None:
    scene = Scene()

    async def used(id: str, received_at: Instant) -> None:
        async with scene.hosting() as host:
            await host.accept([happened(id, at=received_at)], ())

    scene.clock.move(NOW + HOUR)
    asyncio.run(used("e1", NOW + HOUR))
    scene.clock = SimulatedClock(NOW)
    asyncio.run(used("e2", NOW))
    asyncio.run(used("e3", NOW + 2 * HOUR))
    clocks = [log_clock(entry) for entry in scene.store.log()]
    assert clocks == sorted(clocks)
    assert clocks[1:] == [NOW + HOUR] * 3
    assert [entry.at for entry in scene.store.log() if isinstance(entry, Event)] == [NOW + HOUR, NOW, NOW + HOUR]


def test_a_restart_at_any_entry_remembers_what_no_restart_would() -> None:
    scene, whole = Scene(), Scene()
    reads: list[Sequence[Event | Alias]] = [
        [happened("e1", "dev"), happened("e2", "cid"), happened("i1", "cid", IDENTIFIED)],
        [joined("ann", "dev"), happened("e3", "dev"), happened("i2", "ann", IDENTIFIED)],
        [joined("bob", "dev"), happened("e5", "dev")],
        [joined("ann", "bob"), joined("bob", "ann"), joined("dev", "ann"), happened("e6", "bob")],
        [happened("e7", "dev"), happened("e8", "cid"), joined("cid", "new")],
    ]

    async def restarting() -> None:
        for read in reads:
            scene.clock.move(scene.clock.now() + 20 * MINUTE)
            async with scene.hosting() as host:
                await host.accept(read, ())

    async def staying() -> None:
        async with whole.hosting() as host:
            for read in reads:
                whole.clock.move(whole.clock.now() + 20 * MINUTE)
                await host.accept(read, ())

    asyncio.run(restarting())
    asyncio.run(staying())
    assert list(scene.store.log()) == list(whole.store.log())
    assert scene.store.restore().memories == whole.store.restore().memories == scene.replayed().memories
    assert list(scene.store.decisions()) == list(whole.store.decisions())
    assert users(scene) == ["dev", "cid", "cid", "ann", "ann", "bob", "ann", "ann", "cid"]
    assert len(scene.claims) == len(whole.claims) == 2


def test_the_log_of_a_host_is_decided_the_same_again() -> None:
    scene = Scene()

    async def used() -> None:
        async with scene.hosting() as host:
            for n in range(30):
                scene.clock.move(scene.clock.now() + 13 * MINUTE)
                await host.accept([happened(f"e{n}", f"u{n % 7}"), joined(f"u{n % 7}", f"v{n % 5}")], ())

    asyncio.run(used())
    assert len(list(scene.store.decisions())) > 5
    assert scene.replayed().memories == scene.store.restore().memories


def test_of_very_many_who_are_due_each_commit_takes_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that those who are first do not wait for the last, nor whoever sends meanwhile."""
    monkeypatch.setattr(embedded, "MOST_DUE", 2)
    scene, groups = Scene(), list[list[str]]()

    async def used() -> None:
        async with scene.hosting() as host:
            host.watchers.append(lambda inputs, turn: groups.append([each.user for each in turn.decisions]))
            await host.accept([happened(f"e{n}", f"u{n}", at=NOW - n) for n in range(5)], ())
            scene.clock.move(NOW + 45 * MINUTE)
            while not host.is_at_rest:
                await asyncio.sleep(0)

    asyncio.run(used())
    assert [each for each in groups if each] == [["u3", "u4"], ["u1", "u2"], ["u0"]]
    again = Shard(scene.publications.compiled(shop().hash), publications=scene.publications.compiled)
    told = [[each.user for each in again.feed([entry]).decisions] for entry in scene.store.log()]
    assert [each for each in told if each] == [each for each in groups if each]  # cut off anywhere, nothing is lost
