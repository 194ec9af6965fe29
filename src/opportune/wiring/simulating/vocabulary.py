"""What users of a playbook may do: the events that it looks at, with properties that its conditions tell apart."""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.events.interactions import SCHEMAS
from opportune.events.names import (
    ENGAGEMENTS,
    IDENTIFIED,
    INTERNAL,
    ITEM_NEWS,
    PASSIVE,
    RECEIPTS,
    SCORED,
    STORY_PUBLISHED,
    TRAIT_EVENTS,
)
from opportune.features.expression import Among, Between, Compare, Constant, Expression, Kind, Read, walk
from opportune.journeys.expressions import expressions_of, watched_by
from opportune.journeys.journey import Journey
from opportune.journeys.making import ARM
from opportune.journeys.step import WaitDate
from opportune.journeys.trigger import Crossing, DateTrait
from opportune.messages.template import PROVIDED, names_read
from opportune.playbook.check_events import events_used, looked_at
from opportune.playbook.definition import Playbook
from opportune.policies.address import ADDRESS_TRAITS
from opportune.units import Scalar

Role: TypeAlias = Literal["entry", "goal", "other", "told"]
"""``entry``: some journey begins with it; ``goal``: it is what some journey is for, or ends one; ``told``: others tell
it of the user, at any time."""
_TOLD = ITEM_NEWS | {STORY_PUBLISHED}
_NOT_DONE = PASSIVE | INTERNAL | RECEIPTS | TRAIT_EVENTS | ENGAGEMENTS.keys()


class Values(Struct, frozen=True):
    """What a property, or a trait, may hold."""

    kind: Kind
    constants: tuple[Scalar, ...] = ()
    """What it is compared with, sorted as text: values lie on either side of each."""
    is_closed: bool = False
    """Nothing but the constants: events.yaml says so."""


class Deed(Struct, frozen=True):
    """One kind of event that users may do."""

    event: str
    role: Role
    properties: dict[str, Values]
    keys: frozenset[str]
    """Those of its properties that tell runs apart."""


class Vocabulary(Struct, frozen=True):
    """All that the users of one playbook may do and say of themselves."""

    deeds: tuple[Deed, ...]
    traits: dict[str, Values]
    dates: frozenset[str]
    """Traits that hold a date."""
    consents: frozenset[str]
    """Traits that mean yes."""


def vocabulary_of(playbook: Playbook) -> Vocabulary:
    """What this playbook looks at; events that only the engine or a provider tells are left out."""
    names = {name for name in events_used(playbook) if name in _TOLD or name not in _NOT_DONE}
    entries, goals = _entries(playbook), _goals(playbook)
    asked = _asked(playbook)
    keys = frozenset(journey.key for journey in playbook.journeys.values() if journey.key)
    deeds = tuple(
        Deed(
            name,
            "told" if name in _TOLD else "entry" if name in entries else "goal" if name in goals else "other",
            _properties(playbook, name, asked, keys if name in entries | goals else frozenset()),
            keys if name in entries | goals else frozenset(),
        )
        for name in sorted(names)
    )
    dates = frozenset(_dates(playbook))
    consents = frozenset(grant.trait for grant in playbook.consents.values() if grant.trait)
    said = {name for deed in deeds for name in deed.properties}
    traits = {name: values for name, values in _traits(playbook, asked).items() if name not in said | dates | consents}
    scores = {name: values for name, values in traits.items() if values.kind in ("number", "boolean")}
    if scores and any(isinstance(journey.enter, Crossing) for journey in playbook.journeys.values()):
        deeds += (Deed(SCORED, "told", scores, frozenset()),)
    return Vocabulary(deeds, traits, dates, consents)


def _entries(playbook: Playbook) -> set[str]:
    return {each.on for journey in playbook.journeys.values() for each in watched_by(journey.enter)}


def _goals(playbook: Playbook) -> set[str]:
    goals = {journey.goal.on for journey in playbook.journeys.values() if journey.goal is not None}
    exits = {on for journey in playbook.journeys.values() for each in journey.exits if (on := getattr(each, "on", ""))}
    return goals | exits


