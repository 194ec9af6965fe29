"""How old what a feature rests on is, and what may be missing from it."""

import pytest

from opportune.features.age import Age, ages_of, has_age
from opportune.features.feature import features_from
from opportune.features.profile import Group, Profile, Series
from opportune.features.scope import Scope
from opportune.units import DAY, MINUTE

NOW = 100 * DAY
FEATURES = features_from(
    {
        "logins_7d": "COUNT_IF(event = 'Logged In') OVER LAST '7 days'",
        "logins": "COUNT_IF(event = 'Logged In')",
        "views": "COUNT_IF(event = 'Viewed') BY category",
        "either": "logins_7d + coalesce(views, 0)",
        "recent": "logins > 3 AND EXISTS('Bought', since => '1 day')",
        "is_pro": "traits.plan = 'pro'",
        "is_really_pro": "is_pro AND traits.paid",
    }
)
AGES = ages_of(FEATURES.values(), idle=30 * MINUTE)
LOGINS, VIEWS = (FEATURES[name].aggregate.key for name in ("logins", "views"))  # type: ignore[union-attr]


def age(name: str, profile: Profile, *, at: int = NOW, category: str = "ferns") -> Age:
    return AGES[name](Scope(profile, at, keys={"category": category}))


def knowing(*ats: int, since: int | None = None, lost: int | None = None) -> Profile:
    return Profile({}, {LOGINS: Series(list(ats), [], [], since=since, lost=lost)}, [], {})


def test_it_counts_from_the_newest_event_up_to_the_instant_whatever_the_window() -> None:
    profile = knowing(NOW - 30 * DAY, NOW - 9 * DAY, NOW + 1)
    assert age("logins_7d", profile) == age("logins", profile) == Age(NOW - 9 * DAY, None)
    assert age("logins", profile, at=NOW + 1) == Age(NOW + 1, None)
    assert age("logins", profile, at=NOW - 60 * DAY) == age("logins", knowing()) == Age(None, None)


def test_what_was_folded_away_early_is_missing_from_windows_that_reach_it() -> None:
    assert age("logins_7d", knowing(NOW, since=NOW - 6 * DAY)) == Age(NOW, NOW - 6 * DAY)
    assert age("logins_7d", knowing(NOW, since=NOW - 7 * DAY)) == Age(NOW, None)
    assert age("logins", knowing(NOW, since=NOW - 6 * DAY)) == Age(NOW, None)


def test_what_was_lost_is_missing_from_what_reads_everything() -> None:
    assert age("logins", knowing(NOW, lost=NOW - 60 * DAY)) == Age(NOW, NOW - 60 * DAY)
    assert age("logins_7d", knowing(NOW, lost=NOW - 60 * DAY)) == Age(NOW, None)
    assert age("logins_7d", knowing(NOW, lost=NOW - DAY, since=NOW - 2 * DAY)) == Age(NOW, NOW - DAY)


def test_by_a_property_it_is_that_of_its_value_at_hand() -> None:
    group = Group({"ferns": Series([NOW - DAY], [], [])}, lost=5)
    profile = Profile({}, {}, [], {}, {VIEWS: group})
    assert age("views", profile) == Age(NOW - DAY, None)
    assert age("views", profile, category="moss") == Age(None, 5)


def test_a_formula_is_as_old_as_the_newest_of_all_that_it_reads() -> None:
    group = Group({"ferns": Series([NOW - DAY], [], [], lost=7)})
    profile = Profile({}, {LOGINS: Series([NOW - 2 * DAY], [], [])}, [], {"Bought": [1, NOW - 60, NOW + 1]})
    profile.groups = {VIEWS: group}
    assert age("either", profile) == Age(NOW - DAY, 7)
    assert age("recent", profile) == Age(NOW - 60, None)
    assert age("recent", profile, at=NOW - DAY) == Age(NOW - 2 * DAY, None)


@pytest.mark.parametrize("name", ["is_pro", "is_really_pro"])
def test_what_reads_traits_alone_has_no_age(name: str) -> None:
    assert age(name, knowing(NOW)) == Age(None, None)
    assert not has_age(FEATURES[name], FEATURES)


@pytest.mark.parametrize("name", ["logins", "either", "recent"])
def test_what_reads_an_event_has_one(name: str) -> None:
    assert has_age(FEATURES[name], FEATURES)
