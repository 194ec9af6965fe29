"""Where a past comes from, and in which pieces it is read: files that others wrote, or the log of an engine."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from opportune.adapters.sources.parquet import row_count
from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.units import Instant
from opportune.wiring.backtest.periods import named
from opportune.wiring.mapping import Columns
from opportune.wiring.row_files import Form, form_of, opened

PIECE: Final = 16 * 1024 * 1024
"""Bytes of text that are read in one go."""
ROWS: Final = 50_000
"""The same, of Parquet rows and of log entries."""
HEAD: Final = 64 * 1024
_SCANNED: Final = 1024 * 1024


class Past(Struct, frozen=True, kw_only=True):
    """What happened, and how it is to be read; either files, or the file of an engine."""

    now: Instant
    """Nothing happened later than this."""
    files: tuple[Path, ...] = ()
    traits: tuple[Path, ...] = ()
    """Files of users: what is known of them before the first event of the other files."""
    traits_columns: Columns = Columns(kind="identify")
    store: Path | None = None
    columns: Columns = Columns()
    form: Form | None = None
    delimiter: str | None = None
    text: frozenset[str] = frozenset()
    """Columns of tables that stay text."""
    since: Instant | None = None
    """What is before it is history: it changes features, and nothing starts. None: nothing is."""
    until: Instant | None = None
    """The last instant; None: that of the newest event."""


class Piece(Struct, frozen=True):
    """Bytes, rows or log entries of one file: those from ``first`` up to, and without, ``last``."""

    path: Path
    form: Form | Literal["log"]
    first: int = 0
    last: int | None = None
    """None: to the end."""
    file: int = 0
    """Which of the files it is."""
    is_traits: bool = False
    size: int = 1
    """About how much work it is, beside others."""


Pieces: TypeAlias = list[Piece]


def pieces_of(past: Past, *, size: int = PIECE, rows: int = ROWS) -> Pieces:
    """The past in pieces that may be read apart from each other, in order; raises Unavailable for what is not there."""
    if past.store is not None:
        return list(_log_pieces(past.store, rows))
    files = [(path, form_of(path, past.form)) for path in past.files]
    known = [(path, form_of(path, None if path.suffix else past.form)) for path in past.traits]
    return [
        replace(piece, is_traits=number >= len(files))
        for number, (path, form) in enumerate([*files, *known])
        for piece in _file_pieces(path, form, number, (size, rows))
    ]


def _log_pieces(path: Path, rows: int) -> Iterator[Piece]:
    history = SqliteHistory(path)
    try:
        end = history.last_seq() + 1
    finally:
        history.close()
    for first in range(1, end, rows):
        yield Piece(path, "log", first, min(first + rows, end), size=min(rows, end - first))


def _file_pieces(path: Path, form: Form, number: int, sizes: tuple[int, int]) -> Iterator[Piece]:
    if not path.is_fifo():  # which can be opened only once
        opened(path).close()  # or it is said that it cannot be
    whole = path.stat().st_size
    if form == "parquet":
        count, rows = row_count(path), sizes[1]
        for first in range(0, count, rows):
            last = min(first + rows, count)
            yield Piece(path, form, first, last, number, size=max(1, whole * (last - first) // count))
    elif path.suffix == ".gz" or whole <= sizes[0] or not _may_be_cut(path, form):
        yield Piece(path, form, file=number, size=whole)
    else:
        first = 0
        while first < whole:
            last = _line_end(path, min(first + sizes[0], whole), whole)
            yield Piece(path, form, first, None if last == whole else last, number, size=last - first)
            first = last


def _may_be_cut(path: Path, form: Form) -> bool:
    """Whether every line ends a row: with LF, and, in a table, where nothing is quoted."""
    with path.open("rb") as file:
        if b"\n" not in file.read(HEAD):
            return False
        file.seek(0)
        if form == "csv":
            return not any(b'"' in part for part in iter(lambda: file.read(_SCANNED), b""))
        return True


def _line_end(path: Path, near: int, whole: int) -> int:
    """Where the line ends that holds the byte before this place."""
    with path.open("rb") as file:
        file.seek(near - 1)
        while part := file.readline(_SCANNED):
            if part.endswith(b"\n"):
                return file.tell()
    return whole


def weight(past: Past, pieces: Pieces) -> int:
    """About how many bytes of plain text the pieces come to."""
    total = 0
    for piece in pieces:
        packed = 10 if piece.path.suffix == ".gz" or piece.form == "parquet" else 1
        total += piece.size * (600 if piece.form == "log" else packed)
    return total


def nothing_in(past: Past, refused: Sequence[str]) -> Unavailable:
    """What is said of a past in which nothing happened, with the first of the rows that were refused."""
    why = f"; {refused[0]}" if refused else ""
    if len(past.files) == 1:
        why = why.replace(f"; {past.files[0]}: ", "; ", 1)
    return Unavailable(f"{_where(past)}: there is no event in it that can be taken{why}")


def past_ends_before(past: Past, since: Instant, span: tuple[Instant, Instant]) -> Unavailable:
    """What is said where nothing happened from the first day on."""
    return Unavailable(f"{_where(past)}: its events are of {named(*span)}; nothing is left with --from {_day(since)}")


def past_begins_after(past: Past, until: Instant, span: tuple[Instant, Instant]) -> Unavailable:
    """What is said where nothing had happened by the last instant."""
    return Unavailable(f"{_where(past)}: its events are of {named(*span)}; nothing is left with --to {_day(until)}")


def _where(past: Past) -> str:
    return ", ".join(map(str, past.files)) or str(past.store)


def _day(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).date().isoformat()
