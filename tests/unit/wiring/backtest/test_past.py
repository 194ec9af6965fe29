"""A past in pieces: cut where rows end, and nowhere else."""

from pathlib import Path

import pytest

from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.wiring.backtest.entry import Refused
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
