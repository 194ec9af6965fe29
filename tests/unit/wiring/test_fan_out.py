"""News of items: whom it reaches, at which pace, and that nobody hears the same twice."""

import asyncio

import msgspec

from opportune.events.event import Event
from opportune.events.names import BACK_IN_STOCK, ITEM_PUBLISHED, PRICE_DROPPED
from opportune.units import DAY, HOUR
from tests.unit.wiring.item_scene import FILES, NOW, Life, Shop, lived


def test_a_lower_price_is_told_to_whoever_looked_at_the_item() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100, "name": "Boot", "category": "shoes"})
        await life.views("ann", "p1")
        await life.does("bob", "Product Added", product_id="p1")
        await life.views("cid", "p2")
        await life.feeds({"id": "p1", "price": 80})

    lived(shop, story)
    assert shop.whom() == ["ann", "bob"]
    said = msgspec.json.decode(shop.told()[0].properties)
    assert said == {
        "name": "Boot",
        "price": 80,
        "category": "shoes",
        "old_price": 100,
        "price_drop": 0.2,
        "product_id": "p1",
        "item": "p1",
    }
    assert sorted(each.attempt.user for each in shop.claims) == []


def test_the_news_enters_journeys_that_ask_for_it() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        await life.does("ann", "Identified", email="ann@example.com")
        await life.does("bob", "Identified", email="bob@example.com")
        await life.feeds({"id": "p1", "price": 100}, {"id": "p2", "price": 100})
        await life.views("ann", "p1")
        await life.views("bob", "p2")
        await life.feeds({"id": "p1", "price": 85}, {"id": "p2", "price": 95})

    lived(shop, story)
    assert shop.whom() == ["ann", "bob"]
    assert [(each.attempt.user, each.attempt.values["price"]) for each in shop.claims] == [("ann", 85)]


def test_a_price_that_rises_or_stays_is_no_news() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100, "stock": 3})
        await life.views("ann", "p1")
        for price in (100, 110, None, 50, 50):
            await life.feeds({"id": "p1", "price": price})
        await life.feeds({"id": "p1", "stock": 2}, {"id": "p1", "stock": 9})

    lived(shop, story)
    assert shop.told() == []


def test_stock_after_none_is_news_and_stock_that_was_not_known_is_not() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "stock": 0}, {"id": "p2"})
        await life.views("ann", "p1")
        await life.views("bob", "p2")
        await life.feeds({"id": "p1", "stock": 4}, {"id": "p2", "stock": 4})

    lived(shop, story)
    assert shop.whom() == shop.whom(BACK_IN_STOCK) == ["ann"]


def test_what_is_published_is_told_to_whoever_is_interested_when_its_instant_comes() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        for _ in range(2):
            await life.views("ann", "p1", "shoes")
        await life.views("bob", "p1", "shoes")
        for _ in range(2):
            await life.views("cid", "p1", "hats")
        await life.feeds({"id": "n1", "category": "shoes", "published": NOW + HOUR})
        await life.settles()
        assert shop.told() == []
        shop.clock.move(NOW + HOUR)
        for _ in range(100):
            await asyncio.sleep(0)
        await life.settles()
        await life.feeds({"id": "n1", "name": "Now with a name", "published": NOW + 2 * HOUR})

    lived(shop, story)
    assert shop.whom() == shop.whom(ITEM_PUBLISHED) == ["ann"]


def test_an_item_that_was_published_long_ago_and_a_catalogue_as_it_is_are_no_news() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        for _ in range(2):
            await life.views("ann", "p1", "shoes")
        await life.feeds(
            {"id": "n1", "category": "shoes", "published": NOW - 2 * DAY}, {"id": "n2", "category": "shoes"}
        )
        await life.feeds({"id": "n3", "category": "shoes", "published": NOW}, is_history=True)

    lived(shop, story)
    assert shop.told() == []


def test_whoever_looked_too_long_ago_is_told_nothing() -> None:
    shop = Shop()

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        await life.views("ann", "p1", at=NOW - 30 * DAY)
        await life.views("bob", "p1", at=NOW - 30 * DAY + 1)
        await life.feeds({"id": "p1", "price": 80})

    lived(shop, story)
    assert shop.whom() == ["bob"]


