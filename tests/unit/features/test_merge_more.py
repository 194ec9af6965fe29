"""One series of two, part by part, and what a merged profile no longer needs."""

import pytest

from opportune.features.feature import features_from
from opportune.features.fold import Fold, Watch, new_profile
from opportune.features.merge import merge_profiles, merge_series
from opportune.features.profile import Group, Series, Session, Stated
from opportune.features.series import Shape
from opportune.units import HOUR, MINUTE

TEXTS = {
    "spent": "SUM(value) OVER LAST '1 hour'",
    "plan": "LAST(plan) OVER LAST '1 hour'",
    "n": "COUNT_IF(event = 'A')",
}
LATENESS = 72 * HOUR
FOLD = Fold(features_from(TEXTS).values(), watches=[Watch("A", ("cart",))], lateness=LATENESS, idle=30 * MINUTE)
KEEPS = {keep.shape: keep for keep in FOLD.keeps.values()}
OLD, NOW = 1_000, 1_000 + LATENESS + HOUR


def test_what_both_have_folded_away_adds_up_beyond_62_bits_too() -> None:
    first, second = Series([], [], [], 3, (1 << 62) - 1, 2), Series([], [], [], 4, 6, 5)
    assert merge_series(KEEPS["numbers"], first, second) == Series([], [], [], 7, 5, 8)
    assert merge_series(KEEPS["numbers"], None, first) == merge_series(KEEPS["numbers"], first, None) == first


@pytest.mark.parametrize("is_turned", [False, True])
def test_entries_of_both_stand_by_instant_and_then_by_seq(is_turned: bool) -> None:
    sides = Series([10, 30], [1, 4], ["a", "d"]), Series([20, 30, 40], [2, 3, 5], ["b", "c", "e"])
    first, second = sides[::-1] if is_turned else sides
    merged = merge_series(KEEPS["values"], first, second)
    assert merged == Series([10, 20, 30, 30, 40], [1, 2, 3, 4, 5], ["a", "b", "c", "d", "e"])


def test_a_series_keeps_no_more_than_its_shape_asks_for() -> None:
    shapes: tuple[Shape, ...] = ("numbers", "instants")
    numbers, instants = (KEEPS[shape] for shape in shapes)
    assert merge_series(numbers, Series([20], [], [2]), Series([10], [], [1])) == Series([10, 20], [], [1, 2])
    assert merge_series(instants, Series([20], [], []), Series([10], [], [])) == Series([10, 20], [], [])


def test_a_merge_shares_no_entry_with_either() -> None:
    first = Series([10], [1], ["a"])
    merged = merge_series(KEEPS["values"], first, None)
    merged.ats.append(11)
    merged.values.append("b")
    assert first == Series([10], [1], ["a"])


def test_what_nothing_can_read_any_more_is_not_kept() -> None:
    kept, absorbed = new_profile(), new_profile()
    kept.sessions, absorbed.sessions = [Session(OLD, OLD), Session(NOW, NOW)], [Session(OLD + 1, OLD + 1)]
    kept.traits, absorbed.traits = {"tier": [Stated(OLD, 1, "a")]}, {"tier": [Stated(OLD + 1, 2, "b")]}
    kept.lasts, absorbed.lasts = {"A": [OLD], "A\ncart\n7": [OLD]}, {"A": [OLD + 1, NOW]}
    absorbed.series = {KEEPS["numbers"].key: Series([OLD - 1, OLD, NOW], [], [1, 1, 2])}
    merged = merge_profiles(FOLD, kept, absorbed, NOW)
    assert merged.sessions == [Session(NOW, NOW)]
    assert merged.traits == {"tier": [Stated(OLD + 1, 2, "b")]}
    assert merged.lasts == {"A": [OLD + 1, NOW]}
    assert merged.series[KEEPS["numbers"].key] == Series([OLD, NOW], [], [1, 2], 1, 1)


def test_what_one_side_may_have_forgotten_of_a_text_is_missing_of_both() -> None:
    fold = Fold(features_from({"n": "COUNT() BY city"}).values(), watches=[], lateness=LATENESS, idle=MINUTE)
    [keep] = fold.keeps.values()
    kept, absorbed = new_profile(), new_profile()
    kept.groups = {keep.key: Group({"Oslo": Series([OLD], [], []), "Rome": Series([OLD], [], [], lost=3)}, 5)}
    absorbed.groups = {keep.key: Group({"Oslo": Series([NOW], [], []), "Bonn": Series([NOW], [], [])}, 7)}
    for first, second in ((kept, absorbed), (absorbed, kept)):
        group = merge_profiles(fold, first, second, NOW).groups[keep.key]
        assert {text: (series.ats, series.lost) for text, series in group.series.items()} == {
            "Oslo": ([OLD, NOW], None),
            "Rome": ([OLD], 7),
            "Bonn": ([NOW], 5),
        }
        assert group.lost == 7
    assert merge_profiles(fold, new_profile(), absorbed, NOW).groups == absorbed.groups
    absorbed.groups["gone"] = Group({})
    assert "gone" not in merge_profiles(fold, kept, absorbed, NOW).groups
