"""All mutants of one module: where, what was changed into what, and the module as it then is."""

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import TypeAlias

from tools.mutate.operators import Mutation, branches_of, is_left_alone, mutations_of

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One way to break one module."""

    module: str
    """Its path inside the package, such as ``policies/slate.py``."""
    place: str
    """The function it is in, such as ``Pipeline.weigh``; ``-`` for what is done once, when the module is imported."""
    line: int
    change: str
    """``before -> after``, and where the same is done again in one function ``(2)``."""
    mutation: Mutation

    @property
    def name(self) -> str:
        """The same from run to run as long as the place reads the same."""
        return f"{self.module} {self.place}: {self.change}"

    @property
    def is_live(self) -> bool:
        """Whether it is inside a function, so that it can be broken after everything was imported."""
        return not self.place.endswith("-")

    @property
    def lines(self) -> range:
        """The lines of the place that was changed; of a condition that was turned round its own."""
        before = self.mutation.before
        shown: ast.AST = before.test if isinstance(before, ast.If | ast.While) else before
        assert isinstance(shown, ast.expr | ast.stmt)
        return range(shown.lineno, (shown.end_lineno or shown.lineno) + 1)


def mutants_of(module: str, text: str) -> list[Mutant]:
    """Every mutant of the module with this text, in order of its lines."""
    seen: dict[str, int] = {}
    found = []
    for place, mutation in _walked(ast.parse(text), "-"):
        before, after = _said(mutation.before), _said(mutation.after)
        name = f"{place}: {before} -> {after}"
        seen[name] = seen.get(name, 0) + 1
        again = f" ({seen[name]})" if seen[name] > 1 else ""
        line = getattr(mutation.before, "lineno", 1)
        found.append(Mutant(module, place, line, f"{before} -> {after}{again}", mutation))
    return sorted(found, key=lambda each: each.line)


def broken(text: str, mutant: Mutant) -> ast.Module:
    """The module with this text, as the mutant has it."""
    tree = ast.parse(text)
    before = mutant.mutation.before
    places = [each for each in ast.walk(tree) if _is_same_place(each, before)]
    (place,) = [each for each in places if ast.dump(each) == ast.dump(before)]
    changed = _Replaced(place, mutant.mutation.after).visit(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed)


class _Replaced(ast.NodeTransformer):
    def __init__(self, before: ast.AST, after: ast.AST) -> None:
        self._before, self._after = before, after

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._before:
            return self._after
        found = self.generic_visit(node)
        assert isinstance(found, ast.AST)
        return found


def _is_same_place(one: ast.AST, other: ast.AST) -> bool:
    ends = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return type(one) is type(other) and all(getattr(one, end, None) == getattr(other, end, None) for end in ends)


def _walked(node: ast.AST, place: str) -> Iterator[tuple[str, Mutation]]:
    if is_left_alone(node):
        return
    yield from ((place, mutation) for mutation in mutations_of(node))
    for field, inner in branches_of(node):
        if isinstance(node, Function) and field == "args" and isinstance(inner, ast.arguments):
            for default in (*inner.defaults, *(each for each in inner.kw_defaults if each is not None)):
                yield from _walked(default, "-" if place == "-" else place)
            continue
        yield from _walked(inner, _place_in(node, place))


def _place_in(node: ast.AST, place: str) -> str:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
            return name if place == "-" else f"{place.removesuffix('.-')}.{name}"
        case ast.ClassDef(name) if place == "-":
            return f"{name}.-"
    return place


def _said(node: ast.AST) -> str:
    shown: ast.AST = node
    if isinstance(node, ast.If | ast.While):
        shown = copy(node)
        shown.body, shown.orelse = [ast.Expr(ast.Constant(...))], []
    return " ".join(ast.unparse(ast.fix_missing_locations(shown)).split())
