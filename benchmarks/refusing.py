"""How long the longest of many wrong texts keeps the reader of conditions busy."""

from collections.abc import Iterator
from time import perf_counter
from typing import Final

from benchmarks.figure import Figure, Size, figure_of
from opportune.errors import ConditionError
from opportune.features.condition import Kind, condition

FEATURES: Final[dict[str, Kind]] = {f"help_searches_{hours}h": "number" for hours in range(1_000)}
HEAVY: Final = {
    "too long": "a" * 10_001,
    "parentheses": "(" * 5_000 + "a" + ")" * 4_000,
    "negations": "NOT " * 2_000 + "a",
    "signs": "- " * 4_900 + "1",
    "unfinished": " AND ".join(f"x > {each}" for each in range(133)) + " AND",
    "contradiction": " AND ".join([f"x <> {each}" for each in range(60)] + ["x IS NULL"]),
    "contradictions": " AND ".join([f"x <> {each}" for each in range(24)] + ["x IS NOT NULL"] * 60 + ["x IS NULL"]),
    "in groups": " OR ".join(["(a > 1 AND b < 3 AND c > 2)"] * 28 + ["(a > 1 AND a < 0)"]),
    "list": "x IN (" + ", ".join(map(str, range(380))) + ", 'a')",
    "longer list": "x IN (" + ", ".join(map(str, range(2_000))) + ")",
    "sum": " + ".join(["a"] * 1_000) + " > 'x'",
    "branches": "CASE " + " ".join(f"WHEN a = {each} THEN {each}" for each in range(90)) + " ELSE 'x' END = 1",
    "nested branches": "CASE WHEN a THEN " * 40 + "1" + " END" * 40,
    "path": ".".join("abcdefgh" * 100) + " = 1",
    "digits": "a = " + "9" * 9_000,
    "fraction": "a = 0." + "9" * 9_000 + " AND a > 1e999",
    "pattern": "a LIKE '" + "%a" * 4_000 + "' AND",
    "quote": "'" * 9_999,
    "comment": "/*" * 4_900,
    "words": "a " * 4_000,
    "calls": "coalesce(" * 1_000,
    "commas": "coalesce(" + "a," * 1_500 + "1) = 'x'",
    "feature": "features." + "help_serches_1h" * 600 + " > 1",
    "misspelt": " AND ".join(f"help_serches_{each}h > 1" for each in range(99)),
    "misspelt feature": "features.help_serches_1h > 1",
    "ranges": "a BETWEEN 1 AND 2 AND " * 60 + "a",
    "span": "EXISTS('a', since => '" + "9" * 9_000 + " days')",
    "dots": "." * 9_000,
    "brackets": "[" * 9_000,
    "stars": "*" * 9_000,
    "equal": "a " + "= a " * 2_000,
    "not closed": '"' + "é" * 9_000,
}
"""Texts that ask for much work and are refused."""


def measured(size: Size) -> Iterator[Figure]:
    """``condition.refused_ms``: the slowest of them."""
    slowest = [max((_milliseconds(text), name) for name, text in HEAVY.items()) for _ in range(size.repeats)]
    conditions = f"the slowest of {len(HEAVY)} texts, mostly '{slowest[0][1]}', beside {len(FEATURES):,} features"
    yield figure_of("condition.refused_ms", [taken for taken, _ in slowest], unit="ms", conditions=conditions)


def _milliseconds(text: str) -> float:
    start = perf_counter()
    try:
        condition(text, features=FEATURES)
    except ConditionError:
        return (perf_counter() - start) * 1e3
    raise AssertionError(f"{text[:60]!r} has been read")
