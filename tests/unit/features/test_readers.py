"""Where a feature BY a property finds it, and on whose clock hours are counted."""

import pytest

from opportune.events.event import Event
from opportune.features.feature import features_from
from opportune.features.fold import Fold, PlainFold, new_profile
from opportune.features.local_time import zone_named
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.units import DAY, HOUR, Instant

NOON: Instant = 20_000 * DAY + 12 * HOUR
TEXTS = {
    "views": "COUNT_IF(event = 'Viewed') BY cart.id",
    "twice": "views * 2",
    "more": "twice + views",
    "hours": "HOURS()",
    "mornings": "COUNT() FILTER (WHERE local_hour(at) < 12)",
    "here": "local_hour(at)",
    "interests": "TOP(2, word)",
    "same": "interests",
}


def folded(
    kind: type[Fold], zone: str, *events: tuple[Instant, dict[str, object], dict[str, object]]
) -> tuple[Fold, Profile]:
    named = zone_named(zone)
    assert named is not None
    fold = kind(features_from(TEXTS).values(), watches=[], lateness=DAY, idle=HOUR).in_zone(named)
    profile = new_profile()
    for seq, (at, properties, context) in enumerate(events, 1):
        fold.apply(profile, Event(f"e{seq}", "ann", "Viewed", at, at, seq), properties, context, NOON)
    return fold, profile


@pytest.mark.parametrize("kind", [Fold, PlainFold])
def test_a_feature_by_a_property_is_read_with_the_property_at_hand(kind: type[Fold]) -> None:
    fold, profile = folded(
        kind, "UTC", (NOON, {"cart": {"id": 7}}, {}), (NOON, {"cart.id": "7"}, {}), (NOON, {"cart": {"id": True}}, {}),
        (NOON, {}, {}), (NOON, {"cart": {"id": [7]}}, {}),
    )  # fmt: skip
    for properties, count in (({"cart.id": 7}, 2), ({"cart": {"id": 7.0}}, 2), ({"cart": {"id": "true"}}, 1), ({}, 0)):
        for scope in (Scope(profile, NOON, "", properties), Scope(profile, NOON, keys=properties)):
            assert [fold.readers[name](scope) for name in ("views", "twice", "more")] == [count, 2 * count, 3 * count]
    both = Scope(profile, NOON, "", {"cart.id": 7}, keys={"cart.id": True})
    assert fold.readers["views"](both) == 2, "what is at hand goes before what is handed on"


@pytest.mark.parametrize("kind", [Fold, PlainFold])
def test_hours_are_those_of_the_clock_where_the_event_came_from(kind: type[Fold]) -> None:
    fold, profile = folded(
        kind, "Asia/Tokyo", (NOON, {}, {"timezone": "Asia/Kolkata"}), (NOON - HOUR, {}, {}),
        (NOON - HOUR, {}, {"timezone": "Nowhere"}), (NOON - 8 * HOUR, {}, {"timezone": 5}),
    )  # fmt: skip
    hours = fold.readers["hours"](Scope(profile, NOON))
    assert isinstance(hours, tuple)
    assert {hour: count for hour, count in enumerate(hours) if count} == {17: 1, 20: 2, 13: 1}
    assert fold.readers["mornings"](Scope(profile, NOON)) == 0
    assert fold.readers["here"](Scope(profile, NOON)) == 17
    assert fold.readers["here"](Scope(new_profile(), NOON)) == 21


@pytest.mark.parametrize("kind", [Fold, PlainFold])
def test_a_formula_may_hand_a_list_on(kind: type[Fold]) -> None:
    fold, profile = folded(kind, "UTC", (NOON, {"word": "b"}, {}), (NOON, {"word": "a"}, {}), (NOON, {"word": "c"}, {}))
    assert fold.readers["same"](Scope(profile, NOON)) == ("a", "b")
    assert fold.readers["same"](Scope(new_profile(), NOON)) is None
