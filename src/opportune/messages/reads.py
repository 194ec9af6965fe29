"""What a template reads from outside, and what of it the template cannot do without; found without rendering it."""

from collections.abc import Iterable

from liquid import BoundTemplate, Node, RenderContext
from liquid.ast import ConditionalBlockNode
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, LoopExpression, Nil, Path
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression
from msgspec import Struct

_TESTS = (IfNode, UnlessNode, CaseNode, ConditionalBlockNode, MultiExpressionBlockNode)
_COMPARISONS = (LtExpression, LeExpression, GtExpression, GeExpression, EqExpression, ContainsExpression)


class Reads(Struct, frozen=True):
    """Dotted names by the first line that reads them, lines counting from 1."""

    all: dict[str, int]
    needed: dict[str, int]
    """Read where neither ``default:`` nor an enclosing ``if`` looks after a missing value."""


def reads(template: BoundTemplate) -> Reads:
    """What the template reads from outside."""
    found = Reads({}, {})
    context = RenderContext(template)
    scope: set[str] = set()
    for node in template.nodes:
        _visit(node, found, context, scope=scope, sure=frozenset())
    return found


def _visit(node: Node, found: Reads, context: RenderContext, *, scope: set[str], sure: frozenset[str]) -> None:
    for expression in node.expressions():
        _note(expression, found, scope=scope, sure=sure, is_looked_after=isinstance(node, _TESTS))
    scope.update(str(name) for name in node.template_scope())
    block = {str(name) for name in node.block_scope()} - scope
    scope |= block
    for child, more in _children(node, context):
        _visit(child, found, context, scope=scope, sure=sure | more)
    scope -= block


def _children(node: Node, context: RenderContext) -> Iterable[tuple[Node, frozenset[str]]]:
    """Each child, and the names that surely have a value inside it."""
    match node:
        case IfNode():
            yield node.consequence, _established(node.condition)
            yield from ((each, frozenset()) for each in node.alternatives)
            if node.default:
                yield node.default, frozenset()
        case ConditionalBlockNode():
            yield node.block, _established(node.expression)
        case _:
            yield from ((each, frozenset()) for each in node.children(context))


def _established(condition: Expression) -> frozenset[str]:
    """The names that have a value wherever the condition is true."""
    match condition:
        case BooleanExpression():
            return _established(condition.expression)
        case LogicalAndExpression():
            return _established(condition.left) | _established(condition.right)
        case LogicalOrExpression():
            return _established(condition.left) & _established(condition.right)
        case Path():
            return frozenset({str(condition)})
        case NeExpression():
            return _paths(condition.left) if isinstance(condition.right, Nil) else frozenset()
        case _ if isinstance(condition, _COMPARISONS):
            absent = any(isinstance(each, Nil | Blank | Empty) for each in condition.children())
            return frozenset() if absent else _paths(condition.children()[0])
        case _:
            return frozenset()


def _name(path: Path) -> str:
    """The dotted name of what a path leads to: of ``cart.total`` the same, of ``items[0].name`` only ``items``."""
    names: list[str] = []
    for segment in path.path:
        if not isinstance(segment, str) or (names and segment in ("size", "first", "last")):
            break
        names.append(segment)
    return ".".join(names)


def _paths(expression: Expression) -> frozenset[str]:
    return frozenset({str(expression)}) if isinstance(expression, Path) else frozenset()


def _note(
    expression: Expression, found: Reads, *, scope: set[str], sure: frozenset[str], is_looked_after: bool
) -> None:
    if isinstance(expression, Path):
        root = str(expression.head())
        if root not in scope:
            line = expression.token.source.count("\n", 0, expression.token.start_index) + 1
            name = _name(expression)
            found.all.setdefault(name, line)
            if not is_looked_after and str(expression) not in sure:
                found.needed.setdefault(name, line)
    first = expression.left if isinstance(expression, FilteredExpression) else None
    filters = (expression.filters or []) if isinstance(expression, FilteredExpression) else []
    has_default = bool(filters) and filters[0].name == "default"
    for child in expression.children():
        inner = is_looked_after or (child is first and has_default)
        _note(child, found, scope=scope, sure=sure, is_looked_after=inner and not isinstance(child, LoopExpression))
