"""What can be written as a feature, and what is said of what cannot."""

import re

import pytest

from opportune.errors import ConditionError
from opportune.features.aggregate_text import aggregate_of
from opportune.features.feature import feature, features_from, keys_read, kinds
from opportune.features.window import Everything, InSession, Last, SinceEvent
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
        ("FIRST(x) over all", Everything()),
        ("MAX(x) OVER SINCE 'it''s BY air'", SinceEvent("it's BY air")),
        ("COUNT() OVER LAST '7 days' BY city", Last(7 * DAY)),
        ("COUNT() BY city", Everything()),
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
    assert key("MIN(x)") == key("MAX(x) OVER ALL")
    assert key("FIRST(x)") == key("LAST(x) OVER SINCE 'A'")
    assert key("DECAY(x, '1 day')") == key("DECAY(x, half_life => '2 days')")
    assert key("COUNT(DISTINCT lower(x))") == key("TOP(3, lower(x), half_life => '1 day')")
    assert key("COUNT_IF(event = 'A' AND x > 2)") == key("COUNT_IF( x > 2 AND event IN ('A') )")
    assert len(key("COUNT()")) == 8


def test_other_events_another_value_or_another_shape_have_another_key() -> None:
    texts = ["COUNT()", "SUM(x)", "LAST(x)", "SUM(y)", "COUNT_IF(event = 'A')", "COUNT_IF(event = 'B')",
             "MIN(x)", "DECAY(x, '1 day')", "COUNT(DISTINCT x)", "HOURS()", "TOP(1, x)", "TOP(1, x, weight => y)",
             "TOP(1, x, weight => z)", "COUNT() BY x", "COUNT() BY y", "SUM(x) BY y", "HOURS() BY x",
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


def test_what_is_refused_says_of_which_feature() -> None:
    with pytest.raises(ConditionError, match=r"^f: there is no MEDIAN") as refusal:
        feature("f", " MEDIAN(x)", {})
    assert refusal.value.position == 1


def test_a_property_by_which_features_are_read_is_no_feature() -> None:
    for texts in ({"a": "COUNT() BY b", "b": "COUNT()"}, {"b": "COUNT() BY properties.b"}):
        with pytest.raises(ConditionError, match="BY takes a property, but 'b' is a feature; give the feature another"):
            features_from(texts)


def test_the_properties_that_features_need_are_found_through_formulas() -> None:
    features = features_from(
        {
            "a": "COUNT() BY cart.id",
            "b": "a + c",
            "c": "SUM(x) BY kind",
            "d": "b * 2",
            "e": "COUNT()",
            "f": "traits.x > 2",
        }
    )
    assert keys_read(["d", "x"], features) == {"cart.id", "kind"}
    assert keys_read(["e", "f"], features) == keys_read([], features) == set()


def test_kinds_are_those_of_what_is_calculated() -> None:
    features = features_from(
        {
            "n": "COUNT()",
            "s": "SUM(x)",
            "any": "LAST(x)",
            "small": "LAST(lower(plan))",
            "many": "n > 3",
            "sum": "n + 1",
            "least": "MIN(x)",
            "word": "MAX(lower(x))",
            "old": "FIRST(x > 2)",
            "top": "TOP(2, x)",
            "hours": "HOURS()",
            "faded": "DECAY(x, '1 day')",
            "different": "COUNT(DISTINCT x)",
        }
    )
    assert kinds(features) == {
        "n": "number", "s": "number", "any": "unknown", "small": "text", "many": "boolean", "sum": "number",
        "least": "number", "word": "text", "old": "boolean", "top": "list", "hours": "list",
        "faded": "number", "different": "number",
    }  # fmt: skip


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


@pytest.mark.parametrize("name", ["null", "true", "at", "user", "hindsight"])
def test_a_name_that_means_something_else_already_is_refused(name: str) -> None:
    with pytest.raises(ConditionError, match=f"{name}: a feature cannot be called {name}, which already means"):
        feature(name, "COUNT()", {})


def test_a_misspelt_aggregate_is_recognized() -> None:
    for text, meant in (("CUONT()", "count"), ("LATS(plan)", "last"), ("SUMM(x)", "sum"), ("COALESC(a)", "coalesce")):
        with pytest.raises(ConditionError, match=f"did you mean {meant}"):
            feature("f", text, {})


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
