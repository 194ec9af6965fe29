"""A user is forgotten: nothing of it is told, sent or left in the file, and what comes of it later is refused."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import apsw
import pytest
import zstandard

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.alias import Alias
from opportune.events.event import Erased, Event, Merged
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, DeadLetter, Erasure
from opportune.sending.outbox import Claim
from opportune.units import HOUR, Instant
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import publish, restored

ROOT = Path(__file__).resolve().parents[2]
NOW: Instant = 1_780_315_200_000
SECRETS = ("ann-4711", "device-of-ann", "ann@private.example", "+4917012345678")
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nkey: cart_id\n"
    "steps:\n  - wait: 45 minutes\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
}
Story = Callable[[Host], Coroutine[None, None, None]]


def said(id: str, user: str, name: str = "Cart Updated", properties: str = '{"cart_id": "c1", "value": 80}') -> Event:
    is_anonymous = user.startswith("device")
    return Event(id, user, name, NOW, NOW, properties=properties.encode(), is_anonymous=is_anonymous)


def about_ann() -> list[Event | Alias]:
    traits = '{"email": "ann@private.example", "phone": "+4917012345678", "email_consent": true}'
    return [
        said("a1", "device-of-ann"),
        Alias("alias:1", "device-of-ann", "ann-4711", NOW, NOW),
        said("a2", "ann-4711", "Identified", traits),
        said("a3", "ann-4711"),
        said("a4", "ann-4711", properties='{"cart_id": "c2", "note": "for ann@private.example"}'),
    ]


def others(count: int) -> list[Event]:
    traits = '{"email": "u%d@example.com", "email_consent": true}'
    known = [said(f"t{n}", f"u{n}", "Identified", traits % n) for n in range(count)]
    return [*known, *(said(f"o{n}", f"u{n}") for n in range(count))]


def lived(path: Path, story: Story, clock: SimulatedClock | None = None) -> list[Claim]:
    """What was claimed while the story was told to an engine on this file."""
    claims: list[Claim] = []

    async def living() -> None:
        store = SqliteStore(path)
        publications = Publications(store)
        if store.last_seq() == 0:
            publish(store, publications, playbook_from(FILES), FILES, now=NOW)
        host = Host(store, restored(store, publications), clock=clock or SimulatedClock(NOW), claimed=claims.extend)
        work = asyncio.create_task(host.run())
        await story(host)
        host.stop()
        await work
        store.rewriter.finish()
        store.close()

    asyncio.run(living())
    return claims


async def told(host: Host) -> None:
    dead = DeadLetter(NOW, "too_large", "one call", b'{"userId":"ann-4711","x":"' + b"y" * 99 + b'"}')
    await host.accept(about_ann(), [dead])
    await host.accept(others(20), [])


def traces(path: Path, words: tuple[str, ...] = SECRETS) -> list[str]:
    """Where one of these stands in the file, its log or what is packed in them."""
    found = []
    for each in sorted(path.parent.glob(f"{path.name}*")):
        raw = each.read_bytes()
        found += [f"{word} in {each.name}" for word in words if word.encode() in raw]
    with apsw.Connection(str(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                for cell in row:
                    plain = unpacked(cell) if isinstance(cell, bytes) else str(cell).encode()
                    found += [f"{word} in table {table}" for word in words if word.encode() in plain]
    return found


def unpacked(cell: bytes) -> bytes:
    try:
        return zstandard.decompress(cell)
    except zstandard.ZstdError:
        return cell


def test_nothing_of_an_erased_user_is_left_in_the_file_or_its_log(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lived(path, told)
    assert len(traces(path)) > 8

    async def erased(host: Host) -> None:
        taken = await host.erase("ann-4711")
        assert sorted(taken.names) == sorted(taken.refused) == ["ann-4711", "device-of-ann"]
        assert [entry for entry in host.store.log() if isinstance(entry, Event) and entry.user in taken.names] == []
        assert host.store.decisions_of("ann-4711") == []
        assert host.store.dead_letters() == []

    lived(path, erased)
    assert traces(path) == []
    store = SqliteStore(path)
    kinds = [type(entry) for entry in store.log()]
    assert kinds.count(Erased) == 2
    assert Merged not in kinds
    assert kinds.count(Event) == 40
    assert store.is_barred("email", "Ann@Private.example")
    assert store.is_barred("sms", "+4917012345678")
    assert not store.is_barred("email", "u1@example.com")
    store.close()


def test_a_number_is_barred_in_the_form_in_which_it_would_be_written_to(tmp_path: Path) -> None:
    async def erased(host: Host) -> None:
        await host.accept([said("p1", "pia", "Identified", '{"phone": "+49 (170) 123-45678"}')], ())
        await host.erase("pia")

    lived(tmp_path / "shop.db", erased)
    store = SqliteStore(tmp_path / "shop.db")
    assert store.is_barred("sms", "+4917012345678")
    store.close()


def test_events_of_an_erased_user_are_refused_until_the_id_is_readmitted(tmp_path: Path) -> None:
    async def story(host: Host) -> None:
        await told(host)
        await host.erase("ann-4711")
        again = await host.accept([said("late", "ann-4711"), said("fine", "u1")], [])
        assert (list(again), again.erased) == ([], ["late"])
        alias = await host.accept([Alias("alias:2", "device-of-ann", "bob", NOW, NOW), said("b1", "bob")], [])
        assert alias.erased == ["alias:2"]
        assert host.shard.resolved("device-of-ann") == "device-of-ann"
        assert await host.store.readmit("ann-4711")
        assert not await host.store.readmit("ann-4711")
        assert (await host.accept([said("late", "ann-4711"), said("a3", "ann-4711")], [])).erased == []
        assert [entry.id for entry in host.store.events_of("ann-4711") if isinstance(entry, Event)] == ["late"]
        assert not host.store.is_barred("email", "ann@private.example")

    lived(tmp_path / "shop.db", story)


def test_what_was_planned_for_an_erased_user_is_not_sent_and_a_restart_remembers_nobody(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"

    async def story(host: Host) -> None:
        await told(host)
        await host.erase("device-of-ann")

    async def later(host: Host) -> None:
        await host.accept([said("z", "u3", "Page Viewed", "{}")], [])

    lived(path, story)
    claims = lived(path, later, SimulatedClock(NOW + 5 * HOUR))
    assert claims
    assert {claim.attempt.user for claim in claims}.isdisjoint({"ann-4711", "device-of-ann"})


def test_the_log_decides_the_same_again_after_an_erase(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    lived(path, told)

    async def erased(host: Host) -> None:
        await host.accept([said("z", "u3", "Page Viewed", "{}")], [])
        await host.erase("ann-4711")
        await host.erase("u5")

    lived(path, erased, SimulatedClock(NOW + 5 * HOUR))
    store = SqliteStore(path)
    found = replay(store)
    store.close()
    assert found.days
    assert found.differences == []


def test_a_shared_device_stays_with_whoever_has_it_now(tmp_path: Path) -> None:
    async def story(host: Host) -> None:
        await told(host)
        await host.accept([Alias("alias:3", "device-of-ann", "bob", NOW, NOW), said("b1", "bob")], [])
        taken = await host.erase("ann-4711")
        assert set(taken.names) == {"ann-4711", "device-of-ann"}
        assert taken.refused == ("ann-4711",)
        await host.accept([said("b2", "device-of-ann")], [])
        assert [entry.id for entry in host.store.events_of("bob") if isinstance(entry, Event)] == ["b1", "b2"]
        assert host.shard.resolved("device-of-ann") == "bob"

    lived(tmp_path / "shop.db", story)


def test_a_device_that_an_erased_user_took_over_goes_back(tmp_path: Path) -> None:
    async def story(host: Host) -> None:
        await told(host)
        await host.accept([Alias("alias:3", "device-of-ann", "bob", NOW, NOW), said("b1", "bob")], [])
        taken = await host.erase("bob")
        assert taken.names == taken.refused == ("bob",)
        assert host.shard.resolved("device-of-ann") == "ann-4711"
        assert len([entry for entry in host.store.events_of("ann-4711") if isinstance(entry, Event)]) == 3

    lived(tmp_path / "shop.db", story)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_killed_while_it_overwrites_it_goes_on_at_the_next_start(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "shop.db"

    async def story(host: Host) -> None:
        for n in range(40):
            await host.accept([said(f"x{n}", "ann-4711"), said(f"y{n}", "u1")], [])
        await told(host)

    lived(path, story)
    child = [sys.executable, "-m", "tests.faults.erasing_child", str(path), "ann-4711", str(rows)]
    assert subprocess.run(child, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert traces(path)
    store = SqliteStore(path)
    assert [entry for entry in store.log() if isinstance(entry, Event) and entry.user == "ann-4711"] == []
    store.rewriter.finish()
    store.close()
    assert traces(path) == []


def test_erasing_many_takes_a_whole_index_apart_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    store = SqliteStore(path)
    for n in range(0, 12_000, 10):
        store.commit_now(
            Batch(inputs=tuple(Event(f"e{m}", f"user-{m % 3_000}", "x", NOW, NOW, m + 1) for m in range(n, n + 10)))
        )
    gone = {f"user-{n}" for n in range(0, 3_000, 3)}
    store.erase_now([Erasure((user,), (user,)) for user in sorted(gone)], now=NOW, seq=20_000)
    store.rewriter.finish()
    assert {entry.user for entry in store.log() if isinstance(entry, Event)} == {
        f"user-{n}" for n in range(3_000)
    } - gone
    assert store.rows_of(["user-3"]) == []
    assert len(list(store.events_of("user-4"))) == 4
    store.close()
    assert traces(path, ("user-3\x00", "user-2997")) == []
