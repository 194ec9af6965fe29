"""A changed feature in an engine's file: filled in before it is published, whatever happens to process and log."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.units import DAY, HOUR, Instant
from opportune.wiring import backfilling
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host, Terms
from opportune.wiring.one_user import shard_of
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import Restored, restored
from opportune.wiring.retention import Retention
from opportune.wiring.shard import Shard
from opportune.wiring.starting import in_force
from tests.stories.test_erase import FILES, NOW, traces

KEEP = 20 * DAY
Story = Callable[[Host, SimulatedClock], Coroutine[None, None, None]]
FEATURES = {
    "first": "carts_7d: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n",
    "second": "carts_7d: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n"
    "last_note: LAST(note) FILTER (WHERE event = 'Cart Updated')\nseen: COUNT_IF(event = 'Seen')\n",
    "third": "carts_7d: COUNT_IF(event = 'Cart Updated') OVER LAST '90 days'\nseen: COUNT_IF(event = 'Seen')\n",
}


def written(which: str) -> dict[str, str]:
    return {**FILES, "features.yaml": FEATURES[which]}


def said(id: str, user: str, at: Instant, name: str = "Cart Updated", note: str = "") -> Event:
    properties = f'{{"cart_id": "c1", "note": "{note}"}}'.encode()
    return Event(id, user, name, at, at, properties=properties, is_anonymous=user.startswith("device"))


async def opened(store: SqliteStore, which: str, now: Instant) -> Restored:
    files = written(which)
    return await in_force(store, Publications(store), playbook_from(files), files, now=now)


def lived(path: Path, which: str, story: Story, clock: SimulatedClock, *, keeps: bool = False) -> None:
    """The story told to an engine that starts with these features."""

    async def living() -> None:
        store = SqliteStore(path)
        start = await opened(store, which, clock.now())
        terms = Terms(retention=Retention(store, path, keep=KEEP) if keeps else None)
        host = Host(store, start, clock=clock, claimed=lambda _: None, terms=terms)
        work = asyncio.create_task(host.run())
        await story(host, clock)
        while store.is_busy:
            await asyncio.wrap_future(store._writer.submit(lambda connection: None))
        host.stop()
        await work
        store.rewriter.finish()
        store.close()

    asyncio.run(living())


async def carts(host: Host, clock: SimulatedClock, first: int, last: int) -> None:
    """Each day ann and a device of hers fill a cart, and ben is seen."""
    for day in range(first, last):
        clock.move(NOW + day * DAY)
        device = said(f"d{day}", f"device-{day % 2}", clock.now())
        await host.accept([device, said(f"s{day}", "ben", clock.now(), "Seen")], [])
        await host.accept([said(f"a{day}", "ann", clock.now(), note=f"ann's {day}")], [])


async def a_week(host: Host, clock: SimulatedClock) -> None:
    await carts(host, clock, 0, 7)
    await host.accept([Alias("alias:1", "device-0", "ann", clock.now(), clock.now())], [])


async def nothing(host: Host, clock: SimulatedClock) -> None:
    """Only a start and a stop."""


def values(shard: Shard, user: str) -> dict[str, object]:
    """Each feature as of the newest instant that the user's memory knows."""
    memory = shard.memory(user)
    scope = shard.playbook.view(memory, memory.clock).scope
    return {name: read(scope) for name, read in shard.playbook.readers.items() if not name.startswith("@")}


def told(path: Path, user: str) -> dict[str, object]:
    """The same as a start that folds the newest snapshot, one that folds the whole log, and ``why`` come to it."""
    store = SqliteStore(path)
    first = restored(store, Publications(store)).shard
    again = shard_of(store, user)
    assert replay(store).differences == []
    store._writer.submit(
        lambda connection: connection.execute(
            "DELETE FROM snapshots; DELETE FROM meta WHERE name LIKE 'snapshot%'"
        ).fetchall()
    ).result()
    whole = restored(store, Publications(store)).shard
    assert whole.memories == first.memories
    assert again.memories[user] == first.memories[user]
    store.close()
    return values(whole, user)


def rows(path: Path) -> Sequence[tuple[int, str]]:
    with apsw.Connection(str(path)) as connection:
        return list(connection.execute("SELECT seq, user FROM backfills ORDER BY seq, user"))


