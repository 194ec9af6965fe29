"""The clock that local_hour(at) and local_weekday(at) read."""

import pytest

from opportune.features.clock import Known, part_of, user_clock, zones_known, zones_stated
from opportune.features.local_time import Zone, zone_named
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.units import DAY, HOUR, Scalar

SUNDAY_23_UTC = 3 * DAY - HOUR + 7 * DAY * 2900
"""1970-01-04 was a Sunday."""


def zone(name: str) -> Zone:
    found = zone_named(name)
    assert found is not None
    return found


def scope_of(**traits: Scalar) -> Scope:
    stated = {name.replace("__", "."): [Stated(0, 0, value)] for name, value in traits.items()}
    profile = Profile(traits=stated, series={}, sessions=[], lasts={})
    return Scope(profile, SUNDAY_23_UTC + DAY)


@pytest.mark.parametrize(
    ("traits", "hour", "weekday"),
    [
        ({}, 23, 7),
        ({"timezone": "Asia/Tokyo"}, 8, 1),
        ({"context__timezone": "Asia/Tokyo"}, 8, 1),
        ({"timezone": "America/Phoenix", "context__timezone": "Asia/Tokyo"}, 16, 7),
        ({"timezone": "nowhere", "context__timezone": "Asia/Tokyo"}, 8, 1),
        ({"timezone": 5, "context__timezone": None}, 23, 7),
    ],
)
def test_the_users_clock_is_that_of_the_zone_they_stated_else_came_from_else_the_playbooks(
    traits: dict[str, Scalar], hour: int, weekday: int
) -> None:
    local = user_clock(zone("UTC"))(scope_of(**traits))
    assert (part_of(local, "hour"), part_of(local, "weekday")) == (hour, weekday)


@pytest.mark.parametrize(
    ("traits", "names"),
    [
        ({}, []),
        ({"timezone": "America/Phoenix", "context__timezone": "Asia/Tokyo"}, ["America/Phoenix", "Asia/Tokyo"]),
        ({"timezone": "Asia/Tokyo", "context__timezone": "Asia/Tokyo"}, ["Asia/Tokyo"]),
        ({"timezone": "nowhere", "context__timezone": "Asia/Tokyo"}, ["Asia/Tokyo"]),
    ],
)
def test_a_user_may_be_in_the_zone_they_stated_and_in_the_one_they_came_from(
    traits: dict[str, Scalar], names: list[str]
) -> None:
    scope = scope_of(**traits)
    assert zones_stated(scope.profile, scope.at) == tuple(zone(name) for name in names)


@pytest.mark.parametrize(
    ("at", "known"),
    [
        (9, []),
        (10, [("Asia/Tokyo", "context.timezone", 10)]),
        (20, [("America/Phoenix", "timezone", 20), ("Asia/Tokyo", "context.timezone", 15)]),
        (29, [("America/Phoenix", "timezone", 20), ("Asia/Tokyo", "context.timezone", 25)]),
        (30, [("Asia/Tokyo", "timezone", 30)]),
    ],
)
def test_it_is_known_what_said_a_zone_and_when_it_was_said_last(at: int, known: list[tuple[str, str, int]]) -> None:
    """The newest event said Tokyo three times over, then the user stated it too."""
    stated = [Stated(20, 0, "America/Phoenix"), Stated(30, 0, "Asia/Tokyo")]
    seen = [Stated(10, 0, "Asia/Tokyo", [5, 1, 10, 1])]
    profile = Profile(traits={"timezone": stated, "context.timezone": seen}, series={}, sessions=[], lasts={})
    assert zones_known(profile, at) == tuple(Known(zone(name), source, said) for name, source, said in known)
    assert tuple(each.zone for each in zones_known(profile, at)) == zones_stated(profile, at)


def test_no_clock_shows_nothing() -> None:
    assert part_of(None, "hour") is None


def test_monday_is_the_first_day_before_1970_too() -> None:
    assert [part_of(day * DAY - 1, "weekday") for day in range(-3, 5)] == [7, 1, 2, 3, 4, 5, 6, 7]
    assert part_of(-1, "hour") == 23
