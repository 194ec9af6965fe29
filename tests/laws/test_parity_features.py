"""A feature has one value: what it is live after each event is what DuckDB says of that point of history."""

import pytest

from opportune.features.feature import features_from
from tests.laws.living_features import Living, differences, lived, lived_with

EACH = {
    "f0": "COUNT() OVER LAST '9 seconds'",
    "f1": "SUM(x) OVER LAST '7 seconds' OFFSET '3 seconds'",
    "f2": "AVG(x) FILTER (WHERE event <> 'B')",
    "f3": "MIN(x) OVER SESSION",
    "least_word": "MIN(lower(word)) OVER LAST '30 seconds'",
    "most": "MAX(x)",
    "newest": "LAST(word)",
    "newest_big": "LAST(x) FILTER (WHERE x > 1) OVER SINCE 'A'",
    "oldest": "FIRST(key) OVER LAST '20 seconds'",
    "many": "COUNT(DISTINCT key) OVER LAST '60 seconds'",
    "best": "TOP(2, word, weight => x, half_life => '4 seconds') OVER LAST '60 seconds'",
    "most_seen": "TOP(3, event)",
    "away": "SINCE('Message Sent')",
    "fresh": "DECAY(x, '2 seconds')",
    "hours": "HOURS() FILTER (WHERE event = 'A')",
    "by_key": "COUNT_IF(event = 'A') BY key",
    "sum_by_kind": "SUM(x) OVER SESSION BY cart.kind",
    "ratio": "1 - f0 / nullif(f1, 0)",
    "stated": "traits.plan",
    "clock": "local_hour(at) * 10 + local_weekday(at)",
    "lately": "EXISTS('A', since => '5 seconds') AND f0 > 1",
    "has": "contains(most_seen, 'B')",
    "noon": "contains(hours, 2)",
}


def told(known: object, living: Living) -> list[str]:
    return [
        f"{name} of {reading.user} at {reading.at} before {reading.place}: live {one!r}, in DuckDB {two!r}"
        for name, reading, one, two in differences(known, living)  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("is_hindsight", [False, True], ids=["as_of_each_event", "in_hindsight"])
def test_every_function_and_window_has_one_value(is_hindsight: bool) -> None:
    known = features_from(EACH)
    living = lived_with(1, known, families=40, is_hindsight=is_hindsight)
    assert told(known, living) == []
    for name in known:
        values = {repr(each.values[name]) for each in living.readings if name in each.values}
        assert len(values) > 1, f"{name} shows nothing"


@pytest.mark.parametrize("seed", range(4))
def test_random_features_over_random_histories_have_one_value(seed: int) -> None:
    known, living = lived(seed, families=25)
    assert told(known, living) == []


@pytest.mark.parametrize("seed", range(100, 102))
def test_random_features_have_one_value_in_hindsight(seed: int) -> None:
    known, living = lived(seed, families=25, is_hindsight=True)
    assert told(known, living) == []


def test_a_difference_would_be_seen() -> None:
    known, living = lived(7, families=5)
    living.readings[40].values["f0"] = "something else"
    assert len(told(known, living)) == 1


def test_a_text_of_a_property_is_not_forgotten_before_its_window_ends() -> None:
    known = features_from(
        {
            "newest": "LAST(x) FILTER (WHERE event = 'A') OVER LAST '90 seconds' BY key",
            "away": "SINCE('C') OVER SINCE 'Message Sent' BY cart.kind",
            "word": "LAST(word) OVER SINCE 'C' BY cart.kind",
        }
    )
    assert told(known, lived_with(3, known, families=60)) == []
