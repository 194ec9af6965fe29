"""The parser's tree into our own, node by node, with a static kind for each.

A tree is built twice: first to learn the kinds from all uses, then with the kinds known.
"""

from collections.abc import Mapping

from sqlglot import exp

from opportune.errors import ConditionError
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
    Contains,
    Function,
    IsNull,
    Kind,
    Like,
    LocalPart,
    Negative,
    Not,
    Or,
    Read,
    Source,
)
from opportune.features.interpret import compared
from opportune.features.kinds import Kinds, Slot, conversion, named, require
from opportune.features.sql_closed import (
    COMPARISONS,
    FUNCTIONS,
    OPERATORS,
    SOURCES,
    around,
    check_arguments,
    number_from,
    path_of,
    place_of,
)
from opportune.features.sql_leaves import constant_of, happened_of, local_part_of
from opportune.features.sql_never import refuse_constant, refuse_itself, refuse_never, refuse_unread
from opportune.features.sql_terms import Term, refuse_constants, refuse_near, refuse_null, said_of
from opportune.features.sql_words import MOST_DEPTH, MOST_NODES, nearest

MOST_WEIGHED = 16
"""So many bare names of an expression are held against those of features."""


class Builder:
    """One reading of a parser's tree. It is read twice: first to learn the kinds, then to build with them."""

    def __init__(self, kinds: Kinds, features: Mapping[str, Kind], *, allows_event: bool, is_final: bool) -> None:
        self.kinds = kinds
        self._features = features
        self._allows_event = allows_event
        self._is_final = is_final
        self._nodes = 0
        self._depth = 0
        self._weighed: set[str] = set()

    def top(self, sql: exp.Expr, wanted: Kind) -> Term:
        """The whole expression."""
        term = self._term(sql)
        if term.node == Constant(None):
            raise ConditionError("NULL alone is never true and never a value; write TRUE, FALSE or a number")
        if wanted != "unknown":
            because = "a condition is" if wanted == "boolean" else "this must be"
            require(term.slot, wanted, said=said_of(term), because=because, position=term.position)
        return term

    def _term(self, sql: exp.Expr) -> Term:
        self._nodes += not isinstance(sql, exp.Paren)
        if self._nodes > MOST_NODES:
            reason = f"an expression has at most {MOST_NODES} parts; make parts of it features"
            raise ConditionError(reason, position=place_of(sql))
        if self._depth >= MOST_DEPTH:
            reason = f"nested more than {MOST_DEPTH} deep; make parts of it features"
            raise ConditionError(reason, position=place_of(sql))
        check_arguments(sql)
        self._depth += 1
        term = self._dispatch(sql)
        self._depth -= 1
        return term

    def _dispatch(self, sql: exp.Expr) -> Term:
        place = place_of(sql)
        match sql:
            case exp.Paren():
                return self._term(sql.this)
            case exp.Literal() | exp.Boolean() | exp.Null():
                return constant_of(sql, place)
            case exp.Column() | exp.Dot():
                return self._read(sql, place)
            case exp.And() | exp.Or():
                return self._junction(sql, place)
            case exp.Not():
                operand = self._boolean(sql.this, "NOT")
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
                return happened_of(sql, place)
            case exp.Contains():
                return self._contains(sql, place)
            case exp.Anonymous():
                return local_part_of(sql, place)
            case _ if type(sql) in COMPARISONS:
                left, right = self._term(sql.this), self._term(sql.expression)
                return self._compare(COMPARISONS[type(sql)], left, right)
            case _ if type(sql) in OPERATORS:
                return self._arithmetic(sql, place)
            case _:
                return self._call(sql, place)

    def _negative(self, sql: exp.Expr, place: int) -> Term:
        if isinstance(sql.this, exp.Literal) and not sql.this.is_string:
            value = number_from("-" + str(sql.this.this), place)
            return Term(Constant(value), Slot("number"), place)
        operand = self._term(sql.this)
        self._number_operand(operand, "-")
        return Term(Negative(operand.node), Slot("number"), place)

    def _read(self, sql: exp.Expr, place: int) -> Term:
        parts = path_of(sql, place)
        first, rest = parts[0], parts[1:]
        if first in SOURCES:
            return self._explicit(first, rest, place)
        if not rest:
            return self._bare(first, place, is_quoted=bool(sql.this.args.get("quoted")))
        guess = nearest(first.lower(), tuple(SOURCES), cutoff=0.75)
        if guess:
            raise ConditionError(f"unknown beginning {first}.{guess}", position=place)
        return self._reading("name", ".".join(parts), place)

    def _explicit(self, first: str, rest: list[str], place: int) -> Term:
        path = ".".join(rest)
        if not path:
            raise ConditionError(f"{first} needs a name behind it, such as {first}.value", position=place)
        if SOURCES[first] == "feature" and path not in self._features:
            guess = nearest(path, sorted(self._features)) or "; no feature of that name is declared"
            raise ConditionError(f"unknown feature {path}{guess}", position=place)
        return self._reading(SOURCES[first], path, place)

    def _bare(self, name: str, place: int, *, is_quoted: bool) -> Term:
        if name in self._features:
            return self._reading("feature", name, place)
        if name == "at" and not is_quoted:
            reason = "at stands only in local_hour(at) and local_weekday(at); a property of that name is properties.at"
            raise ConditionError(reason, position=place)
        if name != "event":
            if self._is_final and not self._allows_event and len(self._weighed) < MOST_WEIGHED:
                self._weighed.add(name)
                refuse_near(name, self._features, place)
            return self._reading("name", name, place)
        if not self._allows_event:
            reason = "event is known only in features; a property of that name is properties.event"
            raise ConditionError(reason, position=place)
        return self._reading("event", "event", place)

    def _reading(self, source: Source, path: str, place: int) -> Term:
        declared = self._features[path] if source == "feature" else "text" if source == "event" else "unknown"
        slot = self.kinds.of(source, path, declared)
        if slot.kind == "list" and source != "feature":
            reason = f"{path} is used as a list, but only features can be lists, such as TOP(3, category)"
            raise ConditionError(reason, position=place)
        return Term(Read(source, path, slot.kind), slot, place)

    def _junction(self, sql: exp.Expr, place: int) -> Term:
        """Chains of AND (or of OR) become one node, however many operands they have."""
        kind = type(sql)
        parts: list[exp.Expr] = []
        rest: exp.Expr = sql
        while type(rest) is kind:
            check_arguments(rest)
            parts.append(rest.expression)
            rest = rest.this
        parts.append(rest)
        word = "AND" if kind is exp.And else "OR"
        terms = [self._boolean(part, word) for part in reversed(parts)]
        operands = tuple(term.node for term in terms)
        if kind is exp.Or:
            return Term(Or(operands), Slot("boolean"), place)
        if self._is_final and not isinstance(around(sql), exp.And):
            refuse_never(terms)
        return Term(And(operands), Slot("boolean"), place)

    def _boolean(self, sql: exp.Expr, word: str) -> Term:
        """An operand of AND, OR, NOT or WHEN."""
        term = self._term(sql)
        require(term.slot, "boolean", said=said_of(term), because=f"{word} needs", position=term.position)
        refuse_constant(word, term)
        return term

    def _is_null(self, sql: exp.Expr, place: int) -> Term:
        operand = self._term(sql.this)
        if not isinstance(sql.expression, exp.Null):
            said = said_of(operand)
            raise ConditionError(f"IS is followed by NULL or NOT NULL; write {said} = ... instead", position=place)
        if isinstance(operand.node, Constant):
            raise ConditionError(f"{said_of(operand)} is a constant: asking for NULL says nothing", position=place)
        return Term(IsNull(operand.node), Slot("boolean"), place)

    def _compare(self, operator: Comparison, left: Term, right: Term) -> Term:
        node = Compare(operator, left.node, right.node)
        refuse_null(operator, left, right)
        self._agree(left, right, operator)
        kind = left.slot.kind
        if kind == "list":
            reason = f"lists cannot be compared; write contains({said_of(left)}, x)"
            raise ConditionError(reason, position=left.position)
        if kind == "boolean" and operator not in ("=", "<>"):
            raise ConditionError(
                f"TRUE and FALSE have no order; {operator} needs numbers or texts", position=left.position
            )
        if kind == "unknown" and self._is_final:
            one, two = said_of(left), said_of(right)
            reason = (
                f"{one} and {two} could be numbers or texts: write {one} + 0 {operator} {two} for numbers, "
                f"coalesce({one}, '') {operator} {two} for texts; what is a text itself stands in single quotes"
            )
            raise ConditionError(reason, position=left.position)
        refuse_constants(operator, left, right)
        refuse_itself(operator, left, right)
        return self._tested(Term(node, Slot("boolean"), left.position))

    def _tested(self, term: Term) -> Term:
        """A comparison, which must look at something and come out both ways."""
        refuse_unread(term)
        if self._is_final:
            refuse_never([term])
        return term

    def _agree(self, left: Term, right: Term, operator: str) -> None:
        """Both must be one kind; the error is placed at the constant, else at the right side."""
        if left.slot.agree(right.slot):
            return
        at_fault, other = (left, right) if isinstance(left.node, Constant) else (right, left)
        one, two = (f"{said_of(term)}, which is {named(term.slot.kind)}" for term in (other, at_fault))
        remedy = conversion(said_of(at_fault), at_fault.slot.kind, said_of(other), other.slot.kind)
        raise ConditionError(f"{operator} cannot compare {one}, with {two}; {remedy}", position=at_fault.position)

    def _number_operand(self, term: Term, operator: str) -> None:
        if term.node == Constant(None):
            raise ConditionError(f"NULL with {operator} is always NULL; write a number", position=term.position)
        require(term.slot, "number", said=said_of(term), because=f"{operator} needs", position=term.position)

    def _arithmetic(self, sql: exp.Expr, place: int) -> Term:
        operator = OPERATORS[type(sql)]
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
                raise ConditionError(f"IN takes constants; write = and OR for {said_of(term)}", position=term.position)
            if term.node.value is None:
                reason = f"NULL in a list is never equal; say {said_of(operand)} IS NULL"
                raise ConditionError(reason, position=term.position)
            self._agree(operand, term, "IN")
            if isinstance(operand.node, LocalPart):
                refuse_never([Term(Compare("=", operand.node, term.node), Slot("boolean"), term.position)])
            values.append(term.node.value)
        if not values:
            raise ConditionError("IN needs a list of constants in parentheses, such as IN ('a', 'b')", position=place)
        if isinstance(operand.node, Constant):
            raise ConditionError(f"{said_of(operand)} is a constant; IN needs a name on its left", position=place)
        return self._tested(Term(Among(operand.node, tuple(values)), Slot("boolean"), place))

    def _between(self, sql: exp.Expr, place: int) -> Term:
        operand, low, high = self._term(sql.this), self._term(sql.args["low"]), self._term(sql.args["high"])
        self._compare(">=", operand, low)
        self._compare("<=", operand, high)
        if isinstance(low.node, Constant) and isinstance(high.node, Constant):
            if compared("<=", low.node.value, high.node.value) is not True:
                reason = f"BETWEEN {said_of(low)} AND {said_of(high)} can never be true; the smaller one comes first"
                raise ConditionError(reason, position=low.position)
        return self._tested(Term(Between(operand.node, low.node, high.node), Slot("boolean"), place))

    def _like(self, sql: exp.Expr, place: int) -> Term:
        operand = self._term(sql.this)
        require(operand.slot, "text", said=said_of(operand), because="LIKE needs", position=operand.position)
        pattern = sql.expression
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            raise ConditionError("LIKE needs a pattern in quotes, such as LIKE 'blue%'", position=place_of(pattern))
        if isinstance(operand.node, Constant):
            raise ConditionError(f"{said_of(operand)} is a constant; LIKE needs a name on its left", position=place)
        node = Like(operand.node, str(pattern.this))
        return Term(Not(node) if sql.args.get("negate") else node, Slot("boolean"), place)

    def _case(self, sql: exp.Expr, place: int) -> Term:
        subject = None if sql.this is None else self._term(sql.this)
        slot = Slot("unknown")
        branches: list[Branch] = []
        for branch in sql.args["ifs"]:
            check_arguments(branch)
            if subject is None:
                when = self._boolean(branch.this, "WHEN")
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
            reason = f"the values of {said} are {named(slot.kind)}, but {said_of(term)} is {named(term.slot.kind)}"
            raise ConditionError(f"{reason}; they must be of one kind", position=term.position)
        return term

    def _call(self, sql: exp.Expr, place: int) -> Term:
        function = FUNCTIONS[type(sql)]
        given = [sql.this, *([sql.expression] if function == "nullif" else sql.expressions)]
        if function in ("lower", "upper", "length"):
            term = self._term(sql.this)
            require(term.slot, "text", said=said_of(term), because=f"{function} needs", position=term.position)
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
            said = said_of(terms[0])
            reason = f"{said} could be a number or a text: write {said} + 0 for numbers, coalesce({said}, '') for texts"
            raise ConditionError(reason, position=terms[0].position)
        if slot.kind == "list":
            reason = f"lists cannot be compared, so {function} cannot take {said_of(terms[0])}"
            raise ConditionError(reason, position=terms[0].position)
        if slot.kind == "boolean" and function != "nullif":
            reason = f"TRUE and FALSE have no order; {function} needs numbers or texts"
            raise ConditionError(reason, position=terms[0].position)

    def _contains(self, sql: exp.Expr, place: int) -> Term:
        operand, item = self._term(sql.this), self._term(sql.expression)
        if not (isinstance(operand.node, Read) and operand.node.source == "feature" and operand.slot.kind == "list"):
            reason = f"contains needs a feature that is a list, such as TOP(3, category); {said_of(operand)} is none"
            raise ConditionError(reason, position=operand.position)
        if item.slot.kind in ("boolean", "list") or item.node == Constant(None):
            reason = f"a list holds texts or numbers, so {said_of(item)} is never in it"
            raise ConditionError(reason, position=item.position)
        return Term(Contains(operand.node, item.node), Slot("boolean"), place)
