"""Parquet files, read by DuckDB in pieces; needs the extra ``history``."""

from collections.abc import Iterator
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
    try:
        import duckdb
    except ImportError:
        raise Unavailable(f"{path}: reading Parquet needs DuckDB: pip install 'opportune[history]'") from None
    name = _hash_of(path)
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield from _pieces(connection, path, name)
    except duckdb.Error as fault:
        raise Unavailable(f"{path}: {str(fault).splitlines()[0]}") from None


def _pieces(connection: "DuckDBPyConnection", path: Path, name: str) -> Iterator[tuple[Row, str, int]]:
    begun, rows = 0, [()] * PIECE
    while len(rows) == PIECE:
        found = connection.execute(_PIECE, (str(path), begun, begun + PIECE))
        columns = [each[0] for each in found.description or ()]
        rows = found.fetchall()
        for count, values in enumerate(rows, begun + 1):
            yield Row(count, dict(zip(columns, values, strict=True))), f"{name}-{count}", count
        begun += PIECE


def _hash_of(path: Path) -> str:
    found = blake2b(digest_size=16)
    with path.open("rb") as file:
        while part := file.read(1024 * 1024):
            found.update(part)
    return found.hexdigest()
