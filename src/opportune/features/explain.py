"""Why a condition is not true: the clause that made it so, and the values it saw."""

from collections.abc import Iterator

from opportune.features.expression import And, Constant, Expression, Happened, LocalPart, Node, Not, Or, Read, walk
from opportune.features.interpret import value_of
from opportune.features.scope import Readers, Scope
from opportune.features.sql_text import literal, sql_of
from opportune.units import Value

MOST_CLAUSES = 5
"""More clauses than these are only counted."""
MOST_ITEMS = 10
"""Of a list no more are shown."""


def explain(expression: Expression, scope: Scope, readers: Readers) -> str:
    """One line: ``value >= 20 is FALSE: value is 12``, or ``TRUE`` if there is nothing to explain."""
    if value_of(expression.node, scope, readers) is True:
        return "TRUE"
    clauses = list(_culprits(expression.node, scope, readers, wanted=True))
    said = [_said(clause, scope, readers) for clause in clauses[:MOST_CLAUSES]]
    more = len(clauses) - MOST_CLAUSES
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


def _culprits(node: Node, scope: Scope, readers: Readers, *, wanted: bool) -> Iterator[Node]:
    """The clauses that keep the node from being TRUE (``wanted``) or FALSE.

    Where one clause is enough, it is the first one that is decided (FALSE rather than NULL); else it is all of them.
    """
    match node:
        case Not():
            yield from _culprits(node.operand, scope, readers, wanted=not wanted)
        case And() | Or() if isinstance(node, And) is wanted:
            values = [(operand, value_of(operand, scope, readers)) for operand in node.operands]
            against = [operand for operand, value in values if value is (not wanted)]
            against += [operand for operand, value in values if value is None]
            yield from _culprits(against[0], scope, readers, wanted=wanted)
        case And() | Or():
            for operand in node.operands:
                if value_of(operand, scope, readers) is not wanted:
                    yield from _culprits(operand, scope, readers, wanted=wanted)
        case _:
            yield node


def _said(clause: Node, scope: Scope, readers: Readers) -> str:
    value = value_of(clause, scope, readers)
    seen = dict.fromkeys(part for part in walk(clause) if isinstance(part, Read | LocalPart) and part != clause)
    values = [f"{sql_of(part)} is {_shown(value_of(part, scope, readers))}" for part in seen]
    values += [_instants(part, scope) for part in dict.fromkeys(walk(clause)) if isinstance(part, Happened)]
    return f"{sql_of(clause)} is {literal(value)}" + (f": {', '.join(values)}" if values else "")


def _shown(value: Value) -> str:
    """The value as SQL writes it; of a list the first items."""
    if not isinstance(value, tuple) or len(value) <= MOST_ITEMS:
        return literal(value)
    return f"{literal(value[:MOST_ITEMS])} and {len(value) - MOST_ITEMS} more"


def _instants(node: Happened, scope: Scope) -> str:
    if node.span is None and scope.entry is None:
        return "there is no run, so no entry"
    before = [at for at in scope.profile.lasts.get(node.event, []) if at <= scope.at]
    name = literal(Constant(node.event).value)
    return (
        f"{name} last happened {scope.at - before[-1]} ms before" if before else f"{name} is not known to have happened"
    )
