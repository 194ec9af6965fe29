"""Two playbooks over one past: the figures of each, and what is different."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from opportune.playbook.definition import Playbook
from opportune.wiring.backtest.differences import Compared, Differences
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.reporting import SideBySide, complete, side_by_side
from opportune.wiring.backtest.running import USUAL, Outcome, Work, backtest
from opportune.wiring.backtest.working import Span


class Contrast:
    """A fold: both sides, and what is different between them."""

    def __init__(self, sides: SideBySide, compared: Compared) -> None:
        self.sides = sides
        self.compared = compared

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under the old playbook and under the new one."""
        self.sides.add(lived)
        self.compared.add(lived)

    def merge(self, other: "Contrast") -> None:
        """What another has made of other users."""
        self.sides.merge(other.sides)
        self.compared.merge(other.compared)


class Comparison(Struct, frozen=True):
    """What came of it."""

    differences: Differences
    reports: list[Report]
    """Of the old playbook, and of the new one."""
    refused: dict[str, int]
    """Rows that say nothing that can be taken, by code."""
    examples: list[str]
    """The first of them, in words."""


def contrast(playbooks: Sequence[Playbook], span: Span, *, store: Path | None) -> Contrast:
    """Of nobody yet."""
    old, new = playbooks
    return Contrast(side_by_side(playbooks, span, store=store), Compared(old, new, span.since, span.until))


def compare(
    old: Mapping[str, str], new: Mapping[str, str], past: Past, *, names: tuple[str, str], work: Work = USUAL
) -> Comparison:
    """Lives the past under both, given as files by path, and called by these names; raises as ``backtest`` does."""
    outcome: Outcome[Contrast] = backtest({"old": old, "new": new}, past, partial(contrast, store=past.store), work)
    reports = []
    for name, side in zip(names, outcome.fold.sides.sides, strict=True):
        report = side.figures.report(name)
        report.estimates = side.estimates.estimates()
        complete(report, past, outcome)
        reports.append(report)
    return Comparison(outcome.fold.compared.differences(*names), reports, outcome.refused, outcome.examples)
