"""An aggregate: a function over the events of one user, those that a condition chooses, in a window.

The text is read into which events (by name, and a condition on what is left), which value of them, and which window.
Names of events are taken out of the condition, so that folding looks only at aggregates that an event can concern.
"""

import re
from base64 import b32encode
from hashlib import blake2b
from typing import Literal, TypeAlias

from msgspec import Struct, json

from opportune.errors import ConditionError
from opportune.features.condition import condition, expression, number
from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Branch,
    Call,
    Case,
    Compare,
    Constant,
    Expression,
    IsNull,
    Kind,
    Like,
    Negative,
    Node,
    Not,
    Or,
    Read,
    reads,
)
from opportune.features.series import Shape
from opportune.features.window import Everything, Window, window_of

Function: TypeAlias = Literal["count", "sum", "avg", "last", "since"]
SHAPES: dict[Function, Shape] = {
    "count": "instants",
    "since": "instants",
    "sum": "numbers",
    "avg": "numbers",
    "last": "values",
}

_HEAD = re.compile(r"\s*(COUNT_IF|COUNT|SUM|AVG|LAST|SINCE)\s*\(", re.IGNORECASE)
_FILTER = re.compile(r"\s*FILTER\s*\(\s*WHERE\b", re.IGNORECASE)
_NAME = re.compile(r"\s*'((?:[^']|'')+)'\s*")


class Chosen(Struct, frozen=True):
    """Which events: by name, and what must be TRUE of them besides."""

    names: tuple[str, ...] | None = None
    """In order of the alphabet; None: every event that is no message, consent or clerical event of the engine."""
    where: Expression | None = None


class Aggregate(Struct, frozen=True):
    """What is remembered of which events, and which window is read."""

    function: Function
    chosen: Chosen
    argument: Expression | None
    window: Window
    key: str
    """Fingerprint of all but the window, and of the shape kept: aggregates with the same key share one series."""

    @property
    def shape(self) -> Shape:
        """What is kept of each event."""
        return SHAPES[self.function]

    @property
    def keeps_newest(self) -> bool:
        """Whether the newest event must be kept however old it is."""
        return self.function in ("last", "since") and isinstance(self.window, Everything)

    @property
    def kind(self) -> Kind:
        """The kind of its value."""
        return self.argument.kind if self.function == "last" and self.argument is not None else "number"


