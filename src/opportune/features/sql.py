"""SQL text into our own closed tree; what is not listed here, node by node and argument by argument, is refused.

Importing this module takes long (it brings the SQL parser), so it is imported only where a text is read.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError

from opportune.errors import ConditionError, UnitError
from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Branch,
    Call,
    Case,
    Compare,
    Comparison,
    Constant,
    Expression,
    Function,
    Happened,
    IsNull,
    Kind,
    Like,
    Negative,
    Node,
    Not,
    Operator,
    Or,
    Read,
    Source,
    kind_of,
    kind_of_value,
)
from opportune.features.interpret import compared
from opportune.features.kinds import Kinds, Slot, named, require
from opportune.features.sql_text import sql_of
from opportune.features.sql_words import MOST_DEPTH, MOST_NODES, nearest, words_of
from opportune.features.values import LEAST_INTEGER, MOST_INTEGER
from opportune.units import span_of

MOST_PARTS = 8
"""The longest dotted path."""
_SOURCES: Mapping[str, Source] = {
    "properties": "property", "traits": "trait", "context": "context", "features": "feature",
}  # fmt: skip
_COMPARISONS: Mapping[type[exp.Expr], Comparison] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_OPERATORS: Mapping[type[exp.Expr], Operator] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_FUNCTIONS: Mapping[type[exp.Expr], Function] = {
    exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Least: "least", exp.Greatest: "greatest",
    exp.Lower: "lower", exp.Upper: "upper", exp.Length: "length",
}  # fmt: skip
_ARGUMENTS: Mapping[type[exp.Expr], frozenset[str]] = {
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
    exp.Exists: frozenset({"this", "expression"}),
    exp.Least: frozenset({"this", "expressions", "ignore_nulls"}),
    exp.Greatest: frozenset({"this", "expressions", "ignore_nulls"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    **{kind: frozenset({"this", "expression"}) for kind in (*_COMPARISONS, *_OPERATORS, exp.Nullif)},
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


class Term(NamedTuple):
    """A node that has been read, what is known of its kind, and where it stands."""

    node: Node
    slot: Slot
    position: int


def read(text: str, *, features: Mapping[str, Kind], allows_event: bool, wanted: Kind) -> Expression:
    """The text as an Expression of the wanted kind (``unknown``: any); raises ConditionError."""
    parsed = _parsed(text)
    first = _Builder(Kinds({}), features, allows_event=allows_event, is_final=False)
    first.top(parsed, wanted)
    final = _Builder(Kinds(first.kinds.settled()), features, allows_event=allows_event, is_final=True)
    node = final.top(parsed, wanted).node
    return Expression(text, node, kind_of(node))


def _parsed(text: str) -> exp.Expr:
    """The parser's tree of a text whose words have all been checked."""
    tokens = words_of(text)
    try:
        trees = DuckDB().parser().parse(tokens, text)
    except ParseError as error:
        raise _syntax_error(text, error) from None
    (tree,) = trees
    if tree is None:
        raise ConditionError("the expression is empty; write for example value >= 20")
    return tree


def _syntax_error(text: str, error: ParseError) -> ConditionError:
    found = error.errors[0]
    lines = text.split("\n")
    line, column = int(found.get("line") or 1), int(found.get("col") or 0)
    said = str(found.get("highlight") or "")
    position = sum(len(before) + 1 for before in lines[: line - 1]) + max(column - len(said), 0)
    near = f"at {said!r}" if said else "at its end"
    reason = f"the expression cannot be read {near}: an operand, a word or a parenthesis is missing or too many"
    return ConditionError(reason, position=min(position, max(len(text) - 1, 0)))


def _place(sql: exp.Expr) -> int:
    """Where the text of this node begins."""
    starts = [int(start) for part in sql.walk() if (start := part.meta.get("start")) is not None]
    return min(starts, default=0)


def _said(term: Term) -> str:
    return sql_of(term.node)


