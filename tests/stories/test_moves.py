"""An edit while people wait: runs stay in their version, or go where ``moves`` says; nothing is lost or sent twice."""

from collections import Counter

from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import NIGHT, shop

OLD = """
journey: cart
key: cart_id
enter: {on: Cart Updated}
exit: [Order Completed]
steps:
  - name: long_wait
    wait: 2 hours
  - name: ask
    send: reminder
"""
NEW = """
journey: cart
key: cart_id
enter: {on: Cart Updated}
exit: [Order Completed]
moves: {long_wait: short_wait}
steps:
  - name: first
    wait: 10 minutes
  - name: short_wait
    wait: 1 hour
  - name: ask
    send: reminder
"""


def waiting(users: int, journeys: str = OLD) -> World:
    world = World(shop(journeys=journeys))
    for number in range(users):
        world.user(f"u{number}", consents=["email"]).does("Cart Updated", cart_id="c")
    return world


def test_a_thousand_users_who_wait_stay_in_the_version_they_entered() -> None:
    world = waiting(1_000)
    begun = world.now
    world.passes(minutes=30)
    world.publish(shop(journeys=NEW.replace("moves: {long_wait: short_wait}\n", "")))
    world.passes(hours=5)
    assert Counter(each.user for each in world.attempts) == {f"u{number}": 1 for number in range(1_000)}
    assert {each.at for each in world.attempts} == {begun + 2 * HOUR}
    assert {ending.outcome for ending in world.endings.values()} == {"sent"}


def test_a_thousand_users_who_wait_are_moved_and_get_their_message_once() -> None:
    world = waiting(1_000)
    begun = world.now
    world.passes(minutes=30)
    world.publish(shop(journeys=NEW))
    assert {run.step for number in range(1_000) for run in world.memory(world.known(f"u{number}")).runs} == {1}
    world.passes(hours=5)
    assert Counter(each.user for each in world.attempts) == {f"u{number}": 1 for number in range(1_000)}
    assert {each.at for each in world.attempts} == {begun + HOUR}
    assert len(world.decisions) == len(world.endings) == 1_000


def test_the_policies_that_bind_those_who_stay_are_the_newest() -> None:
    world = World(shop(journeys=OLD), start="2026-06-01T20:30Z")
    ann = world.user("ann", consents=["email"])
    ann.does("Cart Updated", cart_id="c")
    world.publish(shop(NIGHT, journeys=OLD))
    world.passes(days=1)
    assert [mail.at % (24 * HOUR) for mail in ann.received] == [8 * HOUR]


def test_who_is_moved_to_a_wait_that_is_over_goes_on_at_once() -> None:
    world = waiting(1)
    world.passes(minutes=90)
    world.publish(shop(journeys=NEW))
    world.passes(minutes=1)
    assert [each.at for each in world.attempts] == [world.now - MINUTE]


def test_who_is_moved_to_the_end_gets_nothing() -> None:
    world = waiting(3)
    world.publish(shop(journeys=NEW.replace("long_wait: short_wait", "long_wait: end")))
    world.passes(hours=5)
    assert world.attempts == []
    assert world.memory(world.known("u1")).runs == []


def test_who_stands_where_the_new_version_names_nothing_stays() -> None:
    world = waiting(1)
    begun = world.now
    world.publish(shop(journeys=NEW.replace("long_wait: short_wait", "ask: ask")))
    world.passes(hours=5)
    assert [each.at - begun for each in world.attempts] == [2 * HOUR]


def test_a_journey_that_has_not_changed_moves_nobody() -> None:
    journeys = NEW.replace("long_wait: short_wait", "first: ask")
    world = waiting(1, journeys)
    begun = world.now
    world.publish(shop(NIGHT, journeys=journeys))
    world.passes(hours=5)
    assert [each.at - begun for each in world.attempts] == [70 * MINUTE]


def test_what_is_planned_stays_with_who_is_moved_to_a_step_that_sends() -> None:
    world = World(shop(NIGHT, journeys=OLD), start="2026-06-01T20:30Z")
    ann = world.user("ann", consents=["email"])
    ann.does("Cart Updated", cart_id="c")
    world.passes(hours=3)
    world.publish(shop(NIGHT, journeys=NEW.replace("long_wait: short_wait", "ask: ask")))
    world.passes(days=1)
    assert len(world.decisions) == len(ann.received) == 1


def test_what_is_planned_is_not_sent_to_who_is_moved_to_a_wait() -> None:
    world = World(shop(NIGHT, journeys=OLD), start="2026-06-01T20:30Z")
    ann = world.user("ann", consents=["email"])
    ann.does("Cart Updated", cart_id="c")
    world.passes(hours=3)
    world.publish(shop(NIGHT, journeys=NEW.replace("long_wait: short_wait", "ask: first")))
    first = world.decisions[0].id
    assert world.endings[first].code == "moved"
    world.passes(days=1)
    assert [each.decision for each in world.attempts] == [world.decisions[1].id]
    assert len(ann.received) == 1


def test_an_exit_ends_those_who_were_moved() -> None:
    world = waiting(1)
    world.publish(shop(journeys=NEW))
    world.known("u0").does("Order Completed", cart_id="c")
    world.passes(hours=5)
    assert world.attempts == []


def test_who_has_something_due_at_the_publication_is_moved_as_well() -> None:
    """What fell due under the old version is decided by it first; the user's other run goes where the new one says."""
    world = waiting(1)
    begun, ann = world.now, world.known("u0")
    world.passes(minutes=110)
    ann.does("Cart Updated", cart_id="later")
    world.now = begun + 3 * HOUR
    world.publish(shop(journeys=NEW))
    assert [(each.at - begun, each.playbook == world.playbook.hash) for each in world.attempts] == [
        (2 * HOUR, False),
        (3 * HOUR, True),
    ]
