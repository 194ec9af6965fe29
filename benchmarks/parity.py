"""How many values of random conditions are the same live and in DuckDB: ``python -m benchmarks.parity --checks N``.

How to go on, and where to begin, says ``benchmarks.parity_count``.
"""

import sys
from collections import Counter

from benchmarks.parity_conditions import CONDITIONS, ROWS, Difference, differences
from benchmarks.parity_count import Comparison, Counted, run
from opportune.features.sql_text import sql_of

EACH = ROWS * CONDITIONS
"""Checks of one piece."""


class Checked(Counted):
    """Of the conditions compared."""

    outcomes: dict[str, int] = {}
    """How many conditions came out TRUE, FALSE and NULL, and how many other values: none of them may be rare."""


def shown(each: Difference) -> str:
    """The difference in three lines."""
    values = f"live {each.live!r}, in history {each.history!r}"
    return f"piece {each.seed}, row {each.row}: {values}\n  {sql_of(each.node)}\n  {each.sql}"


def _piece(counted: Checked) -> list[str]:
    outcomes: Counter[str] = Counter()
    found = differences(counted.seed, outcomes=outcomes)
    counted.compared += EACH
    counted.outcomes = dict(Counter(counted.outcomes) + outcomes)
    return [shown(each) for each in found]


def _told(counted: Checked) -> str:
    outcomes = ", ".join(f"{name} {count / counted.compared:.0%}" for name, count in sorted(counted.outcomes.items()))
    return (
        f"{'parity.checks':40} {counted.compared:>14,}  pieces up to {counted.seed - 1}; {outcomes}\n"
        f"{'parity.differences':40} {counted.differences:>14,}  {counted.cpu_seconds:,.0f} CPU seconds"
    )


CONDITIONS_COMPARED = Comparison("benchmarks.parity", "checks", Checked, _piece, _told)

if __name__ == "__main__":
    sys.exit(run(CONDITIONS_COMPARED, sys.argv[1:]))
