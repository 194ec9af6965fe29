"""Reports of several playbooks over one past."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from opportune.playbook.definition import Playbook
from opportune.wiring.backtest.estimates import Estimates
from opportune.wiring.backtest.figures import Figures
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.running import USUAL, F, Outcome, Work, backtest
from opportune.wiring.backtest.working import Span


class Side(Struct):
    """What is made of one playbook."""

    figures: Figures
    estimates: Estimates


class SideBySide:
    """The same for each playbook, in their order."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.sides = sides

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under each of the playbooks."""
        for side in self.sides:
            side.figures.add(lived)
            side.estimates.add(lived)

    def merge(self, other: "SideBySide") -> None:
        """What another has made of other users."""
        for side, more in zip(self.sides, other.sides, strict=True):
            side.figures.merge(more.figures)
            side.estimates.merge(more.estimates)


class Tried(Struct, frozen=True):
    """What came of trying playbooks on a past."""

    reports: list[Report]
    refused: dict[str, int]
    """Rows that say nothing that can be taken, by code."""
    examples: list[str]
    """The first of them, in words."""


def side_by_side(playbooks: Sequence[Playbook], span: Span, *, store: Path | None) -> SideBySide:
    """Of nobody yet; ``store``: the engine's file that the past is from."""
    return SideBySide(
        [
            Side(Figures(each, place, span.since, span.until), Estimates(each, place, store))
            for place, each in enumerate(playbooks)
        ]
    )


def tried(playbooks: Mapping[str, Mapping[str, str]], past: Past, work: Work = USUAL) -> Tried:
    """Lives the past under each of these playbooks, given by name as files by path; raises as ``backtest`` does."""
    outcome = backtest(playbooks, past, partial(side_by_side, store=past.store), work)
    reports = []
    for name, side in zip(playbooks, outcome.fold.sides, strict=True):
        report = side.figures.report(name)
        report.estimates = side.estimates.estimates()
        complete(report, past, outcome)
        reports.append(report)
    return Tried(reports, outcome.refused, outcome.examples)


def complete(report: Report, past: Past, outcome: Outcome[F]) -> None:
    """Enters what only the host knows, and what it took for granted."""
    report.refused = outcome.refused
    report.seconds = round(outcome.seconds, 3)
    report.events_per_second = round(outcome.events / outcome.seconds, 1) if outcome.seconds else 0.0
    report.peak_mb = round(outcome.peak_mb, 1)
    report.assumptions += assumptions_of(past)
    if outcome.beyond:
        report.assumptions.append(f"{outcome.beyond:,} events after the last instant were left out.")


def assumptions_of(past: Past) -> list[str]:
    """What a backtest takes for granted of this past, in sentences."""
    found = ["Every message was accepted by its provider at the instant at which it was due to go out."]
    if past.store is None:
        found.append(
            "Every event arrived at the instant at which it happened; those of one instant as the files have them."
        )
        found.append("Nobody opened or clicked what this playbook would have sent, unless the files say so.")
    else:
        found.append(
            "Opens, clicks and answers count only where the tested playbook makes the same decision as the log."
        )
        found.append("What was remembered of users before the log begins is not known here.")
    if past.traits:
        found.append("What files of users say without an instant was known before the first event.")
    if past.since is not None:
        found.append("What happened before the first day changed what is remembered, and started nothing.")
    return found
