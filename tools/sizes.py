"""How long functions and files may be, how many parameters they take, and how deep they nest."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from tools.source import Offence, Source

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

MOST_LINES = 400
WORTH_A_THOUGHT = 250
MOST_SMALL_FILE_LINES = 120
MOST_FUNCTION_LINES = 50
MOST_PARAMETERS = 5
MOST_NESTING = 3

_VERBS = {"Expand", "Gate", "Score", "Pick"}
_ADAPTERS = ("channels", "sources", "stores")
_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def sizes(source: Source) -> Iterator[Offence]:
    """Everything in the file that is larger than it may be; advice where it is merely large, and in tests throughout.

    A test's parameters are what it is given, and an oracle that scans by brute force nests on purpose.
    """
    is_test = source.path.startswith("tests/")
    for offence in _everything(source):
        yield replace(offence, is_advice=True) if is_test else offence


def _everything(source: Source) -> Iterator[Offence]:
    yield from _file_size(source)
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield from _function_size(source, node)


def most_lines(source: Source) -> int:
    """How many lines the file may have: policies and adapters are small."""
    parts = source.path.split("/")
    is_adapter = source.package == "adapters" and parts[3] in _ADAPTERS and parts[-1] != "__init__.py"
    return MOST_SMALL_FILE_LINES if is_adapter or is_policy(source) else MOST_LINES


def is_policy(source: Source) -> bool:
    """Does the file define a policy: a class of one of the four verbs, beside the verbs themselves?"""
    if source.package != "policies" or source.path.endswith("/verbs.py"):
        return False
    bases = [base for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(isinstance(base, ast.Name) and base.id in _VERBS for base in bases)


def nesting_of(node: ast.AST, depth: int = 0) -> int:
    """How many blocks deep the deepest statement stands; ``elif`` is no deeper than its ``if``, an inner function is
    counted on its own."""
    deepest = depth
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        is_elif = isinstance(node, ast.If) and field == "orelse" and [type(child) for child in children] == [ast.If]
        for child in children:
            if not isinstance(child, ast.AST) or isinstance(child, Function | ast.ClassDef):
                continue
            deeper = depth if is_elif or not isinstance(child, _BLOCKS) else depth + 1
            deepest = max(deepest, nesting_of(child, deeper))
    return deepest


def _file_size(source: Source) -> Iterator[Offence]:
    lines, most = source.text.count("\n"), most_lines(source)
    if lines > most:
        yield Offence(source.path, 1, f"{lines} lines: at most {most}; which two things is it?")
    elif lines > WORTH_A_THOUGHT:
        yield Offence(source.path, 1, f"{lines} lines: past {WORTH_A_THOUGHT}; which two things is it?", is_advice=True)


def _function_size(source: Source, node: Function) -> Iterator[Offence]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > MOST_FUNCTION_LINES:
        yield Offence(source.path, node.lineno, f"{node.name} has {lines} lines: at most {MOST_FUNCTION_LINES}")
    names = parameters_of(node)
    if len(names) > MOST_PARAMETERS:
        said = f"{node.name} takes {len(names)} parameters: at most {MOST_PARAMETERS}; some of them are one thing"
        yield Offence(source.path, node.lineno, said)
    nesting = nesting_of(node)
    if nesting > MOST_NESTING:
        yield Offence(source.path, node.lineno, f"{node.name} nests {nesting} deep: at most {MOST_NESTING}")


def parameters_of(node: Function) -> list[str]:
    """The names a caller may pass; not ``self`` or ``cls``."""
    positional = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    if positional[:1] in (["self"], ["cls"]):
        positional = positional[1:]
    rest = [arg.arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None]
    return positional + [arg.arg for arg in node.args.kwonlyargs] + rest
