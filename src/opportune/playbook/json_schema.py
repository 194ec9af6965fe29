"""JSON Schemas (draft 2020-12) of a playbook's files, for editors: one for each kind of file.

They know structure, words, units and names; what SQL texts mean, and whether names fit together, ``check`` says.
"""

from collections.abc import Mapping

from opportune.features.feature import MOST as MOST_FEATURES
from opportune.features.local_time import zone_names
from opportune.playbook.definition import CHANNELS
from opportune.playbook.json_items import items_schema
from opportune.playbook.json_policies import policies_schema
from opportune.playbook.json_steps import steps_schema
from opportune.playbook.json_triggers import WATCHED, segments_schema, trigger_schema
from opportune.playbook.json_words import (
    BOOLEAN,
    NAME,
    SHARE,
    SPAN,
    SQL,
    TEXT,
    Shape,
    each_once,
    mapping,
    one_or_list,
    optional,
    told,
    words,
)
from opportune.playbook.read_events import KINDS, LONGEST_NAME, MOST_EVENTS, MOST_PROPERTIES, MOST_WORDS
from opportune.playbook.read_journey import ALONE, BASES
from opportune.playbook.read_message import DELIVERIES, MESSAGE_KINDS
from opportune.playbook.read_watching import MOST_SENDS, OFF
from opportune.playbook.reading import FORMAT
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_EVENT: Shape = {"type": ["string", "number", "boolean"], "minLength": 1, "description": "the name of an event"}
_WHERE = told(SQL, "SQL text that must be true of the event")


def json_schemas(policies: Mapping[str, type[Policy]] = SHIPPED) -> dict[str, Shape]:
    """The schema of each kind of file: by its name without the ending, or ``journey`` or ``message``."""
    shapes = {
        "opportune": _main(policies),
        "features": _features(),
        "segments": segments_schema(),
        "events": _events(),
        "items": items_schema(),
        "journey": _journey(),
        "message": _message(),
    }
    return {name: {"$schema": DRAFT, "title": f"opportune: {name}", **shape} for name, shape in shapes.items()}


def _main(policies: Mapping[str, type[Policy]]) -> Shape:
    granted = mapping({"trait": TEXT, "topics": one_or_list(TEXT)}, required=["trait"])
    consent: dict[str, Shape] = {channel: {"anyOf": [{"const": "always"}, granted]} for channel in CHANNELS}
    keys: dict[str, Shape] = {
        "zone": told(words(zone_names()), "the clock of users of whom nothing better is known"),
        "value": told(TEXT, "the one unit of worth, such as EUR"),
        "salt": told(TEXT, "mixed into every draw; another salt, another holdout"),
        "lateness": told(SPAN, "how late an event may come and still count everywhere"),
        "version": {"type": "integer", "minimum": 1, "maximum": FORMAT, "description": "version of this form"},
        "policies": told(policies_schema(policies), "picks apply in this order, gates and scores in any"),
        "consent": told(mapping(consent), "what grants consent on each channel, beside events that do"),
        "watch": _watch(),
    }
    return mapping(keys, required=["zone"])


def _watch() -> Shape:
    keys: dict[str, Shape] = {
        "complaints": told(SHARE, "of its sends; above it a journey is paused"),
        "unsubscribes": told(SHARE, "of its sends; above it a journey is paused"),
        "within": told(SPAN, "sends of this span count"),
        "at_least": {"type": ["integer", "null"], "minimum": 1, "maximum": MOST_SENDS},
    }
    return {
        "anyOf": [{"const": OFF}, mapping(keys)],
        "description": "from when on complaints and unsubscribes pause a journey",
    }


def _features() -> Shape:
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME["pattern"]},
        "additionalProperties": told(SQL, "an aggregate over events, or a formula over other features, as SQL text"),
        "maxProperties": MOST_FEATURES,
    }


