"""Which instants and events a condition hangs on."""

import pytest

from opportune.features.changes import Changes
from opportune.features.condition import condition
from opportune.features.feature import features_from, kinds
from opportune.features.fold import Fold, new_profile
from opportune.features.local_time import UTC
from opportune.features.profile import Profile, Session, Stated
from opportune.features.series import add_instant, empty
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant

FEATURES = features_from(
    {
        "logins": "COUNT_IF(event = 'Logged In') OVER LAST '7 days'",
        "clicks": "COUNT_IF(event = 'Clicked') OVER SINCE 'Logged In'",
        "all_today": "COUNT() OVER LAST '1 day'",
        "here": "COUNT_IF(event = 'Clicked') OVER SESSION",
        "faded": "DECAY(value, '1 hour') FILTER (WHERE event = 'Clicked')",
        "ago": "SINCE('Logged In')",
        "since_click": "SINCE('Clicked')",
        "per_thing": "COUNT_IF(event = 'Clicked') OVER LAST '1 hour' BY thing",
        "both": "logins + clicks",
    }
)
FOLD = Fold(FEATURES.values(), watches=[], lateness=3 * DAY, idle=30 * MINUTE)
CHANGES = Changes(FEATURES, idle=30 * MINUTE, zone=UTC)


def change(text: str, profile: Profile, at: Instant) -> Instant | None:
    return CHANGES.of(condition(text, features=kinds(FEATURES)))(profile, at)


def logged_in(*ats: Instant, name: str = "logins") -> Profile:
    profile, aggregate = new_profile(), FEATURES[name].aggregate
    assert aggregate is not None
    profile.series[aggregate.key] = empty()
    for at in ats:
        add_instant(profile.series[aggregate.key], at)
    return profile


def test_an_entry_leaves_its_window_at_its_span() -> None:
    profile = logged_in(1_000, 5_000)
    assert change("logins > 1", profile, 5_000) == 1_000 + 7 * DAY
    assert change("both > 1", profile, 1_000 + 7 * DAY) == 5_000 + 7 * DAY
    assert change("logins > 1", profile, 5_000 + 7 * DAY) is None


def test_nothing_changes_of_whom_nothing_is_known() -> None:
    for text in ("logins > 1", "here > 0", "ago > 4", "plan = 'pro'", "per_thing > 2", "EXISTS('A', since => '1 day')"):
        assert change(text, new_profile(), 0) is None


def test_a_session_ends_and_a_trait_begins() -> None:
    profile = Profile({"plan": [Stated(5, 1, "free"), Stated(9, 2, "pro")]}, {}, [Session(1_000, 2_000)], {})
    assert change("here > 0", profile, 2_000) == 2_000 + 30 * MINUTE
    assert change("plan = 'pro'", profile, 6) == 9


def test_what_fades_and_what_is_no_line_changes_with_events_only() -> None:
    profile = logged_in(1_000, name="since_click")
    assert change("ago * since_click > 4", profile, 2_000) is None
    assert change("ago / since_click > 4", profile, 2_000) is None
    profile = logged_in(1_000, name="faded")
    assert change("faded > 4", profile, 2_000) == 1_000 + 64 * HOUR


def test_seconds_pass_a_number_around_its_instant() -> None:
    at = change("ago > 60", logged_in(1_000, name="ago"), 1_000)
    assert at is not None and 60 * SECOND <= at <= 61 * SECOND + 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("logins > 1", {"Logged In"}),
        ("both > 1 AND EXISTS('Ordered', since => '1 day')", {"Logged In", "Clicked", "Ordered"}),
        ("plan = 'pro'", set()),
        ("all_today > 3", None),
        ("here > 3", None),
    ],
)
def test_only_some_events_can_change_it_at_once(text: str, names: set[str] | None) -> None:
    assert CHANGES.touched_by(condition(text, features=kinds(FEATURES))) == names
