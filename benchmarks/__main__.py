"""Measures, prints it and writes it into benchmarks/latest.json: ``python -m benchmarks [--quick] [PART ...]``."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from benchmarks.all import PARTS, every
from benchmarks.figure import QUICK, Figure, Size
from benchmarks.machine import machine

LATEST = Path(__file__).parent / "latest.json"


def renewed(known: Iterable[Figure], figures: Sequence[Figure]) -> list[Figure]:
    """The known figures with these in place of those of the same names; new names come last."""
    left: dict[str, list[Figure]] = {}
    for each in figures:
        left.setdefault(each.name, []).append(each)
    names = frozenset(left)
    found: list[Figure] = []
    for each in known:
        found += left.pop(each.name, []) if each.name in names else [each]
    return [*found, *(each for several in left.values() for each in several)]


def main(arguments: list[str]) -> int:
    """``--quick`` runs everything once on little, to see that it runs, and writes nothing."""
    parser = ArgumentParser(prog="python -m benchmarks", description="measures, into benchmarks/latest.json")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of: {' '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="on little, to see that it runs; writes nothing")
    asked = parser.parse_args(arguments)
    unknown = [each for each in asked.parts if each not in PARTS]
    if unknown:
        parser.error(f"no part is called {unknown[0]!r}; there are: {' '.join(PARTS)}")
    size = QUICK if asked.quick else Size()
    print(machine())
    print(size)
    figures = []
    for figure in every(size, asked.parts or PARTS):
        figures.append(figure)
        print(figure, flush=True)
    print(machine())
    if not asked.quick:
        known = msgspec.json.decode(LATEST.read_bytes(), type=list[Figure]) if asked.parts and LATEST.exists() else []
        LATEST.write_bytes(msgspec.json.format(msgspec.json.encode(renewed(known, figures)), indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
