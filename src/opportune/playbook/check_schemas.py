"""What conditions read of events, held against what ``events.yaml`` declares of them.

A schema changes no value and refuses no event: what it says is only compared. What is compared is what is read of an
event by name: in an aggregate that names its events, and in the conditions of a journey.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Literal, TypeAlias

from opportune.events.interactions import Property, Schema, Type
from opportune.events.schema import SAID
from opportune.features.expression import Among, Compare, Constant, Expression, Kind, Node, Read, children
from opportune.journeys.expressions import of_step, watched_by
from opportune.journeys.journey import Journey
from opportune.journeys.step import WaitUntil
from opportune.journeys.trigger import Absence, Counted, Trigger, Watched
from opportune.journeys.trigger import Sequence as Ordered
from opportune.playbook.check_events import looked_at
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.playbook.problems import closest

FILE = "events.yaml"
_KINDS: dict[Type, Kind] = {"text": "text", "number": "number", "whole": "number", "boolean": "boolean"}
_USED: dict[Kind, str] = {"number": "a number", "text": "a text", "boolean": "TRUE or FALSE"}
Fit: TypeAlias = tuple[Literal["declared", "open", "absent"], Property | None]
"""Whether a schema speaks of a path; ``open``: it lies in an object of which the schema says nothing more."""


MOST_SAID = 100
"""Findings about schemas; of more, nothing is said."""
MOST_HELD = 20_000
"""Names that are read, of one event after the other, and held against what is declared."""


def schema_findings(playbook: Playbook) -> Iterator[Finding]:
    """An error for each use that a declared event cannot meet, a warning for what probably is none of its properties,
    or can never be equal."""
    return islice(_findings(playbook), MOST_SAID)


def _findings(playbook: Playbook) -> Iterator[Finding]:
    for schema, read, words, path in islice(_held(playbook), MOST_HELD):
        if words:
            yield from _of_words(playbook, schema, read, words=words, path=path)
        else:
            yield from _of_read(playbook, schema, read, path)


def _held(playbook: Playbook) -> Iterator[tuple[Schema, Read, tuple[str, ...], str]]:
    """What is read of a declared event, with the texts that it is compared with, if it is, and where."""
    for event, expression, path in _conditions(playbook):
        schema = playbook.schemas.get(event)
        if schema is not None:
            yield from ((schema, read, (), path) for read in _reads(expression.node))
            yield from ((schema, read, words, path) for read, words in _compared(expression.node) if words)


def _of_words(
    playbook: Playbook, schema: Schema, read: Read, *, words: tuple[str, ...], path: str
) -> Iterator[Finding]:
    kept = _fit(schema, read.path)[1]
    for word in words if kept is not None and kept.one_of else ():
        if kept is not None and word not in kept.one_of:
            close = closest(word, kept.one_of)
            hint = f"did you mean {close!r}?" if close else f"it is one of {', '.join(map(repr, kept.one_of[:20]))}"
            place = _place(playbook, schema, kept)
            text = f"{read.path} of {schema.name!r} is never {word!r}, as {place} says; {hint}"
            yield found(playbook, "warning", path, text)


def _of_read(playbook: Playbook, schema: Schema, read: Read, path: str) -> Iterator[Finding]:
    fit, kept = _fit(schema, read.path)
    if fit == "absent":
        yield from _of_absent(playbook, schema, read, path)
    elif kept is not None and kept.type not in ("unknown", "instant"):
        kind = _KINDS.get(kept.type)
        if kind is None or read.kind not in ("unknown", kind):
            text = (
                f"{read.path} of {schema.name!r} is {SAID[kept.type]}, as {_place(playbook, schema, kept)} says; "
                f"used as {_USED.get(read.kind, 'a single value')} it reads as NULL"
            )
            yield found(playbook, "error", path, text)


def _of_absent(playbook: Playbook, schema: Schema, read: Read, path: str) -> Iterator[Finding]:
    close = closest(read.path, [each.name for each in schema.properties])
    place = playbook.places.get(f"events.{schema.name}", FILE)
    if read.source == "property":
        remedy = f"did you mean {close!r}?" if close else "declare it there"
        text = f"{schema.name!r} has no property {read.path!r} in {place}; {remedy}"
        yield found(playbook, "error", path, text)
    elif close:
        text = (
            f"{schema.name!r} has no property {read.path!r} in {place}; did you mean {close!r}, or traits.{read.path}?"
        )
        yield found(playbook, "warning", path, text)


def _place(playbook: Playbook, schema: Schema, kept: Property) -> str:
    return playbook.places.get(f"events.{schema.name}.{kept.name}", FILE)


def _fit(schema: Schema, path: str) -> Fit:
    """What the schema says of this path: the property itself, or the object that a part of the path names."""
    kept = schema.property(path)
    if kept is not None:
        return "declared", kept
    if any(each.name.startswith(f"{path}.") for each in schema.properties):
        return "declared", Property(path, "object")
    within = path
    while "." in within:
        within = within.rpartition(".")[0]
        holder = schema.property(within)
        if holder is not None:
            return ("open", None) if holder.type in ("object", "unknown") else ("absent", None)
    return "absent", None


def _conditions(playbook: Playbook) -> Iterator[tuple[str, Expression, str]]:
    """The event whose properties an expression reads, the expression, and where it stands."""
    for feature in playbook.features.values():
        aggregate = feature.aggregate
        for event in (aggregate.chosen.names or ()) if aggregate is not None else ():
            yield from ((event, each, f"features.{feature.name}") for each in looked_at(aggregate))
    for journey in playbook.journeys.values():
        for event, where, part in _of_journey(journey):
            if where is not None:
                yield event, where, f"journeys.{journey.name}.{part}"


def _of_journey(journey: Journey) -> Iterator[tuple[str, Expression | None, str]]:
    enter, goal = journey.enter, journey.goal
    yield from ((each.on, each.where, "exit") for each in journey.exits if isinstance(each, Watched))
    if goal is not None:
        yield from ((goal.on, each, "goal") for each in (goal.where, goal.value))
    yield from ((each.on, each.where, "enter") for each in watched_by(enter))
    kept = _kept_of(enter)
    for index, step in enumerate(journey.steps):
        if isinstance(step, WaitUntil):
            yield step.event, step.condition, f"steps[{index}]"
        elif kept:
            yield from ((kept, each, f"steps[{index}]") for each in of_step(step))


def _kept_of(enter: Trigger) -> str:
    """The event whose properties a run keeps; empty if it enters without one."""
    match enter:
        case Watched(on) | Counted(on) | Absence(after=Watched(on)):
            return on
        case Ordered(events):
            return events[-1].on
        case _:
            return ""


def _reads(node: Node) -> Iterator[Read]:
    """What is read of the event at hand, each once and in the order of the text."""
    seen: dict[Read, None] = {}
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Read) and each.source in ("property", "name"):
            seen.setdefault(each)
        stack += reversed(children(each))
    yield from seen


def _compared(node: Node) -> Iterator[tuple[Read, tuple[str, ...]]]:
    """Properties that are compared with texts, and these."""
    match node:
        case Compare("=" | "<>", Read() as read, Constant(str(word))) | Compare(
            "=" | "<>", Constant(str(word)), Read() as read
        ):
            yield read, (word,)
        case Among(Read() as read, values):
            yield read, tuple(word for word in values if isinstance(word, str))
        case _:
            for child in children(node):
                yield from _compared(child)
