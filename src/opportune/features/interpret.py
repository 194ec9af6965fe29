"""Conditions evaluated plainly, node by node: what the generated code is held against, and what explains a value."""

from opportune.features.clock import CLOCK, part_of
from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Compare,
    Comparison,
    Constant,
    Contains,
    Expression,
    Happened,
    IsNull,
    Like,
    LocalPart,
    Negative,
    Node,
    Not,
    Operator,
    Or,
    Read,
)
from opportune.features.letters import lower, upper
from opportune.features.like import matcher
from opportune.features.scope import Readers, Scope
from opportune.features.values import found_at, number_of, value_as
from opportune.units import Scalar, Value


def interpret(expression: Expression, scope: Scope, readers: Readers) -> Value:
    """The value of the expression in the scope; None is NULL."""
    return value_of(expression.node, scope, readers)


def value_of(node: Node, scope: Scope, readers: Readers) -> Value:
    """The value of one node in the scope."""
    match node:
        case Constant():
            return node.value
        case Read():
            return value_as(_seen(node, scope, readers), node.kind)
        case Compare():
            left, right = value_of(node.left, scope, readers), value_of(node.right, scope, readers)
            return compared(node.operator, left, right)
        case And():
            return _all_of([value_of(operand, scope, readers) for operand in node.operands])
        case Or():
            return _any_of([value_of(operand, scope, readers) for operand in node.operands])
        case Not():
            return _opposite(value_of(node.operand, scope, readers))
        case Arithmetic():
            left, right = value_of(node.left, scope, readers), value_of(node.right, scope, readers)
            return _calculated(node.operator, left, right)
        case Negative():
            operand = value_of(node.operand, scope, readers)
            return number_of(-operand) if isinstance(operand, int | float) else None
        case Among():
            operand = value_of(node.operand, scope, readers)
            return _any_of([compared("=", operand, value) for value in node.values])
        case Between():
            operand = value_of(node.operand, scope, readers)
            low, high = value_of(node.low, scope, readers), value_of(node.high, scope, readers)
            return _all_of([compared(">=", operand, low), compared("<=", operand, high)])
        case Like():
            text = value_of(node.operand, scope, readers)
            return matcher(node.pattern)(text) if isinstance(text, str) else None
        case IsNull():
            return value_of(node.operand, scope, readers) is None
        case Case():
            return _chosen(node, scope, readers)
        case Call():
            return _called(node, [value_of(argument, scope, readers) for argument in node.arguments])
        case Contains():
            operand, item = value_of(node.operand, scope, readers), value_of(node.item, scope, readers)
            return _contained(operand, item)
        case LocalPart():
            return part_of(readers[CLOCK](scope), node.part)
        case Happened():
            return _happened(node, scope)


def compared(operator: Comparison, left: Value, right: Value) -> bool | None:
    """The comparison of two values of one kind; NULL if either is NULL."""
    if isinstance(left, str) and isinstance(right, str):
        return _ordered(operator, (left > right) - (left < right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _ordered(operator, (left > right) - (left < right))
    return None


def _ordered(operator: Comparison, order: int) -> bool:
    match operator:
        case "=":
            return order == 0
        case "<>":
            return order != 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case ">=":
            return order >= 0


def _seen(node: Read, scope: Scope, readers: Readers) -> object:
    match node.source:
        case "name":
            value = found_at(scope.properties, node.path)
            return _stated(scope, node.path) if value is None else value
        case "property":
            return found_at(scope.properties, node.path)
        case "context":
            return found_at(scope.context, node.path)
        case "trait":
            return _stated(scope, node.path)
        case "feature":
            return readers[node.path](scope)
        case "event":
            return scope.event


def _stated(scope: Scope, path: str) -> Scalar:
    value: Scalar = None
    for stated in scope.profile.traits.get(path, ()):
        if stated.at <= scope.at:
            value = stated.value
    return value


def _all_of(values: list[Value]) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def _any_of(values: list[Value]) -> bool | None:
    if any(value is True for value in values):
        return True
    return None if any(value is None for value in values) else False


def _opposite(value: Value) -> bool | None:
    return None if value is None else not value


def _calculated(operator: Operator, left: Value, right: Value) -> Value:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    match operator:
        case "+":
            return number_of(left + right)
        case "-":
            return number_of(left - right)
        case "*":
            return number_of(left * right)
        case "/":
            return None if right == 0 else number_of(left / right)


def _chosen(node: Case, scope: Scope, readers: Readers) -> Value:
    for branch in node.branches:
        if value_of(branch.when, scope, readers) is True:
            return value_of(branch.then, scope, readers)
    return value_of(node.otherwise, scope, readers)


def _called(node: Call, values: list[Value]) -> Value:
    first = values[0]
    match node.function:
        case "coalesce":
            return next((value for value in values if value is not None), None)
        case "nullif":
            return None if compared("=", first, values[1]) is True else first
        case "least":
            return _furthest(values, "<")
        case "greatest":
            return _furthest(values, ">")
        case "lower":
            return lower(first) if isinstance(first, str) else None
        case "upper":
            return upper(first) if isinstance(first, str) else None
        case "length":
            return len(first) if isinstance(first, str) else None


def _furthest(values: list[Value], operator: Comparison) -> Value:
    """The least or greatest value that is not NULL; of equal ones the first."""
    found: Value = None
    for value in values:
        if found is None or compared(operator, value, found) is True:
            found = value
    return found


def _contained(operand: Value, item: Value) -> bool | None:
    if not isinstance(operand, tuple) or item is None:
        return None
    if isinstance(item, bool):
        return False
    return any(compared("=", each, item) is True for each in operand)


def _happened(node: Happened, scope: Scope) -> bool | None:
    instants = scope.profile.lasts.get(node.event, [])
    if node.span is not None:
        return any(scope.at - node.span < at <= scope.at for at in instants)
    if scope.entry is None:
        return None
    return any(scope.entry <= at <= scope.at for at in instants)
