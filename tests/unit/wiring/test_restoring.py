"""What is in force comes back: from the log, from a snapshot, from a log that was cut, from a backup."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.adapters.stores.backups import back_up, restore
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Published
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, Kept, Mark, Snapshot
from opportune.units import DAY, SECOND
from opportune.wiring.change import Change, said_after
from opportune.wiring.one_user import shard_of
from opportune.wiring.publications import Publications, Versions
from opportune.wiring.replay import beginning, replay
from opportune.wiring.restoring import Restored, catch_up, clock_of, publish, publish_at_rest, restored, said_at
from tests.contracts.made import NOW
from tests.unit.wiring.published_shop import AT_ONCE, CART, files

FIRST, TRIED = playbook_from(files(CART)), playbook_from(files(AT_ONCE))
USERS = [f"u{number}" for number in range(12)]


class Shop:
    """A file in which a playbook is tried on a share of the users, with a journey paused."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(path, horizon=1)
        self.publications = Publications(self.store)
        publish(self.store, self.publications, FIRST, files(CART), now=NOW)
        self.start = restored(self.store, self.publications)
        self.comes("Cart Updated")
        self.publications.keep(TRIED, files(AT_ONCE))
        self.changes(Change(TRIED.hash, 500_000))
        self.changes(Change(pause="other"))

    @property
    def said(self) -> Published:
        return self.start.shard.in_force.said

    def changes(self, change: Change) -> None:
        seq = self.store.last_seq() + 1
        said = said_after(change, self.said, now=NOW + seq, seq=seq, zones="z")
        publish_at_rest(self.store, self.publications, self.start, said)

    def comes(self, name: str) -> None:
        seq = self.store.last_seq()
        said = b'{"cart_id": "c%d"}' % seq
        events = [
            Event(f"{name}-{seq}-{user}", user, name, NOW + seq, NOW + seq, seq + place + 1, said)
            for place, user in enumerate(USERS)
        ]
        turn = self.start.shard.feed(events)
        self.start.walk.changed(turn.memories, len(events))
        self.store.commit_now(Batch(inputs=tuple(events), decisions=tuple(turn.decisions), endings=tuple(turn.endings)))

    def marks(self, *, is_base: bool = False) -> int:
        shard, seq = self.start.shard, self.store.last_seq()
        kept = tuple(Kept(user, raw, shard.wheel.wake(user)) for user, raw in shard.memories.items())
        mark = Mark(seq, shard.playbook.hash, tuple(self.publications.living), is_base)
        self.store.commit_now(Batch(kept=kept, mark=mark))
        return seq

    def again(self) -> Restored:
        return restored(self.store, Publications(self.store))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop.db")
    yield made
    made.store.close()


def is_the_same(found: Restored, shop: Shop) -> bool:
    mine, theirs = shop.start.shard, found.shard
    deciding = [shard.playbook_of(shard.memory(user)).hash for shard in (mine, theirs) for user in USERS]
    return (
        theirs.in_force.said == mine.in_force.said
        and theirs.memories == mine.memories
        and deciding[: len(USERS)] == deciding[len(USERS) :]
        and set(deciding) == {FIRST.hash, TRIED.hash}
        and theirs.playbook.paused == {"other"}
    )


def test_it_comes_back_from_the_log_alone(shop: Shop) -> None:
    assert (shop.said.share, shop.said.stable, shop.said.paused) == (500_000, FIRST.hash, ("other",))
    assert is_the_same(shop.again(), shop)


def test_it_comes_back_from_a_snapshot_and_what_came_after_it(shop: Shop) -> None:
    shop.marks()
    assert is_the_same(shop.again(), shop)
    shop.comes("Cart Updated")
    assert is_the_same(shop.again(), shop)


def test_it_comes_back_where_the_log_was_cut_behind_it(shop: Shop) -> None:
    place = shop.marks(is_base=True)
    shop.comes("Cart Updated")
    last = Event("last", "u1", "Opened", NOW + SECOND, NOW + SECOND, shop.store.last_seq() + 1)
    shop.start.shard.feed([last])
    shop.store.commit_now(Batch(inputs=(last,)))
    while shop.store.is_busy:
        shop.store._writer.submit(lambda connection: None).result()
    assert shop.store.retention.leaving(NOW * 2) == place
    shop.store.retention.cut(place)
    while shop.store.is_busy:
        shop.store._writer.submit(lambda connection: None).result()
    assert not [entry for entry in shop.store.log() if isinstance(entry, Published)]
    assert len(shop.store.published()) == 3
    assert is_the_same(shop.again(), shop)
    assert beginning(shop.store).in_force.said == shop.said
    assert replay(shop.store).differences == []
    assert shard_of(shop.store, "u3").in_force.said == shop.said


def test_it_comes_back_from_a_backup(shop: Shop, tmp_path: Path) -> None:
    shop.marks()
    back_up(tmp_path / "shop.db", tmp_path / "backup.db", at="now")
    restore(tmp_path / "backup.db", tmp_path / "other.db")
    other = SqliteStore(tmp_path / "other.db")
    assert is_the_same(restored(other, Publications(other)), shop)
    other.close()


def test_the_files_of_what_is_in_force_are_read_by_those_who_only_look(shop: Shop, tmp_path: Path) -> None:
    history = SqliteHistory(tmp_path / "shop.db")
    versions = Versions(history)
    versions.live([FIRST.hash, TRIED.hash])
    standing = versions.standing(history.published()[-1])
    assert (standing.playbook.hash, standing.stable.hash) == (TRIED.hash, FIRST.hash)
    history.close()


def test_a_snapshot_of_an_earlier_release_says_no_more_than_its_playbook(shop: Shop) -> None:
    assert said_at(Snapshot(9, "p0"), shop.store) == Published("p0", 0)
    assert said_at(Snapshot(), shop.store) == Published(FIRST.hash, 0)
    assert said_at(Snapshot(shop.store.last_seq(), TRIED.hash), shop.store) == shop.said


def test_what_steps_made_long_ago_does_not_set_the_log_clock_back(tmp_path: Path) -> None:
    daily = "journey: daily\nenter: {every: day, at: '09:00'}\nsteps:\n  - emit: Day Begun\n"
    texts = files(CART) | {"journeys/daily.yaml": daily}
    store = SqliteStore(tmp_path / "shop.db")
    publications = Publications(store)
    publish(store, publications, playbook_from(texts), texts, now=NOW)
    start = restored(store, publications)
    hello = Event("hello", "ann", "Identified", NOW, NOW, 2)
    store.commit_now(Batch(inputs=(hello,)))
    start.shard.feed([hello])
    catch_up(store, start, now=NOW + 20 * DAY)
    assert [entry.received_at - NOW < 20 * DAY for entry in store.log(3) if isinstance(entry, Event)] == [True] * 20
    assert restored(store, publications).clock == clock_of(store) == NOW + 20 * DAY
    store.close()
