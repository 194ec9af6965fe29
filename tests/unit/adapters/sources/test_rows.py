"""What files of others hold, and what is wrong with them: surface csv of the bad inputs, line by line."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.rows import MOST_ROW_BYTES, Lines, Row
from opportune.errors import Unavailable


def lines(raw: bytes) -> Lines:
    found = Lines(io.BytesIO(raw))
    found.begin_with(raw[:65_536])
    return found


def table(raw: bytes, delimiter: str | None = None, text: frozenset[str] = frozenset()) -> list[Row]:
    return list(csv_rows(delimiter, text)(lines(raw)))


def cells(raw: bytes, **options: object) -> list[dict[str, object]]:
    return [row.cells for row in table(raw, **options)]  # type: ignore[arg-type]


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line and b"\r" not in line), min_size=1))
def test_lines_are_those_of_the_file_and_all_bytes_are_counted(parts: list[bytes]) -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        raw = end.join(parts)
        found = lines(raw)
        read = list(found)
        while read and read[-1] == b"":
            read.pop()
        wanted = list(parts)
        while wanted and wanted[-1] == b"":
            wanted.pop()
        assert read == wanted
        assert found.place == len(raw)


def test_the_hash_is_that_of_the_bytes_passed() -> None:
    one, two = lines(b"a\nb\nc\n"), lines(b"a\nb\nX\n")
    first, second = iter(one), iter(two)
    for _ in range(2):
        next(first), next(second)
    assert one.passed() == two.passed() and one.place == two.place == 4
    next(first), next(second)
    assert one.passed() != two.passed()


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(sign: str) -> None:
    raw = sign.join(("user", "event", "at")) + "\n" + sign.join(("ann", "Read", "2026-01-01")) + "\n"
    assert cells(raw.encode()) == [{"user": "ann", "event": "Read", "at": "2026-01-01"}]


def test_a_line_that_ends_with_cr_alone_is_a_line() -> None:
    assert cells(b"user,event\rann,Read\rbea,Shared\r") == [
        {"user": "ann", "event": "Read"},
        {"user": "bea", "event": "Shared"},
    ]


def test_doubled_quotes_and_line_ends_inside_quotes_are_text() -> None:
    found = table(b'user,said\nann,"a ""b""\nc"\nbea,d\n')
    assert [row.cells["said"] for row in found] == ['a "b"\nc', "d"]
    assert [row.line for row in found] == [2, 4]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert cells(b"\xef\xbb\xbfuser\nann\n") == [{"user": "ann"}]


@pytest.mark.parametrize("text", ["", "\\N", "NULL", "NA", "nan", " ", '""'])
def test_what_says_nothing_is_nothing(text: str) -> None:
    assert cells(f"user,email\nann,{text}\n".encode()) == [{"user": "ann", "email": None}]


def test_numbers_and_truths_are_told_from_text() -> None:
    raw = b"a,b,c,d,e,f\n12,1.5,true,007,1e5,12345678901234567890\n"
    assert list(cells(raw)[0].values()) == [12, 1.5, True, "007", "1e5", "12345678901234567890"]
    assert cells(b"zip,n\n12,12\n", text=frozenset({"zip"})) == [{"zip": "12", "n": 12}]


def test_a_formula_is_text() -> None:
    assert cells(b"name\n=cmd|' /C calc'!A0\n", delimiter=",") == [{"name": "=cmd|' /C calc'!A0"}]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"user,user\nann,bea\n", "two columns are named 'user'"),
        (b"user,\nann,1\n", "'' is no name of a column"),
        (b'user,"x\r\ny"\nann,1\n', "line 1: the header cannot be read|no name of a column"),
        (b"\xff\xfe\x00", "line 1: no header of a table in UTF-8"),
    ],
)
def test_a_header_of_no_use_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        table(raw)


def test_a_row_with_too_many_cells_costs_only_itself() -> None:
    found = table(b"a,b\n1,2\n1,2,3\n4,5\n")
    assert [row.cells for row in found] == [{"a": 1, "b": 2}, {}, {"a": 4, "b": 5}]
    assert "line 3: 3 cells, but the header has 2 columns" in str(found[1].refusal)


def test_a_row_that_is_no_utf8_costs_only_itself() -> None:
    found = table(b"a\nx\n\xff\ny\n")
    assert [row.refusal is None for row in found] == [True, False, True]
    assert "line 3: not UTF-8" in str(found[1].refusal)


class Endless(io.RawIOBase):
    """A file too large to be kept, made as it is read."""

    def __init__(self, head: bytes, part: bytes, size: int, tail: bytes) -> None:
        self._parts = iter([head, *([part] * (size // len(part))), tail])

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


def peak_of(rows: Iterator[Row]) -> tuple[list[Row], int]:
    tracemalloc.start()
    try:
        return list(rows), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_cell_of_100_megabytes_costs_its_row_and_little_memory() -> None:
    file = Endless(b"a,b\n1,2\n3,", b"x" * 262_144, 100_000_000, b"\n4,5\n")
    found, peak = peak_of(csv_rows()(Lines(file)))  # type: ignore[arg-type]
    assert [row.cells for row in found] == [{"a": 1, "b": 2}, {}, {"a": 4, "b": 5}]
    assert str(found[1].refusal) == "line 3: longer than 1,048,576 bytes; cut it"
    assert peak < 20 * MOST_ROW_BYTES


def test_a_quote_that_is_never_closed_is_named_with_its_line_and_costs_little_memory() -> None:
    file = Endless(b'a,b\n1,"2\n', b"3,4\n" * 65_536, 100_000_000, b"")
    rows = csv_rows()(Lines(file))  # type: ignore[arg-type]
    seen: list[Row] = []
    tracemalloc.start()
    with pytest.raises(Unavailable, match="line 2: a quote is opened and never closed"):
        seen.extend(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * MOST_ROW_BYTES
    with pytest.raises(Unavailable, match="line 3: a quote is opened"):
        table(b'a\n1\n"2\n3\n')


def test_json_lines_are_objects_and_a_bad_one_costs_only_itself() -> None:
    found = list(ndjson_rows(lines(b'\xef\xbb\xbf{"a": 1}\n\n[1]\n{"a": NaN}\n{oops\n{"a": 2}\n')))
    assert [row.cells for row in found] == [{"a": 1}, {}, {}, {}, {"a": 2}]
    assert [row.line for row in found] == [1, 3, 4, 5, 6]
    assert all(str(row.refusal).startswith(f"line {row.line}: ") for row in found if row.refusal)


def test_a_json_line_that_is_too_long_is_passed_over() -> None:
    found = list(ndjson_rows(lines(b'{"a": 1}\n{"a": "' + b"x" * MOST_ROW_BYTES + b'"}\n{"a": 2}')))
    assert [row.cells for row in found] == [{"a": 1}, {}, {"a": 2}]
