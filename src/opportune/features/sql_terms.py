"""What has been read of an SQL text so far, and what two such things together can never mean."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from opportune.errors import ConditionError
from opportune.features.expression import Comparison, Constant, Node
from opportune.features.interpret import compared
from opportune.features.kinds import Slot, is_digits
from opportune.features.sql_text import sql_of

_COMPOSED = re.compile(r"[_\d]")
"""What names of features have and single words do not."""
_DIGITS = re.compile(r"\d+")
MOST_SLIPS = 3
"""Letters by which a misspelt name is longer or shorter, or that come before its slip."""
MOST_ALIKE = 30
"""Features that a name is held against letter by letter."""


class Term(NamedTuple):
    """A node that has been read, what is known of its kind, and where it stands."""

    node: Node
    slot: Slot
    position: int


def said_of(term: Term) -> str:
    """The term as SQL, as an error names it."""
    return sql_of(term.node)


def refuse_null(operator: Comparison, left: Term, right: Term) -> None:
    """Raises ConditionError for a comparison with NULL."""
    for side, other in ((right, left), (left, right)):
        if side.node == Constant(None):
            remedy = "IS NOT NULL" if operator == "<>" else "IS NULL"
            reason = f"a comparison with NULL is never true; say {said_of(other)} {remedy}"
            raise ConditionError(reason, position=side.position)


def refuse_constants(operator: Comparison, left: Term, right: Term) -> None:
    """What could never be true, and texts of digits where an order is asked for, which are not ordered as numbers."""
    values = [term.node.value for term in (left, right) if isinstance(term.node, Constant)]
    if len(values) == 2 and compared(operator, values[0], values[1]) is not True:
        said = f"{said_of(left)} {operator} {said_of(right)}"
        raise ConditionError(f"{said} can never be true; compare with a name", position=left.position)
    for term in (left, right):
        if operator not in ("=", "<>") and isinstance(term.node, Constant) and is_digits(said_of(term)):
            said = said_of(term)
            reason = f"{said} is a text, and texts have another order than numbers; write {said[1:-1]} without quotes"
            raise ConditionError(reason, position=term.position)


def refuse_near(name: str, features: Iterable[str], position: int) -> None:
    """Raises ConditionError for a bare name that is almost a feature's: as a property it would be NULL for ever.

    Another span is another name: ``orders_30d`` is no misspelt ``orders_90d``.
    """
    if not _COMPOSED.search(name):
        return
    alike = [each for each in features if abs(len(each) - len(name)) <= MOST_SLIPS and _COMPOSED.search(each)]
    alike = [each for each in alike if _DIGITS.findall(each) == _DIGITS.findall(name)]
    alike.sort(key=lambda each: each[:MOST_SLIPS] != name[:MOST_SLIPS])
    close = get_close_matches(name, alike[:MOST_ALIKE], n=1, cutoff=0.85)
    if close:
        reason = f"unknown feature {name}; did you mean {close[0]}? a property of that name is properties.{name}"
        raise ConditionError(reason, position=position)
