"""What a condition is once its SQL text is read: a closed tree of nodes, each with a static kind.

Nothing outside this list can be computed by a playbook, so this list is also what every engine has to agree on.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.units import Millis, Scalar

Kind: TypeAlias = Literal["number", "text", "boolean", "list", "unknown"]
"""``unknown`` is any of the first three: it can be kept, counted and asked for NULL, but not compared.

A ``list`` of texts or numbers comes from a feature only; it can be asked for NULL and for what it contains."""
Source: TypeAlias = Literal["name", "property", "trait", "context", "feature", "event"]
"""``name``: the event's property if it has one that is not null, else the trait."""
Comparison: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]
Operator: TypeAlias = Literal["+", "-", "*", "/"]
Function: TypeAlias = Literal["coalesce", "nullif", "least", "greatest", "lower", "upper", "length"]

Part: TypeAlias = Literal["hour", "weekday"]


class Constant(Struct, frozen=True, tag="constant"):
    """A value written in the text; None is NULL."""

    value: bool | int | float | str | None


class Read(Struct, frozen=True, tag="read"):
    """A value from the scope by dotted path; one of another kind than ``kind`` reads as NULL."""

    source: Source
    path: str
    kind: Kind


class Compare(Struct, frozen=True, tag="compare"):
    """Both sides have the same kind; NULL if either side is. Text compares by code point."""

    operator: Comparison
    left: "Node"
    right: "Node"


class And(Struct, frozen=True, tag="and"):
    """FALSE if one is FALSE, else NULL if one is NULL, else TRUE."""

    operands: tuple["Node", ...]


class Or(Struct, frozen=True, tag="or"):
    """TRUE if one is TRUE, else NULL if one is NULL, else FALSE."""

    operands: tuple["Node", ...]


class Not(Struct, frozen=True, tag="not"):
    """NOT NULL is NULL."""

    operand: "Node"


class Arithmetic(Struct, frozen=True, tag="arithmetic"):
    """NULL if either side is, if the divisor is 0, or if the result is no finite number of 64 bits."""

    operator: Operator
    left: "Node"
    right: "Node"


class Negative(Struct, frozen=True, tag="negative"):
    """Minus the operand."""

    operand: "Node"


class Among(Struct, frozen=True, tag="in"):
    """Whether the operand equals one of the constants, all of its kind and none of them NULL."""

    operand: "Node"
    values: tuple[bool | int | float | str, ...]


class Between(Struct, frozen=True, tag="between"):
    """``operand >= low AND operand <= high``."""

    operand: "Node"
    low: "Node"
    high: "Node"


class Like(Struct, frozen=True, tag="like"):
    """Whether the whole text matches: ``%`` stands for any characters, ``_`` for one."""

    operand: "Node"
    pattern: str


class IsNull(Struct, frozen=True, tag="is_null"):
    """TRUE or FALSE, never NULL."""

    operand: "Node"


class Branch(Struct, frozen=True):
    """One WHEN ... THEN ... of a CASE."""

    when: "Node"
    then: "Node"


class Case(Struct, frozen=True, tag="case"):
    """The value of the first branch whose condition is TRUE, else ``otherwise``."""

    branches: tuple[Branch, ...]
    otherwise: "Node"
    kind: Kind


class Call(Struct, frozen=True, tag="call"):
    """A function of the closed list; least and greatest pass over NULLs."""

    function: Function
    arguments: tuple["Node", ...]
    kind: Kind


class Contains(Struct, frozen=True, tag="contains"):
    """Whether a list has an item of this kind and value; NULL if either is NULL."""

    operand: "Node"
    item: "Node"


class LocalPart(Struct, frozen=True, tag="local"):
    """What the user's clock shows at the scope's instant: hour 0 to 23, weekday 1 (Monday) to 7 (Sunday)."""

    part: Part


class Happened(Struct, frozen=True, tag="exists"):
    """Whether the event happened in ``(at - span, at]``, or in ``[entry, at]`` if there is no span.

    NULL if it asks since the entry and there is no run.
    """

    event: str
    span: Millis | None


Node: TypeAlias = (
    Constant | Read | Compare | And | Or | Not | Arithmetic | Negative | Among | Between | Like | IsNull | Case | Call
    | Contains | LocalPart | Happened
)  # fmt: skip


class Expression(Struct, frozen=True):
    """An SQL text that has been read, typed and found usable."""

    text: str
    node: Node
    kind: Kind


class Reads(Struct, frozen=True):
    """All that an expression looks at. A bare name is listed under properties and under traits."""

    features: frozenset[str]
    properties: frozenset[str]
    traits: frozenset[str]
    context: frozenset[str]
    events: frozenset[str]
    """Names in EXISTS; of each only the newest instant at or before any readable instant is needed."""
    since_entry: bool = False
    """Whether it can only be answered inside a run."""


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below, in the order of the text."""
    match node:
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case And() | Or():
            return node.operands
        case Not() | Negative() | Among() | Like() | IsNull():
            return (node.operand,)
        case Between():
            return (node.operand, node.low, node.high)
        case Contains():
            return (node.operand, node.item)
        case Case():
            branches = tuple(part for branch in node.branches for part in (branch.when, branch.then))
            return (*branches, node.otherwise)
        case Call():
            return node.arguments
        case Constant() | Read() | LocalPart() | Happened():
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def kind_of(node: Node) -> Kind:
    """The static kind of what the node computes."""
    match node:
        case Constant():
            return kind_of_value(node.value)
        case Read() | Case() | Call():
            return node.kind
        case Arithmetic() | Negative() | LocalPart():
            return "number"
        case _:
            return "boolean"


def kind_of_value(value: Scalar) -> Kind:
    """The kind of one value; NULL could be any."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "boolean"
        case str():
            return "text"
        case _:
            return "number"


def reads(expression: Expression) -> Reads:
    """What must be at hand to compute it."""
    found: dict[Source, set[str]] = {}
    events: set[str] = set()
    since_entry = False
    for node in walk(expression.node):
        if isinstance(node, Read):
            found.setdefault(node.source, set()).add(node.path)
        elif isinstance(node, Happened):
            events.add(node.event)
            since_entry = since_entry or node.span is None
    either = found.get("name", set())
    return Reads(
        features=frozenset(found.get("feature", ())),
        properties=frozenset(either | found.get("property", set())),
        traits=frozenset(either | found.get("trait", set())),
        context=frozenset(found.get("context", ())),
        events=frozenset(events),
        since_entry=since_entry,
    )
