"""Feeding the catalogue: a bad item costs only itself, and what is told is what changed in the end."""

import asyncio
from collections.abc import Mapping
from typing import Any

from opportune.adapters.sources.items import Fed
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import EventError
from opportune.events.names import BACK_IN_STOCK, ITEM_PUBLISHED, PRICE_DROPPED
from opportune.units import DAY, HOUR
from opportune.wiring.catalogue import Catalogue

NOW = 1_780_315_200_000


class Desk:
    """A catalogue and its clock."""

    def __init__(self) -> None:
        self.now = NOW
        self.store = MemoryStore()
        self.catalogue = Catalogue(self.store, now=lambda: self.now)

    def take(self, *stated: Mapping[str, Any] | EventError, is_history: bool = False) -> Fed:
        return asyncio.run(self.catalogue.take(stated, is_history=is_history))

    def said(self) -> list[tuple[str, str]]:
        return [(each.item.id, each.name) for each in self.store.announcements()]


def test_a_bad_item_costs_only_itself() -> None:
    desk = Desk()
    fed = desk.take({"id": "a", "price": 1}, {"price": 2}, EventError("not_json", "no"), {"id": "b", "price": "x"})
    assert (fed.accepted, fed.changed, fed.announced) == (1, 1, 0)
    assert [(each.index, each.code) for each in fed.rejected] == [(1, "bad_item"), (2, "not_json"), (3, "bad_item")]
    assert set(desk.store.items(["a", "b"])) == {"a"}


def test_what_says_nothing_new_changes_nothing() -> None:
    desk = Desk()
    assert desk.take({"id": "a", "price": 5, "name": "A"}).changed == 1
    assert desk.take({"id": "a", "price": 5.0}, {"id": "a"}).changed == 0


def test_an_item_that_is_stated_twice_changes_once_to_what_it_is_in_the_end() -> None:
    desk = Desk()
    desk.take({"id": "a", "price": 100}, {"id": "b", "price": 100})
    fed = desk.take(
        {"id": "a", "price": 80}, {"id": "b", "price": 50}, {"id": "a", "price": 70}, {"id": "b", "price": 100}
    )
    assert (fed.changed, fed.announced) == (1, 1)
    (said,) = desk.store.announcements()
    assert (said.item.price, said.old_price) == (70, 100)


def test_news_that_another_change_makes_untrue_ends_with_it() -> None:
    desk = Desk()
    desk.take({"id": "a", "price": 100, "stock": 0}, {"id": "b", "price": 10})
    desk.take({"id": "a", "price": 80, "stock": 5}, {"id": "b", "price": 5})
    assert desk.said() == [("a", PRICE_DROPPED), ("a", BACK_IN_STOCK), ("b", PRICE_DROPPED)]
    desk.take({"id": "a", "price": 75})
    assert desk.said() == [("a", BACK_IN_STOCK), ("b", PRICE_DROPPED), ("a", PRICE_DROPPED)]
    desk.take({"id": "a", "stock": 0})
    assert desk.said() == [("b", PRICE_DROPPED), ("a", PRICE_DROPPED)]


def test_what_is_published_later_is_announced_when_its_instant_comes_once() -> None:
    desk = Desk()
    desk.take({"id": "a", "published": NOW + HOUR}, {"id": "b", "published": NOW}, {"id": "c"})
    asyncio.run(desk.catalogue.announce_due())
    assert desk.said() == [("b", ITEM_PUBLISHED)]
    desk.now += HOUR
    for _ in range(2):
        asyncio.run(desk.catalogue.announce_due())
    assert desk.said() == [("b", ITEM_PUBLISHED), ("a", ITEM_PUBLISHED)]
    assert [each.at for each in desk.store.announcements()] == [NOW, NOW + HOUR]
    assert desk.store.items_due(desk.now, 10) == []


def test_what_came_out_while_no_engine_ran_is_told_as_of_its_instant_for_a_day() -> None:
    desk = Desk()
    desk.take({"id": "a", "published": NOW + HOUR}, {"id": "b", "published": NOW + HOUR + 1})
    desk.now += HOUR + DAY
    asyncio.run(desk.catalogue.announce_due())
    assert desk.said() == [("b", ITEM_PUBLISHED)]
    assert [each.at for each in desk.store.announcements()] == [NOW + HOUR + 1]
    assert desk.store.items_due(desk.now, 10) == []


def test_a_catalogue_as_it_is_is_told_to_nobody_but_what_comes_out_later_is() -> None:
    desk = Desk()
    desk.take({"id": "a", "price": 100, "stock": 0}, {"id": "b", "published": NOW}, is_history=True)
    desk.take({"id": "a", "price": 50, "stock": 9}, {"id": "c", "published": NOW + HOUR}, is_history=True)
    assert desk.said() == []
    desk.now += HOUR
    asyncio.run(desk.catalogue.announce_due())
    assert desk.said() == [("c", ITEM_PUBLISHED)]


def test_feeds_at_the_same_time_follow_one_another() -> None:
    desk = Desk()
    desk.take({"id": "a", "price": 100})

    async def both() -> list[Fed]:
        return await asyncio.gather(*(desk.catalogue.take([{"id": "a", "price": 80}]) for _ in range(3)))

    assert [fed.announced for fed in asyncio.run(both())] == [1, 0, 0]


def test_whoever_tells_is_woken_only_where_there_is_something_to_tell() -> None:
    desk = Desk()
    desk.take({"id": "a", "price": 100})
    assert not desk.catalogue.woken.is_set()
    desk.take({"id": "a", "price": 99})
    assert desk.catalogue.woken.is_set()
