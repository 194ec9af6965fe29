"""Law: a condition has one value, live and in DuckDB. Random conditions over random rows; the seeds are fixed.

``python -m benchmarks.parity --checks N`` goes on where this ends.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from benchmarks.parity_conditions import READS, compared, differences
from benchmarks.parity_rows import scope
from opportune.features.dialect import Dialect
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


class Careless(Dialect):
    """Does not mind capitals."""

    def matches(self, operand: str, pattern: str) -> str:
        return super().matches(operand, pattern).replace(" LIKE ", " ILIKE ")


class Bytes(Dialect):
    """Counts bytes."""

    def length(self, operand: str) -> str:
        return f"CAST(strlen({operand}) AS DOUBLE)"


class Lengthening(Dialect):
    """Writes one capital as two."""

    def upper(self, operand: str) -> str:
        return f"replace(upper({operand}), 'ẞ', 'SS')"


class Flat(Dialect):
    """Looks for flattened names only."""

    def json_at(self, column: str, names: Sequence[str]) -> str:
        return super().json_at(column, (".".join(names),))


class Trusting(Dialect):
    """Takes texts of digits for numbers."""

    def json_number(self, value: str) -> str:
        return f"TRY_CAST(json_extract_string({value}, '$') AS DOUBLE)"


class Unbound(Dialect):
    """Takes an item for contained where the list is NULL."""

    def has(self, many: str, item: str) -> str:
        return f"coalesce({super().has(many, item)}, TRUE)"


@pytest.mark.parametrize("faulty", [Careless, Bytes, Lengthening, Flat, Trusting, Unbound])
def test_an_engine_with_a_fault_is_found_out(faulty: type[Dialect]) -> None:
    assert any(differences(seed, rows=100, conditions=60, dialect=faulty()) for seed in range(10))


def test_a_difference_is_found() -> None:
    scopes = [scope(Random(seed)) for seed in range(10)]
    condition = Compare("=", READS["text"][0], Constant("a"))
    live = [value for _, value, _ in compared(condition, scopes, ["never"] * 10)]
    assert len(live) == 10
    assert not list(compared(condition, scopes, live))
    assert len(list(compared(condition, scopes, [not value for value in live]))) == 10
    assert [row for row, _, _ in compared(condition, scopes, live, {1, 2})]
