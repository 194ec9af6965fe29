"""The steps of a journey as JSON Schema."""

from opportune.playbook.json_words import (
    NAME,
    SHARE,
    SPAN,
    SQL,
    TEXT,
    WALL_TIME,
    Shape,
    each_once,
    mapping,
    one_or_list,
    told,
    words,
)
from opportune.playbook.read_local import WEEKDAYS
from opportune.playbook.read_made import MOST_COLLECTED
from opportune.playbook.read_steps import MOST_STEPS
from opportune.playbook.read_waits import COUNTED, ENDINGS, SINCE

STEPS: Shape = {"$ref": "#/$defs/steps"}
OFFSET: Shape = {
    "type": "string",
    "pattern": r"^\s*-?\s*[0-9]+(\.[0-9]+)?\s*(second|minute|hour|day|week)s?\s*$",
    "description": "a span, after the date or, with a minus, before it",
    "examples": ["-3 days"],
}
WEEKDAY_LIST: Shape = each_once(words(WEEKDAYS), least=1)
_EVENT: Shape = {"type": ["string", "number", "boolean"], "minLength": 1, "description": "the name of an event"}
_WHEN = told(SQL, "SQL text that must be true")
_VALUES: Shape = {
    "type": "object",
    "additionalProperties": told(SQL, "SQL text of a value; a text in quotes of its own"),
}


def steps_schema() -> Shape:
    """A list of steps; some hold steps of their own."""
    step: Shape = {"anyOf": [{"const": "end"}, *_waits(), *_sends(), *_ways(), *_made()]}
    return {"type": "array", "items": step, "minItems": 1, "maxItems": MOST_STEPS}


def _step(kind: str, shape: Shape, **more: Shape) -> Shape:
    """A step of one kind, which may have a name."""
    named = told(NAME, "its name, for those who move runs to it or from it")
    return mapping({kind: shape, "name": named, **more}, required=[kind])


def _waits() -> list[Shape]:
    until: dict[str, Shape] = {"until": _EVENT, "where": _WHEN, "at_most": SPAN, "since": words(SINCE)}
    window: Shape = {
        "anyOf": [{"const": "active"}, {"type": "array", "items": WALL_TIME, "minItems": 2, "maxItems": 2}],
        "description": "two wall times, or active: from 09:00 to 21:00",
    }
    on = told(WEEKDAY_LIST, "days of the week; left out: any")
    date: dict[str, Shape] = {
        "date": told(TEXT, "a trait that names a day or an instant"),
        "offset": OFFSET,
        "at": WALL_TIME,
    }
    return [
        _step("wait", SPAN),
        _step("wait", mapping({"for": SPAN, "since": words(COUNTED)}, required=["for"])),
        _step("wait", mapping(until, required=["until", "at_most"]), on_timeout=STEPS),
        _step("wait", mapping({"at": WALL_TIME, "on": on}, required=["at"])),
        _step("wait", mapping({"between": window, "on": on}, required=["between"])),
        _step("wait", mapping({"on": WEEKDAY_LIST}, required=["on"])),
        _step("wait", mapping(date, required=["date"]), missing=words(ENDINGS)),
    ]


def _sends() -> list[Shape]:
    message = told(TEXT, "a message's name")
    not_sent: Shape = {"anyOf": [words(ENDINGS), STEPS]}
    return [_step(kind, message, when=_WHEN, not_sent=not_sent) for kind in ("send", "call")]


def _ways() -> list[Shape]:
    asked = mapping({"when": _WHEN, "steps": STEPS}, required=["when", "steps"])
    branch: Shape = {
        "type": "array",
        "items": {"anyOf": [asked, mapping({"otherwise": STEPS}, required=["otherwise"])]},
        "minItems": 1,
    }
    arm = mapping({"share": SHARE, "steps": STEPS})
    arms: Shape = {
        "type": "object",
        "propertyNames": {"pattern": NAME["pattern"]},
        "additionalProperties": {"anyOf": [arm, {"type": "null"}]},
        "minProperties": 2,
    }
    rounds: Shape = {"type": "integer", "minimum": 2, "maximum": MOST_STEPS}
    repeat = mapping({"times": rounds, "steps": STEPS, "until": _WHEN}, required=["times", "steps"])
    split = _step("split", told(NAME, "the name of the experiment"), arms=arms)
    split["required"] = ["split", "arms"]
    return [_step("branch", branch), split, _step("repeat", repeat)]


def _made() -> list[Shape]:
    most: Shape = {"type": "integer", "minimum": 1, "maximum": MOST_COLLECTED}
    long: dict[str, Shape] = {"for": SPAN, "quiet": SPAN, "collect": one_or_list(TEXT), "most": most}
    return [
        _step("set", {**_VALUES, "minProperties": 1}),
        _step("emit", _EVENT, properties=_VALUES),
        _step("digest", {"anyOf": [SPAN, mapping(long, required=["for"])]}),
    ]
