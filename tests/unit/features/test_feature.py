"""What can be written as a feature, and what is said of what cannot."""

import re
from pathlib import Path

import pytest

from opportune.errors import ConditionError
from opportune.features.aggregate_text import aggregate_of
from opportune.features.expression import Kind
from opportune.features.feature import feature, features_from, kinds
from opportune.features.window import Everything, InSession, Last
from opportune.units import DAY, HOUR


def key(text: str) -> str:
    aggregate = aggregate_of(text)
    assert aggregate is not None
    return aggregate.key


def names(text: str) -> tuple[str, ...] | None:
    aggregate = aggregate_of(text)
    assert aggregate is not None
    return aggregate.chosen.names


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("COUNT()", Everything()),
        ("COUNT(*) OVER LAST '7 days'", Last(7 * DAY)),
        ("count_if(event = 'A') over last '1 hour' offset '2 days'", Last(HOUR, 2 * DAY)),
        ("SUM(value) FILTER (WHERE event = 'A') OVER SESSION", InSession()),
        ("LAST(x)\n  OVER\n SESSION ", InSession()),
    ],
)
def test_the_window_follows_the_aggregate(text: str, window: object) -> None:
    aggregate = aggregate_of(text)
    assert aggregate is not None
    assert aggregate.window == window


def test_names_of_events_are_taken_out_of_the_condition() -> None:
    assert names("COUNT()") is None
    assert names("COUNT_IF(event = 'A')") == ("A",)
    assert names("COUNT_IF('A' = event AND value > 3)") == ("A",)
    assert names("COUNT_IF(event IN ('B', 'A'))") == ("A", "B")
    assert names("COUNT_IF(event = 'B' OR event = 'A' OR event IN ('C'))") == ("A", "B", "C")
    assert names("COUNT_IF(event IN ('A', 'B')) FILTER (WHERE event = 'B')") == ("B",)
    assert names("SUM(x) FILTER (WHERE event = 'A' AND value > 3 AND event IN ('A', 'B'))") == ("A",)
    assert names("SINCE('Logged In')") == ("Logged In",)
    assert names("SINCE('it''s')") == ("it's",)


def test_what_only_may_name_an_event_stays_a_condition() -> None:
    for text in ("event <> 'A'", "NOT event = 'A'", "event = 'A' OR value > 3", "event LIKE 'A%'"):
        aggregate = aggregate_of(f"COUNT_IF({text})")
        assert aggregate is not None
        assert aggregate.chosen.names is None
        assert aggregate.chosen.where is not None


@pytest.mark.parametrize(
    "condition",
    [
        "x > 2", "x + 1 > -y", "x > 2 OR y > 2", "NOT x > 2", "x IN (1, 2)", "x BETWEEN y AND 3", "s LIKE 'a%'",
        "x IS NULL", "CASE WHEN x > 2 THEN y ELSE 3 END = 3", "lower(s) = 'a'", "x > 2 AND (y > 2 AND event <> 'A')",
    ],
)  # fmt: skip
def test_a_bare_name_in_an_aggregate_is_a_property_wherever_it_stands(condition: str) -> None:
    qualified = re.sub(r"\b([xys])\b(?!')", r"properties.\1", condition)
    assert key(f"COUNT_IF({condition})") == key(f"COUNT_IF({qualified})")
    assert key(f"COUNT_IF({condition})") == key(f"COUNT() FILTER (WHERE {condition})")


def test_two_conditions_must_both_be_true() -> None:
    assert key("COUNT_IF(x > 2) FILTER (WHERE y > 2)") == key("COUNT_IF(x > 2 AND y > 2)")


def test_an_aggregate_that_cannot_be_read_is_named_though_another_reads_it() -> None:
    with pytest.raises(ConditionError, match="b: a parenthesis"):
        features_from({"a": "b + 1", "b": "COUNT("})


def test_the_same_events_and_value_share_one_key_whatever_the_window() -> None:
    assert key("COUNT_IF(event = 'A')") == key("COUNT() FILTER (WHERE event='A') OVER LAST '7 days'")
    assert key("COUNT_IF(event = 'A')") == key("SINCE('A')")
    assert key("SUM(x)") == key("AVG(properties.x) OVER SESSION")
    assert key("COUNT_IF(event = 'A' AND x > 2)") == key("COUNT_IF( x > 2 AND event IN ('A') )")
    assert len(key("COUNT()")) == 8


def test_other_events_another_value_or_another_shape_have_another_key() -> None:
    texts = ["COUNT()", "SUM(x)", "LAST(x)", "SUM(y)", "COUNT_IF(event = 'A')", "COUNT_IF(event = 'B')",
             "COUNT_IF(x > 2)", "COUNT_IF(x >= 2)", "SUM(x) FILTER (WHERE event = 'A')"]  # fmt: skip
    assert len({key(text) for text in texts}) == len(texts)


def test_what_stands_in_quotes_closes_no_parenthesis() -> None:
    assert names("COUNT_IF(event = 'a) b' AND value = ')')") == ("a) b",)


def test_a_formula_reads_other_features_in_any_order_of_the_file() -> None:
    features = features_from(
        {
            "fall": "1 - now_7d / nullif(before_7d, 0)",
            "half": "fall / 2",
            "now_7d": "COUNT() OVER LAST '7 days'",
            "before_7d": "COUNT() OVER LAST '7 days' OFFSET '7 days'",
        }
    )
    assert list(features) == ["now_7d", "before_7d", "fall", "half"]
    assert features["fall"].aggregate is None
    assert features["now_7d"].formula is None


