"""The reports of a page, each with what it is called among the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from opportune.wiring.backtest.report import Report


class Named(Struct, frozen=True):
    """One report; ``label`` is empty where it is the only one."""

    place: int
    label: str
    report: Report


def named(reports: Sequence[Report]) -> list[Named]:
    """Each with its playbook's name; of several of one name each with the beginning of its hash too."""
    often = Counter(report.playbook for report in reports)
    return [Named(place, _label(report, often, len(reports)), report) for place, report in enumerate(reports)]


def _label(report: Report, often: Mapping[str, int], count: int) -> str:
    if count == 1:
        return ""
    return report.playbook if often[report.playbook] == 1 else f"{report.playbook} ({report.hash[:8]})"


def totals(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sums by name."""
    sums: Counter[str] = Counter()
    for counts in counted:
        sums.update(counts)
    return dict(sums)
