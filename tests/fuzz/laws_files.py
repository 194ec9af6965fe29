"""Rows of files: each a call or a refusal, the file itself ``Unavailable`` at most; and letters of what was refused."""

import io
from argparse import ArgumentTypeError
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast
from zoneinfo import ZoneInfo

from msgspec import msgpack

from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.parquet import parquet_rows
from opportune.adapters.sources.rows import Reader
from opportune.adapters.stores.letter_words import Sought
from opportune.adapters.stores.letters import stated_ids, without_erased
from opportune.errors import EventError, Unavailable
from opportune.events.wire import Arrival, read
from opportune.ports import DeadLetter
from opportune.units import Instant
from opportune.wiring.cli.import_ import instants_form
from opportune.wiring.importing import Stretch, stretches, text_stretches
from opportune.wiring.mapping import Columns, call_of
from tests.fuzz.choices import Choices
from tests.fuzz.documented import CODES

NOW: Final[Instant] = 1_795_298_880_000
COLUMNS: Final = (
    Columns(),
    Columns(event="Imported"),
    Columns(named={"user": "who", "at": "when", "event": "what"}),
    Columns(kind="identify", zone=ZoneInfo("Europe/Berlin")),
    Columns(form="%d.%m.%Y %H:%M", zone=ZoneInfo("America/New_York")),
)
_DELIMITERS: Final = (None, ",", ";", "\t", "|")


def table(raw: bytes) -> None:
    """A table as text, behind a byte that says how it is read."""
    choices = Choices(raw[:2])
    columns, delimiter = choices.one(COLUMNS), choices.one(_DELIMITERS)
    _imported(raw[2:], csv_rows(delimiter, frozenset({"zip"})), columns)


def lines(raw: bytes) -> None:
    """Lines of JSON, behind a byte that says how they are read."""
    _imported(raw[1:], ndjson_rows, Choices(raw[:1]).one(COLUMNS))


def _imported(raw: bytes, reader: Reader, columns: Columns) -> None:
    found: list[Stretch] = []
    try:
        found.extend(text_stretches(io.BytesIO(raw), reader, columns, known=frozenset()))
    except Unavailable as error:
        assert str(error)
    _look_at(found)
    again: list[Stretch] = []
    try:
        again.extend(text_stretches(io.BytesIO(raw), reader, columns, known=frozenset(each.mark for each in found)))
    except Unavailable:
        pass
    assert [each.mark for each in again] == [each.mark for each in found]
    assert all(each.is_known for each in again[:-1])


def _look_at(found: list[Stretch]) -> None:
    for stretch in found:
        assert stretch.mark
        for line, code, reason in stretch.refused:
            assert line >= 1 and code in CODES and reason, (line, code, reason)
        for call in stretch.calls:
            assert b"\n" not in call
            try:
                read(call, Arrival(NOW))
            except EventError as error:
                assert error.code in CODES
                letter = DeadLetter(NOW, error.code, str(error), call)
                assert msgpack.decode(msgpack.encode(letter), type=DeadLetter) == letter


def parquet(raw: bytes) -> None:
    """A Parquet file with some of its bytes changed."""
    choices = Choices(raw)
    whole = bytearray(_sound())
    for _ in range(choices.below(6)):
        whole[choices.below(len(whole))] = choices.below(256)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        path.write_bytes(bytes(whole[: len(whole) - choices.below(300) * choices.flag(4)]) or choices.rest())
        try:
            _look_at(list(stretches(parquet_rows(path), choices.one(COLUMNS), known=frozenset())))
        except Unavailable as error:
            assert str(error)


_COLUMNS: Final = """
    'u' || i AS user_id, 'Order Completed' AS event, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS at, i * 1.5 AS value,
    12345678901234567890.5::DECIMAL(30, 2) AS big, [i, NULL] AS list, {'a': i} AS said, MAP {'k': i} AS map,
    'x'::BLOB AS raw, DATE '2026-01-01' AS day, INTERVAL 3 DAY AS span, uuid() AS id, (i % 2 = 0) AS flag,
    (2::HUGEINT ** 100)::HUGEINT AS huge, 'nan'::DOUBLE AS nothing, TIME '10:00' AS clock
"""
_made: list[bytes] = []


def _sound() -> bytes:
    """A small Parquet file with columns of many types."""
    if not _made:
        import duckdb

        with TemporaryDirectory() as folder, duckdb.connect() as connection:
            path = Path(folder) / "a.parquet"
            connection.execute(f"COPY (SELECT {_COLUMNS} FROM range(20) r(i)) TO '{path}' (FORMAT parquet)")
            _made.append(path.read_bytes())
    return _made[0]


class _Words:
    """A connection that knows which words are sought."""

    def __init__(self, words: list[tuple[bytes, int]]) -> None:
        self._words = words

    def execute(self, text: str) -> list[tuple[bytes, int]]:
        """What was asked for."""
        assert text.startswith("SELECT word, place")
        return self._words


def letter(raw: bytes) -> None:
    """A call that could not be read, as a dead letter: whom it names can always be asked."""
    body, _, word = raw.partition(b"\x1e")
    dead = DeadLetter(NOW, "not_json", body.decode("utf-8", "replace"), body)
    named = list(stated_ids(dead))
    assert all(type(each) is str for each in named)
    for each in named[:2] + named[-1:]:
        [left] = without_erased([dead], {each}.__contains__)
        assert left.body == b"" and left.code == "not_json"
    assert without_erased([dead], lambda user: False) == (dead,)
    if word:
        sought = Sought(cast("object", _Words([(word, 3)])))  # type: ignore[arg-type]
        assert sought.names(4, msgpack.encode(dead)) is False
        if sought.names(2, msgpack.encode(dead)):
            assert word in msgpack.encode(dead)


def form(raw: bytes) -> None:
    """How instants are written in a file, as an operator says it, and a cell that is read so."""
    said, _, cell = raw.decode("utf-8", "replace").partition("\n")
    try:
        columns = Columns(form=instants_form(said))
    except ArgumentTypeError as error:
        assert str(error)
        return
    try:
        call_of({"user": "u", "at": cell, "event": "x"}, columns)
    except EventError as error:
        assert error.code == "bad_instant"