def _properties(playbook: Playbook, event: str, asked: dict[str, Values], keys: frozenset[str]) -> dict[str, Values]:
    """What conditions ask of events of this name, and what is declared of it."""
    declared = playbook.schemas.get(event) or SCHEMAS.get(event)
    found = {name: asked.get(name, Values("unknown")) for name in _asked_of(playbook, event)}
    for each in declared.properties if event in playbook.schemas and declared is not None else ():
        known = asked.get(each.name, Values("unknown"))
        choices = tuple(each.one_of)
        kind = known.kind if known.kind != "unknown" else _kind(each.type)
        found[each.name] = Values(kind, choices or known.constants, is_closed=bool(choices))
    return {name: values for name, values in sorted(found.items()) if name not in keys}


def _kind(declared: str) -> Kind:
    match declared:
        case "number" | "whole":
            return "number"
        case "text":
            return "text"
        case "boolean":
            return "boolean"
        case _:
            return "unknown"


def _asked_of(playbook: Playbook, event: str) -> set[str]:
    """The properties that something reads of events of this name, or that a run keeps of them."""
    found: set[str] = set()
    for feature in playbook.features.values():
        aggregate = feature.aggregate
        if aggregate is not None and (aggregate.chosen.names is None or event in aggregate.chosen.names):
            found |= _read(looked_at(aggregate))
            found |= {aggregate.by} if aggregate.by else set()
    for journey in playbook.journeys.values():
        if event in {each.on for each in watched_by(journey.enter)}:
            found |= _read(each for part, each in expressions_of(journey) if part == "enter") | set(journey.keeps)
        for watched in (*watched_by(journey.enter), *journey.exits, journey.goal):
            if getattr(watched, "on", None) == event:
                found |= _read(
                    each for each in (getattr(watched, "where", None), getattr(watched, "value", None)) if each
                )
    return {name for name in found if name not in playbook.features and not name.startswith(ARM)}


def _read(expressions: Iterable[Expression]) -> set[str]:
    return {
        node.path
        for each in expressions
        for node in walk(each.node)
        if isinstance(node, Read) and node.source in ("name", "property")
    }


def _asked(playbook: Playbook) -> dict[str, Values]:
    """By name of a property or trait: what it is compared with anywhere."""
    found: dict[str, tuple[Kind, set[Scalar]]] = {}
    for expression in _expressions(playbook):
        for node in walk(expression.node):
            for path, kind, constants in _compared(node):
                before = found.get(path, (kind, set[Scalar]()))
                found[path] = (before[0] if before[0] != "unknown" else kind, before[1] | set(constants))
            if isinstance(node, Read) and node.source in ("name", "property", "trait"):
                found.setdefault(node.path, (node.kind, set()))
    return {path: Values(kind, tuple(sorted(known, key=str))) for path, (kind, known) in found.items()}


def _compared(node: object) -> Iterator[tuple[str, Kind, tuple[Scalar, ...]]]:
    match node:
        case Compare(left=Read() as read, right=Constant(value)) | Compare(left=Constant(value), right=Read() as read):
            yield read.path, read.kind, (value,)
        case Among(operand=Read() as read, values=values):
            yield read.path, read.kind, values
        case Between(operand=Read() as read, low=Constant(low), high=Constant(high)):
            yield read.path, read.kind, (low, high)
        case _:
            pass


def _expressions(playbook: Playbook) -> Iterator[Expression]:
    for feature in playbook.features.values():
        yield from (each for each in (feature.formula, *looked_at(feature.aggregate)) if each is not None)
    for journey in playbook.journeys.values():
        yield from (each for _, each in expressions_of(journey))
    yield from (each.worth for each in playbook.messages.values() if each.worth is not None)


def _traits(playbook: Playbook, asked: dict[str, Values]) -> dict[str, Values]:
    """Names that templates or conditions read and that no event is asked for; addresses and links apart."""
    words = {name for template in playbook.templates.values() for name in names_read(template)}
    schema = playbook.schemas.get(IDENTIFIED)
    declared = {each.name for each in schema.properties} if schema is not None else set[str]()
    names = (asked.keys() | words | declared) - playbook.features.keys() - PROVIDED - set(ADDRESS_TRAITS.values())
    return {
        name: asked.get(name, Values("text" if name in words else "unknown"))
        for name in sorted(names)
        if not name.startswith((ARM, "digest")) and "." not in name
    }


def _dates(playbook: Playbook) -> Iterator[str]:
    for journey in playbook.journeys.values():
        yield from _dates_of(journey)


def _dates_of(journey: Journey) -> Iterator[str]:
    if isinstance(journey.enter, DateTrait):
        yield journey.enter.trait
    yield from (step.trait for step in journey.steps if isinstance(step, WaitDate))
