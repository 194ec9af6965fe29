"""What a condition can come to where only some of what it reads is known."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from opportune.features.expression import And, Expression, Happened, IsNull, LocalPart, Node, Not, Or, Read, walk
from opportune.features.interpret import value_of
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.units import Scalar

Truth: TypeAlias = bool | None
_ANY: Final[frozenset[Truth]] = frozenset({True, False, None})


class Known(Struct, frozen=True):
    """What is known of an event, or of a user, without having seen one."""

    properties: Mapping[str, Scalar] = {}
    """By name, those of which the value is known."""
    traits: Mapping[str, Scalar] = {}
    open: frozenset[str] | None = None
    """The other properties that the event has, with a value that is not known; None: it may have any."""


def may_be_true(expression: Expression | None, known: Known) -> bool:
    """Whether the condition may be TRUE; without one it is."""
    return expression is None or True in outcomes(expression.node, known)


def may_be_untrue(expression: Expression, known: Known) -> bool:
    """Whether the condition may be FALSE or NULL."""
    return outcomes(expression.node, known) != {True}


def outcomes(node: Node, known: Known) -> frozenset[Truth]:
    """All that a condition may come to; too many rather than too few, for its parts are taken one by one."""
    if all(_is_known(each, known) for each in walk(node)):
        traits = {name: [Stated(0, 0, value)] for name, value in known.traits.items()}
        value = value_of(node, Scope(Profile(traits, {}, [], {}), 0, properties=known.properties), {})
        return frozenset({value if isinstance(value, bool) else None})
    match node:
        case And(operands):
            return _combined((outcomes(each, known) for each in operands), decides=False)
        case Or(operands):
            return _combined((outcomes(each, known) for each in operands), decides=True)
        case Not(operand):
            return frozenset(None if each is None else not each for each in outcomes(operand, known))
        case IsNull():
            return frozenset({True, False})
        case _:
            return _ANY


def _combined(operands: Iterable[frozenset[Truth]], *, decides: bool) -> frozenset[Truth]:
    """Of all of them: what decides, if one comes to it, else NULL, if one does, else the other."""
    parts = list(operands)
    found = set[Truth]()
    if any(decides in each for each in parts):
        found.add(decides)
    if all((not decides) in each for each in parts):
        found.add(not decides)
    if any(None in each for each in parts) and all(each - {decides} for each in parts):
        found.add(None)
    return frozenset(found)


def _is_known(node: Node, known: Known) -> bool:
    match node:
        case Read(source="property", path=path):
            return path in known.properties or (known.open is not None and path not in known.open)
        case Read(source="trait", path=path):
            return path in known.traits
        case Read(source="name", path=path):
            return known.properties.get(path) is not None
        case Read() | Happened() | LocalPart():
            return False
        case _:
            return True
