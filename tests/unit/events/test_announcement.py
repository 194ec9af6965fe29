"""What a change of an item is worth telling, and what ends it."""

import msgspec
import pytest
from msgspec.structs import replace

from opportune.events.announcement import FRESH, announced, holds, publication, scheduled
from opportune.events.item import Item
from opportune.events.names import BACK_IN_STOCK, PRICE_DROPPED
from opportune.units import DAY, HOUR, Instant

NOW = 1_780_315_200_000
BOOT = Item("p1", price=100, currency="EUR", stock=3)


def news(before: Item | None, after: Item) -> list[str]:
    return [each.name for each in announced(before, after, NOW)]


@pytest.mark.parametrize(
    ("after", "names"),
    [
        (replace(BOOT, price=99.9), [PRICE_DROPPED]),
        (replace(BOOT, price=0), [PRICE_DROPPED]),
        (replace(BOOT, price=100), []),
        (replace(BOOT, price=101), []),
        (replace(BOOT, price=None), []),
        (replace(BOOT, price=50, currency="USD"), []),
        (replace(BOOT, price=50, published=NOW + 1), []),
        (replace(BOOT, price=50, published=NOW), [PRICE_DROPPED]),
        (replace(BOOT, price=50, expires=NOW), []),
        (replace(BOOT, price=50, expires=NOW + 1), [PRICE_DROPPED]),
        (replace(BOOT, stock=0), []),
        (replace(BOOT, stock=9), []),
    ],
)
def test_only_a_lower_price_in_the_same_currency_is_news(after: Item, names: list[str]) -> None:
    assert news(BOOT, after) == names


def test_stock_is_news_only_after_it_was_known_to_be_none() -> None:
    none = replace(BOOT, stock=0)
    assert news(none, BOOT) == [BACK_IN_STOCK]
    assert news(replace(BOOT, stock=None), BOOT) == news(None, BOOT) == news(none, replace(none, price=100)) == []
    assert news(none, replace(BOOT, price=50)) == [PRICE_DROPPED, BACK_IN_STOCK]


def test_the_event_says_what_the_item_is_and_what_it_was() -> None:
    (said,) = announced(BOOT, replace(BOOT, price=80, tags=("a",), more={"name": "Boot", "stock ": 1}), NOW)
    assert msgspec.json.decode(said.properties("sku")) == {
        "name": "Boot", "stock ": 1, "price": 80, "currency": "EUR", "stock": 3, "tags": ["a"], "old_price": 100,
        "price_drop": 0.2, "sku": "p1", "item": "p1",
    }  # fmt: skip


def test_the_same_change_has_the_same_id_and_another_has_another() -> None:
    cheap = replace(BOOT, price=80)
    (first,), (again,) = announced(BOOT, cheap, NOW), announced(BOOT, cheap, NOW)
    (later,), (deeper,) = announced(BOOT, cheap, NOW + 1), announced(BOOT, replace(BOOT, price=70), NOW)
    assert first == again
    assert len({first.id, later.id, deeper.id}) == 3


@pytest.mark.parametrize(
    ("before", "published", "due"),
    [
        (None, NOW, NOW),
        (None, NOW + HOUR, NOW + HOUR),
        (None, None, None),
        (None, NOW - FRESH + 1, NOW - FRESH + 1),
        (None, NOW - FRESH, None),
        (Item("p1"), NOW, NOW),
        (Item("p1", published=NOW - 1), NOW, None),
        (Item("p1", published=NOW + HOUR, due=NOW + HOUR), NOW + 2 * HOUR, NOW + 2 * HOUR),
        (Item("p1", published=NOW + HOUR, due=NOW + HOUR), None, None),
    ],
)
def test_an_item_is_announced_once_when_it_is_published(
    before: Item | None, published: Instant | None, due: Instant | None
) -> None:
    assert scheduled(before, Item("p1", published=published), NOW).due == due


def test_what_is_useless_before_it_is_published_is_never_announced() -> None:
    assert scheduled(None, Item("p1", published=NOW + HOUR, expires=NOW + HOUR), NOW).due is None
    assert scheduled(None, Item("p1", published=NOW - 1, expires=NOW), NOW).due is None
    assert scheduled(None, Item("p1", published=NOW + HOUR, expires=NOW + DAY), NOW).due == NOW + HOUR


def test_what_is_no_longer_true_does_not_hold() -> None:
    cheap = replace(BOOT, price=80)
    (drop,) = announced(BOOT, cheap, NOW)
    assert holds(drop, cheap, NOW) and holds(drop, replace(cheap, stock=0), NOW)
    for after in (BOOT, replace(cheap, price=79), replace(cheap, currency="USD"), replace(cheap, expires=NOW), None):
        assert not holds(drop, after, NOW)
    (back,) = announced(replace(BOOT, stock=0), BOOT, NOW)
    assert holds(back, replace(BOOT, price=1, stock=1), NOW) and not holds(back, replace(BOOT, stock=0), NOW)
    story = replace(BOOT, published=NOW)
    assert holds(publication(story, NOW), story, NOW)
    assert not holds(publication(story, NOW), replace(story, published=NOW + 1), NOW)
