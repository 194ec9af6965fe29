"""Nodes as SQL for engines of history, with exactly the values that the generated code has live.

What a node looks at is a column expression that the caller names, of one type for each kind:

- number: DOUBLE, finite or NULL; text: VARCHAR, compared by code point; boolean: BOOLEAN;
- unknown: VARCHAR, a *tagged text* that says kind and value: ``n:5.0``, ``t:x``, ``b:true`` (see ``tagged``);
- list: an array of tagged texts.

Every operand is written once, or twice if it is short, so the SQL grows no faster than the node.
"""

from collections.abc import Callable
from typing import TypeAlias

from opportune.features.dialect import Dialect
from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Compare,
    Constant,
    Contains,
    Happened,
    IsNull,
    Kind,
    Like,
    LocalPart,
    Negative,
    Node,
    Not,
    Or,
    Read,
    kind_of,
)
from opportune.units import Scalar

Looked: TypeAlias = Read | Happened | LocalPart
"""What is no calculation but something to be looked up."""
Names: TypeAlias = Callable[[Looked], str]
"""The column expression for each: of the type of the read's kind, BOOLEAN for ``Happened``, DOUBLE for ``LocalPart``.

It may be used more than once in what is emitted, so a long one is better named by an inner query.
"""
_MOST = "1.7976931348623157e308"
"""The largest finite number of 64 bits."""


def emitted(node: Node, name_of: Names, dialect: Dialect) -> str:
    """The node as one SQL expression of the type of its kind, NULL where the node is NULL; it never raises an error.

    A node of unknown kind is a tagged text.
    """
    return _Emitter(name_of, dialect).sql(node, kind_of(node))


def tagged(value: str, kind: Kind, dialect: Dialect) -> str:
    """A column expression of this kind as a tagged text; NULL stays NULL. Equal values have equal tags."""
    match kind:
        case "number":
            return f"('n:' || CAST({value} + 0e0 AS {dialect.text}))"  # with 0 added, -0 is 0
        case "text":
            return f"('t:' || {value})"
        case "boolean":
            return f"CASE WHEN {value} THEN 'b:true' WHEN NOT {value} THEN 'b:false' END"
        case "unknown" | "list":
            return value


def value_of_tagged(said: str | None) -> Scalar:
    """The value that a tagged text stands for; None is NULL."""
    if said is None:
        return None
    kind, _, value = said.partition(":")
    match kind:
        case "n":
            return float(value)
        case "b":
            return value == "true"
        case _:
            return value


def number_literal(value: float) -> str:
    """The number as a DOUBLE."""
    digits = repr(float(value))
    said = digits if "e" in digits else digits + "e0"
    return f"({said})" if said.startswith("-") else said


def _finite(value: str) -> str:
    return f"CASE WHEN abs({value}) <= {_MOST} THEN {value} END"


def _divisor(value: str) -> str:
    return f"CASE WHEN {value} <> 0e0 AND abs({value}) <= {_MOST} THEN {value} END"


