"""What follows from a message that was not sent."""

from opportune.testing.world import User, World
from tests.stories.shop import shop

CAP = "frequency_cap: {at_most: 1, within: 7 days}"
JOURNEY = """
journey: cart
enter: {on: Cart Updated}
steps:
  - send: offer
    not_sent:
      - wait: 1 day
      - send: receipt
  - send: after
"""
NAMES = {"offer": "useful_for: 1 hour", "receipt": "kind: transactional\nobeys: false", "after": "useful_for: 8 days"}


def hears(world: World, user: User) -> list[str]:
    world.passes(days=10)
    return [mail.message for mail in user.received]


def test_after_the_silence_of_a_cap_a_run_goes_the_way_of_what_was_not_sent() -> None:
    world = World(shop(CAP, journeys=JOURNEY, messages=NAMES))
    ann = world.user("ann")
    ann.does("Message Sent", channel="email", message="other")
    ann.does("Cart Updated")
    assert world.why(ann, "offer").code == "frequency_cap"
    assert hears(world, ann) == ["receipt", "after"]


def test_after_a_message_that_was_sent_it_goes_round_that_way() -> None:
    world = World(shop(journeys=JOURNEY, messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert hears(world, ann) == ["offer", "after"]


def test_a_send_that_is_not_asked_for_is_no_silence() -> None:
    journey = JOURNEY.replace("send: offer\n", "send: offer\n    when: vip\n")
    world = World(shop(journeys=journey, messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert hears(world, ann) == ["after"]
