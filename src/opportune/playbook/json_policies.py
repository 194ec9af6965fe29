"""Policies as JSON Schema, read off the structs that define them."""

import inspect
from collections.abc import Mapping
from typing import Annotated, get_args, get_origin

import msgspec

from opportune.features.local_time import WallTime
from opportune.playbook.definition import CHANNELS
from opportune.playbook.json_words import SHARE, SPAN, WALL_TIME, Shape, told, words
from opportune.playbook.read_policies import members_of, unit_of, words_in
from opportune.policies.verbs import Policy

_CHANNEL_FIELDS = ("channels", "speak_on")


def policies_schema(known: Mapping[str, type[Policy]]) -> Shape:
    """The list of policies: each one name with its settings, or a name alone where nothing has to be set."""
    settings = {name: _settings(kind) for name, kind in known.items()}
    alone = [name for name, shape in settings.items() if not shape.get("required")]
    one = {
        "type": "object",
        "properties": {
            name: told({"anyOf": [shape, {"type": "null"}]} if name in alone else shape, _first_line(known[name]))
            for name, shape in settings.items()
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"type": "array", "items": {"anyOf": [words(alone), one]}}


def _first_line(kind: type[Policy]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ").replace("``", "")


def _settings(kind: type[Policy]) -> Shape:
    fields = msgspec.structs.fields(kind)
    return {
        "type": "object",
        "properties": {field.encode_name: _field(field) for field in fields},
        "required": [field.encode_name for field in fields if field.required],
        "additionalProperties": False,
    }


def _field(field: msgspec.structs.FieldInfo) -> Shape:
    if field.encode_name in _CHANNEL_FIELDS:
        return {"type": "array", "items": words(CHANNELS)}
    return _shape(field.type)


def _shape(kind: object) -> Shape:
    """What may be written for a field of this type."""
    literal = words_in(kind)
    match unit_of(kind):
        case "span":
            return _either(SPAN, literal)
        case "share":
            return _either(SHARE, literal)
    if kind is WallTime:
        return WALL_TIME
    if literal:
        return words(literal)
    if members_of(kind):
        return {"anyOf": [_shape(each) for each in members_of(kind)]}
    if get_origin(kind) is Annotated and get_args(kind)[0] is not int:
        return _shape(get_args(kind)[0])
    return msgspec.json.schema(kind)


def _either(shape: Shape, literal: tuple[object, ...]) -> Shape:
    return {"anyOf": [words(literal), shape]} if literal else shape
