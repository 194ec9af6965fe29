"""The rows of a piece of a file, and what they say: a bad one costs only itself."""

from collections.abc import Iterator
from typing import BinaryIO, Final, TypeAlias

from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import row_on
from opportune.adapters.sources.parquet import rows_between
from opportune.adapters.sources.rows import Lines, Row
from opportune.errors import EventError
from opportune.wiring.backtest.calls import happened_by, said_in, usual
from opportune.wiring.backtest.entry import Entry, Refused
from opportune.wiring.backtest.past import HEAD, Past, Piece
from opportune.wiring.backtest.traits import traits_in
from opportune.wiring.row_files import delimiter_of, opened

Found: TypeAlias = Entry | Refused
_IN_FILE: Final = 44
"""Bits of a place that say where in its file a row is; those above say in which file."""


class Rows:
    """What the rows of one piece say, in order; lines count from the beginning of the piece."""

    def __init__(self, piece: Piece, past: Past) -> None:
        self._piece = piece
        self._past = past
        self._base = piece.file << _IN_FILE
        self.lines = 0
        """How many lines there were, once all are read; none are counted in Parquet, where rows know their place."""

    def __iter__(self) -> Iterator[Found]:
        piece = self._piece
        if piece.form == "parquet":
            for row in rows_between(piece.path, piece.first, piece.last):
                yield from self._taken(row, row.line)
            return
        with opened(piece.path) as file:
            header = file.readline() if piece.form == "csv" and piece.first else b""
            lines = _lines(piece, file, header)
            yield from self._of_table(lines, header) if piece.form == "csv" else self._of_calls(lines)
        self.lines = lines.line - bool(piece.first)

    def _of_calls(self, lines: Lines) -> Iterator[Found]:
        is_usual = not (self._past.columns.named or self._piece.is_traits)
        base, now = self._base + (self._piece.first << 1), self._past.now
        later = bool(self._piece.first)
        for line in lines:
            event = usual(line, base + (lines.place << 1), now) if is_usual and line is not None else None
            if event is not None:
                yield event
                continue
            row = row_on(line, lines.line)
            if row is not None:
                yield from self._taken(row, self._piece.first + lines.place, later=later)

    def _of_table(self, lines: Lines, header: bytes) -> Iterator[Found]:
        """A piece from the middle of a table is read behind the table's header."""
        sign = delimiter_of(self._piece.path, None if self._piece.is_traits else self._past.delimiter)
        for row in csv_rows(sign, self._past.text)(lines):
            yield from self._taken(row, self._piece.first + lines.place - len(header), later=bool(header))

    def _taken(self, row: Row, place: int, *, later: bool = False) -> Iterator[Found]:
        try:
            if row.refusal is not None:
                raise row.refusal
            past, place = self._past, self._base + (place << 1)
            if not self._piece.is_traits:
                yield from said_in(row.cells, past.columns, place=place, now=past.now)
                return
            user = past.columns.named.get("user")
            found = traits_in(row.cells, past.traits_columns, place=place, usual_user=user)
            happened_by(past.now, found.at)
            yield found
        except EventError as refusal:
            yield Refused(row.line - later, refusal.code, str(refusal).removeprefix(f"line {row.line}: "))


class _Cut:
    """These bytes, and so many of the file behind them; None: all."""

    def __init__(self, begun: bytes, file: BinaryIO, left: int | None) -> None:
        self._begun = begun
        self._file = file
        self._left = left

    def read(self, size: int, /) -> bytes:
        if self._begun:
            begun, self._begun = self._begun, b""
            return begun
        part = self._file.read(size if self._left is None else min(size, self._left))
        self._left = None if self._left is None else self._left - len(part)
        return part


def _lines(piece: Piece, file: BinaryIO, header: bytes) -> Lines:
    """The lines of a piece, those of a table behind its header; a file is read once, so that it may be a pipe."""
    left = None if piece.last is None else piece.last - piece.first
    if piece.first:
        file.seek(piece.first)
        lines = Lines(_Cut(header, file, left), is_hashed=False)
        lines.line = 0 if header else 1  # the first line alone may begin with a byte order mark
        return lines
    head = file.read(HEAD if left is None else min(HEAD, left))
    lines = Lines(_Cut(head, file, None if left is None else left - len(head)), is_hashed=False)
    lines.begin_with(head)
    return lines
