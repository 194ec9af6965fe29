"""How many runs are where, counted in the file of an engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.journeys.diagram import Standing
from opportune.playbook.reading import playbook_from
from opportune.policies.shipped import SHIPPED
from opportune.ports import Batch, Kept, Mark
from opportune.units import MINUTE
from opportune.wiring.change import Change, said_after
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, publish_at_rest, restored
from opportune.wiring.standing import UnderWay, under_way
from tests.contracts.made import NOW
from tests.unit.wiring.published_shop import CART, files

LONGER = CART.replace("  - name: ask", "  - wait: 1 day\n  - name: ask")
FIRST, SECOND = playbook_from(files(CART)), playbook_from(files(LONGER))


class Shop:
    """A file that events come into."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqliteStore(path, horizon=1)
        self.publications = Publications(self.store)
        publish(self.store, self.publications, FIRST, files(CART), now=NOW)
        self.start = restored(self.store, self.publications)

    def comes(self, name: str, *users: str) -> None:
        seq = self.store.last_seq() + 1
        events = [
            Event(f"{name}-{user}", user, name, NOW, NOW, seq + place, b'{"cart_id": "c"}')
            for place, user in enumerate(users)
        ]
        self.start.shard.feed(events)
        self.store.commit_now(Batch(inputs=tuple(events)))

    def publishes(self) -> None:
        self.publications.keep(SECOND, files(LONGER))
        seq = self.store.last_seq() + 1
        said = said_after(Change(SECOND.hash), self.start.shard.in_force.said, now=NOW + MINUTE, seq=seq, zones="z")
        publish_at_rest(self.store, self.publications, self.start, said)

    def marks(self) -> None:
        shard = self.start.shard
        kept = tuple(Kept(user, raw, shard.wheel.wake(user)) for user, raw in shard.memories.items())
        mark = Mark(self.store.last_seq(), shard.playbook.hash, tuple(self.publications.living))
        self.store.commit_now(Batch(kept=kept, mark=mark))

    def under_way(self) -> UnderWay:
        history = SqliteHistory(self.path)
        with history.standing_still():
            found = under_way(history, policies=SHIPPED)
        history.close()
        return found

    def standing(self, version: str = CART) -> Standing:
        [journey] = playbook_from(files(version)).journeys.values()
        return self.under_way().standing(journey)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop.db")
    yield made
    made.store.close()


def test_runs_are_counted_where_they_stand(shop: Shop) -> None:
    assert shop.standing() == Standing({}, 0)
    shop.comes("Cart Updated", "ann", "ben", "eve")
    assert shop.standing() == Standing({"step1": 3}, 0)
    shop.comes("Order Completed", "ben")
    assert shop.standing() == Standing({"step1": 2}, 0)


def test_what_came_after_the_snapshot_counts_as_well(shop: Shop) -> None:
    shop.comes("Cart Updated", "ann", "ben")
    shop.marks()
    assert shop.standing() == Standing({"step1": 2}, 0)
    shop.comes("Cart Updated", "eve")
    shop.comes("Order Completed", "ben")
    assert shop.standing() == Standing({"step1": 2}, 0)


def test_runs_of_a_version_with_other_steps_are_only_counted(shop: Shop) -> None:
    shop.comes("Cart Updated", "ann", "ben")
    shop.publishes()
    shop.comes("Cart Updated", "eve")
    assert shop.standing(CART) == Standing({"step1": 2}, 1)
    assert shop.standing(LONGER) == Standing({"step1": 1}, 2)


def test_what_was_once_published_has_run_and_nothing_else(shop: Shop) -> None:
    assert (shop.under_way().has_run(FIRST), shop.under_way().has_run(SECOND)) == (True, False)
    shop.publishes()
    shop.marks()
    assert (shop.under_way().has_run(FIRST), shop.under_way().has_run(SECOND)) == (True, True)


def test_runs_of_other_journeys_are_none_of_it(shop: Shop) -> None:
    shop.comes("Cart Updated", "ann")
    assert shop.standing(CART.replace("journey: cart", "journey: other")) == Standing({}, 0)


def test_a_file_that_nothing_was_published_in_cannot_be_asked(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "empty.db").close()
    history = SqliteHistory(tmp_path / "empty.db")
    with pytest.raises(Unavailable):
        under_way(history, policies=SHIPPED)
    history.close()


def test_a_damaged_memory_is_told() -> None:
    with pytest.raises(Unavailable, match="a memory is damaged"):
        UnderWay([b"\x02nonsense"], {})
