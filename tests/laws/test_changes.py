"""Between two instants at which a condition may change it stays what it is just after the first of them."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.events.event import Event
from opportune.features.changes import Changes
from opportune.features.condition import compile_condition, compile_falsehood, condition, reads
from opportune.features.feature import features_from, kinds
from opportune.features.fold import Fold, Watch, new_profile
from opportune.features.local_time import zone_named
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.units import HOUR, MINUTE, SECOND, Instant

FEATURES = features_from(
    {
        "a_all": "COUNT_IF(event = 'A')",
        "a_5s": "COUNT_IF(event = 'A') OVER LAST '5 seconds'",
        "a_before": "COUNT_IF(event = 'A') OVER LAST '5 seconds' OFFSET '3 seconds'",
        "sum_7s": "SUM(x) OVER LAST '7 seconds'",
        "least": "MIN(x) OVER LAST '4 seconds'",
        "last_x": "LAST(x) OVER LAST '9 seconds'",
        "here": "COUNT() OVER SESSION",
        "since_b": "COUNT_IF(event = 'A') OVER SINCE 'B'",
        "ago_a": "SINCE('A')",
        "ago_b": "SINCE('B') OVER LAST '20 seconds'",
        "minutes": "ago_a / 60",
        "fall": "1 - a_5s / nullif(a_before, 0)",
        "most": "TOP(1, word) OVER LAST '6 seconds'",
    }
)
CONDITIONS = (
    "a_5s >= 2", "a_5s < 2", "fall > 0.4", "sum_7s > 3 OR least = 1", "last_x IS NULL", "here > 1", "since_b = 0",
    "ago_a > 4", "ago_a >= 4", "ago_a BETWEEN 3 AND 6.5", "minutes * 60 - 2 > 3", "ago_a - ago_b > 1", "ago_b IS NULL",
    "coalesce(ago_a, 100) > 5", "greatest(ago_a, ago_b) < 7", "CASE WHEN a_5s = 0 THEN ago_a ELSE 2 END > 6",
    "ago_a * 2 + ago_b > 14", "10 - ago_a < 4", "ago_a IN (3, 4)", "contains(most, 'u')", "local_hour(at) = 2",
    "local_weekday(at) = 7 AND a_all > 0", "EXISTS('A', since => '6 seconds')", "NOT EXISTS('B', since => '2 seconds')",
    "plan = 'pro'", "a_all >= 3", "vip = TRUE OR -ago_a < -4", "2 * ago_a > 9",
)  # fmt: skip
ZONE = zone_named("Australia/Lord_Howe")
"""Its clock is set back by half an hour: hours do not strike an hour apart."""
assert ZONE is not None
IDLE = 4 * SECOND
FOLD = Fold(FEATURES.values(), watches=[Watch("A"), Watch("B")], lateness=60 * SECOND, idle=IDLE).in_zone(ZONE)
CHANGES = Changes(FEATURES, idle=IDLE, zone=ZONE)
READ = {text: condition(text, features=kinds(FEATURES)) for text in CONDITIONS}
START = 1_775_314_799_000 - 3 * SECOND
"""Seconds before Lord Howe sets its clocks back."""
happened = st.tuples(st.integers(0, 20 * SECOND), st.sampled_from("AABC"), st.integers(0, 3), st.sampled_from("uv"))


def folded(events: list[tuple[int, str, int, str]]) -> Profile:
    profile = new_profile()
    for seq, (offset, name, x, word) in enumerate(events, 1):
        properties, at = {"x": x, "word": word}, START + offset
        context = {"traits": {"plan": "pro" if x > 1 else "free"}}
        event = Event(
            id=str(seq), user="u", name=name, at=at, received_at=at, seq=seq, properties=msgspec.json.encode(properties)
        )
        FOLD.apply(profile, event, properties, context, START + 20 * SECOND)
    return profile


TESTS = {
    text: (compile_condition(each, FOLD.readers), compile_falsehood(each, FOLD.readers)) for text, each in READ.items()
}


def value(text: str, profile: Profile, at: Instant) -> tuple[bool, bool]:
    """Whether it is TRUE, and whether it is FALSE; NULL is neither."""
    scope, (is_true, is_false) = Scope(profile, at), TESTS[text]
    return is_true(scope), is_false(scope)


@pytest.mark.parametrize("text", CONDITIONS)
@settings(max_examples=30)
@given(st.lists(happened, max_size=8), st.data())
def test_a_condition_stays_what_it_is_until_its_next_change(
    text: str, events: list[tuple[int, str, int, str]], data: st.DataObject
) -> None:
    profile = folded(events)
    change, at, end = CHANGES.of(READ[text]), START - SECOND, START + 45 * SECOND
    looks = 0
    while at < end:
        later = change(profile, at)
        assert later is None or later > at
        last = min(end if later is None else later - 1, end)
        before = value(text, profile, at)
        for between in {last, *(data.draw(st.integers(at, last)) for _ in range(2))}:
            assert value(text, profile, between) == before, (text, at, between)
        at, looks = last + 1, looks + 1
    assert looks < 150


def test_hours_strike_where_the_clock_is_set_by_half_an_hour() -> None:
    profile, hour = new_profile(), "local_hour(at) = 2"
    change, at = CHANGES.of(READ[hour]), START - 3 * HOUR
    found = []
    while at < START + 3 * HOUR:
        at = change(profile, at) or 0
        found.append(at)
    steps = [
        at
        for at in range(START - 3 * HOUR, START + 3 * HOUR, MINUTE)
        if value(hour, profile, at) != value(hour, profile, at + MINUTE)
    ]
    assert steps
    assert all(any(step < each <= step + MINUTE for each in found) for step in steps)


@given(st.sampled_from(CONDITIONS), happened)
def test_an_event_that_does_not_touch_a_condition_changes_nothing(text: str, last: tuple[int, str, int, str]) -> None:
    names = CHANGES.touched_by(READ[text])
    events = [(0, "A", 1, "u"), (SECOND, "B", 1, "u"), (2 * SECOND, "C", 0, "v")]
    before, after, at = folded(events), folded([*events, last]), START + 20 * SECOND
    if names is not None and last[1] not in names and not reads(READ[text]).traits:
        assert value(text, before, at) == value(text, after, at)
