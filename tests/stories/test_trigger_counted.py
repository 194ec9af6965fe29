"""The third look at one product, and milestones, in whichever order they are heard of."""

from opportune.testing.world import World
from opportune.units import DAY, MINUTE
from tests.stories.moments import imports
from tests.stories.shop import shop
from tests.stories.trigger_page import examples

[THIRD_LOOK] = examples("counted")
MILESTONES = """
journey: milestones
enter: {on: Order Completed, nth: [2, 4]}
steps:
  - send: reminder
"""


def test_the_third_look_at_one_product_begins_and_looks_at_others_do_not_count() -> None:
    world = World(shop(journeys=THIRD_LOOK))
    ann = world.user("ann")
    for product in ("p1", "p1", "p2", "p3", "p2"):
        ann.does("Product Viewed", product_id=product)
        world.passes(minutes=5)
    assert ann.received == []
    ann.does("Product Viewed", product_id="p2")
    assert [each.at for each in world.attempts] == [world.now]
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_looks_older_than_the_window_do_not_count() -> None:
    world = World(shop(journeys=THIRD_LOOK))
    ann = world.user("ann")
    ann.does("Product Viewed", product_id="p1")
    ann.does("Product Viewed", product_id="p1")
    world.passes(days=7)
    ann.does("Product Viewed", product_id="p1")
    assert world.attempts == []


def test_a_milestone_begins_once_and_the_fourth_order_is_another() -> None:
    world = World(shop(journeys=MILESTONES))
    ann = world.user("ann")
    received = []
    for _ in range(6):
        ann.does("Order Completed")
        world.passes(days=1)
        received.append(len(ann.received))
    assert received == [0, 1, 1, 2, 2, 2]


def test_every_tenth_begins() -> None:
    world = World(shop(journeys=MILESTONES.replace("nth: [2, 4]", "every: 10")))
    ann = world.user("ann")
    for _ in range(35):
        ann.does("Order Completed")
        world.passes(hours=1)
    assert len(ann.received) == 3


def test_only_what_the_condition_chooses_is_counted() -> None:
    world = World(shop(journeys=MILESTONES.replace("nth: [2, 4]", "nth: 2, where: value >= 20")))
    ann = world.user("ann")
    for value in (30, 5, 5, 40):
        ann.does("Order Completed", value=value)
        world.passes(minutes=1)
    assert len(ann.received) == 1
    assert ann.received[0].at == world.now - 60_000


def test_imported_history_counts_and_starts_nothing() -> None:
    world = World(shop(journeys=MILESTONES))
    ann = world.user("ann")
    for days in (30, 20):
        imports(ann, "Order Completed", at=world.now - days * DAY)
    world.passes(hours=1)
    assert world.attempts == []
    ann.does("Order Completed")
    ann.does("Order Completed")
    assert len(world.attempts) == 1


def test_an_event_heard_of_twice_counts_once() -> None:
    world = World(shop(journeys=MILESTONES))
    ann = world.user("ann")
    ann.does("Order Completed", id="o1")
    ann.does("Order Completed", id="o1")
    assert world.attempts == []


def test_out_of_order_the_entry_is_at_the_newest_of_those_counted() -> None:
    world = World(shop(journeys=MILESTONES.replace("  - send", "  - wait: 1 day\n  - send")))
    ann = world.user("ann")
    first = world.now
    world.passes(hours=2)
    ann.does("Order Completed")
    second = world.now
    world.passes(hours=2)
    ann.does("Order Completed", at=first)
    world.passes(days=2)
    assert [mail.at for mail in ann.received] == [second + DAY]


def test_an_event_from_before_the_window_is_asked_nothing() -> None:
    world = World(shop(journeys=MILESTONES.replace("nth: [2, 4]", "nth: 2, within: 1 hour")))
    ann = world.user("ann")
    old = world.now - 100 * MINUTE
    for _ in range(3):
        ann.does("Order Completed")
        world.passes(minutes=10)
    world.passes(minutes=35)
    ann.does("Order Completed", at=old)
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_journey_that_is_published_later_counts_what_was_before() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Order Completed")
    world.passes(days=5)
    world.publish(shop(journeys=MILESTONES))
    ann.does("Order Completed")
    world.passes(minutes=1)
    assert len(ann.received) == 1
