"""Rows written as files, one for each UTC day: NDJSON, CSV, or Parquet where DuckDB is installed."""

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from io import TextIOWrapper
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Raw, Struct, json
from msgspec.structs import fields

from opportune.adapters.lasting import put_in_place
from opportune.adapters.private_file import anew, straight
from opportune.errors import Unavailable
from opportune.ports import History
from opportune.wiring.rows_out import INSTANTS, SHAPES, Row, What, iso, rows

Format: TypeAlias = Literal["parquet", "ndjson", "csv"]
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""
_encoder: Final = json.Encoder()


class Written(Struct, frozen=True):
    """One file that an export made."""

    file: str
    rows: int


class Order(Struct, frozen=True):
    """What is to be written, how, and of which UTC days, both included."""

    what: What
    kind: Format
    first: str = "0001-01-01"
    last: str = "9999-12-31"


def export(
    history: History, order: Order, into: Path, progress: Callable[[int], None] = lambda count: None
) -> list[Written]:
    """Writes ``what-day.kind`` for each day that has rows; a file that is there is replaced.

    Raises Unavailable if the folder cannot be written, or Parquet is wanted and DuckDB is missing.
    """
    to_parquet = _parquet() if order.kind == "parquet" else None
    try:
        into.mkdir(parents=True, exist_ok=True)
        parts = _Parts(into, order.what, "csv" if order.kind == "csv" else "ndjson")
        with closing(parts):
            _fill(parts, history, order, progress)
        return [
            _finished(into, f"{order.what}-{day}.{order.kind}", part, count, to_parquet)
            for day, part, count in parts.made()
        ]
    except OSError as refusal:
        raise Unavailable(f"{into}: {refusal.strerror}; --out names a folder that we may write") from refusal


def _fill(parts: "_Parts", history: History, order: Order, progress: Callable[[int], None]) -> None:
    for count, (at, row) in enumerate(rows(history, order.what), 1):
        day = (iso(at) or "")[:10]
        if order.first <= day <= order.last:
            parts.add(day, row)
        if count % 1_000 == 0:
            progress(count)


class _Parts:
    """Hidden files, one for each day; few are open at a time, since rows come nearly in order."""

    def __init__(self, into: Path, what: What, kind: Literal["csv", "ndjson"]) -> None:
        self._into, self._what, self._kind = into, what, kind
        self._open: dict[str, TextIOWrapper] = {}
        self._counts: dict[str, int] = {}

    def add(self, day: str, row: Row) -> None:
        if day not in self._open:
            self._begin(day, row)
        self._counts[day] += 1
        if self._kind == "ndjson":
            self._open[day].write(_encoder.encode(row).decode() + "\n")
        else:
            csv.writer(self._open[day]).writerow(cells(row))

    def made(self) -> Iterator[tuple[str, Path, int]]:
        for day in sorted(self._counts):
            yield day, self._path(day), self._counts[day]

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _begin(self, day: str, row: Row) -> None:
        if len(self._open) >= 8:
            self._open.pop(next(iter(self._open))).close()
        is_new = day not in self._counts
        path = self._path(day)
        if is_new:
            self._open[day] = open(anew(path), "w", encoding="utf-8", newline="")
        else:
            self._open[day] = open(path, "a", encoding="utf-8", newline="", opener=straight())
        if is_new:
            self._counts[day] = 0
            if self._kind == "csv":
                csv.writer(self._open[day]).writerow([field.name for field in fields(row)])

    def _path(self, day: str) -> Path:
        return self._into / f".{self._what}-{day}.{self._kind}.part"


def cells(row: Row) -> list[str]:
    """The row for a spreadsheet: a text that it would calculate gets a ``'`` in front."""
    found = []
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, str):
            found.append(f"'{value}" if value.startswith(_FORMULA) else value)
        elif isinstance(value, Raw):
            found.append(bytes(value).decode())
        else:
            found.append("" if value is None else str(value).lower() if isinstance(value, bool) else str(value))
    return found


def _finished(
    into: Path, name: str, part: Path, count: int, to_parquet: Callable[[Path, Path, What], None] | None
) -> Written:
    target, what = into / name, name.partition("-")[0]
    if to_parquet is not None:
        made = part.with_suffix(".parquet")
        to_parquet(part, made, next(each for each in SHAPES if each == what))
        part.unlink()
        part = made
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    put_in_place(part, target)
    return Written(str(target), count)


def _parquet() -> Callable[[Path, Path, What], None]:
    try:
        import duckdb
    except ImportError:
        raise Unavailable("parquet needs DuckDB: pip install 'opportune[history]', or take --format ndjson") from None

    def convert(part: Path, to: Path, what: What) -> None:
        columns = {field.name: _column(field.name, field.type) for field in fields(SHAPES[what])}
        with duckdb.connect() as connection:
            source = connection.read_json(str(part), columns=columns, format="newline_delimited")
            source.write_parquet(str(to), compression="zstd")

    return convert


def _column(name: str, kind: object) -> str:
    if name in INSTANTS:
        return "TIMESTAMP"
    return {int: "BIGINT", bool: "BOOLEAN", Raw: "JSON"}.get(kind, "VARCHAR")  # type: ignore[call-overload, no-any-return]
