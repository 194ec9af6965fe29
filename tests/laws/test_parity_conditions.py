"""Law: a condition has one value, live and in DuckDB. Random conditions over random rows; the seeds are fixed.

``python -m benchmarks.parity --checks N`` goes on where this ends.
"""

from collections import Counter
from random import Random

import pytest

from benchmarks.parity_conditions import READS, compared, differences
from benchmarks.parity_rows import scope
from opportune.features.expression import Compare, Constant

PIECES = 6
ROWS, CONDITIONS = 200, 40
"""Checks of a piece: 8,000."""


@pytest.mark.parametrize("seed", range(PIECES))
def test_conditions_are_in_duckdb_what_they_are_live(seed: int) -> None:
    outcomes: Counter[str] = Counter()
    assert differences(seed, rows=ROWS, conditions=CONDITIONS, outcomes=outcomes) == []
    assert sum(outcomes.values()) == ROWS * CONDITIONS
    assert min(outcomes[name] for name in ("TRUE", "FALSE", "NULL")) > 100


def test_a_difference_is_found() -> None:
    scopes = [scope(Random(seed)) for seed in range(10)]
    condition = Compare("=", READS["text"][0], Constant("a"))
    live = [value for _, value, _ in compared(condition, scopes, ["never"] * 10)]
    assert len(live) == 10
    assert not list(compared(condition, scopes, live))
    assert len(list(compared(condition, scopes, [not value for value in live]))) == 10
    assert [row for row, _, _ in compared(condition, scopes, live, {1, 2})]
