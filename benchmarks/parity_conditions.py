"""Conditions computed live and in DuckDB over the same rows, and every difference between the two.

One piece is as many rows as conditions allow to be compared in one SELECT; a piece is made by its seed alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

import duckdb
import msgspec

from benchmarks.parity_nodes import HAPPENED, LISTS, READS, node
from benchmarks.parity_rows import scope
from opportune.features.clock import CLOCK, part_of, user_clock
from opportune.features.condition import compile_value
from opportune.features.dialect import DUCKDB, Dialect
from opportune.features.emit import Looked, emitted, extracted, json_as, value_of_tagged
from opportune.features.expression import And, Expression, Happened, Kind, LocalPart, Node, Or, Part, Read, kind_of
from opportune.features.generate import compile_condition, compile_falsehood
from opportune.features.interpret import value_of
from opportune.features.local_time import zone_named
from opportune.features.scope import Reader, Scope
from opportune.units import Value

ROWS: Final = 1_000
CONDITIONS: Final = 100
DEPTHS: Final = (1, 2, 3, 3, 4, 5)
KINDS: Final[tuple[Kind, ...]] = ("boolean", "boolean", "boolean", "number", "text", "unknown")
PARTS: Final[tuple[Part, ...]] = ("hour", "weekday")
ALL_READS: Final = tuple(read for reads in READS.values() for read in reads)
OSLO: Final = zone_named("Europe/Oslo")


class Difference(msgspec.Struct, frozen=True):
    """A condition that is not the same in both."""

    seed: int
    node: Node
    row: int
    live: Value
    history: Value
    sql: str


def readers() -> dict[str, Reader]:
    """The value of a feature stands in the scope's keys; the clock is the user's."""

    def reader_of(name: str) -> Reader:
        return lambda scope: scope.keys.get(name)  # type: ignore[return-value]

    assert OSLO is not None
    named = {read.path: reader_of(read.path) for read in (*ALL_READS, *LISTS) if read.source == "feature"}
    return {**named, CLOCK: user_clock(OSLO)}


READERS: Final = readers()


def differences(
    seed: int,
    *,
    rows: int = ROWS,
    conditions: int = CONDITIONS,
    outcomes: Counter[str] | None = None,
    dialect: Dialect = DUCKDB,
) -> list[Difference]:
    """Those of the piece that this seed makes: each of so many conditions over each of so many rows.

    ``outcomes`` counts what the conditions come to; ``dialect`` is another one where faults are to be found.
    """
    chance = Random(seed)
    scopes = [scope(chance) for _ in range(rows)]
    nodes = [node(chance, chance.choice(KINDS), chance.choice(DEPTHS)) for _ in range(conditions)]
    texts = [emitted(each, column_of, dialect) for each in nodes]
    with duckdb.connect(config={"threads": 1}) as connection:
        stored(connection, scopes, dialect)
        listed = ", ".join(f"{text} AS c{place}" for place, text in enumerate(texts))
        found = connection.execute(f"SELECT {listed} FROM looked ORDER BY row").fetchall()
        asked = {place: _asked(connection, texts[place]) for place in range(conditions) if _is_asked(nodes[place])}
    differing: list[Difference] = []
    for place, (each, column) in enumerate(zip(nodes, zip(*found, strict=True), strict=True)):
        pairs = list(compared(each, scopes, column, asked.get(place)))
        differing += [Difference(seed, each, row, live, history, texts[place]) for row, live, history in pairs]
        if outcomes is not None:
            outcomes.update(_outcomes(each, column))
    return differing


def compared(
    each: Node, scopes: Sequence[Scope], column: Sequence[Value], asked: set[int] | None = None
) -> Iterator[tuple[int, Value, Value]]:
    """The rows in which the live value and the one of the column are not the same.

    ``asked`` are the rows that a WHERE finds: those in which the generated condition holds.
    """
    compute = compile_value(Expression("", each, kind_of(each)), READERS)
    live = [compute(each_scope) for each_scope in scopes]
    if kind_of(each) == "unknown":
        column = [value_of_tagged(value) if isinstance(value, str) else None for value in column]
    for row, (one, other) in enumerate(zip(live, column, strict=True)):
        if one != other or isinstance(one, bool) is not isinstance(other, bool):
            yield row, one, other
    if asked is None:
        return
    read = Expression("", each, "boolean")
    holds, fails = compile_condition(read, READERS), compile_falsehood(read, READERS)
    for row, each_scope in enumerate(scopes):
        if holds(each_scope) is not (row in asked) or fails(each_scope) is not (column[row] is False):
            yield row, holds(each_scope), row in asked


def _is_asked(each: Node) -> bool:
    """Whether the condition stands in a WHERE too, where engines rewrite it otherwise than in a column."""
    return isinstance(each, And | Or)


def _asked(connection: duckdb.DuckDBPyConnection, text: str) -> set[int]:
    return {row for (row,) in connection.execute(f"SELECT row FROM looked WHERE {text}").fetchall()}


def _outcomes(each: Node, column: Sequence[Value]) -> dict[str, int]:
    if kind_of(each) != "boolean":
        return {"other values": len(column) - column.count(None), "other NULL": column.count(None)}
    return {"TRUE": column.count(True), "FALSE": column.count(False), "NULL": column.count(None)}


def column_of(looked: Looked) -> str:
    """The name of the column for what a node looks at."""
    match looked:
        case Read():
            return f"r{(*ALL_READS, *LISTS).index(looked)}"
        case Happened():
            return f"h{HAPPENED.index(looked)}"
        case LocalPart():
            return f"l_{looked.part}"


def stored(connection: duckdb.DuckDBPyConnection, scopes: Sequence[Scope], dialect: Dialect = DUCKDB) -> None:
    """The rows as a history has them: JSON, from which ``looked`` has a typed column for all that can be looked at."""
    connection.execute(
        "CREATE TABLE rows (row INTEGER, properties VARCHAR, context VARCHAR, known VARCHAR, "
        "l_hour DOUBLE, l_weekday DOUBLE, h0 BOOLEAN, h1 BOOLEAN, h2 BOOLEAN, lists VARCHAR)"
    )
    connection.executemany(
        "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_stored(row, each) for row, each in enumerate(scopes)],
    )
    columns = [f"{_extracted(read, dialect)} AS {column_of(read)}" for read in ALL_READS]
    columns += [f"{_listed(place, read)} AS {column_of(read)}" for place, read in enumerate(LISTS)]
    connection.execute(f"CREATE TABLE looked AS SELECT *, {', '.join(columns)} FROM rows")


def _stored(row: int, each: Scope) -> list[object]:
    known: dict[str, object] = {f"trait {name}": history[-1].value for name, history in each.profile.traits.items()}
    known |= {f"feature {name}": value for name, value in each.keys.items() if not isinstance(value, tuple)}
    local = READERS[CLOCK](each)
    happened = [value_of(node, each, READERS) for node in HAPPENED]
    lists = {name: _tags(value) for name, value in each.keys.items() if isinstance(value, tuple)}
    objects = [_encoded(value) for value in (each.properties, each.context, known)]
    return [row, *objects, *(part_of(local, part) for part in PARTS), *happened, _encoded(lists)]


def _encoded(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value).decode()


def _tags(values: tuple[str, ...] | tuple[int, ...]) -> list[str]:
    return [f"t:{value}" if isinstance(value, str) else f"n:{float(value)}" for value in values]


def _extracted(read: Read, dialect: Dialect) -> str:
    known = dialect.json_at("known", (f"{'feature' if read.source == 'feature' else 'trait'} {read.path}",))
    value = json_as(known, read.kind, dialect)
    return value if read.source in ("feature", "trait") else extracted(read, dialect, trait=value)


def _listed(place: int, read: Read) -> str:
    value = DUCKDB.json_at("lists", (read.path,))
    return f"CASE WHEN {value} IS NOT NULL THEN from_json({value}, '[\"VARCHAR\"]') END"
