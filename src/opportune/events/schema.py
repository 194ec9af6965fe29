"""Whether events of well-known names say what they should; one that does not is taken, and counted."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Final, TypeAlias

from msgspec import DecodeError, Raw, Struct, defstruct
from msgspec.json import Decoder

from opportune.events import names
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.events.interactions import SCHEMAS, Schema, Type
from opportune.events.strict_json import Json

NAME: Final = "event"
"""Stands for the event's own name where a property is named."""
MOST_NAMES: Final = 10_000
"""Names that are told apart; later ones are not looked at."""
MOST_NEAR: Final = 200
"""Names that are counted for being like another one."""
Counts: TypeAlias = dict[tuple[str, str], int]

_TYPES: Final[dict[Type, object]] = {
    "text": str | None,
    "number": int | float | None,
    "whole": int | None,
    "flag": bool | None,
    "list": list[Raw] | None,
    "instant": str | int | float | None,
}
_REQUIRED: Final[dict[Type, object]] = {
    "text": str,
    "number": int | float,
    "whole": int,
    "flag": bool,
    "list": list[Raw],
    "instant": str | int | float,
}
_SAID: Final[dict[Type, str]] = {
    "text": "a text",
    "number": "a number",
    "whole": "a whole number",
    "flag": "true or false",
    "list": "a list",
    "instant": "an instant such as '2026-11-22T09:30:00Z'",
}
_any_json: Decoder[Json] = Decoder()


def violations(event: Event) -> list[str]:
    """What is wrong with an event of a well-known name, each with property and remedy; none of another name."""
    schema = SCHEMAS.get(event.name)
    if schema is None or not _is_violated(schema.name, event.properties):
        return []
    return [f"properties.{name}: {reason}" for name, reason in _wrong(schema, event.properties)]


def similar_property(event: str, name: str) -> str | None:
    """The property of this well-known event that was probably meant by a name it does not have."""
    schema = SCHEMAS.get(event)
    if schema is None or schema.property(name) is not None:
        return None
    known = {_plain(each.name): each.name for each in schema.properties}
    close = get_close_matches(_plain(name), sorted(known), n=1, cutoff=0.75)
    return known[close[0]] if close else None


class Violations:
    """How often well-known events said something else than they should, by event and property.

    A name that differs only in case, blanks or signs from one that came before, or is well known, counts under the
    property ``event``.
    """

    def __init__(self) -> None:
        self.counts: Counts = {}
        self.near: dict[str, str] = {}
        """By the name that came later: the one it looks like."""
        self._first = {_plain(name): name for name in (*SCHEMAS, *names.PASSIVE, *names.ENGAGEMENTS, *_OURS)}
        self._known: dict[str, Schema | None] = {}

    def note(self, reads: Iterable[Event | Alias]) -> None:
        """Counts what is wrong with these."""
        for read in reads:
            if isinstance(read, Event):
                self._look_at(read.name, read.properties)

    def _look_at(self, name: str, properties: bytes) -> None:
        schema = self._known[name] if name in self._known else self._met(name)
        if schema is not None and _is_violated(name, properties):
            for each, _ in _wrong(schema, properties):
                self._count(name, each)
        if name in self.near:
            self._count(name, NAME)

    def _met(self, name: str) -> Schema | None:
        schema = SCHEMAS.get(name)
        if len(self._known) < MOST_NAMES:
            self._known[name] = schema
            first = self._first.setdefault(_plain(name), name)
            if first != name and len(self.near) < MOST_NEAR:
                self.near[name] = first
        return schema

    def _count(self, event: str, name: str) -> None:
        self.counts[event, name] = self.counts.get((event, name), 0) + 1


_OURS = (names.IDENTIFIED, names.GROUPED, names.PAGE_VIEWED, names.SCREEN_VIEWED)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


@cache
def _decoder(event: str) -> Decoder[Struct]:
    fields = [
        (f"value_{place}", _REQUIRED[each.type]) if each.is_required else (f"value_{place}", _TYPES[each.type], None)
        for place, each in enumerate(SCHEMAS[event].properties)
    ]
    renamed = {f"value_{place}": each.name for place, each in enumerate(SCHEMAS[event].properties)}
    return Decoder(defstruct("Said", fields, rename=renamed, kw_only=True, gc=False))


def _is_violated(event: str, properties: bytes) -> bool:
    try:
        _decoder(event).decode(properties)
    except DecodeError:
        return True
    return False


def _wrong(schema: Schema, properties: bytes) -> Iterable[tuple[str, str]]:
    said = _any_json.decode(properties)
    assert isinstance(said, dict)  # so it was read from the wire
    for each in schema.properties:
        value = said.get(each.name)
        if value is None:
            if each.is_required:
                yield each.name, f"missing; {schema.name!r} needs {_SAID[each.type]}"
        elif not _is_of(each.type, value):
            yield each.name, f"expected {_SAID[each.type]}, not {value!r:.60}"


def _is_of(kind: Type, value: Json) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "instant":
            return isinstance(value, str | int | float) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "whole":
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and value.is_integer()
            )