def test_an_erased_user_and_an_absorbed_id_are_told_nothing_and_the_heir_once() -> None:
    from opportune.events.alias import Alias

    shop = Shop()

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        for user in ("ann", "bob", "cid"):
            await life.views(user, "p1")
        device = Event(
            "d1", "device", "Product Viewed", NOW, NOW, properties=b'{"product_id": "p1"}', is_anonymous=True
        )
        lone = Event("d2", "tablet", "Product Viewed", NOW, NOW, properties=b'{"product_id": "p1"}', is_anonymous=True)
        await life.host.accept([device, lone], ())
        await life.host.accept(
            [Alias("joins:1", "device", "ann", NOW, NOW), Alias("joins:2", "tablet", "dan", NOW, NOW)], ()
        )
        await life.host.erase("bob")
        await life.feeds({"id": "p1", "price": 80})

    lived(shop, story)
    assert shop.whom() == ["ann", "cid", "dan"]


def test_the_pace_is_kept() -> None:
    shop = Shop(files=FILES | {"items.yaml": FILES["items.yaml"] + "per_second: 20\n"})

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        for n in range(60):
            await life.views(f"u{n}", "p1")
        await life.feeds({"id": "p1", "price": 80})

    lived(shop, story)
    heard = [each.received_at for each in shop.told()]
    assert len(heard) == 60
    assert all(late - early >= 1_000 for early, late in zip(heard, heard[22:], strict=False))


def test_news_that_is_no_longer_true_is_told_to_nobody_else() -> None:
    shop = Shop(files=FILES | {"items.yaml": FILES["items.yaml"] + "per_second: 10\n"})

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        for n in range(40):
            await life.views(f"u{n}", "p1")
        await life.feeds({"id": "p1", "price": 80})
        while len(shop.told()) < 5:
            shop.clock.move(shop.clock.first() or NOW)
            await asyncio.sleep(0)
        await life.feeds({"id": "p1", "price": 120})

    lived(shop, story)
    assert 5 <= len(shop.told()) < 10


def test_a_life_that_ends_half_way_is_gone_on_with_and_everybody_hears_once() -> None:
    shop = Shop(files=FILES | {"items.yaml": FILES["items.yaml"] + "per_second: 10\n"})

    async def half(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        for n in range(40):
            await life.views(f"u{n}", "p1")
        await life.feeds({"id": "p1", "price": 80})
        while len(shop.told()) < 15:
            shop.clock.move(shop.clock.first() or NOW)
            await asyncio.sleep(0)

    async def live() -> None:
        async with shop.open() as life:
            await half(life)
        assert 15 <= len(shop.told()) < 40
        async with shop.open() as life:
            await life.settles()

    asyncio.run(asyncio.wait_for(live(), 60))
    assert shop.whom(PRICE_DROPPED) == sorted(f"u{n}" for n in range(40))
    assert len({each.id for each in shop.told()}) == 40


def test_a_playbook_that_begins_to_ask_finds_who_did_what_before() -> None:
    shop = Shop(files={name: text for name, text in FILES.items() if name != "items.yaml"})

    async def before(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        await life.views("ann", "p1")

    async def after(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 80})

    lived(shop, before)
    shop.publish(FILES)
    lived(shop, after)
    assert shop.whom() == ["ann"]


def test_without_items_in_the_playbook_news_is_told_to_nobody() -> None:
    shop = Shop(files={name: text for name, text in FILES.items() if name != "items.yaml"})

    async def story(life: Life) -> None:
        await life.feeds({"id": "p1", "price": 100})
        await life.views("ann", "p1")
        await life.feeds({"id": "p1", "price": 80})

    lived(shop, story)
    assert shop.told() == []
    assert shop.store.announcements() == []


def test_much_news_takes_turns_and_what_is_new_begins_at_once() -> None:
    shop = Shop(files=FILES | {"items.yaml": FILES["items.yaml"] + "per_second: 100\n"})
    names = [f"p{n}" for n in range(100)]

    async def story(life: Life) -> None:
        await life.feeds(*({"id": name, "price": 100} for name in [*names, "late"]))
        for name in names:
            await life.views("ann", name)
        for n in range(20):
            await life.views(f"u{n}", "p99")
        await life.views("bob", "late")
        await life.feeds(*({"id": name, "price": 50} for name in names))
        while len(shop.told()) < 10:
            shop.clock.move(shop.clock.first() or NOW)
            await asyncio.sleep(0)
        await life.feeds({"id": "late", "price": 50})

    lived(shop, story)
    order = [(each.user, msgspec.json.decode(each.properties)["item"]) for each in shop.told()]
    assert sorted(order) == sorted(
        [*(("ann", name) for name in names), *((f"u{n}", "p99") for n in range(20)), ("bob", "late")]
    )
    assert order.index(("bob", "late")) < 60
