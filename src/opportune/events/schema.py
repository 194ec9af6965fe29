"""Whether events say what their schema says: those of well-known names, and those that a playbook declares.

An event that does not is taken all the same, and counted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from operator import or_
from typing import Final, Literal, TypeAlias

from msgspec import DecodeError, Raw, Struct, defstruct
from msgspec.json import Decoder

from opportune.events import names
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.events.interactions import SCHEMAS, Property, Schema, Type
from opportune.events.strict_json import Json

NAME: Final = "event"
"""Stands for the event's own name where a property is named."""
MOST_NAMES: Final = 10_000
"""Names that are told apart; later ones are not looked at."""
MOST_NEAR: Final = 200
"""Names that are counted for being like another one."""
Offence: TypeAlias = Literal["missing", "wrong_type", "not_one_of", "similar_name"]
"""What can be wrong with an event."""
Counts: TypeAlias = dict[tuple[str, str, Offence], int]
"""By event, property and what is wrong."""
SAID: Final[dict[Type, str]] = {
    "text": "a text",
    "number": "a number",
    "whole": "a whole number",
    "boolean": "true or false",
    "list": "a list",
    "object": "an object",
    "instant": "an instant such as '2026-11-22T09:30:00Z'",
    "unknown": "a value",
}
"""How an error names a value of this type."""
_TYPES: Final[dict[Type, object]] = {
    "text": str,
    "number": int | float,
    "whole": int,
    "boolean": bool,
    "list": list[Raw],
    "object": dict[str, Raw],
    "instant": str | int | float,
}
_any_json: Decoder[Json] = Decoder()


class Wrong(Struct, frozen=True):
    """One thing that an event says otherwise than its schema."""

    property: str
    what: Offence
    text: str
    """What is so, and what would be right."""


def violations(event: Event, declared: Mapping[str, Schema] = {}) -> list[Wrong]:
    """What is wrong with an event of a declared or a well-known name, in the schema's order; none of another name."""
    schema = declared.get(event.name) or SCHEMAS.get(event.name)
    return [] if schema is None else list(_wrong(schema, event.properties))


def similar_property(schema: Schema, name: str) -> str | None:
    """The property of this event that was probably meant by a name it does not have."""
    if schema.property(name) is not None:
        return None
    known = {_plain(each.name): each.name for each in schema.properties}
    close = get_close_matches(_plain(name), sorted(known), n=1, cutoff=0.75)
    return known[close[0]] if close else None


class Violations:
    """How often events said something else than they should, by event, property and what was wrong.

    ``declared`` by name take the place of well-known ones. A name that differs only in case, blanks or signs from one
    that came before, is declared, or is well known, counts under the property ``event``.
    """

    def __init__(self, declared: Mapping[str, Schema] = {}) -> None:
        self.counts: Counts = {}
        self.near: dict[str, str] = {}
        """By the name that came later: the one it looks like."""
        self.declare(declared)

    def declare(self, declared: Mapping[str, Schema]) -> None:
        """From now on events are held against these; what was counted stays."""
        self._schemas: dict[str, Schema] = {**SCHEMAS, **declared}
        self._first = {_plain(name): name for name in (*SCHEMAS, *names.PASSIVE, *names.ENGAGEMENTS, *_OURS, *declared)}
        self._known: dict[str, _Judge | None] = {name: _Judge(declared[name]) for name in declared}

    def note(self, reads: Iterable[Event | Alias]) -> None:
        """Counts what is wrong with these."""
        for read in reads:
            if isinstance(read, Event):
                self._look_at(read.name, read.properties)

    def _look_at(self, name: str, properties: bytes) -> None:
        judge = self._known[name] if name in self._known else self._met(name)
        if judge is not None and not judge.is_sound(properties):
            for each in _wrong(judge.schema, properties):
                self._count(name, each.property, each.what)
        if name in self.near:
            self._count(name, NAME, "similar_name")

    def _met(self, name: str) -> "_Judge | None":
        schema = self._schemas.get(name)
        judge = None if schema is None else _Judge(schema)
        if len(self._known) < MOST_NAMES:
            self._known[name] = judge
            first = self._first.setdefault(_plain(name), name)
            if first != name and len(self.near) < MOST_NEAR:
                self.near[name] = first
        return judge

    def _count(self, event: str, name: str, what: Offence) -> None:
        self.counts[event, name, what] = self.counts.get((event, name, what), 0) + 1


_OURS = (names.IDENTIFIED, names.GROUPED, names.PAGE_VIEWED, names.SCREEN_VIEWED)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


class _Judge:
    """A schema, with what reads an event that is as it should be; none where names or types cannot be put into one."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        is_plain = all(each.type != "unknown" and "." not in each.name for each in schema.properties)
        self._decoder = Decoder(_struct(schema)) if is_plain else None

    def is_sound(self, properties: bytes) -> bool:
        """Whether nothing is wrong, as far as can be told at once: False if it has to be looked at more closely."""
        if self._decoder is None:
            return False
        try:
            self._decoder.decode(properties)
        except DecodeError:
            return False
        return True


def _struct(schema: Schema) -> type[Struct]:
    fields: list[tuple[str, object] | tuple[str, object, None]] = []
    for place, each in enumerate(schema.properties):
        wanted = Literal[each.one_of] if each.one_of else _TYPES[each.type]
        name = f"value_{place}"
        fields.append((name, wanted) if each.is_required else (name, or_(wanted, None), None))
    renamed = {f"value_{place}": each.name for place, each in enumerate(schema.properties)}
    return defstruct("Said", fields, rename=renamed, kw_only=True, gc=False)


def _wrong(schema: Schema, properties: bytes) -> Iterator[Wrong]:
    said = _any_json.decode(properties)
    assert isinstance(said, dict)  # so it was read from the wire
    for each in schema.properties:
        value = _value_at(said, each.name)
        if value is None:
            if each.is_required:
                text = f"missing; {schema.name!r} needs {_wanted(each)}"
                yield Wrong(each.name, "missing", f"properties.{each.name}: {text}")
        elif not _is_of(each.type, value):
            text = f"expected {_wanted(each)}, not {value!r:.60}"
            yield Wrong(each.name, "wrong_type", f"properties.{each.name}: {text}")
        elif each.one_of and value not in each.one_of:
            text = f"expected {_wanted(each)}, not {value!r:.60}"
            yield Wrong(each.name, "not_one_of", f"properties.{each.name}: {text}")


def _wanted(each: Property) -> str:
    return f"one of {', '.join(map(repr, each.one_of[:10]))}" if each.one_of else SAID[each.type]


def _value_at(said: Mapping[str, Json], path: str) -> Json:
    """What stands under the flattened name if that is not null, else down the nested objects."""
    value = said.get(path)
    if value is not None or "." not in path:
        return value
    within: Json = dict(said)
    for part in path.split("."):
        within = within.get(part) if isinstance(within, dict) else None
    return within


def _is_of(kind: Type, value: Json) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "instant":
            return isinstance(value, str | int | float) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "whole":
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and value.is_integer()
            )
        case "unknown":
            return True
