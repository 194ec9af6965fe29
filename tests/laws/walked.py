"""Watches runs go from step to step, and holds each move against the picture of their journey.

Asked is where runs are whenever the engine looks (``Plan.step``), and which runs there are before and after an input.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from opportune.journeys.diagram import ENDED, EXITED, RUN, START, Diagram, Edge, diagram_of, state_at
from opportune.journeys.journey import Journey
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan
from opportune.journeys.run import Run
from opportune.journeys.step import Step

Known = tuple[str, str, str, int]
"""A run: journey, version, key and entry."""


def known(run: Run) -> Known:
    return run.journey, run.version, run.key, run.entry


class Watch:
    """What runs did that is drawn, and what they did that is not."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, Edge]] = set()
        """By version and journey, as ``VERSION JOURNEY``."""
        self.strange: list[str] = []
        self.diagrams: dict[str, Diagram] = {}
        self.moves = 0
        self._asked: list[tuple[Known, int]] = []
        self._journeys: dict[str, Journey] = {}

    def note(self, plan: Plan, run: Run) -> None:
        name = f"{plan.version} {plan.journey.name}"
        if name not in self.diagrams:
            self.diagrams[name], self._journeys[name] = diagram_of(plan.journey), plan.journey
        self._asked.append((known(run), run.step))

    def merged(self) -> None:
        """Two memories have become one: what became of their runs is not drawn."""
        self._asked.clear()

    def took(self, before: Memory | None, after: Memory, names: Iterable[str]) -> None:
        """An input of one user is done; ``names`` are those of the event and of all that was emitted because of it."""
        at = {known(run): run.step for run in before.runs} if before is not None else {}
        acted = {known(run) for run in before.runs if run.has_acted} if before is not None else set()
        asked, self._asked = self._asked, []
        for each, step in asked:
            if each not in at:
                self._moved(each, START, step, "entry")
            elif at[each] != step:
                self._moved(each, self._state(each, at[each]), step, "again" if step == 0 else "")
            at[each] = step
        left = {known(run) for run in after.runs}
        for each, step in at.items():
            if each not in left:
                self._gone(each, step, set(names), has_acted=each in acted)

    def _state(self, run: Known, step: int) -> str:
        return state_at(self._journeys[self._name(run)], step)

    def _name(self, run: Known) -> str:
        return f"{run[1]} {run[0]}"

    def _moved(self, run: Known, source: str, step: int, cause: str) -> None:
        """A run is somewhere else now; where branches only join nothing is drawn."""
        name, target = self._name(run), self._state(run, step)
        if source == target:
            return
        self.moves += 1
        drawn = [
            each
            for each in self.diagrams[name].edges
            if (each.source, each.target) == (RUN if cause == "again" else source, target)
            and (not cause or each.cause == cause)
        ]
        self.seen |= {(name, each) for each in drawn}
        if not drawn:
            self.strange.append(f"{name}: from {source} to {target} {cause}")

    def _gone(self, run: Known, step: int, names: set[str], *, has_acted: bool) -> None:
        """A run is not there any more: it has come to its end, an exit ended it, or it should not have begun."""
        name = self._name(run)
        if name not in self.diagrams or self._state(run, step) == ENDED:
            return
        edges = self.diagrams[name].edges
        out = [each for each in edges if each.target == EXITED and each.cause == "exit" and each.event in {*names, ""}]
        here = [each for each in edges if each.source == self._state(run, step) and each.target == ENDED]
        over = [each for each in here if each.cause in ("not_sent", "missing")]
        self.moves += 1
        self.seen |= {(name, each) for each in (out or over)}
        if not out and not over and has_acted:
            self.strange.append(f"{name}: gone from {self._state(run, step)} by {sorted(names)}")


@contextmanager
def watching() -> Iterator[Watch]:
    """Watches all runs while the block lasts."""
    watch, true = Watch(), Plan.step

    def step(plan: Plan, run: Run) -> Step | None:
        watch.note(plan, run)
        return true(plan, run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "step", step)
        yield watch
