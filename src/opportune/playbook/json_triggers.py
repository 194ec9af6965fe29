"""What begins a journey, and segments, as JSON Schema."""

from opportune.features.feature import MOST as MOST_FEATURES
from opportune.playbook.json_steps import OFFSET, WEEKDAY_LIST
from opportune.playbook.json_words import (
    NAME,
    SPAN,
    SQL,
    TEXT,
    WALL_TIME,
    Shape,
    mapping,
    one_or_list,
    told,
    words,
)
from opportune.playbook.read_trigger import HIGHEST, MOST_COUNTS, MOST_EVENTS, YEARLY

_EVENT: Shape = {"type": ["string", "number", "boolean"], "minLength": 1, "description": "the name of an event"}
_WHERE = told(SQL, "SQL text that must be true of the event")
_CONDITION = told(SQL, "SQL text over features and traits that must be true then")
WATCHED: Shape = {"anyOf": [_EVENT, mapping({"on": _EVENT, "where": _WHERE}, required=["on"])]}
"""An event, alone or with a condition."""
_COUNT: Shape = {"type": "integer", "minimum": 1, "maximum": HIGHEST}
_INSTANT: Shape = {
    "type": "string",
    "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:00(\.0+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?\s*$",
    "description": "a day and a minute; without an offset each user's own clock",
    "examples": ["2026-11-27 10:00"],
}


def trigger_schema() -> Shape:
    """What stands under ``enter``."""
    return {"anyOf": [_EVENT, *_by_events(), *_by_conditions(), *_by_clocks()], "description": "who enters, and when"}


def segments_schema() -> Shape:
    """The file ``segments.yaml``."""
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME["pattern"]},
        "additionalProperties": told(SQL, "SQL text over features and traits that is true of who is in the segment"),
        "maxProperties": MOST_FEATURES,
    }


def _by_events() -> list[Shape]:
    event: dict[str, Shape] = {"on": _EVENT, "where": _WHERE}
    several: Shape = {"type": "array", "items": _COUNT, "minItems": 1, "maxItems": MOST_COUNTS}
    numbers: Shape = {"anyOf": [_COUNT, several], "description": "how many there must be, with this one"}
    others = one_or_list(WATCHED, least=1)
    chain: Shape = {"type": "array", "items": WATCHED, "minItems": 2, "maxItems": MOST_EVENTS}
    return [
        mapping(event, required=["on"]),
        mapping({**event, "nth": numbers, "within": SPAN}, required=["on", "nth"]),
        mapping({**event, "every": told(_COUNT, "each multiple of it"), "within": SPAN}, required=["on", "every"]),
        mapping({**event, "without": others, "within": SPAN}, required=["on", "without", "within"]),
        mapping({"sequence": chain, "within": SPAN}, required=["sequence", "within"]),
    ]


def _by_conditions() -> list[Shape]:
    rearm = told(SQL, "SQL text that must have been true before the user enters again")
    return [
        mapping({"when": _CONDITION, "rearm": rearm}, required=["when"]),
        mapping({"segment": told(NAME, "a segment that the user comes into")}, required=["segment"]),
        mapping({"left": told(NAME, "a segment that the user goes out of")}, required=["left"]),
        mapping({"inactive_for": SPAN}, required=["inactive_for"]),
    ]


def _by_clocks() -> list[Shape]:
    days: Shape = {"anyOf": [{"const": "day"}, WEEKDAY_LIST]}
    dated: dict[str, Shape] = {
        "date": told(TEXT, "a trait that names a day or an instant"),
        "offset": OFFSET,
        "at": WALL_TIME,
        "repeat": words([YEARLY]),
        "where": _CONDITION,
    }
    said: dict[str, Shape] = {"broadcast": _INSTANT, "to": _CONDITION, "over": SPAN}
    return [
        mapping({"every": days, "at": WALL_TIME, "where": _CONDITION}, required=["every", "at"]),
        mapping(dated, required=["date"]),
        mapping(said, required=["broadcast"]),
    ]
