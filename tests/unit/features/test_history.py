"""Features over history, value by value: what random histories show as a whole is here to be read."""

from functools import cache

import pytest

from opportune.events.event import Merged
from opportune.features.feature import features_from
from opportune.features.history import Setting, history_query, keys_of, needed
from opportune.units import DAY, HOUR, MINUTE, SECOND
from tests.unit.features.asking_history import IDLE, LATENESS, NOW, asked, at_once, happened

AUTUMN = 1_793_511_000_000
"""1 Nov 2026, 05:30 in UTC; in New York half past one, for the first time."""


VALUES: dict[str, object] = {
    "COUNT()": 4,
    "COUNT_IF(x > 1)": 2,
    "SUM(x)": 0.1 + 1.0 + 2.0 + 3.0,
    "AVG(x)": 6.1 / 4,
    "MIN(x)": 0.1,
    "MAX(word)": None,
    "MAX(lower(word))": "v",
    "LAST(word)": "u",
    "FIRST(word)": "u",
    "COUNT(DISTINCT word)": 2,
    "TOP(1, word)": ["u"],
    "TOP(5, word, weight => x - 1)": ["u", "v"],
    "TOP(5, word, weight => 0 - x)": None,
    "SINCE('B')": 1.0,
    "DECAY(x, '1 second')": 0.1 / 8 + 1 / 4 + 2 / 2 + 3,
    "COUNT() OVER LAST '2 seconds'": 2,
    "COUNT() OVER LAST '2 seconds' OFFSET '1 second'": 2,
    "COUNT() OVER SINCE 'B'": 1,
    "SUM(x) OVER SINCE 'Z'": None,
    "COUNT() OVER SINCE 'Z'": 0,
    "HOURS()": [0] * 14 + [4] + [0] * 9,
    "HOURS() FILTER (WHERE event = 'Z')": None,
}


@cache
def found() -> dict[str, object]:
    log = [
        happened(1, "A", NOW - 3 * SECOND, x=0.1, word="u"),
        happened(2, "A", NOW - 2 * SECOND, x=1, word="u"),
        happened(3, "B", NOW - SECOND, x=2, word="v"),
        happened(4, "A", NOW, x=3, word="u"),
    ]
    texts = {f"f{place}": text for place, text in enumerate(VALUES)}
    (row,) = asked(texts, log, [{"user": "ann", "at": NOW}])
    return dict(zip(VALUES, row.values(), strict=True))


@pytest.mark.parametrize("text", VALUES)
def test_each_function_has_its_value(text: str) -> None:
    value = VALUES[text]
    assert found()[text] == (pytest.approx(value) if isinstance(value, float) else value)


def test_sums_are_exact_in_any_order() -> None:
    log = [happened(seq, "A", NOW - seq, x=0.1) for seq in range(1, 11)]
    assert at_once("SUM(x)", log) == 1.0
    log += [happened(11, "A", NOW, x=1e12), happened(12, "A", NOW, x=-1e12), happened(13, "A", NOW, x=1e12 + 1)]
    assert at_once("SUM(x)", log) == 1.0


def test_of_equal_instants_the_one_that_arrived_later_is_newer_and_all_are_inside() -> None:
    log = [happened(1, "A", NOW, word="first"), happened(2, "A", NOW, word="second")]
    found = asked(
        {"newest": "LAST(word)", "oldest": "FIRST(word)", "many": "COUNT()"}, log,
        [{"user": "ann", "at": NOW, "seq": seq} for seq in (1, 2, 3)],
    )  # fmt: skip
    assert [tuple(each.values()) for each in found] == [
        (None, None, 0),
        ("first", "first", 1),
        ("second", "first", 2),
    ]


def test_what_came_later_is_not_seen_however_early_it_happened() -> None:
    log = [happened(1, "A", NOW), happened(2, "A", NOW - HOUR, came=NOW + HOUR), happened(3, "A", NOW + MINUTE)]
    texts = {"ever": "COUNT()", "lately": "COUNT() OVER LAST '2 hours'", "names": "TOP(3, event)"}
    before, after = asked(texts, log, [{"user": "ann", "at": NOW, "seq": seq} for seq in (2, 3)])
    assert (before["ever"], before["lately"]) == (1, 1)
    assert (after["ever"], after["lately"]) == (2, 2)
    assert asked(texts, log, [{"user": "ann", "at": NOW}]) == [after]


def test_numbers_texts_and_truths_are_told_apart() -> None:
    log = [happened(seq, "A", NOW, x=x) for seq, x in enumerate((1, 1.0, "1", True, None, [1], "n:1.0"), 1)]
    assert at_once("COUNT(DISTINCT x)", log) == 4
    assert at_once("LAST(x)", log) == "n:1.0"
    assert at_once("LAST(x)", log[:4]) == "true"


