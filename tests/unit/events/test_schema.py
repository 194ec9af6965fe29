"""What well-known events should say, and what is counted when they do not."""

import json

import pytest

from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.events.interactions import SCHEMAS, Property, Schema, Type
from opportune.events.schema import MOST_NEAR, Violations, similar_property, violations

SOUND: dict[Type, object] = {
    "text": "a",
    "number": 1.5,
    "whole": 3,
    "boolean": True,
    "list": [{"a": 1}],
    "object": {"a": 1},
    "instant": "2026-11-22",
    "unknown": [],
}
WRONG: dict[Type, list[object]] = {
    "text": [1, True, [], {}],
    "number": ["1", True, []],
    "whole": ["1", 1.5, True],
    "boolean": [1, "true"],
    "list": [{}, "a", 1],
    "object": [[], "a", 1],
    "instant": [True, []],
    "unknown": [],
}
ROWS = [(name, each) for name, schema in SCHEMAS.items() for each in schema.properties]


def event(name: str, /, **properties: object) -> Event:
    return Event("m", "ann", name, 1, 1, properties=json.dumps(properties).encode())


def sound(name: str) -> dict[str, object]:
    return {each.name: SOUND[each.type] for each in SCHEMAS[name].properties}


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_event_that_says_everything_as_it_should_violates_nothing(name: str) -> None:
    assert violations(event(name, **sound(name), more={"of": "our own"})) == []


@pytest.mark.parametrize(("name", "each"), ROWS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_a_property_of_another_type_is_a_violation_that_names_it(name: str, each: Property) -> None:
    for wrong in WRONG[each.type]:
        (said,) = violations(event(name, **sound(name) | {each.name: wrong}))
        assert (said.property, said.what) == (each.name, "wrong_type")
        assert said.text.startswith(f"properties.{each.name}: expected a")


@pytest.mark.parametrize(("name", "each"), ROWS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_only_what_is_required_may_not_be_missing_or_null(name: str, each: Property) -> None:
    without = {key: value for key, value in sound(name).items() if key != each.name}
    for properties in (without, without | {each.name: None}):
        found = violations(event(name, **properties))
        assert [(said.property, said.what) for said in found] == [(each.name, "missing")] * each.is_required


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert violations(event("Help Searched", query="a", results=3.0)) == []


def test_other_events_may_say_anything() -> None:
    assert violations(event("Fern Watered", revenue=[])) == []


def test_no_property_stands_twice_in_a_schema() -> None:
    for schema in SCHEMAS.values():
        names = [each.name for each in schema.properties]
        assert len(names) == len(set(names)), schema.name


def test_violations_are_counted_by_event_and_property() -> None:
    found = Violations()
    found.note([event("Order Refunded", revenue="12"), event("Order Refunded", order_id="o", revenue=12)])
    found.note([event("Order Refunded", order_id="o", revenue="1e400"), Alias("a", "b", "c", 1, 1)])
    assert found.counts == {
        ("Order Refunded", "order_id", "missing"): 1,
        ("Order Refunded", "revenue", "wrong_type"): 2,
    }


@pytest.mark.parametrize("name", ["Cart Abandoned ", "cart abandoned", "cart_abandoned", "CartAbandoned"])
def test_a_name_like_a_well_known_one_is_counted_as_near(name: str) -> None:
    found = Violations()
    found.note([event(name), event(name)])
    assert (found.near, found.counts) == ({name: "Cart Abandoned"}, {(name, "event", "similar_name"): 2})


def test_of_two_names_alike_the_later_one_is_counted() -> None:
    found = Violations()
    found.note([event("Fern Watered"), event("fern watered"), event("Fern Watered")])
    assert found.counts == {("fern watered", "event", "similar_name"): 1}


def test_no_flood_of_names_is_remembered() -> None:
    found = Violations()
    found.note(event("x" + "_" * count) for count in range(3 * MOST_NEAR))
    assert len(found.near) == MOST_NEAR


@pytest.mark.parametrize(
    ("name", "said", "meant"),
    [
        ("Order Completed", "revenues", "revenue"),
        ("Product Viewed", "productId", "product_id"),
        ("Order Completed", "revenue", None),
        ("Order Completed", "shoe_size", None),
    ],
)
def test_a_similar_property_is_proposed(name: str, said: str, meant: str | None) -> None:
    assert similar_property(SCHEMAS[name], said) == meant


WATERED = Schema(
    "Fern Watered",
    (
        Property("fern.name", "text", is_required=True),
        Property("how", "text", one_of=("much", "little")),
        Property("place", "object"),
        Property("more", "unknown", is_required=True),
    ),
)
DRIED = Schema("Fern Dried", (Property("how", "text", is_required=True, one_of=("fast", "slow")),))


@pytest.mark.parametrize(
    ("properties", "wrong"),
    [
        ({"fern": {"name": "a"}, "how": "much", "place": {}, "more": 1}, []),
        ({"fern.name": "a", "fern": 1, "more": []}, []),
        ({"fern.name": None, "fern": {"name": "a"}, "more": []}, []),
        ({"fern": {"name": 1}, "more": []}, ["fern.name wrong_type"]),
        ({"fern": "name", "more": []}, ["fern.name missing"]),
        ({"fern": {"name": "a"}, "how": "some", "place": [], "more": None},
         ["how not_one_of", "place wrong_type", "more missing"]),
        ({"fern": {"name": "a"}, "how": 1, "more": {}}, ["how wrong_type"]),
    ],
)  # fmt: skip
def test_a_declared_event_is_held_to_what_is_declared(properties: dict[str, object], wrong: list[str]) -> None:
    declared = {"Fern Watered": WATERED}
    said = event("Fern Watered", **properties)
    assert [f"{each.property} {each.what}" for each in violations(said, declared)] == wrong
    found = Violations(declared)
    found.note([said])
    assert [f"{name} {what}" for _, name, what in found.counts] == wrong


def test_a_declared_event_without_dots_is_read_at_once_and_judged_alike() -> None:
    declared = {"Fern Dried": DRIED}
    found = Violations(declared)
    found.note(event("Fern Dried", **said) for said in ({"how": "fast"}, {"how": "later"}, {}, {"how": 5}))
    assert sorted(found.counts.items()) == [
        (("Fern Dried", "how", "missing"), 1),
        (("Fern Dried", "how", "not_one_of"), 1),
        (("Fern Dried", "how", "wrong_type"), 1),
    ]
    assert [each.text for each in violations(event("Fern Dried", how="later"), declared)] == [
        "properties.how: expected one of 'fast', 'slow', not 'later'"
    ]


def test_a_declaration_takes_the_place_of_what_is_well_known() -> None:
    declared = {"Help Searched": Schema("Help Searched", (Property("query", "number"),))}
    assert violations(event("Help Searched", query=1), declared) == []
    assert [each.what for each in violations(event("Help Searched", query="a"), declared)] == ["wrong_type"]


def test_a_name_like_a_declared_one_is_counted_as_near() -> None:
    found = Violations({"Fern Watered": WATERED})
    found.note([event("fern_watered")])
    assert found.near == {"fern_watered": "Fern Watered"}