def _events() -> Shape:
    one_of: Shape = {**each_once(TEXT), "description": "all texts that it may be", "maxItems": MOST_WORDS}
    long = mapping(
        {"kind": words(KINDS), "required": told(BOOLEAN, "missing, or null, is counted"), "one_of": one_of},
        anyOf=[{"required": ["kind"]}, {"required": ["one_of"]}],
    )
    text_only: Shape = {
        "if": {"required": ["one_of"], "properties": {"one_of": {"minItems": 1, "not": {"type": "null"}}}},
        "then": {"properties": {"kind": {"enum": ["text", None]}}},
    }
    properties: Shape = {
        "type": "object",
        "propertyNames": {"pattern": r'^[^."\\]+(\.[^."\\]+)*$', "maxLength": LONGEST_NAME},
        "additionalProperties": {"anyOf": [words(KINDS), {**long, **text_only}]},
        "maxProperties": MOST_PROPERTIES,
    }
    return {
        "type": "object",
        "propertyNames": {"maxLength": LONGEST_NAME},
        "additionalProperties": optional(properties),
        "maxProperties": MOST_EVENTS,
    }


def _journey() -> Shape:
    cooldown = mapping({"cooldown": SPAN, "counted_from": words(BASES)}, required=["cooldown"])
    goal = {"on": _EVENT, "within": SPAN, "where": _WHERE, "value": told(SQL, "SQL text of a number: what it is worth")}
    keys: dict[str, Shape] = {
        "journey": told(NAME, "its name"),
        "enter": trigger_schema(),
        "steps": {"$ref": "#/$defs/steps"},
        "key": told(TEXT, "the property that tells runs of one user apart"),
        "exit": told(one_or_list(_exit()), "ends the run and calls back what it has planned"),
        "reentry": {"anyOf": [words(ALONE), cooldown]},
        "goal": mapping(goal, required=["on", "within"]),
        "moves": {
            "type": "object",
            "additionalProperties": TEXT,
            "description": "by name of a step of earlier versions: the step where their runs go, or end",
        },
    }
    return {**mapping(keys, required=["journey", "enter", "steps"]), "$defs": {"steps": steps_schema()}}


def _exit() -> Shape:
    asked = mapping({"when": told(SQL, "SQL text of a condition: the run ends when it is true")}, required=["when"])
    lost = mapping({"no_longer": words(["entry"])}, required=["no_longer"])
    return {"anyOf": [WATCHED, words(["goal"]), asked, lost]}


def _message() -> Shape:
    keys: dict[str, Shape] = {
        "message": told(NAME, "its name"),
        "topic": told(TEXT, "what consent is asked for"),
        "channels": told(each_once(words(CHANNELS), least=1), "in order of liking"),
        "kind": words(MESSAGE_KINDS),
        "useful_for": told(SPAN, "after this span from its proposal it is dropped, never late"),
        "half_life": told(
            SPAN, "how long after its proposal it is worth half: send_time then weighs sooner against better"
        ),
        "worth": told(SQL, "SQL text of a number, in the playbook's unit"),
        "priority": {"type": "integer", "minimum": 0, "maximum": 100, "description": "breaks ties of worth"},
        "variants": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
        "obeys": told(BOOLEAN, "whether caps, gaps and fatigue bind it"),
        "counts": told(BOOLEAN, "whether it counts against caps"),
        "delivery": words(DELIVERIES),
    }
    marketing: Shape = {
        "if": {"not": {"required": ["kind"], "properties": {"kind": {"enum": ["transactional", "internal"]}}}},
        "then": {"properties": {"obeys": {"enum": [True, None]}, "delivery": {"enum": ["once", None]}}},
    }
    called: Shape = {
        "if": {"required": ["kind"], "properties": {"kind": {"const": "internal"}}},
        "then": {"properties": {"channels": {"enum": ["webhook", ["webhook"], None]}, "obeys": False, "counts": False}},
        "else": {
            "required": ["topic", "channels"],
            "properties": {"topic": TEXT, "channels": {"not": {"type": "null"}}},
        },
    }
    return {**mapping(keys, required=["message"]), "allOf": [marketing, called]}