def test_hours_are_those_of_the_clock_each_event_came_from() -> None:
    log = [
        happened(1, "A", AUTUMN, context={"timezone": "America/New_York"}),
        happened(2, "A", AUTUMN + HOUR, context={"timezone": "America/New_York"}),
        happened(3, "A", AUTUMN + 2 * HOUR, context={"timezone": "America/New_York"}),
        happened(4, "A", AUTUMN, context={"timezone": "nowhere"}),
        happened(5, "A", AUTUMN),
    ]
    found = at_once("HOURS()", log, at=AUTUMN + DAY)
    assert found == [{1: 2, 2: 1, 5: 2}.get(hour, 0) for hour in range(24)]
    assert at_once("COUNT_IF(local_hour(at) = 1 AND local_weekday(at) = 7)", log, at=AUTUMN + DAY) == 2


def test_a_users_clock_is_that_of_the_zone_stated_then_of_the_newest_event() -> None:
    texts = {"hour": "local_hour(at)", "weekday": "local_weekday(at)"}
    log = [
        happened(1, "A", NOW, context={"timezone": "Asia/Tokyo"}),
        happened(2, "Identified", NOW + HOUR, timezone="America/New_York"),
        happened(3, "Identified", NOW + 2 * HOUR, timezone=3),
    ]
    points = [{"user": "ann", "at": NOW + hours * HOUR} for hours in (-1, 0, 1, 2, 10)]
    found = asked(texts, log, points, zone="Asia/Kathmandu")
    assert [tuple(each.values()) for each in found] == [(18, 1), (23, 1), (11, 1), (1, 2), (9, 2)]


def test_names_of_features_may_be_those_of_columns() -> None:
    names = ("point", "life", "clock", "instant", "place", "zone", "session", "a0", "e", "answer", "sum")
    texts = {name: f"COUNT() OVER LAST '{count} seconds'" for count, name in enumerate(names, 1)}
    log = [happened(seq, "A", NOW - seq * SECOND) for seq in range(1, 20)]
    (found,) = asked(texts | {"total": " + ".join(names)}, log, [{"user": "ann", "at": NOW}])
    assert [found[name] for name in names] == list(range(len(names)))
    assert found["total"] == sum(range(len(names)))


def test_one_value_for_each_text_of_a_property() -> None:
    log = [happened(seq, "A", NOW, key=key, x=seq) for seq, key in enumerate(("k", "k", 1, 1.0, True, "", None), 1)]
    for key, count, total in (("k", 2, 3.0), ("1", 2, 7.0), ("true", 1, 5.0), ("", 0, None), (None, 0, None)):
        assert at_once("COUNT() BY key", log, key=key) == count
        assert at_once("SUM(x) OVER LAST '1 hour' BY key", log, key=key) == total
    assert at_once("COUNT() BY key", log) == 0, "the points have no such column"
    assert at_once("TOP(1, event) BY key", log, key=1) == ["A"]
    nested = [happened(1, "A", NOW, cart={"id": 2.5}), happened(2, "A", NOW, **{"cart.id": 2.5})]
    assert at_once("COUNT() BY cart.id", nested, **{"cart.id": 2.5}) == 2


def test_formulas_read_features_traits_and_what_has_happened() -> None:
    log = [
        happened(1, "Identified", NOW - HOUR, plan="pro", age=41, is_new=True, nested={"city": "Oslo"}),
        happened(2, "A", NOW - MINUTE, word="u", context={"traits": {"plan": None, "age": "old"}}),
        happened(3, "A", NOW - MINUTE, word="v", x=3, context={"traits": {"note": "x" * 1_025}}),
    ]
    texts = {
        "many": "COUNT_IF(event = 'A')",
        "newest": "LAST(word)",
        "best": "TOP(2, word)",
        "hours": "HOURS()",
        "plan": "traits.plan",
        "plan_is_null": "traits.plan IS NULL",
        "city": "traits.nested.city",
        "note": "traits.note",
        "ratio": "many / 4",
        "is_v": "newest = 'v'",
        "has": "contains(best, 'u') AND NOT contains(best, 'w')",
        "lately": "EXISTS('A', since => '2 minutes') AND NOT EXISTS('A', since => '1 minute')",
        "in_run": "EXISTS('A', since => entry)",
        "one_more": "ratio + 1",
        "is_nothing": "properties.x IS NULL AND context.x IS NULL",
        "fixed": "1 + 1",
        "is_old": "NOT traits.is_new",
        "has_three": "contains(hours, 2)",
    }
    before, after = asked(texts, log, [{"user": "ann", "at": NOW - 2 * MINUTE}, {"user": "ann", "at": NOW}])
    assert (before["plan"], before["plan_is_null"], before["is_v"]) == ("pro", False, None)
    assert (after["plan"], after["plan_is_null"], after["city"], after["note"]) == (None, True, "Oslo", None)
    assert (after["ratio"], after["is_v"], after["has"], after["lately"]) == (0.5, True, True, True)
    assert (after["is_old"], after["has_three"]) == (False, True)
    assert (after["in_run"], after["one_more"], after["is_nothing"], after["fixed"]) == (None, 1.5, True, 2.0)


