"""What ends runs, in the rare orders that laws seldom draw."""

from opportune.events.event import Published
from opportune.testing.world import World
from opportune.units import MINUTE
from tests.stories.shop import shop

CART = "journey: cart\nenter: Cart Updated\n"
SENDS = "steps:\n  - wait: 5 hours\n  - send: reminder\n"


def test_a_condition_that_was_true_a_while_ago_ends_the_run_of_then_and_not_the_entry_after_it() -> None:
    """A page at ten past, heard of at forty past: by then nobody has looked at one for five minutes."""
    features = "pages_5m: COUNT_IF(event = 'Page Viewed') OVER LAST '5 minutes'"
    world = World(shop(journeys=f"{CART}exit: {{when: pages_5m >= 1}}\n{SENDS}", features=features))
    ann = world.user("ann")
    begun = world.now
    for minute in (0, 30):
        world.until(begun + minute * MINUTE)
        ann.does("Cart Updated")
    world.until(begun + 40 * MINUTE)
    ann.does("Page Viewed", at=begun + 10 * MINUTE)
    assert [run.entry for run in world.memory(ann).runs] == [begun + 30 * MINUTE]


def test_an_exit_without_a_key_ends_what_was_heard_of_for_all_keys() -> None:
    world = World(shop(journeys=f"{CART}key: n\nexit: Order Completed\n{SENDS}"))
    ann = world.user("ann")
    begun = world.now
    world.passes(hours=1)
    for number in (1, 2):
        ann.does("Cart Updated", n=number)
    world.passes(minutes=1)
    ann.does("Order Completed")
    for number in (1, 2):
        ann.does("Cart Updated", n=number, at=begun)
    assert world.memory(ann).runs == []
    assert [past.entry for past in world.memory(ann).pasts] == [begun, begun]


def test_a_late_exit_begins_nothing_in_a_journey_that_is_paused() -> None:
    world = World(shop(journeys=f"{CART}exit: Order Completed\n{SENDS}"))
    ann = world.user("ann")
    begun = world.now
    for _ in range(2):
        ann.does("Cart Updated")
        world.passes(minutes=10)
    world.feed([Published(world.playbook.hash, world.now, next(world._seq), paused=("cart",))])
    assert len(world.memory(ann).runs) == 1
    ann.does("Order Completed", at=begun + 5 * MINUTE)
    assert world.memory(ann).runs == []
    world.passes(days=1)
    assert world.decisions == []
