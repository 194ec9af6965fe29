"""Figures of the long proofs, summed over all runs: ``ledger.json`` keeps, docs/explanation/promises.md shows them.

Usage: python -m tests.faults.ledger prints it. Long runs add to it when they are asked to (``--ledger``).
"""

import json
import sys
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TypeAlias

LEDGER = Path(__file__).with_name("ledger.json")
Figures: TypeAlias = dict[str, int]


def kept(path: Path = LEDGER) -> dict[str, Figures]:
    """By proof: its figures, summed."""
    return json.loads(path.read_text()) if path.exists() else {}


def add(proof: str, figures: Figures, path: Path = LEDGER) -> Figures:
    """Adds these to what the proof had; counts only, for they are summed. Returns the new sums."""
    with path.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        sums = kept(path)
        known = sums.setdefault(proof, {})
        for name, count in figures.items():
            known[name] = known.get(name, 0) + count
        text = json.dumps(sums, indent=1, sort_keys=True)
        path.write_text(f"{text}\n")
    return known


def written(sums: dict[str, Figures]) -> str:
    """A line for each figure."""
    return "".join(
        f"{f'{proof}.{name}':<48} {count:>14,}\n"
        for proof, figures in sorted(sums.items())
        for name, count in sorted(figures.items())
    )


if __name__ == "__main__":
    sys.stdout.write(written(kept()))
