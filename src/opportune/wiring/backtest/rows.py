"""From the rows of a file to events, as an import reads them: a bad one costs only itself.

Nobody knows when a file's events were received, so each was as of its own instant. What most exports consist of,
``track`` and ``identify`` calls, is read by a short way; all else by the way of an import.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, TypeAlias

from msgspec.json import encode
from msgspec.structs import replace

from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import MOST_DEPTH, row_on
from opportune.adapters.sources.parquet import rows_between
from opportune.adapters.sources.rows import Lines, Row
from opportune.errors import EventError
from opportune.events import names
from opportune.events.batch import DEFAULT
from opportune.events.event import Event
from opportune.events.identity import stated_id, stated_name, stated_user
from opportune.events.instants import instant_of
from opportune.events.strict_json import checked
from opportune.events.wire import KINDS, Arrival, read
from opportune.units import Instant
from opportune.wiring.backtest.entry import Entry, Linked, Refused
from opportune.wiring.backtest.past import HEAD, Past, Piece
from opportune.wiring.mapping import call_of
from opportune.wiring.row_files import delimiter_of, opened

Found: TypeAlias = Entry | Refused
_SHORT: Final = DEFAULT.call_bytes // 8
"""A line within it is no longer than a call may be, however its numbers are written."""
_SELDOM: Final = frozenset({"anonymousId", "previousId", "groupId", "name", "category", "sentAt", "originalTimestamp"})
"""What the short way leaves to the other one."""
_NONE: Final[dict[str, object]] = {}
_TOLD: Final = names.INTERNAL | {names.MESSAGE_SENT}
"""Names whose events are looked at before they are believed."""
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
        is_usual, base, now = not self._past.columns.named, self._base + (self._piece.first << 1), self._past.now
        later = bool(self._piece.first)
        for line in lines:
            event = _quickly(line, base + (lines.place << 1), now) if is_usual and line is not None else None
            if event is not None:
                yield event
                continue
            row = row_on(line, lines.line)
            if row is not None:
                yield from self._taken(row, self._piece.first + lines.place, later=later)

    def _of_table(self, lines: Lines, header: bytes) -> Iterator[Found]:
        """A piece from the middle of a table is read behind the table's header."""
        sign = delimiter_of(self._piece.path, self._past.delimiter)
        for row in csv_rows(sign, self._past.text)(lines):
            yield from self._taken(row, self._piece.first + lines.place - len(header), later=bool(header))

    def _taken(self, row: Row, place: int, *, later: bool = False) -> Iterator[Found]:
        try:
            if row.refusal is not None:
                raise row.refusal
            yield from _slowly(row.cells, self._past, self._base + (place << 1))
        except EventError as refusal:
            yield Refused(row.line - later, refusal.code, str(refusal).removeprefix(f"line {row.line}: "))


class _Cut:
    """The bytes of a piece, with a header before them."""

    def __init__(self, file: BinaryIO, header: bytes, piece: Piece) -> None:
        self._file = file
        self._header = header
        self._left = None if piece.last is None else piece.last - piece.first

    def read(self, size: int, /) -> bytes:
        if self._header:
            header, self._header = self._header, b""
            return header
        part = self._file.read(size if self._left is None else min(size, self._left))
        self._left = None if self._left is None else self._left - len(part)
        return part


def _lines(piece: Piece, file: BinaryIO, header: bytes) -> Lines:
    if not piece.first:
        head = file.read(HEAD)
        file.seek(0)
        lines = Lines(_Cut(file, b"", piece))
        lines.begin_with(head)
        return lines
    file.seek(piece.first)
    lines = Lines(_Cut(file, header, piece))
    lines.line = 0 if header else 1  # the first line alone may begin with a byte order mark
    return lines


def _quickly(line: bytes, place: int, now: Instant) -> Event | None:
    """The event of a usual ``track`` or ``identify`` call; None for whatever wants a closer look."""
    if len(line) > _SHORT:
        return None
    try:
        call = checked(line, depth=MOST_DEPTH)
        if type(call) is not dict or not _SELDOM.isdisjoint(call):
            return None
        id, user, stated = call.get("messageId"), call.get("userId"), call.get("timestamp")
        if not (type(id) is str and id and type(user) is str and user and type(stated) is str and stated):
            return None
        event, kind, context = call.get("event"), call.get("type"), call.get("context", _NONE)
        if kind == "track" and type(event) is str and event not in _TOLD:
            name, properties = stated_name(event, "event"), call.get("properties", _NONE)
        elif kind == "identify" and event is None:
            name, properties = names.IDENTIFIED, call.get("traits")
        else:
            return None
        at = instant_of(stated, "timestamp")
        if type(properties) is not dict or type(context) is not dict or (not properties and kind == "identify"):
            return None
        if at < 0 or stated_id(id, "messageId") is None or id.startswith(names.OWN_IDS):
            return None
        stated_user(user, "userId", DEFAULT.placeholders)
    except EventError:
        return None
    was = min(at, now)
    return Event(id, user, name, was, was, place, encode(properties), encode(context), stated_at=at)


def _slowly(cells: Mapping[str, object], past: Past, place: int) -> Iterator[Entry]:
    """What a row says, as an import has it; raises EventError."""
    arrival = Arrival(past.now)
    if cells.get("type") in KINDS and not past.columns.named:
        received = cells.get("receivedAt")
        if isinstance(received, str) and received:
            arrival = Arrival(min(instant_of(received, "receivedAt"), past.now))
        else:  # it is not known how much later than ``sentAt`` it came
            cells = {name: cell for name, cell in cells.items() if name != "sentAt"}
        if not (cells.get("timestamp") or cells.get("originalTimestamp")):
            raise EventError("missing_instant", "no timestamp says when it happened")
    for number, each in enumerate(read(call_of(cells, past.columns), arrival)):
        if isinstance(each, Event):
            yield replace(each, received_at=each.at, seq=place + number)
        else:
            yield Linked(each.id, each.previous, each.user, each.at, place + number)