class _Emitter:
    """Writes one expression; counts the names that it binds."""

    def __init__(self, name_of: Names, dialect: Dialect) -> None:
        self._name_of = name_of
        self._dialect = dialect
        self._count = 0

    def sql(self, node: Node, kind: Kind) -> str:
        """The node, which is of this kind or a constant NULL."""
        match node:
            case Constant():
                return self._constant(node.value, kind)
            case Read() | Happened() | LocalPart():
                return self._name_of(node)
            case Arithmetic() | Negative():
                return self._let(self._calculated(node), _finite)
            case Case():
                return self._case(node)
            case Call():
                return self._call(node)
            case _:
                return self._truth(node)

    def _truth(self, node: Node) -> str:
        """What is TRUE, FALSE or NULL."""
        match node:
            case And() | Or():
                word = " AND " if isinstance(node, And) else " OR "
                return "(" + word.join(self.sql(operand, "boolean") for operand in node.operands) + ")"
            case Not():
                return f"(NOT {self.sql(node.operand, 'boolean')})"
            case Compare():
                left, right = self._alike(node.left, node.right)
                return f"({left} {node.operator} {right})"
            case Between():
                operand, low, high = self._alike(node.operand, node.low, node.high)
                return f"({operand} BETWEEN {low} AND {high})"
            case Among():
                kind = kind_of(node.operand)
                values = ", ".join(self._constant(value, kind) for value in node.values)
                return f"({self.sql(node.operand, kind)} IN ({values}))"
            case Like():
                return self._dialect.matches(self.sql(node.operand, "text"), node.pattern)
            case IsNull():
                return f"({self.sql(node.operand, kind_of(node.operand))} IS NULL)"
            case Contains():
                kind = kind_of(node.item)
                item = tagged(self.sql(node.item, kind), kind, self._dialect)
                return self._dialect.has(self.sql(node.operand, "list"), item)
            case _:
                raise TypeError(f"{node!r} is neither TRUE nor FALSE")

    def _constant(self, value: Scalar, kind: Kind) -> str:
        match value:
            case None:
                return f"CAST(NULL AS {self._type(kind)})"
            case bool():
                return "TRUE" if value else "FALSE"
            case str():
                return self._dialect.literal(value)
            case _:
                return number_literal(value)

    def _type(self, kind: Kind) -> str:
        match kind:
            case "number":
                return self._dialect.number
            case "boolean":
                return self._dialect.boolean
            case "list":
                return self._dialect.many_texts
            case "text" | "unknown":
                return self._dialect.text

    def _alike(self, *nodes: Node) -> list[str]:
        """Values of one kind, which one that is no NULL knows."""
        kind: Kind = next((kind_of(node) for node in nodes if kind_of(node) != "unknown"), "unknown")
        return [self.sql(node, kind) for node in nodes]

    def _let(self, operand: str, body: Callable[[str], str]) -> str:
        self._count += 1
        return self._dialect.let(operand, f"let_{self._count}", body)

    def _calculated(self, node: Node) -> str:
        """Arithmetic that may come out infinite, or as no number.

        What is not finite stays so through ``+``, ``-``, ``*`` and as a dividend; only as a divisor it would vanish.
        """
        match node:
            case Negative():
                return f"(-{self._calculated(node.operand)})"
            case Arithmetic(operator="/"):
                left = self._calculated(node.left)
                return f"({left} / {self._let(self._calculated(node.right), _divisor)})"
            case Arithmetic():
                return f"({self._calculated(node.left)} {node.operator} {self._calculated(node.right)})"
            case _:
                return self.sql(node, "number")

    def _case(self, node: Case) -> str:
        branches = "".join(
            f" WHEN {self.sql(branch.when, 'boolean')} THEN {self.sql(branch.then, node.kind)}"
            for branch in node.branches
        )
        return f"CASE{branches} ELSE {self.sql(node.otherwise, node.kind)} END"

    def _call(self, node: Call) -> str:
        match node.function:
            case "nullif":
                value, other = self._alike(*node.arguments)
                return self._let(value, lambda name: f"CASE WHEN {name} = {other} THEN NULL ELSE {name} END")
            case "length":
                return self._dialect.length(self.sql(node.arguments[0], "text"))
            case "lower":
                return self._dialect.lower(self.sql(node.arguments[0], "text"))
            case "upper":
                return self._dialect.upper(self.sql(node.arguments[0], "text"))
            case "coalesce" | "least" | "greatest":
                arguments = ", ".join(self.sql(argument, node.kind) for argument in node.arguments)
                return f"{node.function}({arguments})"


def extracted(
    read: Read, dialect: Dialect, *, properties: str = "properties", context: str = "context", trait: str | None = None
) -> str:
    """The column expression for a read of an event's properties or context, of the type of its kind.

    ``properties`` and ``context`` are columns of JSON objects; ``trait`` is the value that the trait of this path had,
    of the read's kind, which stands in where the event has no such property. Found is what stands under the flattened
    dotted name, if it is not null, else what is down the nested objects; of another kind it is NULL.
    Raises TypeError for what an event does not say.
    """

    def taken(found: str) -> str:
        value = json_as(found, read.kind, dialect)
        if trait is None or read.source != "name":
            return value
        return f"CASE WHEN {dialect.json_is_something(found)} THEN {value} ELSE {trait} END"

    match read.source:
        case "context":
            return dialect.let(found_in(context, read.path, dialect), "let_found", taken)
        case "property" | "name":
            return dialect.let(found_in(properties, read.path, dialect), "let_found", taken)
        case "trait" | "feature" | "event":
            raise TypeError(f"{read!r} is not read from an event's JSON")


def found_in(column: str, path: str, dialect: Dialect) -> str:
    """The JSON value at a dotted path, flattened or nested, as ``values.found_at`` finds it; NULL or null if none."""
    flat = dialect.json_at(column, (path,))
    if "." not in path:
        return flat
    return (
        f"CASE WHEN {dialect.json_is_something(flat)} THEN {flat} ELSE {dialect.json_at(column, path.split('.'))} END"
    )


def json_as(value: str, kind: Kind, dialect: Dialect) -> str:
    """A JSON value as the type of this kind; NULL for null, and for one of another kind."""
    match kind:
        case "number":
            return dialect.let(dialect.json_number(value), "let_number", _finite)
        case "text":
            return dialect.json_text(value)
        case "boolean":
            return dialect.json_boolean(value)
        case "list":
            return f"CAST(NULL AS {dialect.many_texts})"
        case "unknown":
            kinds: tuple[Kind, ...] = ("number", "text", "boolean")
            return f"coalesce({', '.join(tagged(json_as(value, each, dialect), each, dialect) for each in kinds)})"
