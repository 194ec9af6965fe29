"""How many values of random features are the same live and in DuckDB.

    python -m benchmarks.parity_features --values 1000000

After each event of random histories every feature is read live, and of history at that point; every fifth piece is read
in hindsight. ``--from SEED`` begins with another piece than the first; ``--state FILE`` goes on after the pieces that
the file has counted, and counts these as well. Each piece is made by its seed alone, so that a difference can be found
again.
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
from opportune.features.feature import Feature
from tests.laws.living_features import Living, Reading, differences, lived

MOST_SHOWN = 20
IN_HINDSIGHT = 5
"""Every so many pieces one is read in hindsight."""


class Counted(msgspec.Struct):
    """What has been compared; resumable because pieces are made by their seeds."""

    seed: int = 0
    """The next piece."""
    values: int = 0
    differences: int = 0
    nothing: int = 0
    """How many values were NULL: most features must say something."""
    features: dict[str, int] = {}
    """How many values were of which function."""
    cpu_seconds: float = 0.0


def main(arguments: list[str]) -> int:
    """Prints the figures; fails if there is any difference, having shown the first ones."""
    parser = ArgumentParser(prog="python -m benchmarks.parity_features", description=__doc__)
    parser.add_argument("--values", type=int, required=True, help="how many in all, those of the state file included")
    parser.add_argument("--from", dest="seed", type=int, help="the first piece; without it, the one after the state's")
    parser.add_argument("--state", type=Path, help="a file to go on from and to count in")
    chosen = parser.parse_args(arguments)
    counted = Counted()
    if chosen.state is not None and chosen.state.exists():
        counted = msgspec.json.decode(chosen.state.read_bytes(), type=Counted)
    counted.seed = counted.seed if chosen.seed is None else chosen.seed
    said = time()
    for found in _pieces(counted, chosen.values):
        for line in found[:MOST_SHOWN]:
            print(line)
        if chosen.state is not None:
            chosen.state.write_bytes(msgspec.json.encode(counted))
        if time() - said > 60:
            print(f"{counted.values:,} values, {counted.differences} differences", flush=True)
            said = time()
    _tell(counted)
    return 1 if counted.differences else 0


def _pieces(counted: Counted, values: int) -> Iterator[list[str]]:
    while counted.values < values:
        began, seed = process_time(), counted.seed
        known, living = lived(seed, is_hindsight=seed % IN_HINDSIGHT == IN_HINDSIGHT - 1)
        found = [
            f"{_where(seed, name, reading)}: live {live!r}, in history {said!r}\n  {known[name].text}"
            for name, reading, live, said in differences(known, living)
        ]
        _count(counted, known, living)
        counted.seed += 1
        counted.differences += len(found)
        counted.cpu_seconds = round(counted.cpu_seconds + process_time() - began, 3)
        yield found


def _count(counted: Counted, known: dict[str, Feature], living: Living) -> None:
    functions = {name: each.aggregate.function if each.aggregate else "formula" for name, each in known.items()}
    made = Counter(functions[name] for reading in living.readings for name in reading.values)
    counted.features = dict(Counter(counted.features) + made)
    counted.values += made.total()
    counted.nothing += sum(value is None for reading in living.readings for value in reading.values.values())


def _where(seed: int, name: str, reading: Reading) -> str:
    return f"piece {seed}, {name} of {reading.user} at {reading.at} before {reading.place} for {reading.key!r}"


def _tell(counted: Counted) -> None:
    print(machine(), f"duckdb {duckdb.__version__}")
    functions = ", ".join(f"{name} {count:,}" for name, count in sorted(counted.features.items()))
    share = counted.nothing / max(1, counted.values)
    print(f"{'parity.values':40} {counted.values:>14,}  pieces up to {counted.seed - 1}; {share:.0%} NULL; {functions}")
    print(f"{'parity.value_differences':40} {counted.differences:>14,}  {counted.cpu_seconds:,.0f} CPU seconds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
