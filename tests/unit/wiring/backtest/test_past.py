"""A past in pieces: cut where rows end, and nowhere else."""

from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event, Input, Merged, Tick
from opportune.ports import Batch
from opportune.wiring.backtest.entry import Refused
from opportune.wiring.backtest.log import Log
from opportune.wiring.backtest.past import Past, pieces_of
from opportune.wiring.backtest.rows import Rows

NOW = 1_900_000_000_000


def table(folder: Path, *rows: str, name: str = "past.csv") -> Past:
    path = folder / name
    path.write_text("user,event,at,note\n" + "\n".join(rows) + "\n")
    return Past(now=NOW, files=(path,))


def rows(count: int) -> list[str]:
    return [f"user-{place},Seen,2026-03-01T10:{place % 60:02},n{place}" for place in range(count)]


def found(past: Past, size: int) -> tuple[list[Event], int]:
    """The events, and in how many pieces they came."""
    pieces = pieces_of(past, size=size)
    return [each for piece in pieces for each in Rows(piece, past) if isinstance(each, Event)], len(pieces)


def test_a_table_is_cut_where_rows_end_and_each_piece_knows_the_header(tmp_path: Path) -> None:
    past = table(tmp_path, *rows(100))
    whole, one = found(past, 1_000_000)
    cut, many = found(past, 500)
    assert (one, len(whole)) == (1, 100)
    assert many > 5
    assert cut == whole


def test_a_table_with_quotes_is_not_cut_for_a_cell_may_hold_lines(tmp_path: Path) -> None:
    past = table(tmp_path, *rows(50), 'ann,Seen,2026-03-02,"two\nlines"', *rows(50))
    assert found(past, 200)[1] == 1
    assert len(found(past, 200)[0]) == 101


def test_lines_are_counted_from_the_beginning_of_a_piece(tmp_path: Path) -> None:
    past = table(tmp_path, *rows(20), "ann,Seen", *rows(20))
    pieces = pieces_of(past, size=300)
    before = 0
    for piece in pieces:
        read = Rows(piece, past)
        for each in read:
            if isinstance(each, Refused):
                assert before + each.line == 22
        before += read.lines
    assert before == 42


def test_lines_that_end_otherwise_are_not_cut(tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_bytes(b"user,event,at\r" + b"ann,Seen,2026-03-01\r" * 50)
    past = Past(now=NOW, files=(tmp_path / "past.csv",))
    assert found(past, 100)[1] == 1
    assert len(found(past, 100)[0]) == 50


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"none\.csv: No such file or directory"):
        pieces_of(Past(now=NOW, files=(tmp_path / "none.csv",)))


def test_parquet_is_cut_between_rows_which_keep_their_numbers(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs duckdb: reading Parquet is an extra")
    table(tmp_path, *rows(20), ",Seen,2026-03-02,", *rows(5))
    path = tmp_path / "past.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{tmp_path / 'past.csv'}')) TO '{path}' (FORMAT parquet)")
    past = Past(now=NOW, files=(path,))
    pieces = pieces_of(past, rows=7)
    found = [each for piece in pieces for each in Rows(piece, past)]
    assert [(piece.first, piece.last) for piece in pieces] == [(0, 7), (7, 14), (14, 21), (21, 26)]
    assert found == list(Rows(pieces_of(past)[0], past))
    assert [each.line for each in found if isinstance(each, Refused)] == [21]


def test_of_a_log_what_its_own_playbook_decided_is_left_out_wherever_it_is_cut(tmp_path: Path) -> None:
    entries: list[Input] = [
        Event("a", "ann", "Seen", 5, 5, 1),
        Event("receipt-d-1", "ann", "Message Sent", 6, 6, 2),
        Event("emit-x", "ann", "Identified", 6, 6, 3),
        Tick(7, 5),
        Merged("ann", "dev", 8, 6),
        Event("track-o", "ann", "Email Opened", 9, 9, 8),
        Event("b", "ann", "Message Sent", 10, 10, 9),
    ]
    store = SqliteStore(tmp_path / "engine.db")
    store.commit_now(Batch(inputs=tuple(entries)))
    store.close()
    past = Past(now=NOW, store=tmp_path / "engine.db")
    for count in (1, 2, 4, 100):
        found = [each for piece in pieces_of(past, rows=count) for each in Log(piece)]
        assert found == [entries[0], *entries[4:]]
