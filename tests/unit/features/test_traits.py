"""What is stated about a user: what counts as a statement, and what is kept of many."""

from collections.abc import Mapping

import pytest

from opportune.events.names import IDENTIFIED
from opportune.features.fold import new_profile
from opportune.features.profile import Profile, Stated
from opportune.features.series import MOST_CHARACTERS
from opportune.features.traits import (
    MOST_TRAITS,
    ZONE_TRAIT,
    forget_stated,
    merge_stated,
    state,
    trait_at,
    traits_of,
)
from opportune.units import Instant, Scalar

LONGEST = "x" * MOST_CHARACTERS


def stating(*statements: tuple[Instant, int, Scalar], horizon: Instant = -1) -> list[Stated]:
    """What is kept of one trait after these statements, in order of arrival."""
    profile = new_profile()
    for at, seq, value in statements:
        state(profile, {"tier": value}, at=at, seq=seq, horizon=horizon)
    return profile.traits["tier"]


def nested(depth: int) -> Mapping[str, object]:
    """An object that has its scalar at this depth; 1 is the outermost."""
    return {"a": 1} if depth == 1 else {"a": nested(depth - 1)}


def test_properties_are_traits_of_an_identified_user_only_and_outdo_those_of_the_context() -> None:
    properties, context = {"tier": "gold"}, {"traits": {"tier": "blue", "age": 7}}
    assert traits_of(IDENTIFIED, properties, context) == {"tier": "gold", "age": 7}
    assert traits_of("Page Viewed", properties, context) == {"tier": "blue", "age": 7}
    assert traits_of("Page Viewed", properties, {}) == {}


@pytest.mark.parametrize("traits", ["gold", None, 7, [{"tier": "gold"}]])
def test_traits_that_are_no_object_state_nothing(traits: object) -> None:
    assert traits_of("Page Viewed", {}, {"traits": traits, "timezone": "UTC"}) == {ZONE_TRAIT: "UTC"}


@pytest.mark.parametrize("zone", [7, None, ["UTC"], LONGEST + "x"])
def test_a_zone_that_is_no_text_or_too_long_states_nothing(zone: object) -> None:
    assert traits_of("Page Viewed", {}, {"timezone": zone}) == {}


def test_the_longest_zone_is_kept() -> None:
    assert traits_of("Page Viewed", {}, {"timezone": LONGEST}) == {"context.timezone": LONGEST}


def test_objects_are_read_to_their_eighth_depth_under_dotted_names() -> None:
    assert traits_of(IDENTIFIED, nested(8), {}) == {"a.a.a.a.a.a.a.a": 1}
    assert traits_of(IDENTIFIED, nested(9), {}) == {}
    assert traits_of(IDENTIFIED, {"a": nested(9), "b": {"c": {"d": 2, "e": 3}}}, {}) == {"b.c.d": 2, "b.c.e": 3}


@pytest.mark.parametrize("value", [None, True, False, 0, 1.5, "", LONGEST, 2**63 - 1])
def test_scalars_are_kept_nothing_included(value: Scalar) -> None:
    assert traits_of(IDENTIFIED, {"a": value}, {}) == {"a": value}


@pytest.mark.parametrize("value", [[1], LONGEST + "x", 2**63])
def test_lists_and_what_is_too_long_or_too_great_are_left_out(value: object) -> None:
    assert traits_of(IDENTIFIED, {"a": value}, {}) == {}


def test_a_name_may_be_as_long_as_a_text() -> None:
    assert traits_of(IDENTIFIED, {LONGEST: 1, "y" + LONGEST: 2, LONGEST[2:]: {"z": 3, "zz": 4}}, {}) == {
        LONGEST: 1,
        LONGEST[2:] + ".z": 3,
    }


def test_a_hundred_names_are_kept_and_wishes_beside_them() -> None:
    profile = new_profile()
    for number in range(150):
        state(profile, {f"trait{number}": number}, at=number, seq=number, horizon=-1)
    assert MOST_TRAITS == 100
    assert list(profile.traits) == [f"trait{number}" for number in range(100)]
    wishes: dict[str, Scalar] = {"messages_paused_until": 1, "messages_per_week": 2, "other": 3}
    state(profile, wishes, at=150, seq=150, horizon=-1)
    assert list(profile.traits)[100:] == ["messages_paused_until", "messages_per_week"]
    state(profile, {"trait7": "new"}, at=151, seq=151, horizon=-1)
    assert trait_at(profile, "trait7", 151) == "new"


