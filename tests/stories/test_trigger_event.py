"""Journeys that begin with one event, with news of an item, or with silence: as the reference writes them."""

from opportune.testing.world import World
from opportune.units import DAY
from tests.stories.shop import shop
from tests.stories.trigger_page import examples

[REMINDER], [CHEAPER], [WIN_BACK] = examples("event"), examples("items"), examples("silence")


def test_an_event_begins_if_its_condition_is_true() -> None:
    world = World(shop(journeys=REMINDER))
    ann = world.user("ann")
    ann.does("Cart Updated", value=19)
    assert world.attempts == []
    ann.does("Cart Updated", value=20)
    assert [each.at for each in world.attempts] == [world.now]


def test_the_name_alone_will_do() -> None:
    world = World(shop(journeys=REMINDER.replace("{on: Cart Updated, where: value >= 20}", "Cart Updated")))
    ann = world.user("ann")
    ann.does("Cart Updated", value=19)
    assert len(world.attempts) == 1


def test_news_of_an_item_begins_one_run_for_each_item_and_is_no_activity() -> None:
    world = World(shop(journeys={"a": CHEAPER, "b": WIN_BACK}))
    ann = world.user("ann")
    ann.does("Page Viewed")
    left = world.now
    for product in ("p1", "p2", "p1"):
        ann.does("Price Dropped", product_id=product)
    world.passes(days=10)
    assert [(each.journey, each.key) for each in world.decisions if each.chosen is not None] == [
        ("cheaper", "p1"),
        ("cheaper", "p2"),
        ("win_back", ""),
    ]
    assert world.decisions[-1].due == left + 7 * DAY


def test_who_was_away_when_it_was_published_is_waited_for_from_the_next_activity_on() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Page Viewed")
    world.passes(days=6)
    world.publish(shop(journeys=WIN_BACK))
    world.passes(days=30)
    assert ann.received == []
    ann.does("Page Viewed")
    left = world.now
    world.passes(days=30)
    assert [mail.at for mail in ann.received] == [left + 7 * DAY]
