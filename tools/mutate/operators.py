"""The small ways in which one place of a module can be broken.

Comparisons are negated and moved by one at their boundary; signs of arithmetic, ``and`` and ``or``, ``min`` and
``max``, ``any`` and ``all``, ``break`` and ``continue`` are exchanged; ``not`` and minus signs, calls made for their
effect, changes of an attribute, ``raise`` and what is returned are left out; numbers, flags and texts are others, in
tables and defaults too. The words of errors and logs, annotations and docstrings are left alone.
"""

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
EXCHANGED = {"min": "max", "max": "min", "any": "all", "all": "any"}
LOGGERS = ("_log", "log", "logger")


@dataclass(frozen=True)
class Mutation:
    """One place with what takes its place."""

    before: ast.AST
    after: ast.AST


def mutations_of(node: ast.AST) -> Iterator[Mutation]:
    """All mutations of this place itself, not of what is inside it."""
    match node:
        case ast.expr():
            yield from (Mutation(node, ast.copy_location(copy(after), node)) for after in _expressions(node))
        case ast.stmt():
            yield from (Mutation(node, ast.copy_location(copy(after), node)) for after in _statements(node))


def _expressions(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, ops, comparators):
            for place, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], comparators)
        case ast.BinOp(left, op, right) if type(op) in RECKONED:
            yield ast.BinOp(left, RECKONED[type(op)](), right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Constant(value):
            yield from (ast.Constant(other) for other in _others(value))
        case ast.Call(ast.Name(name), args, keywords) if name in EXCHANGED:
            yield ast.Call(ast.Name(EXCHANGED[name], ast.Load()), args, keywords)
        case ast.IfExp(test, body, orelse) if _is_plain(test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)


def _others(value: object) -> Iterator[bool | float | str]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str():
            yield value + "~"


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.If(test, body, orelse) if _is_plain(test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.While(test, body, orelse) if _is_plain(test):
            yield ast.While(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Return(value) if value is not None and not _is_nothing(value):
            yield ast.Return(ast.Constant(None))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.AugAssign(target, op, value) if type(op) in RECKONED:
            yield ast.AugAssign(target, RECKONED[type(op)](), value)
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]) | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.Expr(ast.Call() | ast.Await()):
            yield ast.Pass()


def _is_nothing(value: ast.expr) -> bool:
    """Whether None instead would be no other answer, or none that its own mutation is not."""
    return isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool))


def _is_plain(test: ast.expr) -> bool:
    """Whether no other operator would turn this condition round."""
    return isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr | ast.Subscript)


def is_left_alone(node: ast.AST) -> bool:
    """Whether nothing in this place is broken: words, and what only a type checker reads."""
    match node:
        case ast.Expr(ast.Constant()) | ast.JoinedStr() | ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.AnnAssign(annotation=ast.Name("TypeAlias")) | ast.TypeIgnore():
            return True
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(name)))) if name in LOGGERS:
            return True
    return False


def branches_of(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What inside this place may be broken in its turn, with the name of the field it stands in."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(node, ast.Call):
            continue
        if isinstance(node, ast.Raise) and name == "exc":
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield name, each
