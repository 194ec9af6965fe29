"""Nodes back into SQL text, for errors and explanations."""

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
    Like,
    LocalPart,
    Negative,
    Node,
    Not,
    Or,
    Read,
    Source,
)
from opportune.units import Value, in_words

_PREFIXES: dict[Source, str] = {
    "name": "", "event": "", "property": "properties.", "trait": "traits.", "context": "context.",
    "feature": "features.",
}  # fmt: skip

STATEMENTS = frozenset(
    "all alter analyze any attach begin cache call comment commit connect copy create cross current_catalog "
    "current_date current_time current_timestamp current_user delete desc describe detach drop execute explain fetch "
    "for force grant having inner insert install intersect interval into join kill lateral load localtime "
    "localtimestamp map merge on only optimize outer partitioned_by pivot pivot_wider positional pragma prepare "
    "qualify rename reset returning revoke rollback session_user set show summarize table tablesample truncate uncache "
    "union unpivot update use using vacuum values where with disconnect".split()
)
"""Words of SQL that mean nothing in an expression, and yet are no names unless they stand in quotes."""
_WORDS = frozenset(
    "and as between case distinct else except false from glob ilike is like not notnull null or regexp rlike select "
    "then true when xor".split()
)


def sql_of(node: Node) -> str:
    """The node as SQL; reads back as the same node, apart from spaces and parentheses."""
    match node:
        case Constant():
            return literal(node.value)
        case Read():
            return _name(node.path) if node.source == "name" else _PREFIXES[node.source] + _path(node.path)
        case Compare() | Arithmetic():
            return f"{_inner(node.left)} {node.operator} {_inner(node.right)}"
        case And():
            return " AND ".join(_joined(operand) for operand in node.operands)
        case Or():
            return " OR ".join(_joined(operand) for operand in node.operands)
        case Not(IsNull(operand)):
            return f"{_inner(operand)} IS NOT NULL"
        case Not():
            return f"NOT {_joined(node.operand)}"
        case Negative():
            return f"-({sql_of(node.operand)})"
        case Among():
            return f"{_inner(node.operand)} IN ({', '.join(literal(value) for value in node.values)})"
        case Between():
            return f"{_inner(node.operand)} BETWEEN {_inner(node.low)} AND {_inner(node.high)}"
        case Like():
            return f"{_inner(node.operand)} LIKE {literal(node.pattern)}"
        case IsNull():
            return f"{_inner(node.operand)} IS NULL"
        case Case():
            branches = " ".join(f"WHEN {sql_of(branch.when)} THEN {sql_of(branch.then)}" for branch in node.branches)
            return f"CASE {branches} ELSE {sql_of(node.otherwise)} END"
        case Call():
            return f"{node.function}({', '.join(sql_of(argument) for argument in node.arguments)})"
        case Contains():
            return f"contains({sql_of(node.operand)}, {sql_of(node.item)})"
        case LocalPart():
            return f"local_{node.part}(at)"
        case Happened():
            since = "entry" if node.span is None else literal(in_words(node.span))
            return f"EXISTS({literal(node.event)}, since => {since})"


def literal(value: Value) -> str:
    """The value as SQL writes it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case tuple():
            return "(" + ", ".join(literal(each) for each in value) + ")"
        case _:
            return repr(value)


def _inner(node: Node) -> str:
    """The node where it stands beside an operator."""
    if isinstance(node, Constant | Read | Call | Contains | LocalPart | Happened | Case | Negative):
        return sql_of(node)
    return f"({sql_of(node)})"


def _joined(node: Node) -> str:
    """The node where it stands beside AND, OR or NOT."""
    return f"({sql_of(node)})" if isinstance(node, And | Or) else sql_of(node)


def _name(path: str) -> str:
    """A bare name; in quotes where it would be taken for something else."""
    first = path.partition(".")[0]
    is_other = path == "at" or (first != path and f"{first}." in _PREFIXES.values())
    if is_other:
        return _quoted(path)
    return _quoted(first) + _path(path).removeprefix(first) if first.lower() in STATEMENTS else _path(path)


def _path(path: str) -> str:
    parts = path.split(".")
    return ".".join(map(_identifier, parts)) if all(parts) else _identifier(path)


def _identifier(part: str) -> str:
    is_plain = part.isidentifier() and part.isascii() and part.lower() not in _WORDS
    return part if is_plain else _quoted(part)


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'
