"""What an expression looks at and what it is given: the leaves of its tree that are more than a path."""

from sqlglot import exp

from opportune.errors import ConditionError
from opportune.features.expression import Constant, Happened, LocalPart, kind_of_value
from opportune.features.kinds import Slot
from opportune.features.sql_closed import PARTS, number_from, since_of
from opportune.features.sql_terms import Term
from opportune.features.sql_words import FUNCTIONS_SAID


def constant_of(sql: exp.Expr, place: int) -> Term:
    """A value as written."""
    value: bool | int | float | str | None
    match sql:
        case exp.Null():
            value = None
        case exp.Boolean():
            value = bool(sql.this)
        case exp.Literal(is_string=True):
            value = str(sql.this)
        case _:
            value = number_from(str(sql.this), place)
    return Term(Constant(value), Slot(kind_of_value(value)), place)


def happened_of(sql: exp.Expr, place: int) -> Term:
    """EXISTS with its event and its span; raises ConditionError."""
    name, since = sql.this, sql.expression
    if not (isinstance(name, exp.Literal) and name.is_string and str(name.this)):
        reason = "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)"
        raise ConditionError(reason, position=place)
    if not (isinstance(since, exp.Kwarg) and since.this.name.lower() == "since"):
        reason = f"EXISTS needs to know since when: EXISTS('{name.this}', since => entry) or since => '2 days'"
        raise ConditionError(reason, position=place)
    return Term(Happened(str(name.this), since_of(since.expression)), Slot("boolean"), place)


def local_part_of(sql: exp.Expr, place: int) -> Term:
    """A part of what the user's clock shows; raises ConditionError for another function."""
    name = str(sql.this).lower()
    if name not in PARTS:
        raise ConditionError(f"unknown function {sql.this}(); there are {FUNCTIONS_SAID}", position=place)
    if [each.sql() for each in sql.expressions] != ["at"]:
        reason = f"write {name}(at): it reads the user's own clock at the instant that is asked about"
        raise ConditionError(reason, position=place)
    return Term(LocalPart(PARTS[name]), Slot("number"), place)
