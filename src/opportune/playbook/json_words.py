"""The words of playbook files as JSON Schema: spans, shares, names, SQL texts, and what may be left out."""

from collections.abc import Collection, Mapping
from typing import TypeAlias

Shape: TypeAlias = dict[str, object]
"""A JSON Schema, or a part of one."""

NAME: Shape = {
    "type": ["string", "boolean"],
    "pattern": r"^\s*[a-z][a-z0-9_]{0,62}\s*$",
    "description": "lowercase letters, digits and _",
}
TEXT: Shape = {"type": ["string", "number", "boolean"]}
"""Any scalar, as it is written."""
SQL: Shape = {"type": ["string", "number", "boolean"], "description": "SQL text"}
SPAN: Shape = {
    "type": "string",
    "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(second|minute|hour|day|week)s?\s*$",
    "description": "a span such as 45 minutes, 1.5 hours, 7 days or 2 weeks",
    "examples": ["45 minutes", "3 hours", "7 days"],
}
SHARE: Shape = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^\s*\+?[0-9._]+([eE][-+]?[0-9]+)?\s*%?\s*$"},
    ],
    "description": "a share such as 5% or 0.05",
    "examples": ["5%"],
}
WALL_TIME: Shape = {
    "type": "string",
    "pattern": r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$",
    "description": 'a wall time such as "21:00"',
    "examples": ["21:00"],
}
BOOLEAN: Shape = {"type": "boolean"}


def mapping(keys: Mapping[str, Shape], *, required: Collection[str] = (), **more: object) -> Shape:
    """A mapping with these keys and no others; a key that is not required may also say nothing."""
    shown = {key: shape if key in required else optional(shape) for key, shape in keys.items()}
    return {"type": "object", "properties": shown, "required": list(required), "additionalProperties": False, **more}


def optional(shape: Shape) -> Shape:
    """The same, or null: a key that says nothing."""
    match shape:
        case {"type": str(kind), **rest} if "enum" not in rest:
            return {"type": [kind, "null"], **rest}
        case {"type": list(kinds), **rest} if "enum" not in rest:
            return {"type": list(dict.fromkeys([*kinds, "null"])), **rest}
        case _:
            return {"anyOf": [shape, {"type": "null"}], **{k: v for k, v in shape.items() if k == "description"}}


def words(options: Collection[object]) -> Shape:
    """One of these words."""
    return {"enum": sorted(options, key=str) if isinstance(options, (set, frozenset)) else list(options)}


def one_or_list(shape: Shape, *, least: int = 0) -> Shape:
    """A list of these, or one of them alone."""
    return {"anyOf": [shape, {"type": "array", "items": shape, "minItems": least}]}


def each_once(shape: Shape, *, least: int = 0) -> Shape:
    """The same, but that none stands twice."""
    return {"anyOf": [shape, {"type": "array", "items": shape, "minItems": least, "uniqueItems": True}]}


def told(shape: Shape, text: str) -> Shape:
    """The same, with what an editor says of it."""
    return {**shape, "description": text}
