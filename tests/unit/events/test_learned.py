"""What is learned from events: names, properties, kinds, and nothing beyond the bounds."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.events.interactions import Property
from opportune.events.learned import MOST_DEEP, MOST_EVENTS, MOST_PROPERTIES, Log

Said = tuple[str, int, dict[str, object]]


def learned(said: Iterable[Said]) -> Log:
    log = Log()
    for name, at, properties in said:
        log.add(name, at, json.dumps(properties).encode())
    return log


def test_kinds_are_counted_by_dotted_name() -> None:
    log = learned(
        [("A", 5, {"b": 1, "c": {"d": "x"}, "e": [1]}), ("A", 3, {"b": None, "c.d": "y", "e": True, "f": 2.5})]
    )
    [(name, found)] = log.events.items()
    assert (name, found.events, found.first, found.last) == ("A", 2, 3, 5)
    assert {path: each.counts for path, each in found.properties.items()} == {
        "b": {"number": 1, "null": 1},
        "c": {"object": 1},
        "e": {"list": 1, "boolean": 1},
        "c.d": {"text": 2},
        "f": {"number": 1},
    }
    assert found.properties["b"].values == 1


def test_the_schema_is_what_all_of_them_fit() -> None:
    log = learned([("A", 1, {"b": 1, "c": {"d": "x"}, "e": [1], "n": None, "o": {}}), ("A", 1, {"e": "x", "b": 1.5})])
    assert log.events["A"].schema("A").properties == (
        Property("b", "number"),
        Property("e", "unknown"),
        Property("n", "unknown"),
        Property("o", "object"),
        Property("c.d", "text"),
    )


@pytest.mark.parametrize(
    ("properties", "form"),
    [({"c.d": None, "c": {"d": 1}}, "number"), ({"c.d": "x", "c": {"d": 1}}, "text"), ({"c.d": None}, "null")],
)
def test_a_flattened_name_comes_before_what_is_nested_unless_it_is_null(properties: dict, form: str) -> None:
    assert learned([("A", 1, properties)]).events["A"].properties["c.d"].counts == {form: 1}


def test_what_there_is_no_room_for_is_counted() -> None:
    log = learned((f"E{number}", 1, {}) for number in range(MOST_EVENTS + 3))
    assert (len(log.events), log.left_out) == (MOST_EVENTS, 3)
    wide = learned([("A", 1, {f"p{number}": 1 for number in range(MOST_PROPERTIES + 2)}), ("n" * 201, 1, {})])
    assert (len(wide.events["A"].properties), wide.events["A"].left_out, wide.left_out) == (MOST_PROPERTIES, 2, 1)
    assert learned([("A", 1, {"n" * 201: 1})]).events["A"].left_out == 1


def test_an_object_far_down_is_one_value() -> None:
    deep: dict[str, object] = {"x": 1}
    for _ in range(20):
        deep = {"x": deep}
    found = learned([("A", 1, deep)]).events["A"].properties
    assert list(found) == [".".join("x" * count) for count in range(1, MOST_DEEP + 1)]


values = st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2) | st.lists(st.integers(), max_size=1)
objects = st.recursive(
    st.dictionaries(st.sampled_from(["a", "b", "a.b", "c"]), values, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c"]), values | inner, max_size=3),
    max_leaves=6,
)
said = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9), objects), max_size=12)


def facts(log: Log) -> object:
    """All that was learned, in no order."""
    return log.left_out, {
        name: (each.events, each.first, each.last, each.left_out, {p: f.counts for p, f in each.properties.items()})
        for name, each in log.events.items()
    }


@given(said, said)
def test_two_halves_merged_are_the_whole(one: list[Said], other: list[Said]) -> None:
    whole, first = learned([*one, *other]), learned(one)
    first.merge(learned(other))
    assert facts(first) == facts(whole)
    assert [list(each.properties) for each in first.events.values()] == [
        list(each.properties) for each in whole.events.values()
    ]


def test_a_merge_beyond_the_bounds_loses_no_count() -> None:
    halves = [
        learned((f"{half}{number}", 1, {f"{half}{n}": 1 for n in range(3)}) for number in range(700)) for half in "xy"
    ]
    halves[0].merge(halves[1])
    assert len(halves[0].events) == MOST_EVENTS
    assert sum(each.events for each in halves[0].events.values()) + halves[0].left_out == 1_400
    wide = [learned([("A", 1, {f"{half}{n}": 1 for n in range(150)})]) for half in "xy"]
    wide[0].merge(wide[1])
    assert wide[0].events["A"].left_out == 100
