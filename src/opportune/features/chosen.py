"""Which events an aggregate looks at.

Names of events are taken out of the condition, so that folding looks only at aggregates that an event can concern.
"""

from collections.abc import Collection

from msgspec import Struct

from opportune.errors import ConditionError
from opportune.features.condition import condition
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
    Like,
    Negative,
    Node,
    Not,
    Or,
    Read,
    reads,
)


class Chosen(Struct, frozen=True):
    """Which events: by name, and what must be TRUE of them besides."""

    names: tuple[str, ...] | None = None
    """In order of the alphabet; None: every event that is no message, consent or clerical event of the engine."""
    where: Expression | None = None


def chosen_by(inside: str, position: int, features: Collection[str]) -> Chosen:
    """The events for which a condition, found at this position of a text, is TRUE. Raises ConditionError."""
    try:
        read = condition(inside, allows_event=True)
    except ConditionError as error:
        raise ConditionError(str(error), position=position + error.position) from error
    read = of_the_event(read, position, features)
    names: set[str] | None = None
    rest: list[Node] = []
    for part in read.node.operands if isinstance(read.node, And) else (read.node,):
        named = _names(part)
        if named is None:
            rest.append(part)
        else:
            names = named if names is None else names & named
    if names is not None and not names:
        raise _two_names(position)
    return Chosen(None if names is None else tuple(sorted(names)), _all_of(rest, read.text))


def _two_names(position: int) -> ConditionError:
    return ConditionError("no event has two names at once: say event IN ('Logged In', 'Signed Up')", position=position)


def both(first: Chosen, second: Chosen, *, position: int = 0) -> Chosen:
    """The events that both choose; raises ConditionError, at this position, if there can be none."""
    names = first.names if second.names is None else second.names
    if first.names is not None and second.names is not None:
        names = tuple(name for name in first.names if name in second.names)
        if not names:
            raise _two_names(position)
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


def of_the_event(read: Expression, position: int, features: Collection[str]) -> Expression:
    """The same, with bare names as the event's properties; it may look at nothing but the event."""
    own = Expression(read.text, _bare_to_property(read.node), read.kind)
    looked_at = reads(own)
    bare = reads(read).traits - looked_at.traits
    for names, words, remedy in (
        (bare & set(features), "the feature", "if the event's own is meant write properties.{}"),
        (looked_at.traits, "the trait", "write a second feature that calculates with this one and {}"),
        (looked_at.events, "EXISTS of", "count {!r} in a feature of its own"),
    ):
        if names:
            name = min(names)
            raise ConditionError(
                f"an aggregate looks at the event at hand only, not at {words} {name!r}; {remedy.format(name)}",
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
