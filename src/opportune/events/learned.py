"""What events have said so far: a fold over them that learns, for each name, its properties and their kinds.

Bounded: the first 1,000 names, and of each the first 200 properties, under at most 8 names in a row; what comes beyond
is counted as left out. Two halves of a log that were folded alone can be merged.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.json import Decoder

from opportune.events.interactions import Property, Schema, Type
from opportune.events.strict_json import Json
from opportune.units import Instant

MOST_EVENTS: Final = 1_000
MOST_PROPERTIES: Final = 200
"""Of one event."""
MOST_DEEP: Final = 8
"""Names in a dotted path; an object below is one value."""
LONGEST_NAME: Final = 200
Form: TypeAlias = Literal["text", "number", "boolean", "list", "object", "null"]
"""What a value was."""
_any_json: Decoder[Json] = Decoder()
_FORMS: Final[tuple[Form, ...]] = ("text", "number", "boolean", "list", "object", "null")


class Found(Struct, gc=False):
    """How often a property was what."""

    counts: dict[Form, int]

    @property
    def type(self) -> Type:
        """The one type it had whenever it was not null; ``unknown`` if it had several, or none."""
        had: list[Type] = [each for each in _FORMS if each != "null" and each in self.counts]
        return had[0] if len(had) == 1 else "unknown"

    @property
    def values(self) -> int:
        """How often it was there and not null."""
        return sum(self.counts.values()) - self.counts.get("null", 0)


class Learned(Struct):
    """What events of one name have said; instants are those at which they happened."""

    events: int
    first: Instant
    last: Instant
    properties: dict[str, Found]
    """By dotted name, in the order in which they were first seen."""
    left_out: int = 0
    """Values of properties that there was no room for."""

    def schema(self, name: str) -> Schema:
        """What all of them fit; an object of which single properties are known is told by these."""
        holders = {path.rpartition(".")[0] for path in self.properties}
        kept = ((path, found) for path, found in self.properties.items() if path not in holders)
        return Schema(name, tuple(Property(path, found.type) for path, found in kept))


class Log(Struct):
    """What all events have said; empty at first."""

    events: dict[str, Learned] = {}
    left_out: int = 0
    """Events of names that there was no room for."""

    def add(self, name: str, at: Instant, properties: bytes) -> None:
        """One more event of this name."""
        learned = self.events.get(name)
        if learned is None:
            if len(self.events) >= MOST_EVENTS or len(name) > LONGEST_NAME:
                self.left_out += 1
                return
            learned = self.events[name] = Learned(0, at, at, {})
        learned.events += 1
        learned.first, learned.last = min(learned.first, at), max(learned.last, at)
        said = _any_json.decode(properties)
        seen: dict[str, Form] = {}
        for path, form in _values(said, "", 1) if isinstance(said, dict) else ():
            if seen.get(path, "null") == "null":  # the flattened name comes before what is nested, unless it is null
                seen[path] = form
        for path, form in seen.items():
            _count(learned, path, {form: 1})

    def merge(self, later: "Log") -> None:
        """Takes in what was learned from the rest of the log.

        The same as one fold over both, as long as no bound was met; else what is counted is counted once all the same.
        """
        self.left_out += later.left_out
        for name, other in later.events.items():
            learned = self.events.get(name)
            if learned is None:
                if len(self.events) >= MOST_EVENTS:
                    self.left_out += other.events
                    continue
                learned = self.events[name] = Learned(0, other.first, other.last, {})
            learned.events += other.events
            learned.first, learned.last = min(learned.first, other.first), max(learned.last, other.last)
            learned.left_out += other.left_out
            for path, found in other.properties.items():
                _count(learned, path, found.counts)


def _count(learned: Learned, path: str, counts: Mapping[Form, int]) -> None:
    found = learned.properties.get(path)
    if found is None:
        if len(learned.properties) >= MOST_PROPERTIES or len(path) > LONGEST_NAME:
            learned.left_out += sum(counts.values())
            return
        found = learned.properties[path] = Found({})
    for form, count in counts.items():
        found.counts[form] = found.counts.get(form, 0) + count


def _values(said: Mapping[str, Json], before: str, depth: int) -> Iterator[tuple[str, Form]]:
    """Each value under its dotted name; flattened names first, then what is nested."""
    for name, value in said.items():
        yield f"{before}{name}", _form(value)
    for name, value in said.items():
        if isinstance(value, dict) and depth < MOST_DEEP:
            yield from _values(value, f"{before}{name}.", depth + 1)


def _form(value: Json) -> Form:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"
