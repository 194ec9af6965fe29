"""What the linter cannot say: the builtin hash anywhere, and loose types and touches of the world in pure packages."""

import ast
import tokenize
from collections.abc import Iterator
from io import StringIO

from tools.source import Offence, Source

_TOUCHES = {"open": "files", "print": "output", "input": "input", "breakpoint": "debugger"}
_LOOSE = {
    "Any": "name the type, or decode into a struct",
    "cast": "let the checker see the type, with match or isinstance",
}


def builtin_hash(source: Source) -> Iterator[Offence]:
    """Uses of the builtin ``hash``, called or handed on: its answers differ from process to process."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id="hash", ctx=ast.Load()) | ast.Attribute(value=ast.Name(id="builtins"), attr="hash"):
                pass
            case ast.Call(func=ast.Attribute(attr="__hash__")):
                pass
            case _:
                continue
        yield Offence(source.path, node.lineno, "the builtin hash differs between processes: use hash_of(names...)")


def touches_of_the_world(source: Source) -> Iterator[Offence]:
    """Builtins that read or write, used in a pure package."""
    if not source.is_pure:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _TOUCHES:
            said = f"{node.id} in a pure package: it has no {_TOUCHES[node.id]}; return what should be done"
            yield Offence(source.path, node.lineno, said)


def loose_types(source: Source) -> Iterator[Offence]:
    """A written ``Any``, ``cast`` or ``type: ignore`` in a pure package."""
    if not source.is_pure:
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.ImportFrom(module="typing" | "typing_extensions"):
                names = [alias.name for alias in node.names]
            case ast.Attribute(value=ast.Name(id="typing" | "t"), attr=str(name)):
                names = [name]
            case ast.Name(id="Any"):
                names = ["Any"]
            case _:
                continue
        for name in names:
            if name in _LOOSE:
                yield Offence(source.path, node.lineno, f"{name} in a pure package: {_LOOSE[name]}")
    for line in silenced_lines(source):
        yield Offence(source.path, line, "type: ignore in a pure package: mend what the checker found")


def silenced_lines(source: Source) -> Iterator[int]:
    """The lines whose comment silences the type checker."""
    for token in tokenize.generate_tokens(StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and "type:" in token.string and "ignore" in token.string:
            yield token.start[0]
