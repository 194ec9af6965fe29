"""What the SQL parser may hand over: the closed list of its nodes, and of the arguments each of them may carry."""

import re
from collections.abc import Mapping
from math import isfinite

from sqlglot import exp

from opportune.errors import ConditionError, UnitError
from opportune.features.expression import Comparison, Function, Operator, Part, Source
from opportune.features.values import MOST_WHOLE
from opportune.units import Millis, span_of

MOST_PARTS = 8
"""The longest dotted path."""
PARTS: Mapping[str, Part] = {"local_hour": "hour", "local_weekday": "weekday"}
SOURCES: Mapping[str, Source] = {
    "properties": "property", "traits": "trait", "context": "context", "features": "feature",
}  # fmt: skip
COMPARISONS: Mapping[type[exp.Expr], Comparison] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
OPERATORS: Mapping[type[exp.Expr], Operator] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
FUNCTIONS: Mapping[type[exp.Expr], Function] = {
    exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Least: "least", exp.Greatest: "greatest",
    exp.Lower: "lower", exp.Upper: "upper", exp.Length: "length",
}  # fmt: skip
_ARGUMENTS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Anonymous: frozenset({"this", "expressions"}),
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
    exp.Dot: frozenset({"this", "expression"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: frozenset({"this"}),
    exp.Null: frozenset(),
    exp.Paren: frozenset({"this"}),
    exp.Not: frozenset({"this"}),
    exp.Neg: frozenset({"this"}),
    exp.And: frozenset({"this", "expression"}),
    exp.Or: frozenset({"this", "expression"}),
    exp.Is: frozenset({"this", "expression"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true"}),
    exp.Contains: frozenset({"this", "expression"}),
    exp.Exists: frozenset({"this", "expression"}),
    exp.Least: frozenset({"this", "expressions", "ignore_nulls"}),
    exp.Greatest: frozenset({"this", "expressions", "ignore_nulls"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    **{kind: frozenset({"this", "expression"}) for kind in (*COMPARISONS, *OPERATORS, exp.Nullif)},
    **{kind: frozenset({"this"}) for kind in (exp.Lower, exp.Upper, exp.Length)},
}
_REMEDIES: Mapping[type[exp.Expr], str] = {
    exp.Alias: "there is an operator or a comma missing before it",
    exp.Concat: "there is an operator or a comma missing between two texts",
    exp.ILike: "write lower(x) LIKE 'pattern'",
    exp.Escape: "LIKE knows % and _ only, without ESCAPE",
    exp.RegexpLike: "write LIKE with % and _",
    exp.SimilarTo: "write LIKE with % and _",
    exp.Select: "an expression reads one user; declare what you need as a feature",
    exp.Subquery: "an expression reads one user; declare what you need as a feature",
    exp.Window: "windows belong into a feature; read that feature here",
    exp.Filter: "windows belong into a feature; read that feature here",
    exp.Cast: "there are no casts; a property takes the type its use asks for",
    exp.Interval: "spans are written as text, such as since => '2 days'",
    exp.NullSafeEQ: "write = and IS NULL",
    exp.NullSafeNEQ: "write <> and IS NULL",
    exp.Tuple: "lists stand only after IN",
    exp.Distinct: "DISTINCT belongs into a feature",
    exp.Kwarg: "only EXISTS has a named argument: since => ...",
}

_ARGUMENT_REMEDIES: Mapping[tuple[type[exp.Expr], str], str] = {
    (exp.Contains, "json_scope"): "contains takes a list and one value",
    (exp.In, "query"): "IN takes a list of constants; declare what you need as a feature",
    (exp.In, "field"): "IN takes a list of constants in parentheses",
}


def check_arguments(sql: exp.Expr) -> None:
    """Raises ConditionError for a node, or an argument of a node, that is not on the list."""
    allowed = _ARGUMENTS.get(type(sql))
    if allowed is None:
        remedy = _REMEDIES.get(type(sql), "it is no part of the condition language")
        at_fault = sql.args["alias"] if isinstance(sql, exp.Alias) else sql
        raise ConditionError(f"{_shown(at_fault)} cannot be used: {remedy}", position=place_of(at_fault))
    for name, value in sql.args.items():
        if name not in allowed and value not in (None, False, []):
            remedy = _ARGUMENT_REMEDIES.get((type(sql), name), f"{name} is no part of the condition language")
            raise ConditionError(f"{_shown(sql)} cannot be used: {remedy}", position=place_of(sql))


def _shown(sql: exp.Expr) -> str:
    return repr(sql.sql("duckdb"))


def place_of(sql: exp.Expr) -> int:
    """Where the text of this node begins; of a word without its own place (NULL, TRUE): where its parent begins."""
    outer: exp.Expr | None = sql
    while outer is not None:
        starts = [int(start) for part in outer.walk() if (start := part.meta.get("start")) is not None]
        if starts:
            return min(starts)
        outer = outer.parent
    return 0


def around(sql: exp.Expr) -> exp.Expr | None:
    """What the node is an operand of, whatever parentheses are between them."""
    outer = sql.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    return outer


def since_of(sql: exp.Expr) -> Millis | None:
    """The span of ``since => '2 days'``; None for ``since => entry``."""
    if isinstance(sql, exp.Column) and sql.sql() == "entry":
        return None
    if not (isinstance(sql, exp.Literal) and sql.is_string):
        raise ConditionError("since is entry, or a span in quotes such as '2 days'", position=place_of(sql))
    try:
        return span_of(str(sql.this))
    except UnitError as error:
        remedy = "; without quotes entry is the entry of the run" if str(sql.this) == "entry" else ""
        raise ConditionError(f"since: {error}{remedy}", position=place_of(sql)) from None


def number_from(digits: str, position: int) -> int | float:
    """The number as written; raises ConditionError if no 64-bit float is that whole number, or near that fraction."""
    if re.fullmatch(r"-?\d+", digits):
        if len(digits) > 20 or not -MOST_WHOLE <= int(digits) <= MOST_WHOLE:
            reason = f"a whole number is at most {MOST_WHOLE:,}; an id is a text, in quotes"
            raise ConditionError(reason, position=position)
        return int(digits)
    try:
        number = float(digits)
    except ValueError:
        raise ConditionError(f"{digits!r} is no number; write for example 0.5", position=position) from None
    if not isfinite(number):
        raise ConditionError("a number is at most about 1.8e308", position=position)
    return number


def path_of(sql: exp.Expr, place: int) -> list[str]:
    """The names of a dotted path, from the left."""
    parts: list[str] = []
    rest: exp.Expr | None = sql
    while isinstance(rest, exp.Dot):
        parts.append(_part(rest.expression, place))
        rest = rest.this
    if not isinstance(rest, exp.Column):
        raise ConditionError("a path is names with dots between them, such as properties.cart.value", position=place)
    parts += [_part(rest.args[name], place) for name in ("this", "table", "db", "catalog") if rest.args.get(name)]
    if len(parts) > MOST_PARTS:
        raise ConditionError(f"a path has at most {MOST_PARTS} names, not {len(parts)}", position=place)
    return parts[::-1]


def _part(sql: exp.Expr, place: int) -> str:
    if not isinstance(sql, exp.Identifier) or not str(sql.this):
        reason = 'a path is names with dots between them; put other names into double quotes, such as properties."2nd"'
        raise ConditionError(reason, position=place)
    return str(sql.this)
