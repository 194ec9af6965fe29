"""What answers a wait, beside what the stories tell."""

import pytest

from opportune.testing.world import World
from tests.stories.shop import shop

UNTIL = (
    "steps:\n  - wait: {until: Page Viewed, at_most: 1 hour}\n    on_timeout: [{send: late}, end]\n  - send: joined\n"
)
NAMES = {"late": "", "joined": ""}


@pytest.mark.parametrize(
    "enter",
    [
        "Page Viewed",
        "{on: Page Viewed, nth: 1}",
        "{sequence: [Logged In, Page Viewed], within: 1 day}",
        "{when: views > 0}",
    ],
)
def test_no_trigger_answers_the_wait_that_it_leads_to(enter: str) -> None:
    features = "views: COUNT_IF(event = 'Page Viewed')\n"
    world = World(shop(journeys=f"journey: cart\nenter: {enter}\n{UNTIL}", messages=NAMES, features=features))
    ann, bob = world.user("ann"), world.user("bob")
    for each in (ann, bob):
        each.does("Logged In")
        world.passes(minutes=1)
        each.does("Page Viewed")
    world.passes(minutes=5)
    bob.does("Page Viewed")
    world.passes(days=1)
    assert [[mail.message for mail in each.received] for each in (ann, bob)] == [["late"], ["joined"]]


def test_where_no_event_was_entered_with_one_of_that_instant_answers() -> None:
    journey = f"journey: cart\nenter: {{inactive_for: 2 hours}}\n{UNTIL}"
    world = World(shop(journeys=journey, messages=NAMES))
    ann, begun = world.user("ann"), world.now
    ann.does("Page Viewed")
    world.passes(hours=2, minutes=1)
    ann.does("Page Viewed", at=begun + 2 * 3_600_000)
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["joined"]


def test_what_happened_before_the_entry_answers_nothing() -> None:
    world = World(shop(journeys=f"journey: cart\nenter: Cart Updated\n{UNTIL}", messages=NAMES))
    ann, begun = world.user("ann"), world.now
    world.passes(minutes=2)
    ann.does("Cart Updated")
    ann.does("Page Viewed", at=begun + 60_000)
    world.passes(days=1)
    assert [mail.message for mail in ann.received] == ["late"]
