"""How many values of random conditions are the same live and in DuckDB: ``python -m benchmarks.parity --checks N``.

``--from SEED`` begins with another piece than the first; ``--state FILE`` goes on after the pieces that the file has
counted, and counts these as well. Each piece is made by its seed alone, so a difference can be found again.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import process_time, time

import duckdb
import msgspec

from benchmarks.machine import machine
from benchmarks.parity_conditions import CONDITIONS, ROWS, Difference, differences
from opportune.features.sql_text import sql_of

EACH = ROWS * CONDITIONS
"""Checks of one piece."""
MOST_SHOWN = 20


class Counted(msgspec.Struct):
    """What has been checked; resumable because pieces are made by their seeds."""

    seed: int = 0
    """The next piece."""
    checks: int = 0
    differences: int = 0
    outcomes: dict[str, int] = {}
    """How many conditions came out TRUE, FALSE and NULL, and how many other values: none of them may be rare."""
    cpu_seconds: float = 0.0


def main(arguments: list[str]) -> int:
    """Prints the figures; fails if there is any difference, having shown the first ones."""
    parser = ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    parser.add_argument("--checks", type=int, required=True, help="how many in all, those of the state file included")
    parser.add_argument("--from", dest="seed", type=int, help="the first piece; without it, the one after the state's")
    parser.add_argument("--state", type=Path, help="a file to go on from and to count in")
    chosen = parser.parse_args(arguments)
    counted = _read(chosen.state)
    if chosen.seed is not None:
        counted.seed = chosen.seed
    print(machine(), f"duckdb {duckdb.__version__}")
    said = time()
    for found in _pieces(counted, chosen.checks):
        for each in found[:MOST_SHOWN]:
            print(shown(each))
        if chosen.state is not None:
            _write(chosen.state, counted)
        if time() - said > 60:
            print(f"{counted.checks:,} checks, {counted.differences} differences", flush=True)
            said = time()
    _tell(counted)
    return 1 if counted.differences else 0


def shown(each: Difference) -> str:
    """The difference in three lines."""
    values = f"live {each.live!r}, in history {each.history!r}"
    return f"piece {each.seed}, row {each.row}: {values}\n  {sql_of(each.node)}\n  {each.sql}"


def _pieces(counted: Counted, checks: int) -> Iterator[list[Difference]]:
    while counted.checks < checks:
        began = process_time()
        outcomes: Counter[str] = Counter()
        found = differences(counted.seed, outcomes=outcomes)
        counted.seed += 1
        counted.checks += EACH
        counted.differences += len(found)
        counted.outcomes = dict(Counter(counted.outcomes) + outcomes)
        counted.cpu_seconds = round(counted.cpu_seconds + process_time() - began, 3)
        yield found


def _read(state: Path | None) -> Counted:
    if state is None or not state.exists():
        return Counted()
    return msgspec.json.decode(state.read_bytes(), type=Counted)


def _write(state: Path, counted: Counted) -> None:
    written = state.with_suffix(".new")
    written.write_bytes(msgspec.json.encode(counted))
    written.replace(state)


def _tell(counted: Counted) -> None:
    print(machine(), f"duckdb {duckdb.__version__}")
    outcomes = ", ".join(f"{name} {count / counted.checks:.0%}" for name, count in sorted(counted.outcomes.items()))
    print(f"{'parity.checks':40} {counted.checks:>14,}  pieces up to {counted.seed - 1}; {outcomes}")
    print(f"{'parity.differences':40} {counted.differences:>14,}  {counted.cpu_seconds:,.0f} CPU seconds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