def test_kinds_are_those_of_what_is_calculated() -> None:
    features = features_from(
        {"n": "COUNT()", "s": "SUM(x)", "any": "LAST(x)", "small": "LAST(lower(plan))", "many": "n > 3", "sum": "n + 1"}
    )
    assert kinds(features) == {
        "n": "number", "s": "number", "any": "unknown", "small": "text", "many": "boolean", "sum": "number",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "position"),
    [
        ("COUNT(x)", "COUNT takes nothing: write COUNT_IF(x IS NOT NULL)", 6),
        ("COUNT_IF(event = 'A' AND traits.plan = 'x')", "not at the trait 'plan'", 9),
        ("COUNT_IF(EXISTS('B', since => entry))", "not at EXISTS of 'B'", 9),
        ("COUNT() FILTER (WHERE logins > 3)", "not at the feature 'logins'; if the event's own is meant", 21),
        ("COUNT_IF(event = 'A' AND event = 'B')", "no event has two names at once", 9),
        ("COUNT_IF(event = NULL)", "a comparison with NULL is never true", 9),
        ("SUM(value", "a parenthesis or a quote is not closed", 3),
        ("COUNT_IF(event = 'A)", "a parenthesis or a quote is not closed", 8),
        ("SUM(value) / 2", "to calculate with an aggregate give it a name of its own, not '/ 2'", 11),
        ("SUM(lower(x))", "must be a number", 4),
        ("SINCE(A)", "SINCE takes the name of an event, such as SINCE('Logged In'), not 'A'", 6),
        ("COUNT() OVER LAST '0 days'", "a span must be positive", 8),
        ("COUNT() OVER LAST 7", "not 'OVER LAST 7'", 8),
        ("MEDIAN(x)", "there is no MEDIAN: there are COUNT, COUNT_IF, SUM, AVG", 0),
        ("1 - COUNT()", "declare it as a feature", 4),
    ],
)
def test_what_cannot_be_used_is_refused_with_name_place_and_remedy(text: str, said: str, position: int) -> None:
    others: dict[str, Kind] = {"logins": "number"}
    with pytest.raises(ConditionError) as refusal:
        feature("f", text, others)
    words = said.split(", not '/ 2'")
    assert all(word in str(refusal.value) for word in words)
    assert str(refusal.value).startswith("f: ")
    assert refusal.value.position == position


def test_an_aggregate_may_not_read_a_feature_that_stands_after_it() -> None:
    with pytest.raises(ConditionError, match=re.escape("a: an aggregate looks at the event at hand only")):
        features_from({"a": "COUNT_IF(later > 2)", "later": "COUNT()"})
    assert features_from({"a": "COUNT_IF(properties.later > 2)", "later": "COUNT()"})


def test_a_circle_of_formulas_is_refused_and_drawn() -> None:
    with pytest.raises(ConditionError, match=re.escape("a -> b -> c -> a")):
        features_from({"a": "b + 1", "b": "c * 2", "c": "a"})
    with pytest.raises(ConditionError, match=re.escape("a -> a")):
        features_from({"a": "a + 1"})


def test_a_property_of_the_same_name_is_no_circle() -> None:
    assert features_from({"a": "coalesce(traits.a, 1)", "b": "coalesce(plan, 'a')"})


@pytest.mark.parametrize("name", ["Bad", "1st", "a b", "", "a" * 64])
def test_a_name_that_could_not_be_read_in_a_condition_is_refused(name: str) -> None:
    with pytest.raises(ConditionError, match="a feature's name is lowercase letters"):
        feature(name, "COUNT()", {})


PAGE = Path(__file__).parents[3] / "docs" / "reference" / "features.md"
EXAMPLES = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_on_features_has_examples() -> None:
    assert len(EXAMPLES) >= 12


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_page_on_features_can_be_written(text: str) -> None:
    others: dict[str, Kind] = {"logins_7d": "number", "logins_prev_7d": "number", "avg_order": "number"}
    assert feature("example", text, others)


def test_formulas_read_one_another_only_so_deep() -> None:
    chain = {f"f{place}": f"f{place + 1} + 1" for place in range(32)}
    assert len(features_from({**chain, "f32": "COUNT()"})) == 33
    for length in (33, 900):
        longer = {f"f{place}": f"f{place + 1} + 1" for place in range(length)} | {f"f{length}": "COUNT()"}
        for texts in (longer, dict(reversed(longer.items()))):
            with pytest.raises(
                ConditionError, match=r"^f\d+: it reads formulas that read formulas, more than 32 in a row"
            ):
                features_from(texts)


def test_no_feature_takes_effort_that_doubles_with_each_line() -> None:
    texts = {"f0": "COUNT()", "f1": "COUNT()"} | {f"f{place}": f"f{place - 1} + f{place - 2}" for place in range(2, 14)}
    assert len(features_from(texts)) == 14
    with pytest.raises(ConditionError, match=r"^f14: it takes 1,219 calculations of features"):
        features_from(texts | {f"f{place}": f"f{place - 1} + f{place - 2}" for place in range(14, 30)})


def test_a_playbook_has_only_so_many_features() -> None:
    texts = dict.fromkeys((f"f{place}" for place in range(1_001)), "COUNT()")
    with pytest.raises(ConditionError, match=r"^f1000: a playbook has at most 1,000 features, not 1,001"):
        features_from(texts)
