"""What both comparisons of live and history share: pieces made by their seeds, counted up to so many, resumable.

``--from SEED`` begins with another piece than the first; ``--state FILE`` goes on after the pieces that the file has
counted, and counts these as well. Each piece is made by its seed alone, so a difference can be found again.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time, time
from typing import Generic, TypeVar

import duckdb
import msgspec

from benchmarks.machine import machine

MOST_SHOWN = 20
"""Differences of one piece that are shown."""


class Counted(msgspec.Struct, forbid_unknown_fields=True):
    """What has been compared; resumable because pieces are made by their seeds."""

    seed: int = 0
    """The next piece."""
    compared: int = 0
    differences: int = 0
    cpu_seconds: float = 0.0


C = TypeVar("C", bound=Counted)


@dataclass(frozen=True)
class Comparison(Generic[C]):
    """One kind of pieces."""

    module: str
    unit: str
    """What is counted, such as ``checks``."""
    counted: type[C]
    piece: Callable[[C], list[str]]
    """Compares the piece of the seed, counts all but ``seed``, ``differences`` and time; says what differs."""
    told: Callable[[C], str]
    """The figures."""


def run(comparison: Comparison[C], arguments: list[str]) -> int:
    """Prints the figures; fails if there is any difference, having shown the first ones."""
    chosen = _chosen(comparison, arguments)
    counted = _read(chosen.state, comparison.counted)
    if chosen.seed is not None:
        counted.seed = chosen.seed
    print(machine(), f"duckdb {duckdb.__version__}")
    said = time()
    while counted.compared < chosen.most:
        for line in _next(comparison, counted)[:MOST_SHOWN]:
            print(line)
        if chosen.state is not None:
            _write(chosen.state, counted)
        if time() - said > 60:
            print(f"{counted.compared:,} {comparison.unit}, {counted.differences} differences", flush=True)
            said = time()
    print(machine(), f"duckdb {duckdb.__version__}")
    print(comparison.told(counted))
    return 1 if counted.differences else 0


def _chosen(comparison: Comparison[C], arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog=f"python -m {comparison.module}", description=__doc__)
    most = f"how many {comparison.unit} in all, those of the state file included"
    parser.add_argument(f"--{comparison.unit}", dest="most", type=int, required=True, help=most)
    parser.add_argument("--from", dest="seed", type=int, help="the first piece; without it, the one after the state's")
    parser.add_argument("--state", type=Path, help="a file to go on from and to count in")
    return parser.parse_args(arguments)


def _next(comparison: Comparison[C], counted: C) -> list[str]:
    began = process_time()
    found = comparison.piece(counted)
    counted.seed += 1
    counted.differences += len(found)
    counted.cpu_seconds = round(counted.cpu_seconds + process_time() - began, 3)
    return found


def _read(state: Path | None, kind: type[C]) -> C:
    if state is None or not state.exists():
        return kind()
    return msgspec.json.decode(state.read_bytes(), type=kind)


def _write(state: Path, counted: Counted) -> None:
    """Whole or not at all: what is killed meanwhile goes on from the piece before."""
    written = state.with_suffix(".new")
    written.write_bytes(msgspec.json.encode(counted))
    written.replace(state)
