"""Parquet files, read by DuckDB in pieces; needs the extra ``history``."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opportune.adapters.sources.rows import Row
from opportune.errors import Unavailable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PIECE: Final = 10_000
"""Rows in memory at a time."""
_PIECE: Final = (
    "SELECT * EXCLUDE (file_row_number) FROM read_parquet(?, file_row_number = true) "
    "WHERE file_row_number >= ? AND file_row_number < ? ORDER BY file_row_number"
)


def parquet_rows(path: Path) -> Iterator[tuple[Row, str, int]]:
    """Every row with the mark of the file up to it, and its count; raises Unavailable if the file cannot be read.

    A Parquet file is written once and never grows, so a mark is the hash of the whole file and the count of the rows.
    """
    name = _hash_of(path)
    for row in rows_between(path, 0, None):
        yield row, f"{name}-{row.line}", row.line


def rows_between(path: Path, first: int, last: int | None) -> Iterator[Row]:
    """The rows from the first up to and without the last, both counted from 0; None: all that follow."""
    with _reading(path) as connection:
        while True:
            end = first + PIECE if last is None else min(first + PIECE, last)
            found = connection.execute(_PIECE, (str(path), first, end))
            columns = [each[0] for each in found.description or ()]
            rows = found.fetchall()
            for count, values in enumerate(rows, first + 1):
                yield Row(count, dict(zip(columns, values, strict=True)))
            first = end
            if len(rows) < PIECE or first == last:
                return


def row_count(path: Path) -> int:
    """How many rows the file holds; raises Unavailable if it cannot be read."""
    with _reading(path) as connection:
        found = connection.execute("SELECT count(*) FROM read_parquet(?)", (str(path),)).fetchone()
        assert found is not None
        return int(found[0])


@contextmanager
def _reading(path: Path) -> "Iterator[DuckDBPyConnection]":
    try:
        import duckdb
    except ImportError:
        raise Unavailable(f"{path}: reading Parquet needs DuckDB: pip install 'opportune[history]'") from None
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    except duckdb.Error as fault:
        said = str(fault).splitlines()[0]
        raise Unavailable(f"{path}: {said}; is it whole, and Parquet? --format says what else it is") from None


def _hash_of(path: Path) -> str:
    found = blake2b(digest_size=16)
    with path.open("rb") as file:
        while part := file.read(1024 * 1024):
            found.update(part)
    return found.hexdigest()
