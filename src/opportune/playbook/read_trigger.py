"""What begins a journey, as written under ``enter``."""

import re
from collections.abc import Callable, Mapping

from opportune.errors import ConditionError, EventError
from opportune.events.instants import instant_of
from opportune.features.chosen import of_the_event
from opportune.features.expression import Branch as Way
from opportune.features.expression import Case, Constant, Expression
from opportune.journeys.trigger import (
    EVERY_DAY,
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Sequence,
    Silence,
    Trigger,
    Watched,
)
from opportune.playbook.problems import closest, meant
from opportune.playbook.read_expression import Expressions
from opportune.playbook.read_local import MIDNIGHT, offset_of, wall_time_of, weekdays_of
from opportune.playbook.section import Section, described, section_of
from opportune.playbook.yaml_nodes import Branch, Items, Leaf, Node
from opportune.units import Instant

MOST_COUNTS = 100
"""Numbers under ``nth``."""
HIGHEST = 1_000_000
"""The greatest number that is counted to."""
MOST_EVENTS = 10
"""Events of a sequence, or after ``without``."""
YEARLY = "yearly"
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::00(?:\.0+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def trigger_of(section: Section, expressions: Expressions) -> Trigger:
    """The trigger under ``enter`` of a journey's section."""
    node = section.node("enter")
    if node is None:
        section.missing("enter", "'enter: {on: Cart Updated}'")
        return Watched("")
    if not isinstance(node, Branch):
        return watched_of(node, "enter", section, expressions)
    inner = Section(node, section.problems, "enter")
    read = _kind(inner)
    trigger = read(inner, expressions)
    inner.close()
    return trigger


def watched_of(node: Node, name: str, outer: Section, expressions: Expressions) -> Watched:
    """An event by name alone, or ``{on: ..., where: ...}``."""
    if isinstance(node, Leaf) and node.text:
        return Watched(node.text)
    inner = section_of(node, outer.problems, name)
    if inner is None:
        return Watched("")
    watched = _watched(inner, expressions)
    inner.close()
    return watched


def _kind(inner: Section) -> Callable[[Section, Expressions], Trigger]:
    """Which trigger the section writes, by the keys it has."""
    names = inner.names()
    if "on" in names:
        if "without" in names:
            return _absence
        return _counted if "nth" in names or "every" in names else _watched
    return next((read for key, read in _BY_KEY.items() if key in names), _unknown)


def _unknown(inner: Section, expressions: Expressions) -> Watched:
    """No key says what begins the journey; if one is almost such a key, that is what is told."""
    almost = {name: key for name in inner.names() if name not in _BESIDE and (key := closest(name, ["on", *_BY_KEY]))}
    if not almost:
        return _watched(inner, expressions)
    for name, key in almost.items():
        inner.wrong(name, f"enter has no {name!r}; did you mean {key!r}?")
    for name in inner.names():
        inner.node(name)
    return Watched("")


def _watched(inner: Section, expressions: Expressions) -> Watched:
    return Watched(inner.text("on", example="Cart Updated"), expressions.condition(inner, "where"))


def _counted(inner: Section, expressions: Expressions) -> Counted:
    where = Expressions({}).condition(inner, "where")
    if where is not None:
        try:
            where = of_the_event(where, 0, expressions.features)
        except ConditionError as error:
            inner.wrong("where", f"where: {error}; what else must hold is said beside send, under 'when'")
    if (inner.node("nth") is None) == (inner.node("every") is None):
        inner.wrong("nth", "enter counts with nth or with every, such as 'nth: 3' or 'every: 10'")
    return Counted(
        inner.text("on"),
        where,
        _numbers(inner) if inner.node("nth") is not None else (),
        inner.whole("every", 0, least=1, most=HIGHEST),
        inner.span("within", 0) if inner.node("within") is not None else 0,
    )


def _numbers(inner: Section) -> tuple[int, ...]:
    node = inner.node("nth")
    nodes = node.nodes if isinstance(node, Items) else () if node is None else (node,)
    found: set[int] = set()
    for each in nodes:
        value = each.value if isinstance(each, Leaf) else None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= HIGHEST:
            said = f"nth must be a whole number from 1 to {HIGHEST}, or a list of them, not {described(each)}"
            inner.wrong("nth", said)
        else:
            found.add(value)
    if not nodes or len(nodes) > MOST_COUNTS:
        inner.wrong("nth", f"nth names from 1 to {MOST_COUNTS} numbers, not {len(nodes)}")
    return tuple(sorted(found))


def _absence(inner: Section, expressions: Expressions) -> Absence:
    if inner.node("nth") is not None or inner.node("every") is not None:
        inner.wrong("without", "enter counts events or waits for one that does not come, not both")
    without = _events(inner, "without", expressions, least=1)
    return Absence(_watched(inner, expressions), without, inner.span("within"))


def _sequence(inner: Section, expressions: Expressions) -> Sequence:
    return Sequence(_events(inner, "sequence", expressions, least=2), inner.span("within"))


def _events(inner: Section, key: str, expressions: Expressions, *, least: int) -> tuple[Watched, ...]:
    node = inner.node(key)
    nodes = node.nodes if isinstance(node, Items) else () if node is None else (node,)
    if not least <= len(nodes) <= MOST_EVENTS:
        inner.wrong(key, f"{key} names from {least} to {MOST_EVENTS} events, not {len(nodes)}")
    return tuple(watched_of(each, key, inner, expressions) for each in nodes)


def _crossing(inner: Section, expressions: Expressions) -> Crossing:
    when = expressions.condition(inner, "when")
    if when is None and not inner.text("when"):
        inner.missing("when", "'when: login_drop > 0.5'")
    return Crossing(when or _NEVER, expressions.condition(inner, "rearm"))


def _segment(inner: Section, expressions: Expressions) -> Crossing:
    """Into a segment, or out of it: it was true, and is not."""
    key = "segment" if "segment" in inner.names() else "left"
    name = inner.text(key, example="at_risk")
    segments = [each for each, kind in expressions.features.items() if kind == "boolean"]
    if name and name not in segments:
        known = meant(name, segments) if segments else f"write '{name}: CONDITION' in segments.yaml"
        inner.wrong(key, f"there is no segment {name!r}; {known}")
        return Crossing(_NEVER)
    inside = (expressions.condition(inner, key) if name else None) or _NEVER
    if key == "segment":
        return Crossing(inside)
    outside = Case((Way(inside.node, Constant(False)),), Constant(True), "boolean")
    return Crossing(Expression(f"NOT coalesce({name}, FALSE)", outside, "boolean"))


def _schedule(inner: Section, expressions: Expressions) -> Schedule:
    days = inner.node("every")
    if days is None:
        inner.missing("every", "'every: day' or 'every: [monday, thursday]'")
    is_daily = isinstance(days, Leaf) and days.text.strip() == "day"
    weekdays = EVERY_DAY if is_daily else weekdays_of(inner, "every")
    at = wall_time_of(inner, "at")
    if at is None:
        inner.missing("at", "'at: \"09:00\"'")
    return Schedule(at or MIDNIGHT, weekdays, expressions.condition(inner, "where"))


def _date(inner: Section, expressions: Expressions) -> DateTrait:
    return DateTrait(
        trait=inner.text("date", example="trial_ends_on"),
        offset=offset_of(inner, "offset"),
        at=wall_time_of(inner, "at"),
        is_yearly=inner.choice("repeat", {YEARLY: True}, False),
        where=expressions.condition(inner, "where"),
    )


def _silence(inner: Section, expressions: Expressions) -> Silence:
    return Silence(inner.span("inactive_for"))


def _broadcast(inner: Section, expressions: Expressions) -> Broadcast:
    at, is_local = _said(inner)
    over = inner.span("over", 0) if inner.node("over") is not None else 0
    return Broadcast(at, is_local, over, expressions.condition(inner, "to"))


def _said(inner: Section) -> tuple[Instant, bool]:
    """The instant under ``broadcast``, and whether each user's own clock is meant, because it names no offset."""
    text = inner.text("broadcast", example='"2026-11-27 10:00"')
    found = _MINUTE.fullmatch(text)
    try:
        at = instant_of(text if found is not None else "", "broadcast")
    except EventError:
        if text:
            said = 'broadcast must be a day and a minute such as "2026-11-27 10:00" or "2026-11-27T10:00Z"'
            inner.wrong("broadcast", f"{said}, not {text!r}")
        return 0, True
    return at, found is not None and found[1] is None


_BESIDE = frozenset({"where", "nth", "without", "within", "rearm", "at", "offset", "repeat", "to", "over"})
"""Keys that stand beside one that says what begins the journey."""
_NEVER = Expression("FALSE", Constant(False), "boolean")
_BY_KEY: Mapping[str, Callable[[Section, Expressions], Trigger]] = {
    "inactive_for": _silence,
    "sequence": _sequence,
    "when": _crossing,
    "segment": _segment,
    "left": _segment,
    "date": _date,
    "broadcast": _broadcast,
    "every": _schedule,
}
