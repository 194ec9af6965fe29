"""Entries that two ids of one user made, and entries whose run has acted: they stand."""

from opportune.testing.world import World
from tests.stories.shop import NIGHT, shop

CART = """
journey: cart
enter: Cart Updated
goal: {on: Order Completed, within: 1 day}
steps:
  - send: reminder
"""
ABSENT = """
journey: cart
enter: {on: Cart Updated, without: Order Completed, within: 30 minutes}
reentry: always
goal: {on: Order Completed, within: 1 day}
steps:
  - emit: Order Completed
"""


def test_a_goal_is_that_of_the_newest_entry_of_both_ids_though_the_older_run_lives() -> None:
    world = World(shop(NIGHT, journeys=CART), start="2026-06-01T22:00Z")
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(minutes=1)
    ann.does("Cart Updated")
    younger = world.now
    world.merge(ann, device)
    world.passes(minutes=1)
    ann.does("Order Completed")
    assert [goal.entry for goal in world.goals] == [younger]


def test_an_answer_takes_no_entry_back_whose_run_has_acted() -> None:
    world = World(shop(journeys=ABSENT))
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    world.passes(minutes=30)
    assert [goal.entry - begun for goal in world.goals] == [30 * 60_000]
