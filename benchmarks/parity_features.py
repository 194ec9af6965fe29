"""How many values of random features are the same live and in DuckDB.

    python -m benchmarks.parity_features --values 1000000

After each event of random histories every feature is read live, and of history at that point; every fifth piece is read
in hindsight. How to go on, and where to begin, says ``benchmarks.parity_count``.
"""

import sys
from collections import Counter

from benchmarks.parity_count import Comparison, Counted, run
from opportune.features.feature import Feature
from tests.laws.living_features import Living, Reading, differences, lived

IN_HINDSIGHT = 5
"""Every so many pieces one is read in hindsight."""


class Valued(Counted):
    """Of the values compared."""

    nothing: int = 0
    """How many values were NULL: most features must say something."""
    features: dict[str, int] = {}
    """How many values were of which function."""


def _piece(counted: Valued) -> list[str]:
    seed = counted.seed
    known, living = lived(seed, is_hindsight=seed % IN_HINDSIGHT == IN_HINDSIGHT - 1)
    found = [
        f"{_where(seed, name, reading)}: live {live!r}, in history {said!r}\n  {known[name].text}"
        for name, reading, live, said in differences(known, living)
    ]
    _count(counted, known, living)
    return found


def _count(counted: Valued, known: dict[str, Feature], living: Living) -> None:
    functions = {name: each.aggregate.function if each.aggregate else "formula" for name, each in known.items()}
    made = Counter(functions[name] for reading in living.readings for name in reading.values)
    counted.features = dict(Counter(counted.features) + made)
    counted.compared += made.total()
    counted.nothing += sum(value is None for reading in living.readings for value in reading.values.values())


def _where(seed: int, name: str, reading: Reading) -> str:
    return f"piece {seed}, {name} of {reading.user} at {reading.at} before {reading.place} for {reading.key!r}"


def _told(counted: Valued) -> str:
    functions = ", ".join(f"{name} {count:,}" for name, count in sorted(counted.features.items()))
    share = counted.nothing / max(1, counted.compared)
    pieces = f"pieces up to {counted.seed - 1}; {share:.0%} NULL; {functions}"
    return (
        f"{'parity.values':40} {counted.compared:>14,}  {pieces}\n"
        f"{'parity.value_differences':40} {counted.differences:>14,}  {counted.cpu_seconds:,.0f} CPU seconds"
    )


FEATURES_COMPARED = Comparison("benchmarks.parity_features", "values", Valued, _piece, _told)

if __name__ == "__main__":
    sys.exit(run(FEATURES_COMPARED, sys.argv[1:]))
