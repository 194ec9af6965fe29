"""Names of events that probably mean the same: written in two ways here, or never seen in the log."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import lru_cache
from itertools import combinations

from opportune.events import names
from opportune.events.interactions import SCHEMAS
from opportune.events.schema import similar_property
from opportune.features.aggregate import Aggregate
from opportune.features.expression import Expression, Read, reads
from opportune.features.window import SinceEvent
from opportune.journeys.expressions import expressions_of, watched_by
from opportune.journeys.journey import Goal, Journey
from opportune.journeys.step import Emit, WaitUntil
from opportune.journeys.trigger import Watched
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found

OWN = frozenset(
    {names.IDENTIFIED, names.GROUPED, names.PAGE_VIEWED, names.SCREEN_VIEWED, names.IN_APP_SHOWN}
    | names.STOPS | names.RECEIPTS | names.PASSIVE | set(names.ENGAGEMENTS)
)  # fmt: skip
"""Names the engine gives a meaning itself."""
MOST_COMPARED = 1_000
"""Names that are held against one another; of more, nothing is said."""


def event_findings(playbook: Playbook, seen: Collection[str]) -> Iterator[Finding]:
    """A warning for each name that differs from another only in case, signs or one letter, and for each never seen.

    Names that are declared are meant as they are.
    """
    made = _emitted(playbook)
    used = made | events_used(playbook)
    every = sorted({*used, *OWN, *playbook.schemas})
    for name, other in combinations(every if len(every) <= MOST_COMPARED else (), 2):
        late = next((each for each in (other, name) if each in used and each not in playbook.schemas), None)
        if late is not None and are_close(name, other):
            twin = other if late == name else name
            where = f", used at {playbook.places.get(used[twin], used[twin])}" if twin in used else ""
            yield found(playbook, "warning", used[late], f"event {late!r} looks like {twin!r}{where}; use one spelling")
    for name, path in sorted(used.items()):
        if seen and name not in seen and name not in OWN and name not in made:
            close = get_close_matches(name, sorted(seen), n=1, cutoff=0.6)
            hint = f"did you mean {close[0]!r}?" if close else "nothing like it was seen either"
            yield found(playbook, "warning", path, f"event {name!r} was never seen; {hint}")
    yield from _undeclared(playbook, used)
    for name, read, path in _properties_read(playbook):
        known = None if name in playbook.schemas else SCHEMAS.get(name)
        similar = None if known is None else similar_property(known, read.partition(".")[0])
        if similar is not None:
            said = f"{name!r} has no property {read!r} as it is commonly sent; did you mean {similar!r}?"
            yield found(playbook, "note", path, said)


def _undeclared(playbook: Playbook, used: dict[str, str]) -> Iterator[Finding]:
    """A note for each name that the playbook uses and does not declare, where it declares others."""
    for name, path in sorted(used.items()) if playbook.schemas else ():
        if name in playbook.schemas or name in OWN or any(are_close(name, each) for each in playbook.schemas):
            continue
        yield found(playbook, "note", path, f"event {name!r} is not declared in events.yaml")


def _properties_read(playbook: Playbook) -> Iterator[tuple[str, str, str]]:
    """The name of an event, a property that a condition reads of it, and where."""
    for feature in playbook.features.values():
        aggregate = feature.aggregate
        read = {name for each in looked_at(aggregate) for name in _read_by(each)}
        for event in (aggregate.chosen.names or ()) if aggregate is not None else ():
            yield from ((event, name, f"features.{feature.name}") for name in sorted(read))
    for journey in playbook.journeys.values():
        path = f"journeys.{journey.name}"
        for part, each in _watched(journey):
            yield from ((event, read, f"{path}.{part}") for event, read in _read_of(each))


def looked_at(aggregate: Aggregate | None) -> list[Expression]:
    """All that an aggregate calculates from the event at hand; the property BY which it is, too."""
    if aggregate is None:
        return []
    by = aggregate.by
    key = None if by is None else Expression(by, Read("property", by, "unknown"), "unknown")
    each = (aggregate.chosen.where, aggregate.argument, aggregate.weight, key)
    return [expression for expression in each if expression is not None]


def _read_of(each: Watched | Goal | None) -> list[tuple[str, str]]:
    match each:
        case Watched():
            return [(each.on, read) for read in _read_by(each.where)]
        case Goal():
            return [(each.on, read) for read in sorted({*_read_by(each.where), *_read_by(each.value)})]
        case _:
            return []


def _read_by(expression: Expression | None) -> list[str]:
    return [] if expression is None else sorted(reads(expression).properties)


def events_used(playbook: Playbook) -> dict[str, str]:
    """Every name of an event the playbook waits for, counts or asks for, and the first path that does."""
    used: dict[str, str] = {} if playbook.items is None else {tie.event: "items" for tie in playbook.items.ties}
    for feature in playbook.features.values():
        for name in _counted(feature.aggregate):
            used.setdefault(name, f"features.{feature.name}")
        _note(feature.formula, f"features.{feature.name}", used)
    for journey in playbook.journeys.values():
        path = f"journeys.{journey.name}"
        for part, each in _watched(journey):
            used.setdefault(each.on, f"{path}.{part}")
        for index, step in enumerate(journey.steps):
            if isinstance(step, WaitUntil):
                used.setdefault(step.event, f"{path}.steps[{index}]")
        for part, expression in expressions_of(journey):
            _note(expression, f"{path}.{part}", used)
    return used


def _emitted(playbook: Playbook) -> dict[str, str]:
    """Every event that a step emits, and the first path that does."""
    made: dict[str, str] = {}
    for journey in playbook.journeys.values():
        for index, step in enumerate(journey.steps):
            if isinstance(step, Emit):
                made.setdefault(step.event, f"journeys.{journey.name}.steps[{index}]")
    return made


def _watched(journey: Journey) -> Iterator[tuple[str, Watched | Goal]]:
    """What a journey waits for, and in which part."""
    yield from (("enter", each) for each in watched_by(journey.enter))
    yield from (("exit", each) for each in journey.exits if isinstance(each, Watched))
    if journey.goal is not None:
        yield "goal", journey.goal


def _counted(aggregate: Aggregate | None) -> tuple[str, ...]:
    """The events an aggregate looks at by name, and the one that its window begins with."""
    if aggregate is None:
        return ()
    since = (aggregate.window.event,) if isinstance(aggregate.window, SinceEvent) else ()
    return (*(aggregate.chosen.names or ()), *since)


def _note(expression: Expression | None, path: str, used: dict[str, str]) -> None:
    for name in sorted(reads(expression).events) if expression else ():
        used.setdefault(name, path)


def are_close(one: str, other: str) -> bool:
    """The same but for case and signs, or but for one letter added, lost, changed or swapped with its neighbour."""
    first, second = _letters(one), _letters(other)
    if first == second:
        return True
    if abs(len(first) - len(second)) > 1 or len(first) < 5 or len(second) < 5:
        return False
    short, long = (first, second) if len(first) <= len(second) else (second, first)
    start = next((index for index in range(len(short)) if short[index] != long[index]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[:start] + short[start : start + 2][::-1] + short[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped == long


@lru_cache(maxsize=4_096)
def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