def aggregate_of(text: str) -> Aggregate | None:
    """The aggregate a text writes; None if it does not begin with one. Raises ConditionError, with the position.

    ``COUNT() | COUNT_IF(condition) | SUM(x) | AVG(x) | LAST(x) | SINCE('Event Name')``, then optionally
    ``FILTER (WHERE condition)``, then optionally a window.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    word = head[1].upper()
    end = _closing(text, head.end())
    inside = text[head.end() : end]
    chosen = Chosen()
    argument: Expression | None = None
    match word:
        case "COUNT":
            _check_empty(inside, head.end())
        case "COUNT_IF":
            chosen = _chosen(inside, head.end())
        case "SINCE":
            chosen = Chosen((_event_name(inside, head.end()),))
        case _:
            argument = _argument(inside, head.end(), is_number=word != "LAST")
    rest = end + 1
    clause = _FILTER.match(text, rest)
    if clause is not None:
        end = _closing(text, clause.end())
        chosen = _both(chosen, _chosen(text[clause.end() : end], clause.end()))
        rest = end + 1
    function = _function(word)
    window = window_of(text[rest:], position=rest)
    return Aggregate(function, chosen, argument, window, _key(SHAPES[function], chosen, argument))


def _function(word: str) -> Function:
    match word:
        case "SUM":
            return "sum"
        case "AVG":
            return "avg"
        case "LAST":
            return "last"
        case "SINCE":
            return "since"
        case _:
            return "count"


def _closing(text: str, start: int) -> int:
    """The place of the parenthesis that closes the one before ``start``; what stands in quotes is passed over."""
    depth, quote = 1, ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return place
    raise ConditionError("a parenthesis or a quote is not closed", position=start - 1)


def _check_empty(inside: str, position: int) -> None:
    if inside.strip() not in ("", "*"):
        raise ConditionError(
            f"COUNT takes nothing: write COUNT_IF({inside.strip()} IS NOT NULL), or COUNT() FILTER (WHERE ...)",
            position=position,
        )


def _event_name(inside: str, position: int) -> str:
    found = _NAME.fullmatch(inside)
    if found is None:
        raise ConditionError(
            f"SINCE takes the name of an event, such as SINCE('Logged In'), not {inside.strip()!r}", position=position
        )
    return found[1].replace("''", "'")


def _argument(inside: str, position: int, *, is_number: bool) -> Expression:
    try:
        read = (number if is_number else expression)(inside, allows_event=True)
    except ConditionError as error:
        raise ConditionError(str(error), position=position + error.position) from error
    return _of_the_event(read, position)


def _chosen(inside: str, position: int) -> Chosen:
    try:
        read = condition(inside, allows_event=True)
    except ConditionError as error:
        raise ConditionError(str(error), position=position + error.position) from error
    read = _of_the_event(read, position)
    names: set[str] | None = None
    rest: list[Node] = []
    for part in read.node.operands if isinstance(read.node, And) else (read.node,):
        named = _names(part)
        if named is None:
            rest.append(part)
        else:
            names = named if names is None else names & named
    return Chosen(None if names is None else tuple(sorted(names)), _all_of(rest, read.text))


def _both(first: Chosen, second: Chosen) -> Chosen:
    """The events that both choose."""
    names = first.names if second.names is None else second.names
    if first.names is not None and second.names is not None:
        names = tuple(name for name in first.names if name in second.names)
    if first.where is None or second.where is None:
        return Chosen(names, first.where or second.where)
    return Chosen(
        names, _all_of([first.where.node, second.where.node], f"({first.where.text}) AND ({second.where.text})")
    )


def _all_of(nodes: list[Node], text: str) -> Expression | None:
    if not nodes:
        return None
    return Expression(text, nodes[0] if len(nodes) == 1 else And(tuple(nodes)), "boolean")


def _names(node: Node) -> set[str] | None:
    """The names the event must have one of, if that is all this part says."""
    match node:
        case Compare("=", Read("event"), Constant(str(name))) | Compare("=", Constant(str(name)), Read("event")):
            return {name}
        case Among(Read("event"), values):
            return {str(value) for value in values}
        case Or(operands):
            names: set[str] = set()
            for operand in operands:
                named = _names(operand)
                if named is None:
                    return None
                names |= named
            return names
        case _:
            return None


def _of_the_event(read: Expression, position: int) -> Expression:
    """The same, with bare names as the event's properties; it may look at nothing but the event."""
    looked_at = reads(read)
    own = Expression(read.text, _bare_to_property(read.node), read.kind)
    for words, names in (
        ("the feature", looked_at.features),
        ("the trait", reads(own).traits),
        ("EXISTS of", looked_at.events),
    ):
        if names:
            raise ConditionError(
                f"an aggregate looks at the event at hand only, not at {words} {min(names)!r};"
                " write a feature that calculates with the aggregate",
                position=position,
            )
    return own


def _bare_to_property(node: Node) -> Node:
    match node:
        case Read("name", path, kind):
            return Read("property", path, kind)
        case Compare(operator, left, right):
            return Compare(operator, _bare_to_property(left), _bare_to_property(right))
        case Arithmetic(operation, left, right):
            return Arithmetic(operation, _bare_to_property(left), _bare_to_property(right))
        case And(operands):
            return And(tuple(_bare_to_property(operand) for operand in operands))
        case Or(operands):
            return Or(tuple(_bare_to_property(operand) for operand in operands))
        case Not(operand):
            return Not(_bare_to_property(operand))
        case Negative(operand):
            return Negative(_bare_to_property(operand))
        case Among(operand, values):
            return Among(_bare_to_property(operand), values)
        case Between(operand, low, high):
            return Between(_bare_to_property(operand), _bare_to_property(low), _bare_to_property(high))
        case Like(operand, pattern):
            return Like(_bare_to_property(operand), pattern)
        case IsNull(operand):
            return IsNull(_bare_to_property(operand))
        case Case(branches, otherwise, kind):
            own = tuple(Branch(_bare_to_property(branch.when), _bare_to_property(branch.then)) for branch in branches)
            return Case(own, _bare_to_property(otherwise), kind)
        case Call(function, arguments, kind):
            return Call(function, tuple(_bare_to_property(argument) for argument in arguments), kind)
        case _:
            return node


def _key(shape: Shape, chosen: Chosen, argument: Expression | None) -> str:
    """8 characters that stand for which events and which value of them."""
    where = None if chosen.where is None else chosen.where.node
    value = None if argument is None else argument.node
    digest = blake2b(json.encode([shape, chosen.names, where, value]), digest_size=5).digest()
    return b32encode(digest).decode().lower()
