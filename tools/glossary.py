"""The words of docs/glossary.md, held against the identifiers we choose; a library's own names are not ours."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tools.source import Offence, Source

Parts: TypeAlias = tuple[str, ...]

_CODE = re.compile(r"`([^`]+)`")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@dataclass(frozen=True)
class Glossary:
    """Which words are not used as parts of identifiers, what to say instead, and what is allowed all the same."""

    refused: dict[Parts, str]
    """A refused word, in parts, and the word to use."""
    allowed: frozenset[Parts]
    """One part: that whole identifier. Several parts: wherever they stand together."""

    def refusals(self, identifier: str) -> Iterator[tuple[str, str]]:
        """Each refused word in the identifier, with the word to use."""
        parts = parts_of(identifier)
        if parts in self.allowed:
            return
        masked = self._masked(parts)
        for start in range(len(masked)):
            for word, instead in self.refused.items():
                if tuple(map(singular, masked[start : start + len(word)])) == tuple(map(singular, word)):
                    yield "_".join(word), instead

    def _masked(self, parts: Parts) -> Parts:
        kept = list(parts)
        for compound in self.allowed:
            for start in range(len(parts) - len(compound) + 1 if len(compound) > 1 else 0):
                if parts[start : start + len(compound)] == compound:
                    kept[start : start + len(compound)] = [""] * len(compound)
        return tuple(kept)


def read_glossary(path: Path) -> Glossary:
    """The glossary as the page says it: code marks in the column *not* are refused, those under *Allowed* are allowed.

    Raises ValueError if the page has no refused word at all: then it is not the page this was written for.
    """
    page, _, allowed = path.read_text(encoding="utf-8").partition("\n## Allowed")
    refused = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3:
            refused.update({parts_of(word): cells[0] for word in _CODE.findall(cells[2])})
    if not refused:
        raise ValueError(f"{path}: no table row with a refused `word` in its third column")
    return Glossary(refused, frozenset(parts_of(word) for word in _CODE.findall(allowed)))


def parts_of(identifier: str) -> Parts:
    """The words of a snake_case or CamelCase identifier, in lower case."""
    return tuple(part.lower() for part in _PART.findall(identifier))


def singular(part: str) -> str:
    """The part without the ``s`` of a plural; two-letter parts stay as they are."""
    return part.removesuffix("s") if len(part) > 2 else part


def words(source: Source, glossary: Glossary) -> Iterator[Offence]:
    """Identifiers of our own choosing with a word that the glossary refuses."""
    for name, line in [(source.path.rpartition("/")[2].removesuffix(".py"), 1), *chosen_names(source.tree)]:
        for word, instead in glossary.refusals(name):
            yield Offence(source.path, line, f"{name}: the glossary does not use {word!r}; it says: {instead}")


def chosen_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that the file gives to something, once, with the line where it first does."""
    seen: set[str] = set()
    for node in ast.walk(tree):
        for name in _given(node):
            if name not in seen:
                seen.add(name)
                yield name, getattr(node, "lineno", 1)


def _given(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
