"""A feature that is new, or changed, is what it would be had it been there from the beginning (R6)."""

from opportune.playbook.definition import Playbook
from opportune.testing.world import World
from opportune.units import DAY
from tests.stories.shop import CART, shop

VIEWS = "views_7d: COUNT_IF(event = 'Product Viewed') OVER LAST '7 days'"


def asking(where: str, *features: str) -> Playbook:
    """The shop, at once and only where this is true, with these features."""
    journey = CART.replace("enter: {on: Cart Updated}", f'enter: {{on: Cart Updated, where: "{where}"}}')
    return shop(journeys=journey.replace("  - wait: 45 minutes\n", ""), features="\n".join(features))


def test_a_new_feature_counts_what_was_done_before_it() -> None:
    world = World(shop())
    ann, bob = world.user("ann"), world.user("bob")
    for _ in range(3):
        ann.does("Product Viewed")
        world.passes(days=1)
    bob.does("Product Viewed")
    world.publish(asking("views_7d >= 3", VIEWS))
    ann.does("Cart Updated")
    bob.does("Cart Updated")
    assert (len(world.decisions), [mail.user for mail in world.attempts]) == (1, ["ann"])


def test_what_lies_outside_its_window_does_not_count() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Product Viewed")
    world.passes(days=7)
    ann.does("Product Viewed")
    world.publish(asking("views_7d >= 2", VIEWS))
    ann.does("Cart Updated")
    assert world.decisions == []
    ann.does("Product Viewed")
    ann.does("Cart Updated")
    assert len(world.decisions) == 1


def test_a_window_that_is_made_longer_reads_what_was_folded_away() -> None:
    ever = "views: COUNT_IF(event = 'Product Viewed')"
    world = World(asking("views_7d >= 1", VIEWS, ever))
    ann = world.user("ann")
    for _ in range(20):
        ann.does("Product Viewed")
        world.passes(days=1)
    longer = VIEWS.replace("7 days", "15 days")
    world.publish(asking("views_7d = 14 AND views = 20", longer, ever))
    ann.does("Cart Updated")
    assert len(world.decisions) == 1


def test_what_an_absorbed_id_did_counts_for_who_absorbed_it() -> None:
    world = World(shop())
    ann, device = world.user("ann"), world.user("device")
    device.does("Product Viewed")
    ann.does("Product Viewed")
    world.merge(ann, device)
    world.publish(asking("views_7d = 2", VIEWS))
    ann.does("Cart Updated")
    assert [each.user for each in world.decisions] == ["ann"]


def test_an_event_that_comes_late_is_counted_at_its_own_instant() -> None:
    world = World(shop())
    ann = world.user("ann")
    world.passes(days=8)
    ann.does("Product Viewed", at=world.now - 2 * DAY)
    world.publish(asking("views_7d = 2", VIEWS))
    ann.does("Product Viewed", at=world.now - DAY)
    ann.does("Cart Updated")
    assert len(world.decisions) == 1


def test_sessions_and_last_instants_that_nobody_asked_for_are_known_as_well() -> None:
    session = "views: COUNT_IF(event = 'Product Viewed') OVER SESSION"
    world = World(shop())
    ann = world.user("ann")
    ann.does("Product Viewed")
    world.passes(minutes=20)
    world.publish(asking("views = 1", session))
    ann.does("Cart Updated")
    assert len(world.decisions) == 1
    world.publish(asking("EXISTS('Product Viewed', since => '1 hour')", session))
    ann.does("Order Completed")
    world.passes(minutes=1)
    ann.does("Cart Updated")
    assert len(world.decisions) == 2


def test_nothing_is_said_of_what_a_new_feature_finds_until_something_happens() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Product Viewed")
    world.publish(asking("views_7d >= 1", VIEWS))
    world.passes(days=3)
    assert world.decisions == []
