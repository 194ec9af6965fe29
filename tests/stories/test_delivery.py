"""What comes back of a mail long after it went out, and what still may."""

import pytest

from opportune.testing.world import World
from opportune.units import DAY, HOUR, SECOND
from tests.stories.shop import shop

PAID = "journey: paid\nenter: {on: Order Completed}\nsteps:\n  - send: receipt\n"
CART = "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n"
RECEIPT = "kind: transactional\ncounts: true"
CAP = "frequency_cap: {at_most: 1, within: 3 hours}"


@pytest.mark.parametrize(
    ("event", "properties", "code"),
    [
        ("Email Bounced", {"type": "hard", "code": "5.1.1"}, "suppressed"),
        ("Email Bounced", {"type": "soft", "code": "5.2.2"}, "sent"),
        ("Email Bounced", {"type": "policy", "code": "5.7.1"}, "sent"),
        ("Email Marked as Spam", {}, "suppressed"),
    ],
)
def test_a_bounce_three_days_after_acceptance_says_whether_the_address_is_written_to_again(
    event: str, properties: dict[str, str], code: str
) -> None:
    world = World(shop(journeys=PAID, messages={"receipt": RECEIPT}))
    ann = world.user("ann")
    ann.does("Order Completed")
    world.passes(days=3)
    (first,) = world.attempts
    ann.does(event, decision=first.decision, **properties)
    ann.does("Order Completed")
    world.passes(minutes=1)
    assert world.why(ann, "receipt").code == code
    assert len(ann.received) == (2 if code == "sent" else 1)


def test_delivered_before_accepted_is_no_contradiction() -> None:
    world = World(shop(journeys=PAID, messages={"receipt": RECEIPT}), delay=30 * SECOND)
    ann = world.user("ann")
    ann.does("Order Completed")
    (attempt,) = world.attempts
    ann.does("Email Delivered", decision=attempt.decision)
    ann.does("Email Opened", decision=attempt.decision)
    world.passes(hours=2)
    assert world.why(ann, "receipt").code == "sent"
    assert len(ann.received) == 1


@pytest.mark.parametrize(("delivery", "reminded"), [("once", 1), ("at_least_once", 0)])
def test_a_mail_that_may_still_arrive_counts_for_as_long_as_it_may(delivery: str, reminded: int) -> None:
    """Its provider is silent: after four hours a mail that is asked for again may still arrive beside the reminder."""
    messages = {"receipt": f"{RECEIPT}\ndelivery: {delivery}", "reminder": "useful_for: 1 hour"}
    world = World(shop(CAP, journeys={"paid": PAID, "cart": CART}, messages=messages), delay=10 * HOUR)
    ann = world.user("ann")
    ann.does("Order Completed")
    world.passes(hours=4)
    ann.does("Cart Updated")
    world.passes(hours=2)
    assert [attempt.message for attempt in world.attempts] == ["receipt", "reminder"][: 1 + reminded]


def test_its_use_ends_the_time_in_which_it_may_arrive() -> None:
    messages = {"receipt": f"{RECEIPT}\ndelivery: at_least_once\nuseful_for: 30 minutes", "reminder": ""}
    world = World(shop(CAP, journeys={"paid": PAID, "cart": CART}, messages=messages), delay=DAY)
    ann = world.user("ann")
    ann.does("Order Completed")
    world.passes(hours=4)
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [attempt.message for attempt in world.attempts] == ["receipt", "reminder"]
