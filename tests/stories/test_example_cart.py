"""The example of a cart and three kinds of patience."""

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from opportune.units import HOUR, MINUTE
from tests.stories.examples import EXAMPLES

NOON = "2026-06-02T12:00+02:00"
PATIENCE = {"quarter": 15 * MINUTE, "hour": HOUR, "afternoon": 3 * HOUR}


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "cart"), start=NOON)


def shopper(world: World, name: str, zone: str = "Europe/Berlin") -> User:
    return world.user(name, zone=zone, consents=["email"])


def patience(world: World, user: User, cart: str) -> int:
    """How long after leaving this cart the user is reminded."""
    left = world.now
    user.does("Cart Updated", cart_id=cart, value=80)
    world.passes(hours=4)
    return next((each.at - left for each in user.received if each.values["cart_id"] == cart), 0)


def in_arm(world: World, arm: str, zone: str = "Europe/Berlin") -> User:
    """Somebody of this arm, found by trying names in a world of their own: a name has the same arm in each."""
    trial = World(world.playbook, start=NOON)
    names = [f"user-{number}" for number in range(60)]
    found = next(each for each in names if patience(trial, shopper(trial, each), "c1") == PATIENCE[arm])
    return shopper(world, found, zone)


def test_each_third_of_the_users_is_reminded_after_its_own_span(world: World) -> None:
    users = [shopper(world, f"user-{number}") for number in range(40)]
    for user in users:
        user.does("Cart Updated", cart_id="c1", value=80)
    world.passes(days=1)
    spans = [each.at - instant(NOON) for user in users for each in user.received]
    assert set(spans) == set(PATIENCE.values())
    assert len(spans) >= 35, "all but the holdout are reminded"


def test_whoever_comes_again_keeps_the_arm(world: World) -> None:
    ann = in_arm(world, "afternoon")
    spans = set()
    for number in range(3):
        spans.add(patience(world, ann, f"cart-{number}"))
        world.passes(hours=44)
    assert spans == {3 * HOUR}


@pytest.mark.parametrize("arm", PATIENCE)
def test_a_purchase_before_the_end_of_the_span_calls_it_off(world: World, arm: str) -> None:
    ann = in_arm(world, arm)
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(minutes=PATIENCE[arm] / MINUTE - 1)
    ann.does("Order Completed", cart_id="c1", revenue=80)
    world.passes(days=3)
    assert (ann.received, world.decisions) == ([], [])


def test_a_cart_left_in_the_evening_is_spoken_of_at_nine_in_new_york(world: World) -> None:
    world.until("2026-06-02T20:30-04:00")
    ann = in_arm(world, "hour", "America/New_York")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(days=1)
    assert [each.at for each in ann.received] == [instant("2026-06-03T09:00-04:00")]


def test_a_purchase_in_the_night_calls_off_what_is_planned_for_the_morning(world: World) -> None:
    world.until("2026-06-02T20:30+02:00")
    ann = in_arm(world, "hour")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(hours=2)
    assert world.why(ann, "cart_reminder").code == "planned"
    ann.does("Order Completed", cart_id="c1", revenue=80)
    world.passes(days=3)
    assert ann.received == []
    assert world.why(ann, "cart_reminder").code == "exited"


def test_a_purchase_of_three_days_counts_for_the_journey_with_its_price(world: World) -> None:
    ann = in_arm(world, "quarter")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(hours=1)
    ann.does("Order Completed", cart_id="c1", revenue=72.5)
    assert [(each.journey, each.key, each.value) for each in world.goals] == [("cart", "c1", 72_500_000)]


def test_a_small_cart_is_nothing_to_speak_of(world: World) -> None:
    ann = shopper(world, "ann")
    ann.does("Cart Updated", cart_id="c1", value=19.9)
    world.passes(days=1)
    assert world.decisions == []
