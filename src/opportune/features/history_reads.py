"""What stands in an event's JSON, as columns: properties and context at a path, keys, and what is stated of traits.

Values come in the types of ``emit``: DOUBLE, VARCHAR, BOOLEAN, and tagged text for any kind.
"""

from collections.abc import Iterator, Sequence

from opportune.events.names import TRAIT_EVENTS
from opportune.features.emit import found_in, json_as, tagged
from opportune.features.expression import Kind
from opportune.features.history_engine import Engine
from opportune.features.lasts import MOST_KEY
from opportune.features.series import MOST_CHARACTERS
from opportune.features.traits import ZONE_TRAIT
from opportune.units import DAY, HOUR, WEEK

NOTHING = "z:"
"""The tagged text of a trait that was stated to be null."""


def stating(engine: Engine) -> str:
    """Whether an event may state traits."""
    some = [f"{engine.json_at('e.context', (name,))} IS NOT NULL" for name in ("traits", "timezone")]
    return " OR ".join([_states_all(engine), *some])


def _states_all(engine: Engine) -> str:
    """Whether an event states all of its properties as traits."""
    return f"e.name IN ({', '.join(engine.literal(name) for name in sorted(TRAIT_EVENTS))})"


def untagged(value: str, kind: Kind, engine: Engine) -> str:
    """A tagged text as a value of this kind, NULL if it is of another, or stands for nothing."""
    rest = f"substr({value}, 3)"
    match kind:
        case "number":
            return f"CASE WHEN {value} LIKE 'n:%' THEN CAST({rest} AS {engine.number}) END"
        case "text":
            return f"CASE WHEN {value} LIKE 't:%' THEN {rest} END"
        case "boolean":
            return f"CASE {value} WHEN 'b:true' THEN TRUE WHEN 'b:false' THEN FALSE END"
        case "unknown" | "list":  # a list is never tagged as a whole
            return f"CASE WHEN {value} <> '{NOTHING}' THEN {value} END"


def key_text(path: str, engine: Engine) -> str:
    """The text of a key property of an event, as ``lasts.key_of`` has it."""
    return engine.let(found_in("e.properties", path, engine), "let_key", lambda found: _key_text(found, engine))


def _key_text(found: str, engine: Engine) -> str:
    said = f"CAST({found} AS {engine.text})"
    number = engine.json_number(found)
    is_float = " OR ".join(f"{said} LIKE '%{sign}%'" for sign in ".eE")
    digits = f"CASE WHEN {is_float} THEN {engine.digits(number)} ELSE {said} END"
    text = engine.json_text(found)
    return (
        f"CASE WHEN {said} IN ('true', 'false') THEN {said}"
        f" WHEN {text} IS NOT NULL THEN CASE WHEN length({text}) BETWEEN 1 AND {MOST_KEY} THEN {text} END"
        f" WHEN {number} IS NOT NULL THEN {digits} END"
    )


def statement(path: str, engine: Engine) -> str:
    """What an event states of a trait: a tagged text, ``z:`` for null; NULL if it states nothing that is kept."""
    places = [
        f"CASE WHEN {_states_all(engine)} THEN {_stated('e.properties', path, engine)} END",
        _stated(engine.json_at("e.context", ("traits",)), path, engine),
    ]
    if path == ZONE_TRAIT:
        places.insert(0, _kept(engine.json_at("e.context", ("timezone",)), engine, is_text=True))
    return f"coalesce({', '.join(places)})"


def _stated(column: str, path: str, engine: Engine) -> str:
    ways = list(_ways(path.split(".")))
    found = [_kept(engine.json_at(column, way), engine) for way in ways]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _kept(value: str, engine: Engine, *, is_text: bool = False) -> str:
    kept = tagged(
        f"CASE WHEN length({engine.json_text(value)}) <= {MOST_CHARACTERS} THEN {engine.json_text(value)} END",
        "text",
        engine,
    )
    if is_text:
        return kept
    number = tagged(json_as(value, "number", engine), "number", engine)
    truth = tagged(json_as(value, "boolean", engine), "boolean", engine)
    nothing = f"CASE WHEN CAST({value} AS {engine.text}) = 'null' THEN '{NOTHING}' END"
    return f"coalesce({kept}, {number}, {truth}, {nothing})"


def _ways(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every way to read a dotted path: each dot parts two names, or belongs to one."""
    if len(parts) == 1:
        yield (parts[0],)
        return
    for way in _ways(parts[1:]):
        yield (f"{parts[0]}.{way[0]}", *way[1:])
        yield (parts[0], *way)


def local_part(part: str, clock: str, engine: Engine) -> str:
    """The hour, or the weekday from 1 (Monday) to 7, that a clock of milliseconds since 1970 shows."""
    if part == "hour":
        return f"CAST({engine.whole_part(engine.floored(clock, DAY), HOUR)} AS {engine.number})"
    of_week = engine.floored(f"{clock} + {3 * DAY}", WEEK)
    return f"CAST({engine.whole_part(of_week, DAY)} + 1 AS {engine.number})"
