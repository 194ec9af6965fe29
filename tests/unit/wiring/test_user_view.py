"""What an operator sees of a user."""

from opportune.testing.world import World
from opportune.units import HOUR
from opportune.wiring.user_view import ClockView, UserView, user_view
from tests.stories.moments import does_in_context
from tests.stories.shop import shop


def viewed(world: World, user: str) -> UserView:
    view = user_view(world._shard, user, world.now)
    assert view is not None
    return view


def test_nothing_is_shown_of_somebody_who_was_never_there() -> None:
    world = World(shop())
    assert user_view(world._shard, "nobody", world.now) is None


def test_the_zones_of_a_user_are_shown_with_what_says_so() -> None:
    world = World(shop())
    ann = world.user("ann", zone="Europe/Berlin")
    world.user("bob")
    world.passes(hours=2)
    does_in_context(ann, "Page Viewed", {"timezone": "America/New_York"})
    world.passes(hours=1)
    view = viewed(world, "ann")
    assert view.zones == ["Europe/Berlin", "America/New_York"]
    assert view.clocks == [
        ClockView("Europe/Berlin", "timezone", world.now - 3 * HOUR),
        ClockView("America/New_York", "context.timezone", world.now - HOUR),
    ]
    assert (viewed(world, "bob").zones, viewed(world, "bob").clocks) == (["UTC"], [ClockView("UTC", "playbook", None)])
