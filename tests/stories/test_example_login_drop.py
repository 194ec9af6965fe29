"""The example of fewer logins and more searches for help."""

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from tests.stories.examples import EXAMPLES


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "login_drop"), start="2026-06-01T10:00-04:00")


@pytest.fixture
def ann(world: World) -> User:
    """Somebody who logged in daily in one week and once in the next; it is Monday, 10:00, when that has been."""
    ann = world.user("ann", zone="America/New_York", consents=["email"])
    weeks(ann, 7, 1)
    return ann


def weeks(user: User, *logins: int) -> None:
    """Weeks with so many logins each, one a day, at its beginning."""
    for count in logins:
        for day in range(7):
            if day < count:
                user.does("Logged In")
            user.world.passes(days=1)


def searches(user: User, times: int) -> None:
    for _ in range(times):
        user.does("Help Searched", query="export")
        user.world.passes(minutes=5)


def told(user: User) -> list[tuple[str, int]]:
    return [(each.channel, each.at) for each in user.received]


def test_the_fourth_search_in_an_hour_offers_a_human_being_at_once_in_the_app(world: World, ann: User) -> None:
    searches(ann, 4)
    [decision] = world.decisions
    assert (decision.chosen and decision.chosen.channel, decision.due) == ("in_app", world.now - 5 * 60_000)


def test_three_searches_are_not_enough(world: World, ann: User) -> None:
    searches(ann, 3)
    world.passes(hours=2)
    searches(ann, 3)
    world.passes(days=1)
    assert world.decisions == []


def test_searches_of_somebody_who_comes_as_often_as_before_mean_nothing(world: World) -> None:
    ben = world.user("ben", zone="America/New_York", consents=["email"])
    weeks(ben, 5, 5)
    searches(ben, 6)
    world.passes(days=1)
    assert world.decisions == []


def test_a_number_that_dances_around_its_threshold_begins_nothing_again(world: World, ann: User) -> None:
    searches(ann, 4)
    world.passes(hours=3)
    searches(ann, 5)
    world.passes(hours=3)
    searches(ann, 5)
    world.passes(days=1)
    assert len({each.entry for each in world.decisions}) == 1


def test_after_better_weeks_it_may_begin_again(world: World, ann: User) -> None:
    searches(ann, 4)
    world.passes(days=1)
    weeks(ann, 7, 7, 1)
    searches(ann, 4)
    world.passes(days=1)
    assert len({each.entry for each in world.decisions}) == 2


def test_who_did_not_see_it_gets_a_mail_when_somebody_is_there_to_answer(world: World, ann: User) -> None:
    world.passes(hours=9)
    searches(ann, 4)
    world.passes(days=1)
    assert told(ann) == [("email", instant("2026-06-16T09:00-04:00"))]


def test_who_finds_help_gets_no_mail(world: World, ann: User) -> None:
    world.passes(hours=9)
    searches(ann, 4)
    world.passes(hours=1)
    ann.does("Help Found")
    world.passes(days=1)
    assert told(ann) == []


def test_putting_it_into_force_writes_to_nobody_who_has_been_unhappy_for_long(world: World) -> None:
    known = World(load(EXAMPLES / "pricing_page"), start="2026-06-01T10:00-04:00")
    ann = known.user("ann", zone="America/New_York", consents=["email"])
    weeks(ann, 7, 1)
    searches(ann, 6)
    known.publish(world.playbook)
    searches(ann, 3)
    known.passes(days=1)
    assert known.decisions == []
