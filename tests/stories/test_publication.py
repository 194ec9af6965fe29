"""A new playbook: runs under way keep their steps; policies, consent and wording are the newest."""

from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import CART, NIGHT, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")


def test_a_run_keeps_the_steps_it_entered_with() -> None:
    world = World(shop())
    ann, bob = world.user("ann"), world.user("bob")
    ann.does("Cart Updated")
    world.publish(shop(journeys=CART.replace("45 minutes", "2 hours")))
    bob.does("Cart Updated")
    begun = world.now
    world.passes(hours=3)
    assert [mail.at - begun for mail in ann.received] == [45 * MINUTE]
    assert [mail.at - begun for mail in bob.received] == [2 * HOUR]


def test_a_run_of_an_old_version_still_ends_by_its_exit() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(shop(journeys=CART.replace("Order Completed", "Plan Chosen")))
    ann.does("Order Completed")
    world.passes(hours=2)
    assert ann.received == []


def test_a_removed_journey_starts_nobody_and_finishes_for_those_in_it() -> None:
    world = World(shop())
    ann, bob = world.user("ann"), world.user("bob")
    ann.does("Cart Updated")
    world.publish(shop(journeys=CART.replace("journey: cart", "journey: other").replace("Cart Updated", "Other")))
    bob.does("Cart Updated")
    world.passes(hours=2)
    assert (len(ann.received), len(bob.received)) == (1, 0)


def test_new_policies_bind_what_is_already_planned() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(shop('quiet_hours: {from: "21:00", to: "10:00"}', journeys=NOW))
    world.passes(days=1)
    assert [mail.at % (24 * HOUR) for mail in ann.received] == [10 * HOUR]


def test_a_new_holdout_binds_runs_under_way() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.publish(shop("holdout: {share: 100%}"))
    world.passes(hours=1)
    assert world.why(ann, "reminder").code == "held_out"


def test_a_message_that_is_no_longer_sent_on_a_channel_is_decided_again() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann", phone="+49 30 123456")
    ann.does("Cart Updated")
    world.publish(shop(NIGHT, journeys=NOW, messages={"reminder": "channels: [sms]"}))
    world.passes(days=1)
    assert world.endings[world.decisions[0].id].code == "withdrawn"
    assert len(world.decisions) == 2
    assert [mail.channel for mail in ann.received] == ["sms"]


def test_decisions_bear_the_playbook_that_decided() -> None:
    first, second = shop(), shop(journeys=CART.replace("45", "50"))
    world = World(first)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    world.publish(second)
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert [decision.playbook for decision in world.decisions] == [first.hash, second.hash]


def test_a_run_whose_version_is_known_no_more_ends_without_a_word() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    newer = shop(journeys=CART.replace("45", "50"))
    world._versions.clear()
    world.publish(newer)
    world.passes(hours=2)
    assert world.decisions == []
    assert world.memory(ann).runs == []
