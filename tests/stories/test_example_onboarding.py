"""The example of a tutorial that was completed and a registration that was not."""

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from tests.stories.examples import EXAMPLES

TOKYO = "Asia/Tokyo"


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "onboarding"), start="2026-06-02T15:00+09:00")


@pytest.fixture
def ann(world: World) -> User:
    return world.user("ann", zone=TOKYO, consents=["push"], push_token="device-1")


def asked(user: User) -> list[int]:
    return [each.at for each in user.received]


def test_two_days_of_silence_after_the_tutorial_bring_one_message(world: World, ann: User) -> None:
    ann.does("Tutorial Completed")
    world.passes(days=9)
    assert asked(ann) == [instant("2026-06-04T15:00+09:00")]


def test_whoever_registers_within_48_hours_is_not_asked(world: World, ann: User) -> None:
    ann.does("Tutorial Completed")
    world.passes(hours=47)
    ann.does("Registered")
    world.passes(days=9)
    assert world.decisions == []


def test_a_registration_that_was_heard_of_late_counts(world: World, ann: User) -> None:
    ann.does("Tutorial Completed")
    world.passes(hours=47)
    ann.does("Registered", at="2026-06-02T16:00+09:00")
    world.passes(days=9)
    assert world.decisions == []


def test_a_registration_that_is_heard_of_before_the_tutorial_counts(world: World, ann: User) -> None:
    world.passes(hours=5)
    ann.does("Registered", at="2026-06-02T18:00+09:00")
    ann.does("Tutorial Completed", at="2026-06-02T16:00+09:00")
    world.passes(days=9)
    assert world.decisions == []


def test_whoever_registered_before_the_tutorial_is_not_asked(world: World, ann: User) -> None:
    ann.does("Registered")
    world.passes(days=20)
    ann.does("Tutorial Completed")
    world.passes(days=9)
    assert world.decisions == []


def test_48_hours_that_end_at_night_wait_for_nine_in_the_morning(world: World, ann: User) -> None:
    world.until("2026-06-02T23:30+09:00")
    ann.does("Tutorial Completed")
    world.passes(days=9)
    assert asked(ann) == [instant("2026-06-05T09:00+09:00")]


def test_a_registration_in_that_night_calls_it_off(world: World, ann: User) -> None:
    world.until("2026-06-02T23:30+09:00")
    ann.does("Tutorial Completed")
    world.until("2026-06-05T08:00+09:00")
    ann.does("Registered")
    world.passes(days=9)
    assert world.decisions == []


def test_the_second_time_nobody_is_asked_again(world: World, ann: User) -> None:
    ann.does("Tutorial Completed")
    world.passes(days=9)
    ann.does("Tutorial Completed")
    world.passes(days=9)
    assert len(asked(ann)) == 1
