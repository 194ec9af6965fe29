"""A journey that is paused: nobody enters, nothing is said, and whoever is in it goes on behind what was not said."""

from opportune.testing.world import World
from opportune.units import HOUR
from tests.stories.shop import CART, NIGHT, shop

TWO = CART + "  - wait: 1 hour\n  - send: second\n"
MESSAGES = {"reminder": "", "second": ""}


def test_nobody_enters_a_paused_journey_until_it_is_resumed() -> None:
    world = World(shop())
    ann, bob = world.user("ann"), world.user("bob")
    world.publish(shop(), paused=["cart"])
    ann.does("Cart Updated")
    world.passes(hours=2)
    assert (world.decisions, world.memory(ann).runs) == ([], [])
    world.publish(shop())
    bob.does("Cart Updated")
    world.passes(hours=2)
    assert [each.user for each in world.attempts] == ["bob"]


def test_other_journeys_go_on() -> None:
    other = CART.replace("journey: cart", "journey: other").replace("Cart Updated", "Opened")
    world = World(shop(journeys={"cart": CART, "other": other}))
    ann = world.user("ann")
    world.publish(shop(journeys={"cart": CART, "other": other}), paused=["cart"])
    ann.does("Cart Updated")
    ann.does("Opened")
    world.passes(hours=2)
    assert [each.journey for each in world.decisions] == ["other"]
    assert len(ann.received) == 1


def test_a_run_goes_on_behind_what_is_not_said() -> None:
    playbook = shop(journeys=TWO, messages=MESSAGES)
    world = World(playbook)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(playbook, paused=["cart"])
    world.passes(hours=1)
    assert world.why(ann, "reminder").code == "journey_paused"
    world.publish(playbook)
    world.passes(hours=2)
    assert [each.message for each in ann.received] == ["second"]


def test_what_is_planned_ends_with_the_pause_and_is_not_sent_later() -> None:
    playbook = shop(NIGHT, journeys=CART)
    world = World(playbook, start="2026-06-01T21:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=2)
    assert world.why(ann, "reminder").code == "planned"
    world.publish(playbook, paused=["cart"])
    assert world.why(ann, "reminder").code == "journey_paused"
    assert world.memory(ann).runs == []
    world.publish(playbook)
    world.passes(days=2)
    assert ann.received == []


def test_what_is_under_way_is_called_back() -> None:
    playbook = shop()
    world = World(playbook, delay=HOUR // 60)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=45, seconds=30)
    world.publish(playbook, paused=["cart"])
    world.passes(hours=1)
    assert [(each.user, each.code) for each in world.recalls] == [("ann", "journey_paused")]
    assert ann.received == []
    assert world.why(ann, "reminder").code == "journey_paused"


def test_a_transactional_message_of_a_paused_journey_is_not_said_either() -> None:
    playbook = shop(messages={"reminder": "kind: transactional"})
    world = World(playbook)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(playbook, paused=["cart"])
    world.passes(hours=1)
    assert world.why(ann, "reminder").code == "journey_paused"


def test_a_pause_holds_for_both_playbooks_of_a_share() -> None:
    first, tried = shop(), shop(journeys=CART.replace("45", "10"))
    world = World(first)
    users = [world.user(f"u{number}") for number in range(20)]
    world.publish(tried, share=500_000, paused=["cart"])
    for user in users:
        user.does("Cart Updated")
    world.passes(hours=2)
    assert world.decisions == []


def test_an_exit_still_ends_runs_of_a_paused_journey() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(shop(), paused=["cart"])
    ann.does("Order Completed")
    assert world.memory(ann).runs == []