def test_formulas_need_no_events() -> None:
    assert asked({"fixed": "coalesce(traits.age, 3) + 1"}, [happened(1, "A")], [{"user": "ben", "at": NOW}]) == [
        {"fixed": 4.0}
    ]
    assert asked({"two": "1 + 1"}, [happened(1, "A")], [{"user": "ben", "at": NOW}]) == [{"two": 2.0}]


def test_a_session_begins_where_the_last_gap_ends() -> None:
    texts = {"many": "COUNT() OVER SESSION", "opened": "COUNT_IF(event = 'Email Opened') OVER SESSION"}
    gap = IDLE - 1
    log = [
        happened(1, "A", NOW),
        happened(2, "A", NOW + gap),
        happened(3, "Email Opened", NOW + gap + 1),
        happened(4, "A", NOW + gap + IDLE),
        happened(5, "A", NOW + gap + 2 * IDLE, is_history=True),
        happened(6, "A", NOW + 2 * gap, came=NOW + DAY),
        happened(7, "A", NOW + 2, came=NOW + 2 + LATENESS + 1),
    ]

    def at(after: int, seq: int) -> tuple[object, object]:
        (found,) = asked(texts, log, [{"user": "ann", "at": NOW + after, "seq": seq}])
        return found["many"], found["opened"]

    assert at(gap, 3) == (2, 0)
    assert at(gap + IDLE - 1, 4) == (2, 1)
    assert at(gap + IDLE, 4) == (0, 0), "nobody was here for as long as a session may rest"
    assert at(gap + IDLE, 5) == (1, 0)
    assert at(gap + 2 * IDLE, 6) == (0, 0), "history is no activity"
    assert at(gap + IDLE, 7) == (4, 1), "what came late has joined the two"
    assert at(gap + IDLE, 8) == (5, 1), "what came too late joins nothing, but it happened in the session"


def test_a_merge_hands_on_what_was_done_and_nothing_before_it() -> None:
    log = [
        happened(1, "A", NOW - HOUR, user="visitor", word="before"),
        happened(2, "A", NOW, word="own"),
        Merged("ann", "visitor", NOW + 1, 3),
        happened(4, "A", NOW + 2),
    ]
    texts = {"many": "COUNT()", "oldest": "FIRST(word)", "names": "COUNT(DISTINCT word) OVER LAST '2 hours'"}
    points = [("ann", 3), ("ann", 4), ("visitor", 4), ("visitor", 5), ("ann", 5)]
    found = asked(texts, log, [{"user": user, "at": NOW + 2, "seq": seq} for user, seq in points])
    assert [tuple(each.values()) for each in found] == [
        (1, "own", 1), (2, "before", 2), (1, "before", 1), (3, "before", 2), (3, "before", 2)
    ]  # fmt: skip
    (late,) = asked(texts, log, [{"user": "visitor", "at": NOW - MINUTE}])
    assert late == {"many": 1, "oldest": "before", "names": 1}


def test_texts_of_any_kind_are_texts_only() -> None:
    name, odd = 'O\'Neill \\ "x" ; DROP TABLE events --', 'a.b"c*'
    log = [happened(1, name, NOW, **{odd: "it's", "x*": 3})]
    quoted = name.replace("'", "''")
    assert at_once(f"COUNT_IF(event = '{quoted}')", log) == 1
    assert at_once("COUNT_IF(properties.\"a.b\"\"c*\" = 'it''s')", log) == 1
    assert at_once('SUM(properties."x*")', log) == 3.0
    assert at_once(f"SINCE('{quoted}') OVER SINCE '{quoted}'", log) is None
    assert at_once(f"COUNT() OVER SINCE '{quoted}'", log, at=NOW + 1) == 0


def test_only_what_is_read_is_needed() -> None:
    features = features_from({"a": "COUNT()", "b": "SUM(x) BY key", "c": "a + 1", "d": "c * 2", "e": "b + d"})
    assert [each.name for each in needed(features, ["d"])] == ["a", "c", "d"]
    assert keys_of(needed(features, ["d"])) == []
    assert keys_of(needed(features, ["e", "a"])) == ["key"]


def test_the_whole_question_is_one_select() -> None:
    features = features_from({"a": "COUNT() OVER SESSION", "b": "TOP(2, word)", "c": "a + 1"})
    text = history_query(features, ["c", "b"], Setting(IDLE, LATENESS, "UTC")).text
    assert text.startswith("WITH asked AS (")
    assert text.rpartition("\nSELECT ")[2].startswith('point AS "@point", "=c" AS "c", "=b" AS "b"')
