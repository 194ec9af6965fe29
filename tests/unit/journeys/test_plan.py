"""What the name of an event says of what it can do, once all journeys are known."""

from opportune.journeys.plan import Plans
from opportune.playbook.compiling import compiled
from tests.stories.shop import shop

CART = """
journey: cart
enter: Cart Updated
exit: Order Completed
goal: {on: Review Written, within: 7 days}
steps:
  - wait: {until: Page Viewed, at_most: 1 day}
  - send: reminder
"""
BACK = "journey: back\nenter: {inactive_for: 30 days}\nsteps:\n  - send: reminder\n"


def plans(journey: str) -> Plans:
    return compiled(shop(journeys=journey)).plans


def test_an_event_ends_runs_or_answers_them_or_begins_them_by_its_name() -> None:
    found = plans(CART)
    assert found.starts == {"Cart Updated"}
    assert found.answers == {"Page Viewed"}
    assert found.endings == {"Order Completed", "Review Written"}
    assert found.names == found.starts | found.answers | found.endings


def test_silence_is_waited_for_by_journey_and_asks_for_no_zone() -> None:
    found = plans(BACK)
    assert list(found.silences) == ["back"]
    assert not found.names
    assert not found.reads_zones


def test_what_begins_at_an_instant_known_before_asks_for_the_zone() -> None:
    daily = "journey: daily\nenter: {every: day, at: '09:00'}\nsteps:\n  - send: reminder\n"
    assert plans(daily).reads_zones
