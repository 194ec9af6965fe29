"""Waits that count from the user's newest activity."""

from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import shop

JOURNEY = (
    "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - wait: {for: 2 hours, since: active}\n  - send: reminder\n"
)


def test_more_activity_moves_the_wait_on() -> None:
    world = World(shop(journeys=JOURNEY))
    ann, bob, begun = world.user("ann"), world.user("bob"), world.now
    for each in (ann, bob):
        each.does("Cart Updated")
    world.passes(minutes=90)
    ann.does("Page Viewed")
    world.passes(minutes=100)
    ann.does("Page Viewed")
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [190 * MINUTE + 2 * HOUR]
    assert [mail.at - begun for mail in bob.received] == [2 * HOUR]


def test_what_is_no_activity_moves_nothing() -> None:
    world = World(shop(journeys=JOURNEY))
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("Identified", plan="pro")
    ann.does("Email Opened")
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [2 * HOUR]


def test_whoever_has_been_away_for_longer_is_not_waited_for() -> None:
    world = World(shop(journeys=JOURNEY.replace("Cart Updated", "Story Published")))
    ann = world.user("ann")
    ann.does("Page Viewed")
    world.passes(hours=3)
    ann.does("Story Published")
    asked = world.now
    world.passes(hours=1)
    assert [mail.at for mail in ann.received] == [asked]


def test_late_activity_counts_from_when_it_was() -> None:
    world = World(shop(journeys=JOURNEY))
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    world.passes(minutes=110)
    ann.does("Page Viewed", at=begun + 30 * MINUTE)
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [2 * HOUR + 30 * MINUTE]
