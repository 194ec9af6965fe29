"""Prices looked at and a plan chosen within the hour, in whichever order they are heard of."""

from itertools import permutations

import pytest

from opportune.journeys.memory import at_rest, awake
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE
from tests.stories.shop import shop
from tests.stories.trigger_page import examples

[PRICING] = examples("sequence")
LATER = PRICING.replace("  - send", "  - wait: 1 day\n  - send")
THREE = "journey: three\nenter: {sequence: [A, B, A], within: 1 hour}\nreentry: always\nsteps:\n  - send: reminder\n"


def test_one_after_the_other_within_the_span_begins_at_the_last() -> None:
    world = World(shop(journeys=PRICING))
    ann = world.user("ann")
    ann.does("Pricing Viewed")
    world.passes(minutes=60)
    ann.does("Plan Chosen", plan="free")
    assert world.attempts == []
    ann.does("Plan Chosen", plan="pro")
    assert [each.at for each in world.attempts] == [world.now]


def test_the_wrong_way_round_too_slow_or_at_once_begins_nothing() -> None:
    world = World(shop(journeys=PRICING))
    ann = world.user("ann")
    ann.does("Plan Chosen", plan="pro")
    ann.does("Pricing Viewed")
    ann.does("Plan Chosen", plan="pro")
    world.passes(minutes=61)
    ann.does("Plan Chosen", plan="pro")
    assert world.attempts == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whichever_order_they_are_heard_of_it_begins_at_the_last(order: tuple[int, ...]) -> None:
    world = World(shop(journeys=LATER.replace("[Pricing Viewed, ", "[Visited, Pricing Viewed, ")))
    ann = world.user("ann")
    start = world.now
    events = [("Visited", 0), ("Pricing Viewed", 10), ("Plan Chosen", 20)]
    world.passes(minutes=30)
    for place in order:
        name, minutes = events[place]
        ann.does(name, at=start + minutes * MINUTE, plan="pro")
        world.passes(minutes=1)
    world.passes(days=3)
    assert [mail.at for mail in ann.received] == [start + 20 * MINUTE + DAY]


def test_one_event_may_have_two_places_and_each_chain_begins_one() -> None:
    world = World(shop(journeys=THREE))
    ann = world.user("ann")
    for name in ("A", "B", "A", "B", "A"):
        ann.does(name)
        world.passes(minutes=5)
    assert len(ann.received) == 2


def test_an_event_heard_of_twice_counts_once() -> None:
    world = World(shop(journeys=PRICING.replace("{on: Plan Chosen, where: plan = 'pro'}", "Pricing Viewed")))
    ann = world.user("ann")
    ann.does("Pricing Viewed", id="v1")
    ann.does("Pricing Viewed", id="v1")
    world.passes(minutes=1)
    assert world.attempts == []
    ann.does("Pricing Viewed")
    assert len(world.attempts) == 1


def test_each_key_has_a_chain_of_its_own() -> None:
    world = World(shop(journeys="key: cart_id\n" + PRICING))
    ann = world.user("ann")
    ann.does("Pricing Viewed", cart_id="c1")
    world.passes(minutes=1)
    ann.does("Plan Chosen", plan="pro", cart_id="c2")
    ann.does("Plan Chosen", plan="pro")
    assert world.attempts == []
    ann.does("Plan Chosen", plan="pro", cart_id="c1")
    assert [each.key for each in world.decisions] == ["c1"]


def test_what_can_be_in_no_chain_any_more_is_forgotten() -> None:
    world = World(shop(journeys=PRICING))
    ann = world.user("ann")
    ann.does("Pricing Viewed")
    first = world.now
    assert [each.at for each in awake(at_rest(world.memory(ann))).armed] == [first]
    world.passes(days=3, hours=1)
    ann.does("Pricing Viewed")
    assert len(world.memory(ann).armed) == 2
    world.passes(hours=2)
    ann.does("Pricing Viewed")
    assert [each.at for each in world.memory(ann).armed] == [first + 73 * HOUR, world.now]


def test_what_is_kept_for_a_journey_that_is_gone_is_forgotten_with_the_next_event() -> None:
    world = World(shop(journeys=PRICING))
    ann = world.user("ann")
    ann.does("Pricing Viewed")
    world.publish(shop())
    ann.does("Page Viewed")
    assert world.memory(ann).armed == []
