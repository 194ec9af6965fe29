"""What an aggregate's text says, and what is said of a text that cannot be read."""

import pytest

from opportune.errors import ConditionError
from opportune.features.aggregate import SHAPES, Aggregate
from opportune.features.aggregate_text import aggregate_of
from opportune.features.aggregate_words import FUNCTIONS
from opportune.units import DAY, HOUR


def read(text: str) -> Aggregate:
    aggregate = aggregate_of(text, features={"logins"})
    assert aggregate is not None
    return aggregate


@pytest.mark.parametrize(
    ("text", "function", "argument"),
    [
        ("COUNT()", "count", None),
        ("COUNT( * )", "count", None),
        ("COUNT_IF(x > 2)", "count", None),
        ("count(distinct x)", "distinct", "unknown"),
        ("COUNT(DISTINCT(x))", "distinct", "unknown"),
        ("COUNT(DISTINCT coalesce(a, 'x, y'))", "distinct", "text"),
        ("SUM(coalesce(a, b))", "sum", "number"),
        ("AVG(x)", "avg", "number"),
        ("min(x)", "min", "number"),
        ("MAX(lower(x))", "max", "text"),
        ("FIRST(x)", "first", "unknown"),
        ("LAST(x > 2)", "last", "boolean"),
        ("TOP(3, x)", "top", "text"),
        ("DECAY(x, '14 days')", "decay", "number"),
        ("HOURS()", "hours", None),
        ("HOURS(*)", "hours", None),
        ("SINCE('A')", "since", None),
    ],
)
def test_the_word_names_the_function_and_the_value_has_the_kind_it_needs(
    text: str, function: str, argument: str | None
) -> None:
    aggregate = read(text)
    assert (aggregate.function, aggregate.argument and aggregate.argument.kind) == (function, argument)


def test_every_function_can_be_written_and_has_a_shape() -> None:
    assert {*FUNCTIONS.values(), "distinct"} == set(SHAPES)


def test_a_list_of_the_top_says_how_long_how_weighed_and_how_it_fades() -> None:
    plain, full = read("TOP(50, category)"), read("TOP( 3 , lower(category),half_life=>'14 days', WEIGHT => price * 2)")
    assert (plain.k, plain.weight, plain.half_life) == (50, None, None)
    assert (full.k, full.weight and full.weight.text.strip(), full.half_life) == (3, "price * 2", 14 * DAY)


def test_a_number_fades_within_64_half_lives() -> None:
    for text in ("DECAY(x, '1 hour')", "DECAY(x, half_life => '1 hour')"):
        assert (read(text).half_life, read(text).fades_within, read(text).is_unbounded) == (HOUR, 64 * HOUR, False)
    assert (read("SUM(x)").fades_within, read("SUM(x)").is_unbounded) == (None, True)
    assert not read("SUM(x) OVER SESSION").is_unbounded


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("COUNT()", None),
        ("COUNT() BY city", "city"),
        ("SUM(x) FILTER (WHERE event = 'a BY b') OVER SINCE 'Shipped BY Air' by\n properties.shop.city ", "shop.city"),
        ("LAST(x) OVER SESSION BY _id", "_id"),
        ("COUNT() BY properties.event", "event"),
    ],
)
def test_by_stands_at_the_end_and_names_one_property(text: str, by: str | None) -> None:
    assert read(text).by == by


