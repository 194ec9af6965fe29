"""What every catalogue promises; one suite for the file and for plain memory."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.announcement import Announcement, publication
from opportune.events.item import Item
from opportune.wiring.catalogue import Shelf
from tests.contracts.made import NOW


@pytest.fixture(params=["sqlite", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    makers: dict[str, Callable[[], SqliteStore | MemoryStore]] = {
        "sqlite": lambda: SqliteStore(tmp_path / "shop.opportune"),
        "memory": MemoryStore,
    }
    made = makers[request.param]()
    yield made
    made.close()


def said(item: Item, at: int = NOW) -> Announcement:
    return publication(item, at)


def test_an_empty_catalogue_has_nothing(shelf: Shelf) -> None:
    assert shelf.items([]) == shelf.items(["p1"]) == {}
    assert shelf.items_due(NOW, 10) == [] == shelf.announcements()


def test_items_are_given_back_as_they_were_last_kept(shelf: Shelf) -> None:
    boot = Item("p1", 80, "EUR", 3, "shoes", ("red", "sale"), 0.5, NOW, NOW + 1, {"name": "Boot", "sizes": [40, 41]})
    asyncio.run(shelf.keep_items([boot, Item("p2", price=1.5)]))
    asyncio.run(shelf.keep_items([Item("p2", price=2)]))
    assert shelf.items(["p1", "p2", "p3"]) == {"p1": boot, "p2": Item("p2", price=2)}
    assert repr(shelf.items(["p2"])["p2"].price) == "2"


def test_many_items_are_asked_for_at_once(shelf: Shelf) -> None:
    asyncio.run(shelf.keep_items([Item(f"p{n}", price=n) for n in range(1_201)]))
    found = shelf.items([f"p{n}" for n in range(2_000)])
    assert len(found) == 1_201 and found["p1200"].price == 1_200


def test_what_is_due_comes_in_order_and_no_more_than_is_asked_for(shelf: Shelf) -> None:
    due = {"a": NOW + 2, "b": NOW, "c": NOW, "d": NOW + 3}
    asyncio.run(shelf.keep_items([Item(name, due=at) for name, at in due.items()] + [Item("e")]))
    assert [item.id for item in shelf.items_due(NOW + 2, 10)] == ["b", "c", "a"]
    assert [item.id for item in shelf.items_due(NOW + 2, 1)] == ["b"]
    assert shelf.items_due(NOW - 1, 10) == []


def test_announcements_stay_in_order_until_they_end_and_each_comes_once(shelf: Shelf) -> None:
    first, second = said(Item("z")), said(Item("a"), NOW + 1)
    asyncio.run(shelf.keep_items([], [first, second]))
    asyncio.run(shelf.keep_items([], [first]))
    assert shelf.announcements() == [first, second]
    asyncio.run(shelf.keep_items([Item("z", price=1)], [said(Item("z"), NOW + 2)], [first.id, "none"]))
    assert shelf.announcements() == [second, said(Item("z"), NOW + 2)]


def test_announcements_of_some_items_come_in_the_order_of_all(shelf: Shelf) -> None:
    asyncio.run(shelf.keep_items([], [said(Item(f"p{n}"), NOW - n) for n in range(700)]))
    asyncio.run(shelf.keep_items([], [said(Item("p1"), NOW)]))
    found = shelf.announcements([f"p{n}" for n in range(650, 0, -1)])
    assert [(each.item.id, each.at) for each in found] == [*((f"p{n}", NOW - n) for n in range(1, 651)), ("p1", NOW)]
    assert shelf.announcements([]) == shelf.announcements(["none"]) == []


def test_the_file_keeps_all_of_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "shop.opportune")
    asyncio.run(store.keep_items([Item("p1", price=1, due=NOW)], [said(Item("p2"))]))
    store.close()
    store = SqliteStore(tmp_path / "shop.opportune")
    assert store.items_due(NOW, 1) == [Item("p1", price=1, due=NOW)]
    assert store.announcements() == [said(Item("p2"))]
    store.close()
