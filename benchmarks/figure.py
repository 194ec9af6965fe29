"""One measured number with its spread, and how it is taken: several times, the middle one counts."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from msgspec import Struct


class Figure(Struct, frozen=True):
    """What was measured, under which conditions; ``spread`` is the least and the most of all repeats."""

    name: str
    value: float
    unit: str
    spread: tuple[float, float]
    conditions: str

    def __str__(self) -> str:
        least, most = self.spread
        return f"{self.name:40} {self.value:>12,} {self.unit:10} ({least:,} to {most:,})  {self.conditions}"


class Size(Struct, frozen=True):
    """How much is measured."""

    users: int = 5_000
    history: int = 60_000
    """Events folded before anything is timed."""
    events: int = 30_000
    repeats: int = 5
    calls: int = 1_000
    """Calls timed together where one is too short to time."""


QUICK = Size(users=40, history=400, events=1_000, repeats=2, calls=3)
"""Enough to see that everything runs; its figures mean nothing."""


def figure_of(name: str, samples: Sequence[float], *, unit: str, conditions: str) -> Figure:
    """The median of these samples, to three digits."""
    return Figure(name, _rounded(median(samples)), unit, (_rounded(min(samples)), _rounded(max(samples))), conditions)


def microseconds(work: Callable[[], object], calls: int) -> float:
    """How long one of so many calls takes on the average."""
    start = perf_counter()
    for _ in range(calls):
        work()
    return (perf_counter() - start) / calls * 1e6


def in_turn(works: Sequence[Callable[[], object]], size: Size) -> list[list[float]]:
    """Microseconds of a call of each of these, one after the other in every repeat: all meet the same machine."""
    rounds = [[microseconds(work, size.calls) for work in works] for _ in range(size.repeats)]
    return [list(samples) for samples in zip(*rounds, strict=True)]


def _rounded(number: float) -> float:
    return float(f"{number:.3g}") if number < 1_000 else round(number, -2 if number >= 10_000 else 0)
