"""A cart is left behind: the shipped sample, from the first event to the last receipt."""

from pathlib import Path

import pytest

import opportune.playbook
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import load
from opportune.testing.world import World
from tests.stories.shop import shop

KEYED = """
journey: cart
key: cart_id
enter: {on: Cart Updated, where: value >= 20}
exit: {on: Order Completed}
reentry: {cooldown: 7 days}
goal: {on: Order Completed, within: 3 days, value: revenue}
steps:
  - wait: 45 minutes
  - send: reminder
"""


@pytest.fixture(scope="module")
def sample() -> Playbook:
    return load(Path(opportune.playbook.__file__).parent / "sample")


@pytest.fixture
def world() -> World:
    return World(shop(journeys=KEYED))


def test_the_sample_reminds_of_a_cart_left_behind(sample: Playbook) -> None:
    world = World(sample, start="2026-06-01T12:00Z")
    ann = world.user("ann", zone="Europe/Berlin", email_opt_in=True, first_name="Ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(hours=1)
    [mail] = ann.received
    assert (mail.message, mail.channel, mail.address) == ("cart_reminder", "email", "ann@example.com")
    assert (mail.values["cart_id"], mail.values["value"], mail.values["first_name"]) == ("c1", 80, "Ann")
    assert mail.variant in ("plain", "warm")


def test_a_purchase_within_the_hour_calls_it_off(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(minutes=40)
    ann.does("Order Completed", cart_id="c1", revenue=80)
    world.passes(days=3)
    assert ann.received == []
    assert world.decisions == []
    assert world.memory(ann).runs == []


def test_a_purchase_of_another_cart_calls_nothing_off(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    ann.does("Cart Updated", cart_id="c2", value=80)
    ann.does("Order Completed", cart_id="c2")
    world.passes(hours=1)
    assert [decision.key for decision in world.decisions] == ["c1"]


def test_a_purchase_without_a_cart_calls_all_carts_off(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    ann.does("Cart Updated", cart_id="c2", value=80)
    ann.does("Order Completed")
    world.passes(hours=1)
    assert world.decisions == []


def test_a_small_cart_or_one_without_a_key_starts_nothing(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=19.99)
    ann.does("Cart Updated", cart_id="c2")
    ann.does("Cart Updated", value=80)
    ann.does("Cart Updated", cart_id=None, value=80)
    world.passes(hours=1)
    assert world.decisions == []


def test_a_cart_updated_again_is_reminded_of_once(world: World) -> None:
    ann = world.user("ann")
    for _ in range(5):
        ann.does("Cart Updated", cart_id="c1", value=80)
        world.passes(minutes=10)
    world.passes(days=6)
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(hours=1)
    assert len(ann.received) == 1


def test_after_the_cooldown_the_same_cart_is_reminded_of_again(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(days=7)
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(hours=1)
    assert len(ann.received) == 2


def test_a_purchase_after_the_mail_is_a_goal_once(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(days=2)
    turn = world.feed([world.event("ann", "Order Completed", {"cart_id": "c1", "revenue": 79.9})])
    [goal] = turn.goals
    assert (goal.journey, goal.key, goal.value) == ("cart", "c1", 79_900_000)
    assert world.feed([world.event("ann", "Order Completed", {"cart_id": "c1", "revenue": 10})]).goals == []


def test_the_same_event_twice_is_once(world: World) -> None:
    ann = world.user("ann")
    ann.does("Cart Updated", id="m1", cart_id="c1", value=80)
    ann.does("Cart Updated", id="m1", cart_id="c1", value=80)
    world.passes(hours=1)
    assert len(ann.received) == 1


def test_an_entry_delivered_again_by_the_log_changes_nothing(world: World) -> None:
    ann = world.user("ann")
    entry = world.event("ann", "Cart Updated", {"cart_id": "c1", "value": 80})
    world.feed([entry])
    before = world.memory(ann)
    turn = world._shard.feed([entry])
    assert (turn.decisions, turn.endings, turn.calls) == ([], [], [])
    assert world.memory(ann) == before
