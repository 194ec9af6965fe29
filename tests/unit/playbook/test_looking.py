"""Which features a decision writes down: those that spoke on its way to it."""

import pytest

from opportune.testing.world import World
from tests.stories.shop import shop

FEATURES = """views: COUNT_IF(event = 'Viewed') OVER LAST '7 days'
orders: COUNT_IF(event = 'Order Completed') OVER LAST '90 days'
logins: COUNT_IF(event = 'Logged In') OVER LAST '7 days'
visits: COUNT_IF(event = 'Page Viewed') OVER LAST '7 days'
"""
STEPS = """steps:
  - wait: 1 hour
  - branch: [{when: orders < 3, steps: [wait: 1 minute]}]
  - send: reminder
    when: logins < 5
  - branch: [{when: visits > 3, steps: [wait: 1 minute]}]
"""


ENTERS = [
    "{on: Viewed, where: views >= 2}",
    "{when: views >= 2}",
    "{on: Viewed, nth: 2}",
    "{on: Viewed, without: Bought, within: 1 hour}",
]


@pytest.mark.parametrize("enter", ENTERS)
def test_a_decision_writes_down_what_the_entry_the_branches_and_the_step_have_asked(enter: str) -> None:
    world = World(shop(journeys=f"journey: cart\nenter: {enter}\n{STEPS}", features=FEATURES))
    ann = world.user("ann")
    ann.does("Viewed")
    world.passes(minutes=1)
    ann.does("Viewed")
    world.passes(hours=3)
    names = [each.name for each in world.decisions[-1].features]
    assert names == ["logins", "orders", *(["views"] if "views" in enter else [])]