class _Builder:
    """One reading of a parser's tree. It is read twice: first to learn the kinds, then to build with them."""

    def __init__(self, kinds: Kinds, features: Mapping[str, Kind], *, allows_event: bool, is_final: bool) -> None:
        self.kinds = kinds
        self._features = features
        self._allows_event = allows_event
        self._is_final = is_final
        self._nodes = 0
        self._depth = 0

    def top(self, sql: exp.Expr, wanted: Kind) -> Term:
        """The whole expression."""
        term = self._term(sql)
        if wanted != "unknown":
            because = "a condition is" if wanted == "boolean" else "this must be"
            require(term.slot, wanted, said=_said(term), because=because, position=term.position)
        return term

    def _term(self, sql: exp.Expr) -> Term:
        self._nodes += not isinstance(sql, exp.Paren)
        if self._nodes > MOST_NODES:
            reason = f"an expression has at most {MOST_NODES} parts; make parts of it features"
            raise ConditionError(reason, position=_place(sql))
        if self._depth >= MOST_DEPTH:
            reason = f"nested more than {MOST_DEPTH} deep; make parts of it features"
            raise ConditionError(reason, position=_place(sql))
        self._check_arguments(sql)
        self._depth += 1
        term = self._dispatch(sql)
        self._depth -= 1
        return term

    def _check_arguments(self, sql: exp.Expr) -> None:
        allowed = _ARGUMENTS.get(type(sql))
        if allowed is None:
            remedy = _REMEDIES.get(type(sql), "it is no part of the condition language")
            raise ConditionError(f"{sql.sql('duckdb')!r} cannot be used: {remedy}", position=_place(sql))
        for name, value in sql.args.items():
            if name not in allowed and value not in (None, False, []):
                reason = f"{sql.sql('duckdb')!r} cannot be used: {name} is no part of the condition language"
                raise ConditionError(reason, position=_place(sql))

    def _dispatch(self, sql: exp.Expr) -> Term:
        place = _place(sql)
        match sql:
            case exp.Paren():
                return self._term(sql.this)
            case exp.Literal() | exp.Boolean() | exp.Null():
                return self._constant(sql, place)
            case exp.Column() | exp.Dot():
                return self._read(sql, place)
            case exp.And() | exp.Or():
                return self._junction(sql, place)
            case exp.Not():
                operand = self._boolean(sql.this, "NOT needs")
                return Term(Not(operand.node), Slot("boolean"), place)
            case exp.Neg():
                return self._negative(sql, place)
            case exp.Is():
                return self._is_null(sql, place)
            case exp.In():
                return self._among(sql, place)
            case exp.Between():
                return self._between(sql, place)
            case exp.Like():
                return self._like(sql, place)
            case exp.Case():
                return self._case(sql, place)
            case exp.Exists():
                return self._exists(sql, place)
            case _ if type(sql) in _COMPARISONS:
                left, right = self._term(sql.this), self._term(sql.expression)
                return self._compare(_COMPARISONS[type(sql)], left, right)
            case _ if type(sql) in _OPERATORS:
                return self._arithmetic(sql, place)
            case _:
                return self._call(sql, place)

    def _constant(self, sql: exp.Expr, place: int) -> Term:
        value: bool | int | float | str | None
        match sql:
            case exp.Null():
                value = None
            case exp.Boolean():
                value = bool(sql.this)
            case exp.Literal(is_string=True):
                value = str(sql.this)
            case _:
                value = _number(str(sql.this), place)
        return Term(Constant(value), Slot(kind_of_value(value)), place)

    def _negative(self, sql: exp.Expr, place: int) -> Term:
        if isinstance(sql.this, exp.Literal) and not sql.this.is_string:
            value = _number("-" + str(sql.this.this), place)
            return Term(Constant(value), Slot("number"), place)
        operand = self._term(sql.this)
        self._number_operand(operand, "-")
        return Term(Negative(operand.node), Slot("number"), place)

    def _read(self, sql: exp.Expr, place: int) -> Term:
        parts = _path(sql, place)
        first, rest = parts[0], parts[1:]
        if first in _SOURCES:
            return self._explicit(first, rest, place)
        if not rest:
            return self._bare(first, place)
        guess = nearest(first.lower(), tuple(_SOURCES), cutoff=0.75)
        if guess:
            raise ConditionError(f"unknown beginning {first}.{guess}", position=place)
        return self._reading("name", ".".join(parts), place)

    def _explicit(self, first: str, rest: list[str], place: int) -> Term:
        path = ".".join(rest)
        if not path:
            raise ConditionError(f"{first} needs a name behind it, such as {first}.value", position=place)
        if _SOURCES[first] == "feature" and path not in self._features:
            guess = nearest(path, sorted(self._features)) or "; no feature of that name is declared"
            raise ConditionError(f"unknown feature {path}{guess}", position=place)
        return self._reading(_SOURCES[first], path, place)

    def _bare(self, name: str, place: int) -> Term:
        if name in self._features:
            return self._reading("feature", name, place)
        if name != "event":
            return self._reading("name", name, place)
        if not self._allows_event:
            reason = "event is known only in features; a property of that name is properties.event"
            raise ConditionError(reason, position=place)
        return self._reading("event", "event", place)

    def _reading(self, source: Source, path: str, place: int) -> Term:
        declared = self._features[path] if source == "feature" else "text" if source == "event" else "unknown"
        slot = self.kinds.of(source, path, declared)
        return Term(Read(source, path, slot.kind), slot, place)

    def _junction(self, sql: exp.Expr, place: int) -> Term:
        """Chains of AND (or of OR) become one node, however many operands they have."""
        kind = type(sql)
        parts: list[exp.Expr] = []
        rest: exp.Expr = sql
        while type(rest) is kind:
            self._check_arguments(rest)
            parts.append(rest.expression)
            rest = rest.this
        parts.append(rest)
        word = "AND" if kind is exp.And else "OR"
        operands = tuple(self._boolean(part, f"{word} needs").node for part in reversed(parts))
        return Term(And(operands) if kind is exp.And else Or(operands), Slot("boolean"), place)

    def _boolean(self, sql: exp.Expr, because: str) -> Term:
        term = self._term(sql)
        require(term.slot, "boolean", said=_said(term), because=because, position=term.position)
        return term

    def _is_null(self, sql: exp.Expr, place: int) -> Term:
        operand = self._term(sql.this)
        if not isinstance(sql.expression, exp.Null):
            said = _said(operand)
            raise ConditionError(f"IS is followed by NULL or NOT NULL; write {said} = ... instead", position=place)
        if isinstance(operand.node, Constant):
            raise ConditionError(f"{_said(operand)} is a constant: asking for NULL says nothing", position=place)
        return Term(IsNull(operand.node), Slot("boolean"), place)

    def _compare(self, operator: Comparison, left: Term, right: Term) -> Term:
        node = Compare(operator, left.node, right.node)
        for side, other in ((right, left), (left, right)):
            if side.node == Constant(None):
                opposite = "IS NOT NULL" if operator == "<>" else "IS NULL"
                reason = f"a comparison with NULL is never true; say {_said(other)} {opposite}"
                raise ConditionError(reason, position=side.position)
        self._agree(left, right, f"{operator} compares")
        kind = left.slot.kind
        if kind == "boolean" and operator not in ("=", "<>"):
            raise ConditionError(
                f"TRUE and FALSE have no order; {operator} needs numbers or texts", position=left.position
            )
        if kind == "unknown" and self._is_final:
            one, two = _said(left), _said(right)
            reason = (
                f"{one} and {two} could be numbers or texts: write {one} + 0 {operator} {two} for numbers, "
                f"coalesce({one}, '') {operator} {two} for texts"
            )
            raise ConditionError(reason, position=left.position)
        if isinstance(left.node, Constant) and isinstance(right.node, Constant):
            if compared(operator, left.node.value, right.node.value) is not True:
                raise ConditionError(f"{sql_of(node)} can never be true", position=left.position)
        return Term(node, Slot("boolean"), left.position)

    def _agree(self, left: Term, right: Term, because: str) -> None:
        """Both must be one kind; the error is placed at the constant, else at the right side."""
        if left.slot.agree(right.slot):
            return
        at_fault, other = (left, right) if isinstance(left.node, Constant) else (right, left)
        require(
            at_fault.slot, other.slot.kind, position=at_fault.position, said=_said(at_fault),
            because=f"{because} {_said(other)}, which is {named(other.slot.kind)}, with",
        )  # fmt: skip

    def _number_operand(self, term: Term, operator: str) -> None:
        if term.node == Constant(None):
            raise ConditionError(f"NULL with {operator} is always NULL; write a number", position=term.position)
        require(term.slot, "number", said=_said(term), because=f"{operator} needs", position=term.position)

    def _arithmetic(self, sql: exp.Expr, place: int) -> Term:
        operator = _OPERATORS[type(sql)]
        left, right = self._term(sql.this), self._term(sql.expression)
        self._number_operand(left, operator)
        self._number_operand(right, operator)
        if operator == "/" and isinstance(right.node, Constant) and right.node.value == 0:
            raise ConditionError("a division by 0 is always NULL; write another divisor", position=right.position)
        return Term(Arithmetic(operator, left.node, right.node), Slot("number"), place)

    def _among(self, sql: exp.Expr, place: int) -> Term:
        operand = self._term(sql.this)
        values: list[bool | int | float | str] = []
        for item in sql.expressions:
            term = self._term(item)
            if not isinstance(term.node, Constant):
                raise ConditionError(f"IN takes constants; write = and OR for {_said(term)}", position=term.position)
            if term.node.value is None:
                reason = f"NULL in a list is never equal; say {_said(operand)} IS NULL"
                raise ConditionError(reason, position=term.position)
            self._agree(operand, term, "IN compares")
            values.append(term.node.value)
        if not values:
            raise ConditionError("IN needs a list of constants in parentheses, such as IN ('a', 'b')", position=place)
        if isinstance(operand.node, Constant):
            raise ConditionError(f"{_said(operand)} is a constant; IN needs a name on its left", position=place)
        return Term(Among(operand.node, tuple(values)), Slot("boolean"), place)

    def _between(self, sql: exp.Expr, place: int) -> Term:
        operand, low, high = self._term(sql.this), self._term(sql.args["low"]), self._term(sql.args["high"])
        self._compare(">=", operand, low)
        self._compare("<=", operand, high)
        if isinstance(low.node, Constant) and isinstance(high.node, Constant):
            if compared("<=", low.node.value, high.node.value) is not True:
                reason = f"BETWEEN {_said(low)} AND {_said(high)} can never be true; the smaller one comes first"
                raise ConditionError(reason, position=low.position)
        return Term(Between(operand.node, low.node, high.node), Slot("boolean"), place)

    def _like(self, sql: exp.Expr, place: int) -> Term:
        operand = self._term(sql.this)
        require(operand.slot, "text", said=_said(operand), because="LIKE needs", position=operand.position)
        pattern = sql.expression
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            raise ConditionError("LIKE needs a pattern in quotes, such as LIKE 'blue%'", position=_place(pattern))
        if isinstance(operand.node, Constant):
            raise ConditionError(f"{_said(operand)} is a constant; LIKE needs a name on its left", position=place)
        node = Like(operand.node, str(pattern.this))
        return Term(Not(node) if sql.args.get("negate") else node, Slot("boolean"), place)

    def _case(self, sql: exp.Expr, place: int) -> Term:
        subject = None if sql.this is None else self._term(sql.this)
        slot = Slot("unknown")
        branches: list[Branch] = []
        for branch in sql.args["ifs"]:
            self._check_arguments(branch)
            if subject is None:
                when = self._boolean(branch.this, "WHEN needs")
            else:
                when = self._compare("=", subject, self._term(branch.this))
            then = self._same(slot, branch.args["true"], "CASE")
            branches.append(Branch(when.node, then.node))
        default = sql.args.get("default")
        otherwise = Constant(None) if default is None else self._same(slot, default, "CASE").node
        return Term(Case(tuple(branches), otherwise, slot.kind), slot, place)

    def _same(self, slot: Slot, sql: exp.Expr, said: str) -> Term:
        """One of several values that must all be of one kind."""
        term = self._term(sql)
        if not slot.agree(term.slot):
            reason = f"the values of {said} are {named(slot.kind)}, but {_said(term)} is {named(term.slot.kind)}"
            raise ConditionError(f"{reason}; they must be of one kind", position=term.position)
        return term

    def _call(self, sql: exp.Expr, place: int) -> Term:
        function = _FUNCTIONS[type(sql)]
        given = [sql.this, *([sql.expression] if function == "nullif" else sql.expressions)]
        if function in ("lower", "upper", "length"):
            term = self._term(sql.this)
            require(term.slot, "text", said=_said(term), because=f"{function} needs", position=term.position)
            slot = Slot("number" if function == "length" else "text")
            return Term(Call(function, (term.node,), slot.kind), slot, place)
        if len(given) < 2:
            raise ConditionError(f"{function} needs two values or more", position=place)
        slot = Slot("unknown")
        terms = [self._same(slot, argument, function) for argument in given]
        if function != "coalesce":
            self._comparable(function, terms, slot)
        return Term(Call(function, tuple(term.node for term in terms), slot.kind), slot, place)

    def _comparable(self, function: Function, terms: list[Term], slot: Slot) -> None:
        for term in terms:
            if term.node == Constant(None):
                raise ConditionError(f"NULL in {function} says nothing; leave it out", position=term.position)
        if slot.kind == "unknown" and self._is_final:
            said = _said(terms[0])
            reason = f"{said} could be a number or a text: write {said} + 0 for numbers, coalesce({said}, '') for texts"
            raise ConditionError(reason, position=terms[0].position)
        if slot.kind == "boolean" and function != "nullif":
            reason = f"TRUE and FALSE have no order; {function} needs numbers or texts"
            raise ConditionError(reason, position=terms[0].position)

    def _exists(self, sql: exp.Expr, place: int) -> Term:
        name, since = sql.this, sql.expression
        if not (isinstance(name, exp.Literal) and name.is_string and str(name.this)):
            reason = "EXISTS needs an event's name in quotes, such as EXISTS('Order Completed', since => entry)"
            raise ConditionError(reason, position=place)
        if not (isinstance(since, exp.Kwarg) and since.this.name.lower() == "since"):
            reason = f"EXISTS needs to know since when: EXISTS('{name.this}', since => entry) or since => '2 days'"
            raise ConditionError(reason, position=place)
        return Term(Happened(str(name.this), _since(since.expression)), Slot("boolean"), place)


def _since(sql: exp.Expr) -> int | None:
    """The span of ``since => '2 days'``; None for ``since => entry``."""
    if isinstance(sql, exp.Column) and sql.sql() == "entry":
        return None
    if not (isinstance(sql, exp.Literal) and sql.is_string):
        raise ConditionError("since is entry, or a span in quotes such as '2 days'", position=_place(sql))
    try:
        return span_of(str(sql.this))
    except UnitError as error:
        remedy = "; without quotes entry is the entry of the run" if str(sql.this) == "entry" else ""
        raise ConditionError(f"since: {error}{remedy}", position=_place(sql)) from None


def _number(digits: str, position: int) -> int | float:
    """The number as written; raises ConditionError if it is no finite number of 64 bits."""
    if re.fullmatch(r"-?\d+", digits):
        if len(digits) > 20 or not LEAST_INTEGER <= int(digits) <= MOST_INTEGER:
            raise ConditionError("an integer has at most 64 bits; write it with fewer digits", position=position)
        return int(digits)
    number = float(digits)
    if not isfinite(number):
        raise ConditionError("a number is at most about 1.8e308", position=position)
    return number


def _path(sql: exp.Expr, place: int) -> list[str]:
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