def test_the_same_stated_again_is_kept_as_steps_and_another_value_begins_anew() -> None:
    assert stating((10, 1, "gold"), (15, 3, "gold"), (35, 9, "gold"), (36, 20, "blue"), (40, 21, "gold")) == [
        Stated(10, 1, "gold", [5, 2, 20, 6]),
        Stated(36, 20, "blue"),
        Stated(40, 21, "gold"),
    ]


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False)])
def test_values_of_different_kinds_are_not_the_same(one: Scalar, other: Scalar) -> None:
    assert [type(each.value) for each in stating((10, 1, one), (11, 2, other))] == [type(one), type(other)]


def test_a_late_different_value_holds_only_up_to_where_the_same_was_stated_again() -> None:
    before = ((10, 1, "gold"), (20, 2, "gold"), (30, 3, "gold"))
    assert stating(*before, (25, 4, "blue")) == [
        Stated(10, 1, "gold", [10, 1]),
        Stated(25, 4, "blue"),
        Stated(30, 3, "gold"),
    ]
    assert stating(*before, (5, 4, "blue")) == [Stated(5, 4, "blue"), Stated(10, 1, "gold", [10, 1, 10, 1])]


def test_a_late_statement_of_the_same_value_is_one_more_step() -> None:
    assert stating((10, 1, "gold"), (30, 2, "gold"), (50, 3, "gold"), (40, 7, "gold")) == [
        Stated(10, 1, "gold", [20, 1, 10, 5, 10, -4])
    ]


def test_of_two_statements_at_one_instant_the_later_in_the_log_wins() -> None:
    assert stating((10, 1, "gold"), (10, 2, "blue")) == [Stated(10, 2, "blue")]
    assert stating((10, 1, "gold"), (20, 2, "gold"), (20, 3, "blue")) == [Stated(10, 1, "gold"), Stated(20, 3, "blue")]
    assert merge_stated([Stated(10, 2, "blue")], [Stated(10, 1, "gold")]) == [Stated(10, 2, "blue")]


@pytest.mark.parametrize(
    ("horizon", "left"),
    [
        (9, [Stated(10, 1, "a", [10, 2, 10, 5]), Stated(40, 9, "b"), Stated(50, 10, "c", [10, 1])]),
        (19, [Stated(10, 1, "a", [10, 2, 10, 5]), Stated(40, 9, "b"), Stated(50, 10, "c", [10, 1])]),
        (20, [Stated(20, 3, "a", [10, 5]), Stated(40, 9, "b"), Stated(50, 10, "c", [10, 1])]),
        (30, [Stated(30, 8, "a"), Stated(40, 9, "b"), Stated(50, 10, "c", [10, 1])]),
        (39, [Stated(30, 8, "a"), Stated(40, 9, "b"), Stated(50, 10, "c", [10, 1])]),
        (40, [Stated(40, 9, "b"), Stated(50, 10, "c", [10, 1])]),
        (50, [Stated(50, 10, "c", [10, 1])]),
        (60, [Stated(60, 11, "c")]),
        (999, [Stated(60, 11, "c")]),
    ],
)
def test_what_is_read_as_of_the_horizon_or_later_is_all_that_is_kept(horizon: Instant, left: list[Stated]) -> None:
    known = stating((10, 1, "a"), (20, 3, "a"), (30, 8, "a"), (40, 9, "b"), (50, 10, "c"), (60, 11, "c"))
    forget_stated(known, horizon)
    assert known == left


def test_a_new_statement_lets_the_old_ones_go() -> None:
    assert stating((10, 1, "a"), (20, 2, "b"), (30, 3, "c"), horizon=20) == [Stated(20, 2, "b"), Stated(30, 3, "c")]


def test_a_merge_knows_every_statement_of_both_and_shares_nothing_with_either() -> None:
    first, second = stating((10, 1, "a"), (20, 5, "a"), (40, 6, "a")), stating((15, 2, "b"), (40, 7, "a"))
    merged = merge_stated(first, second)
    assert merged == [Stated(10, 1, "a"), Stated(15, 2, "b"), Stated(20, 5, "a", [20, 2])]
    merged[2].again.append(9)
    assert first == [Stated(10, 1, "a", [10, 4, 20, 1])]
    assert merge_stated([], second) == second and merge_stated(first, []) == first


def test_a_trait_is_what_was_stated_last_by_then() -> None:
    profile = Profile({"tier": [Stated(10, 1, "a"), Stated(20, 2, None), Stated(30, 3, "c")]}, {}, [], {})
    assert [trait_at(profile, "tier", at) for at in (9, 10, 19, 20, 29, 30)] == [None, "a", "a", None, None, "c"]
    assert trait_at(profile, "name", 30) is None
