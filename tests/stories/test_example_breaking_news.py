"""The example of news that grows old."""

from itertools import pairwise

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from opportune.units import HOUR
from tests.stories.examples import EXAMPLES


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "breaking_news"), start="2026-06-02T08:00+02:00")


@pytest.fixture
def ann(world: World) -> User:
    return world.user("ann", zone="Europe/Oslo", consents=["push"], push_token="device-1")


def happens(user: User, section: str, headline: str, importance: float) -> None:
    user.does("Story Published", story_id=headline, section=section, headline=headline, importance=importance)


def read(user: User) -> list[tuple[object, int]]:
    return [(each.values["headline"], each.at) for each in user.received]


def test_by_day_a_story_is_told_at_once(world: World, ann: User) -> None:
    happens(ann, "harbour", "A ship has run aground", 5)
    world.passes(minutes=1)
    assert read(ann) == [("A ship has run aground", instant("2026-06-02T08:00+02:00"))]


def test_never_more_than_one_notification_in_three_hours(world: World, ann: User) -> None:
    for number in range(20):
        happens(ann, "harbour", f"story {number}", 3 + number % 6)
        world.passes(minutes=30)
    told = [at for _, at in read(ann)]
    assert len(told) == 4
    assert all(later - earlier >= 3 * HOUR for earlier, later in pairwise(told))


def test_an_older_story_that_has_not_gone_out_is_superseded_by_a_newer_one(world: World, ann: User) -> None:
    happens(ann, "harbour", "A ship has run aground", 5)
    world.passes(minutes=30)
    happens(ann, "climate", "A storm is coming", 5)
    world.passes(minutes=30)
    assert world.why(ann, "story").code == "planned"
    happens(ann, "climate", "The storm has changed its course", 5)
    world.passes(hours=10)
    assert [headline for headline, _ in read(ann)] == ["A ship has run aground", "The storm has changed its course"]
    assert [each.code for each in world.endings.values()] == ["sent", "exited", "sent"]


def test_big_news_that_waits_is_not_superseded_by_a_small_story(world: World, ann: User) -> None:
    happens(ann, "harbour", "A ship has run aground", 5)
    world.passes(minutes=30)
    happens(ann, "world", "Peace", 9)
    world.passes(minutes=30)
    happens(ann, "climate", "It may rain", 2)
    world.passes(hours=10)
    assert read(ann)[1:] == [("Peace", instant("2026-06-02T11:00:01+02:00"))]
    assert world.why(ann, "story").code == "frequency_cap"


def test_big_news_takes_the_place_of_a_small_story_that_waits(world: World, ann: User) -> None:
    happens(ann, "harbour", "A ship has run aground", 5)
    world.passes(minutes=30)
    happens(ann, "climate", "It may rain", 2)
    world.passes(minutes=30)
    happens(ann, "world", "Peace", 9)
    world.passes(hours=10)
    assert [headline for headline, _ in read(ann)] == ["A ship has run aground", "Peace"]


def test_at_seven_a_fresh_small_story_beats_last_nights_big_one(world: World, ann: User) -> None:
    world.until("2026-06-02T23:00+02:00")
    happens(ann, "harbour", "A ship has run aground", 9)
    world.until("2026-06-03T06:00+02:00")
    happens(ann, "climate", "A storm is coming", 4)
    world.passes(hours=6)
    assert read(ann) == [("A storm is coming", instant("2026-06-03T07:00+02:00"))]
    assert sorted(each.code for each in world.endings.values()) == ["outranked", "sent"]


def test_at_seven_big_news_of_the_last_hour_beats_a_small_story(world: World, ann: User) -> None:
    world.until("2026-06-03T06:00+02:00")
    happens(ann, "harbour", "A ship has run aground", 9)
    happens(ann, "climate", "A storm is coming", 4)
    world.passes(hours=6)
    assert read(ann) == [("A ship has run aground", instant("2026-06-03T07:00+02:00"))]


def test_whoever_reads_a_section_hears_of_it_first(world: World, ann: User) -> None:
    for _ in range(9):
        ann.does("Article Read", section="climate")
    world.until("2026-06-03T06:00+02:00")
    happens(ann, "harbour", "A ship has run aground", 9)
    happens(ann, "climate", "A storm is coming", 4)
    world.passes(hours=2)
    assert read(ann) == [("A storm is coming", instant("2026-06-03T07:00+02:00"))]


def test_news_that_is_too_old_is_not_worth_the_disturbance(world: World, ann: User) -> None:
    world.until("2026-06-02T22:30+02:00")
    happens(ann, "harbour", "A ship is late", 2)
    world.passes(hours=12)
    assert ann.received == []
    assert world.why(ann, "story").code == "not_worth_it"
