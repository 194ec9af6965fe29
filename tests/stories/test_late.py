"""Events that come late, twice or out of order."""

from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE
from tests.stories.moments import imports
from tests.stories.shop import CART, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")


def test_a_purchase_that_is_heard_of_late_still_calls_it_off() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    bought = world.now + MINUTE
    world.passes(minutes=40)
    ann.does("Order Completed", at=bought)
    world.passes(hours=2)
    assert ann.received == []


def test_a_cart_older_than_its_purchase_starts_nothing() -> None:
    """The phone was offline: the purchase is heard of before the cart."""
    world = World(shop())
    ann = world.user("ann")
    filled = world.now - HOUR
    ann.does("Order Completed")
    ann.does("Cart Updated", at=filled)
    assert world.memory(ann).runs == []
    world.passes(days=1)
    assert ann.received == []


def test_a_cart_newer_than_the_purchase_starts_anew() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Order Completed", at=world.now - HOUR)
    ann.does("Cart Updated", at=world.now - HOUR)
    world.passes(hours=1)
    assert len(ann.received) == 1


def test_a_purchase_older_than_the_cart_calls_nothing_off() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Order Completed", at=world.now - 1)
    world.passes(hours=1)
    assert len(ann.received) == 1


def test_the_wait_runs_from_the_cart_and_not_from_its_arrival() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated", at=world.now - 30 * MINUTE)
    arrived = world.now
    world.passes(hours=1)
    assert [mail.at for mail in ann.received] == [arrived + 15 * MINUTE]


def test_a_cart_whose_wait_is_long_over_is_reminded_of_at_once() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated", at=world.now - 5 * HOUR)
    assert [attempt.at for attempt in world.attempts] == [world.now]


def test_what_comes_later_than_lateness_changes_features_only_and_is_told() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    turn = world.feed([world.event("ann", "Cart Updated", {}, at=world.now - 3 * DAY - 1)])
    assert [user for user, _ in turn.late] == ["ann"]
    assert world.decisions == []
    ann.does("Cart Updated", at=world.now - 3 * DAY)
    assert len(world.decisions) == 1


def test_a_purchase_later_than_lateness_calls_nothing_off() -> None:
    world = World(shop(journeys=CART.replace("45 minutes", "5 days")))
    ann = world.user("ann")
    ann.does("Cart Updated")
    bought = world.now + HOUR
    world.passes(days=4)
    ann.does("Order Completed", at=bought)
    world.passes(days=2)
    assert len(ann.received) == 1


def test_imported_history_starts_and_ends_nothing() -> None:
    world = World(shop())
    ann = world.user("ann")
    imports(ann, "Cart Updated", at=world.now - HOUR)
    assert world.memory(ann).runs == []
    ann.does("Cart Updated")
    imports(ann, "Order Completed", at=world.now)
    world.passes(hours=1)
    assert len(ann.received) == 1


def test_two_carts_in_one_millisecond_are_one_entry() -> None:
    """Clients send batches whose events bear one instant; a run is known by its entry, so the second starts nothing."""
    world = World(shop(journeys=NOW, consent="{in_app: always}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Cart Updated")
    assert [decision.code for decision in world.decisions] == ["no_consent"]
    world.passes(seconds=1)
    ann.does("Cart Updated")
    assert len(world.decisions) == 2


def test_a_wait_that_timed_out_does_not_hear_of_what_comes_late() -> None:
    journey = NOW + "  - wait: {until: Page Viewed, at_most: 1 hour}\n    on_timeout:\n      - send: reminder\n"
    world = World(shop(journeys=journey.replace("steps:\n  - send: reminder\n", "steps:\n")))
    ann = world.user("ann")
    ann.does("Cart Updated")
    seen = world.now + MINUTE
    world.passes(hours=2)
    ann.does("Page Viewed", at=seen)
    assert len(ann.received) == 1


def test_exits_are_remembered_by_their_newest_instant_only() -> None:
    """Somebody who buys all day long costs no more memory than somebody who bought once."""
    world = World(shop())
    ann = world.user("ann")
    for _ in range(200):
        ann.does("Order Completed")
        world.passes(seconds=1)
    assert sum(len(instants) for instants in world.memory(ann).profile.lasts.values()) == 1


def test_exits_of_many_keys_are_forgotten_after_lateness() -> None:
    world = World(shop(journeys=CART.replace("enter", "key: cart_id\nenter")))
    ann = world.user("ann")
    for number in range(100):
        ann.does("Cart Updated", cart_id=number)
        ann.does("Order Completed", cart_id=number)
        world.passes(hours=1)
    assert len(world.memory(ann).profile.lasts) <= 74
    assert len(world.memory(ann).pasts) <= 74
