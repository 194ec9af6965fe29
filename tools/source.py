"""What checkers look at: the files of the tree, and what they find in them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PURE = ("events", "features", "journeys", "messages", "policies", "sending", "training")
"""The seven packages that reach nothing of the world."""


@dataclass(frozen=True)
class Offence:
    """Something a checker objects to, where it is, and what would be right."""

    path: str
    line: int
    text: str
    is_advice: bool = False
    """Worth a thought, but no reason to fail."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One file of the tree: its path from the root with forward slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax; raises SyntaxError if it is not Python."""
        return ast.parse(self.text, self.path)

    @property
    def package(self) -> str:
        """Its package inside src/opportune, or nothing: ``policies`` for src/opportune/policies/holdout.py."""
        parts = self.path.split("/")
        return parts[2] if parts[:2] == ["src", "opportune"] and len(parts) > 3 else ""

    @property
    def is_pure(self) -> bool:
        """Does it belong to one of the seven pure packages?"""
        return self.package in PURE


def files_of(root: Path) -> list[str]:
    """Every file that is, or could be, committed, as sorted paths from the root."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return sorted({path for path in listed.split("\0") if path and (root / path).is_file()})


def texts_of(root: Path, paths: list[str]) -> Iterator[Source]:
    """The files that are UTF-8 text."""
    for path in paths:
        try:
            yield Source(path, (root / path).read_bytes().decode())
        except UnicodeDecodeError:
            continue