def test_a_changed_feature_has_its_value_from_the_first_instant_on(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_week, clock)
    lived(path, "second", nothing, clock)
    assert told(path, "ann") == {"carts_7d": 11, "last_note": "ann's 6", "seen": 0}
    assert told(path, "ben") == {"carts_7d": 0, "last_note": None, "seen": 7}
    assert [user for _, user in rows(path)] == ["ann", "ben", "device-1"]


def test_it_goes_on_with_the_events_that_follow(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_week, clock)

    async def more(host: Host, clock: SimulatedClock) -> None:
        await carts(host, clock, 7, 9)

    lived(path, "third", more, clock)
    lived(path, "second", nothing, clock)
    assert told(path, "ann") == {"carts_7d": 11, "last_note": "ann's 8", "seen": 0}
    assert told(path, "ben") == {"carts_7d": 0, "last_note": None, "seen": 9}


def test_a_start_with_nothing_new_fills_nothing_in(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "second", a_week, clock)
    lived(path, "first", nothing, clock)
    assert rows(path) == []


def test_a_process_that_dies_meanwhile_has_published_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_week, clock)

    class Dying(SqliteStore):
        def keep_backfill(self, seq: int, rows: Sequence[tuple[str, bytes]]) -> None:
            super().keep_backfill(seq, rows)
            if rows[0][0] == "ben":
                raise Unavailable("the power is gone")

    monkeypatch.setattr(backfilling, "KEPT", 1)
    store = Dying(path)
    before = store.last_seq()
    with pytest.raises(Unavailable, match="the power is gone"):
        asyncio.run(opened(store, "second", clock.now()))
    assert store.last_seq() == before
    store.close()
    assert [user for _, user in rows(path)] == ["ann", "ben"]

    async def more(host: Host, clock: SimulatedClock) -> None:
        await carts(host, clock, 7, 9)

    lived(path, "first", more, clock)
    assert told(path, "ann") == {"carts_7d": 11}, "an engine that goes on as before is not touched by it"
    lived(path, "second", nothing, clock)
    assert told(path, "ann") == {"carts_7d": 11, "last_note": "ann's 8", "seen": 0}
    assert len({seq for seq, _ in rows(path)}) == 1, "what was begun is gone"


async def a_quarter(host: Host, clock: SimulatedClock) -> None:
    await carts(host, clock, 0, 60)


def test_of_what_has_left_the_log_a_new_feature_says_that_it_is_not_there(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_quarter, clock, keeps=True)
    store = SqliteStore(path)
    begins = store.base(()).now
    oldest = min(entry.received_at for entry in store.log() if isinstance(entry, Event))
    store.close()
    assert oldest - 2 * DAY < begins <= oldest
    lived(path, "second", nothing, clock, keeps=True)
    found = told(path, "ben")
    assert 20 <= int(str(found["seen"])) < 60
    store = SqliteStore(path)
    memory = restored(store, Publications(store)).shard.memory("ben")
    assert {series.lost for series in memory.profile.series.values() if series.lost is not None} == {begins}
    store.close()


def test_a_window_made_longer_over_a_log_that_was_cut_says_from_when_on_it_is_whole(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_quarter, clock, keeps=True)
    lived(path, "third", nothing, clock, keeps=True)
    told(path, "ann")
    store = SqliteStore(path)
    memory = restored(store, Publications(store)).shard.memory("ann")
    marks = [series.since for series in memory.profile.series.values()]
    assert clock.now() - 7 * DAY - 72 * HOUR in marks
    store.close()


def test_rows_leave_with_the_log_that_they_were_folded_from(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_week, clock, keeps=True)

    async def more(host: Host, clock: SimulatedClock) -> None:
        await carts(host, clock, 7, 60)

    lived(path, "second", more, clock, keeps=True)
    assert rows(path) == []
    assert told(path, "ben") == {"carts_7d": 0, "last_note": None, "seen": 60}


def test_they_leave_with_an_erased_user(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, "first", a_week, clock)
    assert traces(path, ("ann's 6",)) != []

    async def erasing(host: Host, clock: SimulatedClock) -> None:
        await host.erase("ann")

    lived(path, "second", erasing, clock)
    assert traces(path, ("ann's 6",)) == []
    assert [user for _, user in rows(path)] == ["ben", "device-1"]
    assert told(path, "ben") == {"carts_7d": 0, "last_note": None, "seen": 7}
