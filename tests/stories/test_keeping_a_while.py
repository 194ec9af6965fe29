"""An engine that keeps events for a while: what is old leaves its file, and everything goes on as if it were there."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import duckdb
import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.units import DAY, Instant
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host, Terms
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import publish, restored
from opportune.wiring.retention import Retention, unkeepable
from opportune.wiring.timeline import timeline
from opportune.wiring.why import Where, why
from tests.stories.test_erase import FILES, NOW, traces

KEEP = 20 * DAY
Story = Callable[[Host, SimulatedClock], Coroutine[None, None, None]]


def said(id: str, user: str, at: Instant, name: str = "Cart Updated", properties: str = '{"cart_id": "c1"}') -> Event:
    is_anonymous = user.startswith("device")
    return Event(id, user, name, at, at, properties=properties.encode(), is_anonymous=is_anonymous)


def lived(path: Path, story: Story, clock: SimulatedClock, to: Path | None = None) -> None:
    """The story told to an engine on this file that keeps events for twenty days."""

    async def living() -> None:
        store = SqliteStore(path)
        publications = Publications(store)
        if store.last_seq() == 0:
            publish(store, publications, playbook_from(FILES), FILES, now=clock.now())
        retention = Retention(store, path, keep=KEEP, to=to)
        start, terms = restored(store, publications), Terms(retention=retention)
        host = Host(store, start, clock=clock, claimed=lambda _: None, terms=terms)
        work = asyncio.create_task(host.run())
        await story(host, clock)
        if retention._writing is not None:
            await retention._writing
        while store.is_busy:
            await asyncio.wrap_future(store._writer.submit(lambda connection: None))
        host.stop()
        await work
        store.rewriter.finish()
        store.close()

    asyncio.run(living())


async def days(host: Host, clock: SimulatedClock, first: int, last: int) -> None:
    """On each of these days two users do something: both fill a cart, and only one can be written to."""
    for day in range(first, last):
        clock.move(NOW + day * DAY)
        traits = '{"email": "ben@shop.example", "email_consent": true}'
        await host.accept([said(f"i{day}", "ben", clock.now(), "Identified", traits)], [])
        await host.accept([said(f"b{day}", "ben", clock.now()), said(f"c{day}", "cleo", clock.now())], [])


async def ann_comes_once(host: Host, clock: SimulatedClock) -> None:
    traits = '{"email": "ann@private.example", "email_consent": true}'
    await host.accept(
        [said("d1", "device-of-ann", NOW, "Seen"), Alias("alias:1", "device-of-ann", "ann", NOW, NOW)], []
    )
    await host.accept([said("a1", "ann", NOW, "Identified", traits), said("a2", "ann", NOW)], [])
    await days(host, clock, 1, 60)


def test_what_is_old_leaves_and_the_rest_is_told_and_decided_as_before(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    lived(path, ann_comes_once, clock)
    store = SqliteStore(path)
    events = [entry for entry in store.log() if isinstance(entry, Event)]
    oldest = min(event.received_at for event in events)
    assert clock.now() - 3 * KEEP // 2 - 2 * DAY <= oldest <= clock.now() - KEEP
    assert replay(store).differences == []
    account = why(store, "ann")
    assert account.names == ["ann", "device-of-ann"], "what was one user stays one"
    assert "has left this file" in account.sentence
    assert why(store, "device-of-ann").names == account.names
    ben = why(store, "ben", where=Where(most=1))
    assert len(ben.decisions) == 1
    assert "has left this file" in ben.sentence
    assert timeline(store, "cleo", None, 100) is not None
    assert not store.is_known("nobody") and store.is_known("b59")
    held = restored(store, Publications(store)).shard.memory("ann")
    assert held.profile.traits["email"][-1].value == "ann@private.example", "memories stay"
    store.close()


def test_a_start_without_a_snapshot_begins_at_the_base(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lived(path, ann_comes_once, SimulatedClock(NOW))
    store = SqliteStore(path)
    whole = restored(store, Publications(store)).shard
    store._writer.submit(
        lambda connection: connection.execute(
            "DELETE FROM snapshots; DELETE FROM meta WHERE name LIKE 'snapshot%'"
        ).fetchall()
    ).result()
    again = restored(store, Publications(store))
    assert again.shard.memories == whole.memories
    assert again.walk.dirty >= whole.memories.keys(), "the next snapshot holds everybody"
    store.close()


def test_an_erased_user_leaves_the_bases_too(tmp_path: Path) -> None:
    path, clock = tmp_path / "shop.db", SimulatedClock(NOW)
    secrets = ("ann@private.example", "device-of-ann")
    lived(path, ann_comes_once, clock)
    store = SqliteStore(path)
    assert "ann" in store.base().memories
    store.close()

    async def erased(host: Host, clock: SimulatedClock) -> None:
        await host.erase("ann")
        await days(host, clock, 60, 62)

    lived(path, erased, clock)
    assert traces(path, secrets) == []
    store = SqliteStore(path)
    assert replay(store).differences == []
    store.close()


def test_what_leaves_is_written_by_day_first(tmp_path: Path) -> None:
    path, to = tmp_path / "shop.db", tmp_path / "old"
    lived(path, ann_comes_once, SimulatedClock(NOW), to)
    store = SqliteStore(path)
    left = {entry.id for entry in store.log() if isinstance(entry, Event)}
    rest = {each.id for each in store.decisions()}
    store.close()
    with duckdb.connect() as connection:
        written = {name for (name,) in connection.sql(f"SELECT id FROM '{to}/*/events-*.parquet'").fetchall()}
        decided = {name for (name,) in connection.sql(f"SELECT id FROM '{to}/*/decisions-*.parquet'").fetchall()}
    assert written.isdisjoint(left)
    assert {f"{kind}{day}" for kind in "ibc" for day in range(1, 60)} | {"d1", "a1", "a2"} <= written | left
    assert decided
    assert len(decided & rest) <= 1, "the newest row of all stays, and is written once more"


def test_what_cannot_be_written_does_not_leave(tmp_path: Path) -> None:
    path, to = tmp_path / "shop.db", tmp_path / "a file"
    to.write_text("in the way")
    lived(path, ann_comes_once, SimulatedClock(NOW), to)
    store = SqliteStore(path)
    assert (store.base().seq, next(store.log()).seq) == (0, 1)
    store.close()


@pytest.mark.parametrize(
    ("keep", "to", "said"),
    [
        (None, None, None),
        (KEEP, Path("old"), None),
        (6 * DAY, None, "--keep must be at least 1 week"),
        (None, Path("old"), "say when, with --keep SPAN"),
    ],
)
def test_spans_that_are_too_short_are_refused(keep: int | None, to: Path | None, said: str | None) -> None:
    problem = unkeepable(keep, to)
    assert problem is None if said is None else said in (problem or "")
