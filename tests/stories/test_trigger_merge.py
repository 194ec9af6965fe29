"""Two ids turn out to be one user: what was armed for either goes on as for one."""

from opportune.testing.world import User, World
from opportune.units import DAY, HOUR
from tests.stories.moments import on_clock
from tests.stories.shop import shop
from tests.stories.test_trigger_crossing import FEATURES, crossing, searches
from tests.stories.test_trigger_standing import DAILY
from tests.stories.trigger_page import examples

ABANDONED, _ = examples("absence")
[PRICING], [BLACK_FRIDAY] = examples("sequence"), examples("broadcast")


def test_an_order_of_the_one_calls_off_the_cart_of_the_other() -> None:
    world = World(shop(journeys=ABANDONED))
    ann, device = world.user("ann"), world.user("device")
    device.does("Cart Updated", cart_id="c1", value=80)
    device.does("Cart Updated", cart_id="c2", value=80)
    world.passes(minutes=10)
    ann.does("Order Completed", cart_id="c1")
    world.merge(ann, device)
    world.passes(hours=2)
    assert [each.key for each in world.decisions] == ["c2"]


def test_a_chain_begun_by_the_one_is_ended_by_the_user() -> None:
    world = World(shop(journeys=PRICING))
    ann, device = world.user("ann"), world.user("device")
    device.does("Pricing Viewed")
    world.passes(minutes=10)
    world.merge(ann, device)
    ann.does("Plan Chosen", plan="pro")
    assert len(world.attempts) == 1


def test_what_either_was_inside_of_starts_nothing_and_what_both_make_true_does() -> None:
    world = World(shop(journeys=crossing("searches_1h >= 3"), features=FEATURES))
    ann, device = world.user("ann"), world.user("device")
    searches(ann, 2)
    searches(device, 2)
    assert world.attempts == []
    world.merge(ann, device)
    assert [each.user for each in world.attempts] == ["ann"]
    other, tablet = world.user("other"), world.user("tablet")
    searches(tablet, 3)
    world.merge(other, tablet)
    searches(other, 1)
    assert [each.user for each in world.attempts] == ["ann", "tablet"]


def test_what_is_armed_for_an_id_alone_is_armed_for_the_user() -> None:
    world = World(shop(journeys={"a": DAILY, "b": PRICING}))
    device = world.user("device")
    world.merge(User(world, "ann"), device)
    device.does("Page Viewed")
    world.passes(days=1)
    assert [each.user for each in world.decisions] == ["ann"]


def test_a_morning_and_a_broadcast_are_had_once() -> None:
    world = World(shop(journeys={"a": DAILY, "b": BLACK_FRIDAY}), start="2026-11-26T12:00Z")
    ann, device = world.user("ann", plan="pro"), world.user("device", plan="pro", zone="America/New_York")
    world.until("2026-11-27T11:59Z")
    assert {each.journey for each in world.decisions if each.user == "ann"} == {"daily", "black_friday"}
    world.merge(ann, device)
    ann.does("Identified", timezone="America/New_York")
    world.until("2026-11-29T00:00Z")
    ats = [
        on_clock(each.due, "America/New_York") for each in world.decisions if each.due > world.now - 2 * DAY + 12 * HOUR
    ]
    assert ats == ["2026-11-28 09:00"]
