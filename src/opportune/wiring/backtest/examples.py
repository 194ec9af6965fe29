"""A few decisions for each code, told as ``why`` tells them."""

from collections.abc import Iterable
from typing import Final

from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import code_of
from opportune.wiring.around import Around
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import Example, Report
from opportune.wiring.sentences import sentences_of

MOST_OF_CODE: Final = 4
MOST_KEPT: Final = 2
"""Of each code and journey."""
PLANNED: Final = "planned"
"""The code of what had not ended when the past did."""


class Examples:
    """Those with the lowest ids, which are hashes: as good as drawn, and the same for any split of users and any order.

    As many journeys as possible are shown for each code.
    """

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._kept: dict[tuple[str, str], list[Example]] = {}
        """By code and journey, the lowest first."""

    def add(self, lived: Lived) -> None:
        """One user's decisions."""
        for decision in lived.decisions:
            ending = lived.endings.get(decision.id)
            code = PLANNED if ending is None else code_of(decision, ending)
            known = self._kept.setdefault((code, decision.journey), [])
            if len(known) < MOST_KEPT or decision.id < known[-1].decision:
                around = Around(lived.decisions, lived.endings, self._playbook)
                _keep(known, [_told(code, decision, ending, around)])

    def merge(self, other: "Examples") -> None:
        """What was kept of other users as well."""
        for name, kept in other._kept.items():
            _keep(self._kept.setdefault(name, []), kept)

    def write(self, report: Report) -> None:
        """Enters the examples into the report, by code."""
        by_code: dict[str, list[tuple[int, str, Example]]] = {}
        for (code, _), kept in self._kept.items():
            by_code.setdefault(code, []).extend((place, each.decision, each) for place, each in enumerate(kept))
        for code in sorted(by_code):
            shown = sorted(by_code[code], key=lambda each: each[:2])[:MOST_OF_CODE]
            report.examples += [each for _, _, each in shown]


def _keep(known: list[Example], more: Iterable[Example]) -> None:
    known[:] = sorted([*known, *more], key=lambda each: each.decision)[:MOST_KEPT]


def _told(code: str, decision: Decision, ending: Ending | None, around: Around) -> Example:
    sentences = tuple(sentences_of(decision, ending, around=around))
    return Example(code, decision.journey, decision.message, decision.user, decision.id, sentences)