@pytest.mark.parametrize(
    ("text", "said", "position"),
    [
        ("COUNT(x)", "COUNT takes nothing: write COUNT_IF(x IS NOT NULL), COUNT(DISTINCT x), or", 6),
        ("COUNT(DISTINCT)", "the expression is empty", 14),
        ("COUNT(DISTINCT x, y)", "COUNT(DISTINCT ...) takes one value, not x, y", 18),
        ("SUM(DISTINCT x)", "DISTINCT stands in COUNT only: write COUNT(DISTINCT x)", 4),
        ("LAST( distinct x)", "DISTINCT stands in COUNT only: write COUNT(DISTINCT x)", 6),
        ("COUNT_IF(DISTINCT x)", "", 9),
        ("COUNT_IF(event = 'A' AND traits.plan = 'x')", "not at the trait 'plan'", 9),
        ("COUNT_IF(EXISTS('B', since => entry))", "not at EXISTS of 'B'", 9),
        ("COUNT() FILTER (WHERE logins > 3)", "not at the feature 'logins'; if the event's own is meant", 21),
        ("COUNT_IF(event = 'A') FILTER (WHERE event = 'B')", "no event has two names at once", 35),
        ("COUNT_IF(event = NULL)", "a comparison with NULL is never true", 9),
        ("SUM(value", "a parenthesis or a quote is not closed", 3),
        ("COUNT_IF(event = 'A)", "a parenthesis or a quote is not closed", 8),
        ("SUM(value) / 2", "to calculate with an aggregate give it a name of its own", 11),
        ("SUM(lower(x))", "must be a number", 4),
        ("SUM(x, y)", "SUM takes one value, not x, y", 7),
        ("MIN(x > 2)", "MIN takes a number or a text, but x > 2 is TRUE or FALSE; write COUNT_IF of it", 4),
        ("MAX()", "the expression is empty", 4),
        ("SINCE(A)", "SINCE takes the name of an event, such as SINCE('Logged In'), not 'A'", 6),
        ("HOURS(x)", "HOURS takes nothing: choose events with HOURS() FILTER (WHERE event = 'Email Opened')", 6),
        ("TOP(category)", "TOP begins with how many, from 1 to 50, such as TOP(3, category), not 'category'", 4),
        ("TOP( 0, x)", "TOP begins with how many, from 1 to 50", 5),
        ("TOP(51, x)", "TOP begins with how many, from 1 to 50", 4),
        ("TOP(3)", "TOP needs of what: write TOP(3, category)", 4),
        ("TOP(3, x + 1)", "this must be a text, but x + 1 is a number", 7),
        ("TOP(3, x, 5)", "after the value TOP takes weight => a number and half_life => a span, each once, not", 10),
        ("TOP(3, x, weight => y, weight => z)", "each once, not 'weight => z'", 23),
        ("TOP(3, x, half_life => '1 day', half_life => '1 day')", "each once, not \"half_life =>", 32),
        ("TOP(3, x, weight => lower(y))", "must be a number", 20),
        ("TOP(3, x, weight => logins)", "not at the feature 'logins'", 19),
        ("TOP(3, x, half_life => 14)", "as in TOP(3, category, half_life => '14 days'), not 14",
         23),
        ("DECAY(x)", "DECAY takes a number and its half-life: write DECAY(value, '14 days'), not x", 6),
        ("DECAY(x, 14)", "a half-life is a span in quotes, as in DECAY(value, '14 days'), not 14", 9),
        ("DECAY(x, '14 moons')", "a span is a number and a unit such as '45 minutes' or '7 days', not '14 moons'", 9),
        ("COUNT() OVER LAST '0 days'", "a span must be positive", 8),
        ("COUNT() OVER LAST 7", "not 'OVER LAST 7'", 8),
        ("COUNT() OVER SINCE Login", "OVER SINCE 'Logged In' or nothing, not 'OVER SINCE Login'", 8),
        ("COUNT() BY a, b", "BY stands at the end and takes one property, such as BY category, not 'a, b'", 11),
        ("COUNT() BY a BY b", "takes one property, such as BY category, not 'a BY b'", 11),
        ("COUNT() BY", "takes one property, such as BY category, not ''", 9),
        ("COUNT() BY a OVER SESSION", "BY stands at the end and takes one property", 11),
        ("COUNT() BY lower(a)", "takes one property, such as BY category, not 'lower(a)'", 11),
        ("COUNT() BY event", "a property of the event, not event; a property of that name is properties.event", 11),
        ("COUNT() BY traits.plan", "BY takes a property of the event, not traits.plan; a property of that name is", 11),
        ("COUNT() BY properties.logins", "BY takes a property, but 'logins' is a feature; give", 11),
        ("MEDIAN(x)", "there is no MEDIAN: there are COUNT, COUNT_IF, SUM, AVG, MIN, MAX, FIRST, LAST, TOP, DECAY, "
         "HOURS, SINCE; write AVG(x)", 0),
        (" stddev(x)", "there is no STDDEV: there are COUNT", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_place_and_remedy(text: str, said: str, position: int) -> None:
    with pytest.raises(ConditionError) as refusal:
        aggregate_of(text, features={"logins"})
    assert said in str(refusal.value)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    "condition", ["event = 'A' AND event = 'B'", "event IN ('A', 'B') AND event IN ('B', 'C') AND event IN ('A', 'C')"]
)
def test_an_event_of_two_names_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError):
        aggregate_of(f"COUNT_IF({condition})")


def test_what_begins_with_no_aggregate_is_none() -> None:
    for text in ("", "x + 1", "counted(x)", "COUNTER > 2", "'COUNT()'"):
        assert aggregate_of(text) is None
