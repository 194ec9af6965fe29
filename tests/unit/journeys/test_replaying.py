"""What was waited for, and is heard of only after something later of its kind."""

from opportune.testing.world import World
from opportune.units import MINUTE
from tests.stories.shop import shop

CART = "journey: cart\nenter: Cart Updated\nsteps:\n  - wait: {until: Page Viewed, at_most: 1 day}\n"


def test_a_run_goes_its_way_again_from_when_it_was_answered() -> None:
    world = World(shop(journeys=CART + "  - wait: 2 hours\n  - send: reminder\n"), delay=0)
    ann = world.user("ann")
    begun = world.now
    ann.does("Cart Updated")
    world.passes(minutes=30)
    ann.does("Page Viewed")
    world.passes(minutes=10)
    ann.does("Page Viewed", at=begun + 10 * MINUTE)
    world.passes(days=1)
    assert [mail.at for mail in ann.received] == [begun + 130 * MINUTE]


def test_what_ended_earlier_than_was_known_lets_the_next_entry_in() -> None:
    world = World(shop(journeys=CART + "  - end\n"))
    ann = world.user("ann")
    begun = world.now
    for minute, name in ((0, "Cart Updated"), (20, "Cart Updated"), (30, "Page Viewed")):
        world.until(begun + minute * MINUTE)
        ann.does(name)
    [past] = world.memory(ann).pasts
    assert past.entry == begun
    ann.does("Page Viewed", at=begun + 10 * MINUTE)
    [past] = world.memory(ann).pasts
    assert past.entry == begun + 20 * MINUTE
    assert [each.ended for each in past.heard] == [begun + 10 * MINUTE, begun + 30 * MINUTE]
