"""Mutants tried from the beginning: the broken module is imported in place of the true one, and the tests after it."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tools.mutate.mutants import Mutant, broken
from tools.mutate.warm import Steady

DEAD = (1, 2)
"""What pytest ends with when a test failed, or a file could not be collected."""


class Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module as a mutant has it."""

    def __init__(self, root: Path, mutant: Mutant) -> None:
        self._file = root / "src" / "opportune" / mutant.module
        self._name = f"opportune.{mutant.module.removesuffix('.py').replace('/', '.')}"
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Only for the one module."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._file, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the broken text."""
        tree = broken(self._file.read_text("utf-8"), self._mutant)
        exec(compile(tree, str(self._file), "exec"), module.__dict__)


def is_killed(root: Path, mutant: Mutant, tests: Sequence[str]) -> bool:
    """Whether one of these tests fails; for a process that has imported nothing of ours yet."""
    sys.meta_path.insert(0, Broken(root, mutant))
    ended = pytest.main([*QUIET, "-x", *tests], plugins=[Steady()])
    if ended not in (0, *DEAD):
        raise RuntimeError(f"pytest ended with {ended}")
    return ended in DEAD


QUIET = (
    *("-q", "--assert=plain", "-p", "no:cacheprovider"),
    *("-p", "no:cov", "-p", "no:xdist", "--no-header"),
)
