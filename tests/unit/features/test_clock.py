"""The clock that local_hour(at) and local_weekday(at) read."""

import pytest

from opportune.features.clock import event_clock, part_of, user_clock
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


def scope_of(context: dict[str, object] | None = None, **traits: Scalar) -> Scope:
    stated = {name.replace("__", "."): [Stated(0, 0, value)] for name, value in traits.items()}
    profile = Profile(traits=stated, series={}, sessions=[], lasts={})
    return Scope(profile, SUNDAY_23_UTC + DAY, context=context or {})


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


@pytest.mark.parametrize(("said", "hour"), [("Asia/Tokyo", 8), ("nowhere", 23), (None, 23), (7, 23)])
def test_an_events_clock_is_that_of_its_own_context(said: object, hour: int) -> None:
    scope = scope_of({"timezone": said}, timezone="America/Phoenix")
    assert part_of(event_clock(zone("UTC"))(scope), "hour") == hour


def test_no_clock_shows_nothing() -> None:
    assert part_of(None, "hour") is None


def test_monday_is_the_first_day_before_1970_too() -> None:
    assert [part_of(day * DAY - 1, "weekday") for day in range(-3, 5)] == [7, 1, 2, 3, 4, 5, 6, 7]
    assert part_of(-1, "hour") == 23
