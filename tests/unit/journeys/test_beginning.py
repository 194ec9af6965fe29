"""What re-entry remembers, also when the journey changes meanwhile."""

import pytest

from opportune.journeys.beginning import MOST_HEARD
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE
from tests.stories.shop import shop

CART = "journey: cart\nenter: Cart Updated\nexit: Order Completed\n"
SENDS = "steps:\n  - wait: 1 hour\n  - send: reminder\n"
ONCE, ALWAYS, DEFAULT = (CART + "reentry: once\n" + SENDS, CART + "reentry: always\n" + SENDS, CART + SENDS)


@pytest.mark.parametrize("later", [ONCE, DEFAULT])
def test_what_entered_beside_others_enters_nothing_again_when_the_journey_changes(later: str) -> None:
    world = World(shop(journeys=ALWAYS))
    ann = world.user("ann")
    for _ in range(2):
        ann.does("Cart Updated")
        world.passes(hours=2)
    world.publish(shop(journeys=later))
    ann.does("Order Completed")
    world.passes(days=1)
    assert len(world.decisions) == 2


def test_a_run_that_waits_goes_on_when_the_journey_lets_nobody_beside_it_any_more() -> None:
    world = World(shop(journeys=ALWAYS))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(shop(journeys=DEFAULT))
    world.passes(minutes=1)
    ann.does("Cart Updated")
    world.passes(days=1)
    assert len(ann.received) == 1


def test_an_exit_lets_nobody_in_a_second_time_who_was_taken_out_by_a_publication() -> None:
    world = World(
        shop(journeys=CART + "reentry: once\nsteps:\n  - wait: 1 hour\n    name: first\n  - send: reminder\n")
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    moves = CART + "reentry: once\nmoves: {first: end}\nsteps:\n  - wait: 2 hours\n  - send: reminder\n"
    world.publish(shop(journeys=moves))
    assert world.memory(ann).runs == []
    ann.does("Order Completed", at=world.now - 1)
    ann.does("Cart Updated")
    assert world.memory(ann).runs == []


def test_of_many_entries_beside_each_other_no_instant_begins_two_runs() -> None:
    world = World(shop(journeys=ALWAYS))
    ann = world.user("ann")
    begun = world.now
    for _ in range(MOST_HEARD + 4):
        world.passes(minutes=1)
        ann.does("Cart Updated")
    runs = len(world.memory(ann).runs)
    for minute in (1, 4, 10, MOST_HEARD + 4):
        ann.does("Cart Updated", at=begun + minute * MINUTE)
    assert len(world.memory(ann).runs) == runs == MOST_HEARD + 4
    world.passes(days=4)
    ann.does("Cart Updated")
    [past] = world.memory(ann).pasts
    assert (len(past.heard), past.before) == (1, begun + (MOST_HEARD + 4) * MINUTE)


def test_of_many_swallowed_entries_the_newest_are_remembered() -> None:
    world = World(shop(journeys=DEFAULT.replace("1 hour", "10 hours")))
    ann = world.user("ann")
    begun = world.now
    for _ in range(MOST_HEARD + 4):
        ann.does("Cart Updated")
        world.passes(minutes=1)
    [run] = world.memory(ann).runs
    assert [each.at for each in run.again] == [begun + minute * MINUTE for minute in range(4, MOST_HEARD + 4)]
    ann.does("Order Completed", at=begun + MINUTE)
    assert [run.entry for run in world.memory(ann).runs] == [begun + 4 * MINUTE]


def test_a_cooldown_knows_of_exits_as_long_as_entries_may_be_late() -> None:
    world = World(shop(journeys=CART + "reentry: {cooldown: 5 hours}\n" + SENDS.replace("1 hour", "30 hours")))
    ann = world.user("ann")
    begun = world.now
    world.passes(hours=20)
    for hour in (7, 1, 0.5):
        ann.does("Order Completed", at=begun + round(hour * HOUR))
    for hour in (8, 0, 5):
        ann.does("Cart Updated", at=begun + hour * HOUR)
    assert world.memory(ann).runs == []
    for hour in range(30):
        ann.does("Order Completed", at=begun + hour * MINUTE)
    assert max(len(ats) for name, ats in world.memory(ann).profile.lasts.items() if "exit of" in name) == MOST_HEARD
    world.passes(days=4)
    ann.does("Cart Updated")
    assert len(world.memory(ann).runs) == 1
    assert world.now > begun + 4 * DAY


def test_of_too_many_entries_that_began_and_ended_the_oldest_stand() -> None:
    """Each waits for nothing, so each is a run of its own that ends where it begins."""
    steps = "reentry: {cooldown: 1 minute}\nsteps:\n  - send: reminder\n    when: total > 100\n"
    world = World(shop(journeys=CART + steps))
    ann = world.user("ann")
    begun = world.now
    for _ in range(MOST_HEARD + 4):
        ann.does("Cart Updated", total=1)
        world.passes(minutes=1)
    [past] = world.memory(ann).pasts
    assert (past.before, len(past.heard)) == (begun + 3 * MINUTE, MOST_HEARD)
    ann.does("Cart Updated", total=200, at=begun + 2 * MINUTE + 1)
    assert world.decisions == []


def test_what_a_run_makes_on_its_way_is_not_kept_of_the_event_that_it_entered_with() -> None:
    enter = "enter: {sequence: [Product Viewed, Cart Updated], within: 1 day}\n"
    world = World(shop(journeys=f"journey: cart\n{enter}steps:\n  - digest: 1 hour\n  - send: reminder\n"))
    ann = world.user("ann")
    ann.does("Product Viewed")
    world.passes(minutes=1)
    ann.does("Cart Updated")
    memory = world.memory(ann)
    assert [run.kept for run in memory.runs] == [{"collected.count": 1}]
    assert [each.kept for each in memory.armed] == [{}, {}]
