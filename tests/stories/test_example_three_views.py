"""The example of three looks at one product and no order, capped with everything else."""

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from tests.stories.examples import EXAMPLES


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "three_views"), start="2026-06-02T10:00+02:00")


@pytest.fixture
def ann(world: World) -> User:
    return world.user("ann", zone="Europe/Berlin", consents=["email"])


def looks(user: User, *products: str) -> None:
    for product in products:
        user.does("Product Viewed", product_id=product, name="the teapot", price=40)
        user.world.passes(minutes=10)


def becomes_cheaper(user: User, product: str) -> None:
    """The catalogue says so, and the user is among those whom it concerns."""
    user.does("Price Dropped", product_id=product, item=product, price=30, old_price=40, price_drop=0.25)


def discounts(user: User) -> list[int]:
    return [each.at for each in user.received if each.message == "discount"]


def test_three_looks_at_one_product_bring_a_discount_two_hours_after_leaving(world: World, ann: User) -> None:
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(days=1)
    assert discounts(ann) == [instant("2026-06-02T12:20+02:00")]


def test_whoever_goes_on_looking_around_is_waited_for(world: World, ann: User) -> None:
    looks(ann, "teapot", "teapot", "teapot", "bowl", "jug", "plate")
    world.passes(days=1)
    assert discounts(ann) == [instant("2026-06-02T12:50+02:00")]


def test_three_looks_at_three_products_are_not_three_looks(world: World, ann: User) -> None:
    looks(ann, "teapot", "bowl", "jug", "teapot", "bowl", "jug")
    world.passes(days=1)
    assert world.decisions == []


def test_looks_of_more_than_a_week_ago_do_not_count(world: World, ann: User) -> None:
    looks(ann, "teapot", "teapot")
    world.passes(days=7)
    looks(ann, "teapot")
    world.passes(days=1)
    assert world.decisions == []


def test_an_order_within_the_two_hours_calls_it_off(world: World, ann: User) -> None:
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(hours=1)
    ann.does("Order Completed", revenue=40)
    world.passes(days=1)
    assert world.decisions == []


def test_whoever_has_ordered_this_week_gets_no_discount(world: World, ann: User) -> None:
    ann.does("Order Completed", revenue=40)
    world.passes(days=2)
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(days=1)
    assert world.decisions == []


def test_the_discount_is_capped_with_everything_else(world: World, ann: User) -> None:
    for product in ("bowl", "jug", "plate", "vase"):
        becomes_cheaper(ann, product)
        world.passes(hours=26)
    assert [each.message for each in ann.received] == ["cheaper_now"] * 4
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(days=3)
    assert discounts(ann) == []
    assert world.why(ann, "discount").code == "frequency_cap"


def test_a_place_under_the_cap_that_becomes_free_is_taken(world: World, ann: User) -> None:
    for product in ("bowl", "jug", "plate", "vase"):
        becomes_cheaper(ann, product)
        world.passes(minutes=30)
    first = ann.received[0].at
    world.until("2026-06-08T18:00+02:00")
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(days=2)
    assert len(ann.received) == 5
    [discount] = discounts(ann)
    assert discount > first + 7 * 24 * 3_600_000 - 1
    assert discount == instant("2026-06-09T10:06:01+02:00")


def test_two_hours_that_end_at_night_wait_for_nine_in_the_morning(world: World, ann: User) -> None:
    world.until("2026-06-02T19:10+02:00")
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(days=1)
    assert discounts(ann) == [instant("2026-06-03T09:00+02:00")]


def test_a_price_that_drops_is_told_six_minutes_later(world: World, ann: User) -> None:
    becomes_cheaper(ann, "teapot")
    world.passes(hours=1)
    assert [(each.message, each.at) for each in ann.received] == [
        ("cheaper_now", instant("2026-06-02T10:06+02:00")),
    ]


def test_one_product_brings_one_discount_in_thirty_days(world: World, ann: User) -> None:
    for _ in range(4):
        looks(ann, "teapot", "teapot", "teapot")
        world.passes(days=9)
    assert discounts(ann) == [instant("2026-06-02T12:20+02:00")]
    looks(ann, "teapot", "teapot", "teapot")
    world.passes(days=1)
    assert len(discounts(ann)) == 2
