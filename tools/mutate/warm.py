"""Mutants tried where everything is imported and collected already: only the code of functions is changed.

The tests run once as they are, to learn which of them come to which line and how long they take. Then each mutant is
tried in a forked child, by the tests that come to its lines, the quickest first.
"""

import gc
import json
import signal
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, Phase, settings

from tools.mutate.children import Work, carried_out
from tools.mutate.mutants import Mutant, broken

PATIENCE = 4.0
"""Seconds a test is given beside six times what it takes."""
Came = dict[str, set[int]]
"""Lines that were come to, by the path of their file."""


@dataclass
class Known:
    """What one test did while nothing was broken."""

    id: str
    took: float
    came: Came
    outcome: str


@dataclass
class Tried:
    """What became of the mutants: how each was killed, which lived, and which must be tried from the beginning."""

    verdicts: dict[str, str] = field(default_factory=dict)
    cold: dict[str, list[str]] = field(default_factory=dict)
    """The names of mutants, with the tests that may kill them."""
    took: float = 0
    """Seconds that all tests take together."""
    failing: list[str] = field(default_factory=list)


def steady() -> None:
    """The same examples in every run, none kept, no failure made smaller."""
    settings.register_profile(
        "mutate",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutate")


class Steady:
    """The plugin that a cold run needs."""

    def pytest_collection(self) -> None:
        """Just before tests are imported, and after the profiles of the tree were chosen."""
        steady()


class Tracer:
    """Notes which lines of some files are come to."""

    def __init__(self, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self.came: Came = {}

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        """The local tracer for frames of these files."""
        if frame.f_code.co_filename not in self._files:
            return None
        lines = self.came.setdefault(frame.f_code.co_filename, set())

        def note(frame: FrameType, event: str, arg: object) -> Any:
            lines.add(frame.f_lineno)
            return note

        return note


class Warm:
    """The plugin that tries mutants in place of running the tests."""

    def __init__(self, root: Path, mutants: Sequence[Mutant], *, jobs: int, notes: Path) -> None:
        self._files = {each.module: str(root / "src" / "opportune" / each.module) for each in mutants}
        self._mutants = mutants
        self._jobs = jobs
        self._notes = notes
        self._importing = Tracer(self._files.values())
        self.tried = Tried()

    def pytest_collection(self) -> None:
        """From here on it is noted what is done while tests are imported."""
        steady()
        sys.settrace(self._importing)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Tries all mutants; runs no test as such."""
        sys.settrace(None)
        known = self._learned(session.items)
        self.tried.failing = [each.id for each in known if each.outcome == "failed"]
        passing = sorted((each for each in known if each.outcome == "passed"), key=lambda each: each.took)
        self.tried.took = sum(each.took for each in passing)
        if not self.tried.failing:
            self._try_all(session.items, passing)
        return True

    def _learned(self, items: Sequence[pytest.Item]) -> list[Known]:
        def learn() -> int:
            found = []
            for item in items:
                tracer, start = Tracer(self._files.values()), time.monotonic()
                threading.settrace(tracer)  # of the threads that the test starts
                sys.settrace(tracer)
                outcome = outcome_of(item)
                sys.settrace(None)
                threading.settrace(None)
                came = {file: sorted(lines) for file, lines in tracer.came.items()}
                found.append((item.nodeid, time.monotonic() - start, came, outcome))
            self._notes.write_text(json.dumps(found), "utf-8")
            return 0

        ((_, code),) = carried_out([Work("learn", learn, 3_600)], 1)
        if code != 0:
            raise RuntimeError(f"the tests could not be run as they are: {code}")
        noted = json.loads(self._notes.read_text("utf-8"))
        return [
            Known(name, took, {file: set(lines) for file, lines in came.items()}, outcome)
            for name, took, came, outcome in noted
        ]

    def _try_all(self, items: Sequence[pytest.Item], known: Sequence[Known]) -> None:
        by_id = {item.nodeid: item for item in items}
        functions = _functions(self._files.values())
        texts = {module: Path(file).read_text("utf-8") for module, file in self._files.items()}
        gc.collect()
        gc.freeze()
        works = []
        for mutant in self._mutants:
            file = self._files[mutant.module]
            tests = coming_to(mutant, file, known)
            if not mutant.is_live:
                self.tried.cold[mutant.name] = [each.id for each in tests]
            elif not tests:
                self.tried.verdicts[mutant.name] = "no test comes here"
            else:
                if self._importing.came.get(file, set()) & set(mutant.lines):
                    self.tried.cold[mutant.name] = [each.id for each in tests]
                code = compile(broken(texts[mutant.module], mutant), file, "exec")
                chosen = [(by_id[each.id], PATIENCE + 6 * each.took) for each in tests]
                limit = sum(span for _, span in chosen)
                works.append(Work(mutant.name, _tried(functions[file], code, chosen), limit))
        for name, ended in carried_out(works, self._jobs):
            if ended == 2:
                self.tried.cold.setdefault(name, [each.id for each in known])
            elif ended == 0:
                self.tried.verdicts[name] = "lived"
            else:
                self.tried.verdicts[name] = "too long" if ended in (None, -signal.SIGALRM) else "killed"
                self.tried.cold.pop(name, None)


def outcome_of(item: pytest.Item) -> str:
    """``passed``, ``failed`` or ``skipped``."""
    reports = runtestprotocol(item, log=False, nextitem=None)
    said = {report.outcome for report in reports}
    return "failed" if "failed" in said else "skipped" if "skipped" in said else "passed"


def coming_to(mutant: Mutant, file: str, known: Sequence[Known]) -> list[Known]:
    """The tests that come to the lines of a live mutant; of others all that come to the module, then the rest."""
    if mutant.is_live:
        return [each for each in known if each.came.get(file, set()) & set(mutant.lines)]
    near = [each for each in known if file in each.came]
    return near or list(known)


def _tried(functions: Sequence[FunctionType], code: CodeType, tests: Sequence[tuple[pytest.Item, float]]) -> Any:
    """What a child does: each test has its seconds, and a test that takes longer ends the child."""

    def do() -> int:
        if not _changed(functions, code):
            return 2
        for item, span in tests:
            signal.setitimer(signal.ITIMER_REAL, span)
            if outcome_of(item) == "failed":
                return 1
        return 0

    return do


def _changed(functions: Sequence[FunctionType], module: CodeType) -> bool:
    """Gives every living function of the module the code it has there; False if one cannot take it."""
    codes = dict(_codes(module))
    for function in functions:
        code = codes.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if code is not None:
            if len(code.co_freevars) != len(function.__code__.co_freevars):
                return False
            function.__code__ = code
    return True


def _codes(code: CodeType) -> Iterable[tuple[tuple[str, int], CodeType]]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield (each.co_qualname, each.co_firstlineno), each
            yield from _codes(each)


def _functions(files: Iterable[str]) -> Mapping[str, list[FunctionType]]:
    found: dict[str, list[FunctionType]] = {file: [] for file in files}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in found:
            found[each.__code__.co_filename].append(each)
    return found
