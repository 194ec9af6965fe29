"""The channel ``webhook`` is a channel like any other: asked for consent, quiet at night, and in need of no address."""

from opportune.testing.world import World
from tests.stories.shop import CART, NIGHT, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")
ON_WEBHOOK = {"reminder": "channels: [webhook]"}


def test_without_a_yes_nothing_is_called() -> None:
    world = World(shop(journeys=NOW, messages=ON_WEBHOOK, consent="{email: always}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"


def test_a_yes_is_enough_for_whoever_has_no_address() -> None:
    world = World(shop(journeys=NOW, messages=ON_WEBHOOK, consent="{webhook: {trait: app_opt_in, topics: all}}"))
    ann = world.user("ann", app_opt_in=True)
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [(mail.channel, mail.message) for mail in ann.received] == [("webhook", "reminder")]


def test_at_night_nothing_is_called_either() -> None:
    world = World(
        shop(NIGHT, journeys=NOW, messages=ON_WEBHOOK, consent="{webhook: always}"), start="2026-06-01T22:00Z"
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=9)
    assert ann.received == []
    world.passes(hours=2)
    assert len(ann.received) == 1


def test_a_number_that_is_dead_is_not_called_again() -> None:
    world = World(shop(journeys=NOW, messages={"reminder": "channels: [sms]"}))
    ann = world.user("ann", phone="+49 30 123456")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    ann.does("Message Bounced", channel="sms", type="soft", code="")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 2
    ann.does("Suppressed", channel="sms", reason="bounced")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "suppressed"
