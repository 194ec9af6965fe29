"""One profile of two."""

import pytest

from opportune.features.feature import features_from
from opportune.features.fold import Fold, Watch, new_profile
from opportune.features.merge import merge_profiles
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.features.traits import MOST_TRAITS, trait_at
from opportune.units import HOUR, MINUTE
from tests.unit.features.test_fold import event

FEATURES = features_from({"spent": "SUM(value)", "plan": "LAST(plan)", "n": "COUNT_IF(event = 'A')"})
FOLD = Fold(FEATURES.values(), watches=[Watch("A", ("cart",))], lateness=72 * HOUR, idle=30 * MINUTE)


def folded(*happened: tuple[int, str, int, dict[str, object]]) -> Profile:
    profile = new_profile()
    for seq, name, at, properties in happened:
        FOLD.apply(profile, event(name, at, seq=seq), properties, {}, at)
    return profile


def test_counts_and_sums_add_up() -> None:
    merged = merge_profiles(
        FOLD, folded((1, "A", 10, {"value": 0.1})), folded((2, "A", 5, {"value": 0.2}), (3, "B", 6, {"value": 1})), 10
    )
    assert FOLD.readers["spent"](Scope(merged, 10)) == 1.3
    assert FOLD.readers["n"](Scope(merged, 10)) == 2
    assert FOLD.readers["n"](Scope(merged, 5)) == 1


@pytest.mark.parametrize("is_kept_first", [True, False])
def test_of_two_last_values_at_one_instant_the_later_in_the_log_wins(is_kept_first: bool) -> None:
    first, second = folded((1, "A", 10, {"plan": "old"})), folded((2, "A", 10, {"plan": "new"}))
    kept, absorbed = (first, second) if is_kept_first else (second, first)
    assert FOLD.readers["plan"](Scope(merge_profiles(FOLD, kept, absorbed, 10), 10)) == "new"


def test_the_newest_statement_of_a_trait_wins_and_older_ones_still_read() -> None:
    merged = merge_profiles(
        FOLD,
        folded((1, "Identified", 10, {"tier": "gold", "name": "Ann"})),
        folded((2, "Identified", 20, {"tier": "blue"}), (3, "Identified", 30, {"tier": "gold"})),
        30,
    )
    assert [trait_at(merged, "tier", at) for at in (5, 10, 20, 30)] == [None, "gold", "blue", "gold"]
    assert trait_at(merged, "name", 30) == "Ann"


def test_of_too_many_traits_those_of_the_kept_user_stay() -> None:
    kept, absorbed = new_profile(), new_profile()
    kept.traits = {f"k{number}": [Stated(1, 1, number)] for number in range(60)}
    absorbed.traits = {f"a{number}": [Stated(1, 2, number)] for number in range(60)}
    merged = merge_profiles(FOLD, kept, absorbed, 10)
    assert len(merged.traits) == MOST_TRAITS
    assert all(name in merged.traits for name in kept.traits)


def test_a_wish_about_messages_outlives_the_merge_of_too_many_traits() -> None:
    kept, absorbed = new_profile(), new_profile()
    kept.traits = {f"k{number}": [Stated(1, 1, number)] for number in range(MOST_TRAITS)}
    absorbed.traits = {"messages_per_week": [Stated(1, 2, 1)]}
    assert trait_at(merge_profiles(FOLD, kept, absorbed, 10), "messages_per_week", 10) == 1


def test_last_instants_and_sessions_join() -> None:
    merged = merge_profiles(
        FOLD, folded((1, "A", 10, {"cart": "x"})), folded((2, "A", 5, {"cart": "y"}), (3, "A", 10, {"cart": "x"})), 10
    )
    assert merged.lasts == {"A": [5, 10], "A\ncart\nx": [10], "A\ncart\ny": [5]}
    assert [(session.start, session.end) for session in merged.sessions] == [(5, 10)]


def test_series_that_no_feature_reads_are_not_merged() -> None:
    kept = new_profile()
    kept.series["gone"] = FOLD_SERIES
    assert "gone" not in merge_profiles(FOLD, kept, new_profile(), 10).series


FOLD_SERIES = folded((1, "A", 10, {})).series[next(iter(folded((1, "A", 10, {})).series))]
