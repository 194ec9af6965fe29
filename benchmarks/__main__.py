"""Measures everything, prints it and writes it into benchmarks/latest.json: ``python -m benchmarks [--quick]``."""

import sys
from pathlib import Path

import msgspec

from benchmarks.all import every
from benchmarks.figure import QUICK, Size
from benchmarks.machine import machine

LATEST = Path(__file__).parent / "latest.json"


def main(arguments: list[str]) -> int:
    """``--quick`` runs everything once on little, to see that it runs, and writes nothing."""
    is_quick = "--quick" in arguments
    size = QUICK if is_quick else Size()
    print(machine())
    print(size)
    figures = []
    for figure in every(size):
        figures.append(figure)
        print(figure, flush=True)
    print(machine())
    if not is_quick:
        LATEST.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
