"""Conditions that can never be true, or say nothing: what stands together with AND and leaves no value over.

Whether clauses about the same thing leave one is tried out: a range of numbers or texts that is not empty has one of
its ends, or the next value beside it.
"""

from collections.abc import Iterator, Sequence
from math import inf, isfinite, nextafter

from opportune.errors import ConditionError
from opportune.features.expression import (
    Among,
    And,
    Between,
    Compare,
    Constant,
    Happened,
    IsNull,
    Kind,
    LocalPart,
    Node,
    Not,
    Or,
    Part,
    Read,
    children,
    kind_of,
    walk,
)
from opportune.features.interpret import compared
from opportune.features.sql_terms import Term, said_of
from opportune.features.sql_text import sql_of
from opportune.units import Scalar

MOST_WEIGHED = 64
"""With more constants than these about one thing nothing is tried out."""
_SHOWN: dict[Part, tuple[int, int]] = {"hour": (0, 23), "weekday": (1, 7)}


def refuse_never(clauses: Sequence[Term]) -> None:
    """Raises ConditionError for a clause that can never be true together with those before it, or at all."""
    told: dict[Node, list[Term]] = {}
    for clause in clauses:
        for part in _parts(clause):
            subject = _subject(part.node)
            if subject is not None and not (isinstance(subject, Read) and subject.source == "event"):
                told.setdefault(subject, []).append(part)
    for subject, parts in told.items():
        _refuse_empty(subject, parts)


def refuse_constant(word: str, term: Term) -> None:
    """Raises ConditionError for TRUE, FALSE or a comparison of constants as an operand of AND, OR, NOT or WHEN."""
    if isinstance(term.node, Constant):
        remedy = "leave it out" if (word == "AND") is term.node.value else "it decides alone"
        if word not in ("AND", "OR"):
            remedy = "write a comparison, such as value >= 20 or city = 'Oslo'"
        raise ConditionError(
            f"{said_of(term)} beside {word} says nothing about a user; {remedy}", position=term.position
        )


def refuse_unread(term: Term) -> None:
    """Raises ConditionError for a test of constants only."""
    if not any(isinstance(part, Read | Happened | LocalPart) for part in walk(term.node)):
        said = said_of(term)
        raise ConditionError(f"{said} is the same for every user; compare with a name", position=term.position)


def refuse_itself(operator: str, left: Term, right: Term) -> None:
    """Raises ConditionError for a comparison of something with itself."""
    if left.node == right.node and not isinstance(left.node, Constant):
        said = said_of(left)
        remedy = f"is true of all but NULL; write {said} IS NOT NULL"
        if operator in ("<>", "<", ">"):
            remedy = "can never be true; compare with something else"
        raise ConditionError(f"{said} {operator} {said} {remedy}", position=left.position)


def _parts(clause: Term) -> Iterator[Term]:
    if isinstance(clause.node, And):
        for operand in clause.node.operands:
            yield from _parts(Term(operand, clause.slot, clause.position))
    else:
        yield clause


def _refuse_empty(subject: Node, parts: list[Term]) -> None:
    left = list(_candidates(subject, parts))
    if not left:
        return
    for place, part in enumerate(parts):
        left = [value for value in left if _holds(part.node, subject, value) is True]
        if left:
            continue
        said = _conflict(subject, parts[: place + 1])
        remedy = "write OR for either" if place else _range_of(subject)
        raise ConditionError(f"{said} can never be true; {remedy}", position=part.position)


def _conflict(subject: Node, parts: list[Term]) -> str:
    """The last clause with the one before that it contradicts, or with all of them."""
    last = parts[-1]
    for other in parts[:-1]:
        if not any(
            _holds(other.node, subject, value) is True and _holds(last.node, subject, value) is True
            for value in _candidates(subject, parts)
        ):
            return f"{_operand(other)} AND {_operand(last)}"
    return " AND ".join(map(_operand, parts))


def _operand(term: Term) -> str:
    return f"({said_of(term)})" if isinstance(term.node, And | Or) else said_of(term)


def _range_of(subject: Node) -> str:
    if isinstance(subject, LocalPart):
        least, most = _SHOWN[subject.part]
        return f"{sql_of(subject)} is from {least} to {most}"
    return "no value fulfils it"


def _subject(node: Node) -> Node | None:
    """What the clause is about, if it is about one thing and nothing but constants."""
    match node:
        case Compare(_, left, right):
            return left if isinstance(right, Constant) else right if isinstance(left, Constant) else None
        case Among(operand) | IsNull(operand):
            return operand
        case Between(operand, Constant(), Constant()):
            return operand
        case Not(operand):
            return None if isinstance(operand, And | Or) else _subject(operand)
        case Or(operands) if not any(isinstance(operand, And | Or) for operand in operands):
            subjects = {_subject(operand) for operand in operands}
            return subjects.pop() if len(subjects) == 1 else None
        case And() | Or() | Constant():
            return None
        case _:
            return node


def _candidates(subject: Node, parts: Sequence[Term]) -> Iterator[Scalar]:
    """Values of which the clauses must leave one, or they leave none; nothing if there are too many to try."""
    if isinstance(subject, LocalPart):
        least, most = _SHOWN[subject.part]
        yield from range(least, most + 1)
        return
    constants = dict.fromkeys(value for part in parts for value in _constants(part.node))
    if len(constants) > MOST_WEIGHED:
        return
    yield None
    for value in constants:
        yield from _around(value)
    yield from _anywhere(_kind(subject, list(constants)))


def _kind(subject: Node, constants: list[Scalar]) -> Kind:
    """The kind as far as it is known; of what is only asked for NULL any value will do."""
    known = kind_of(subject)
    return known if known != "unknown" or not constants else kind_of(Constant(constants[0]))


def _constants(node: Node) -> Iterator[Scalar]:
    match node:
        case Constant(value):
            yield value
        case Among(_, values):
            yield from values
        case Compare() | Between() | Not() | Or():
            for child in children(node):
                yield from _constants(child)
        case _:
            return


def _around(value: Scalar) -> Iterator[Scalar]:
    yield value
    if isinstance(value, str):
        yield value + "\0"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (beside for beside in (nextafter(value, inf), nextafter(value, -inf)) if isfinite(beside))


def _anywhere(kind: Kind) -> tuple[Scalar, ...]:
    match kind:
        case "text":
            return ("",)
        case "boolean":
            return (True, False)
        case "list" | "number" | "unknown":
            return (0.5,)


def _holds(node: Node, subject: Node, value: Scalar) -> bool | None:
    """What the clause is if its subject has this value."""
    if node == subject:
        return value if isinstance(value, bool) else None
    match node:
        case Compare():
            return compared(node.operator, _side(node.left, value), _side(node.right, value))
        case Among():
            return None if value is None else any(compared("=", value, each) is True for each in node.values)
        case Between(_, Constant(low), Constant(high)):
            return _both(compared(">=", value, low), compared("<=", value, high))
        case Not():
            inner = _holds(node.operand, subject, value)
            return None if inner is None else not inner
        case Or():
            results = [_holds(operand, subject, value) for operand in node.operands]
            return True if True in results else None if None in results else False
        case _:  # only IS NULL is left
            return value is None


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if one is False or other is False else None if one is None or other is None else True


def _side(node: Node, value: Scalar) -> Scalar:
    return node.value if isinstance(node, Constant) else value
