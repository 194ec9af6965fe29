"""The example of two reasons to write on the same morning."""

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from tests.stories.examples import EXAMPLES

NINE = "2026-06-23T09:00+02:00"
NEXT_NINE = "2026-06-24T09:00+02:00"
"""A week before the points are lost, and the day after."""


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "coming_back"), start="2026-06-21T10:00+02:00")


def member(world: World, *, points: int, spends: float = 20) -> User:
    """Somebody who has bought for so much on Sunday morning, comes back that night, and then stays away."""
    ann = world.user("ann", zone="Europe/Berlin", consents=["email"], points=points, points_expire_on="2026-06-30")
    ann.does("Order Completed", revenue=spends)
    world.until("2026-06-21T23:30+02:00")
    ann.does("App Opened")
    return ann


def told(user: User) -> list[tuple[str, int]]:
    return [(each.message, each.at) for each in user.received]


def test_points_that_are_worth_more_are_spoken_of_first_and_the_other_the_next_day(world: World) -> None:
    ann = member(world, points=2_000, spends=20)
    world.passes(days=4)
    assert told(ann) == [("points_expire", instant(NINE)), ("come_back", instant(NEXT_NINE))]


def test_the_loser_of_the_morning_was_outranked(world: World) -> None:
    ann = member(world, points=2_000, spends=20)
    world.until(NINE)
    assert world.why(ann, "come_back").code == "outranked"


def test_a_user_who_spends_much_is_missed_more_than_few_points(world: World) -> None:
    ann = member(world, points=120, spends=200)
    world.passes(days=4)
    assert told(ann) == [("come_back", instant(NINE)), ("points_expire", instant(NEXT_NINE))]


def test_what_came_in_first_never_decides(world: World) -> None:
    ann = member(world, points=120, spends=200)
    ann.does("Identified", points=2_000)
    world.passes(days=4)
    assert [each for each, _ in told(ann)] == ["points_expire", "come_back"]


def test_coming_back_between_the_two_tries_calls_the_second_off(world: World) -> None:
    ann = member(world, points=2_000, spends=20)
    world.until("2026-06-23T18:00+02:00")
    ann.does("App Opened")
    world.until("2026-06-24T12:00+02:00")
    assert told(ann) == [("points_expire", instant(NINE))]


def test_points_spent_before_the_morning_are_not_spoken_of(world: World) -> None:
    ann = member(world, points=2_000, spends=20)
    world.until("2026-06-22T20:00+02:00")
    ann.does("Identified", points=0)
    ann.does("Points Spent", points=2_000)
    world.passes(days=4)
    assert "points_expire" not in [each for each, _ in told(ann)]


def test_a_day_of_silence_that_ends_at_night_waits_for_the_next_active_hours(world: World) -> None:
    ann = member(world, points=0, spends=20)
    world.passes(days=4)
    assert told(ann) == [("come_back", instant(NINE))]


def test_never_more_than_one_message_in_the_users_own_day(world: World) -> None:
    ann = member(world, points=2_000, spends=20)
    world.passes(days=20)
    days = [each.at // 86_400_000 for each in ann.received]
    assert len(days) == len(set(days))


def test_whoever_has_bought_nothing_for_long_is_not_missed(world: World) -> None:
    ann = world.user("ann", zone="Europe/Berlin", consents=["email"])
    ann.does("App Opened")
    world.passes(days=4)
    assert world.decisions == []
