"""Tables as text: a header, then rows, with commas, semicolons, tabs or bars between the cells."""

import csv
from collections.abc import Callable, Container, Iterator
from typing import Final

from opportune.adapters.sources.rows import ABSENT, MOST_ROW_BYTES, Lines, Row, cell_of, too_long
from opportune.errors import EventError, Unavailable

DELIMITERS: Final = ",;\t|"


class _Fed:
    """Hands lines to the csv module, and knows where the row under way began and how long it is by now."""

    def __init__(self, lines: Lines) -> None:
        self._lines = iter(lines)
        self._counter = lines
        self.begun = 1
        self._size = 0

    def next_row(self) -> None:
        """What comes next belongs to a new row."""
        self.begun, self._size = self._counter.line + 1, 0

    @property
    def is_in_first_line(self) -> bool:
        """Whether the row has not yet gone beyond the line it began in."""
        return self._counter.line == self.begun

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._size += MOST_ROW_BYTES + 1 if line is None else len(line) + 1
        if self._size > MOST_ROW_BYTES:
            raise too_long(self.begun)
        assert line is not None
        return line.decode("utf-8-sig" if self._counter.line == 1 else "utf-8") + "\n"


def csv_rows(
    delimiter: str | None = None, text_columns: Container[str] = frozenset()
) -> Callable[[Lines], Iterator[Row]]:
    """Reads tables with this delimiter, or the one that the header has most; cells of ``text_columns`` stay text."""

    def rows(lines: Lines) -> Iterator[Row]:
        csv.field_size_limit(MOST_ROW_BYTES)
        fed = _Fed(lines)
        header = _header(fed, delimiter)
        if header is None:
            return
        columns, found = [(name, name in text_columns) for name in header[0]], header[1]
        reader = csv.reader(fed, delimiter=found, strict=True)
        while True:
            fed.next_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except EventError as refusal:
                yield Row(fed.begun, refusal=refusal)
                if not fed.is_in_first_line:
                    raise _unclosed(fed.begun) from None
                reader = csv.reader(fed, delimiter=found, strict=True)
                continue
            except (csv.Error, UnicodeDecodeError) as fault:
                if "unexpected end" in str(fault):
                    raise _unclosed(fed.begun) from None
                yield Row(fed.begun, refusal=EventError("bad_row", f"line {fed.begun}: {_reason(fault)}"))
                reader = csv.reader(fed, delimiter=found, strict=True)
                continue
            if cells:
                yield _row(columns, cells, fed.begun)

    return rows


def _row(columns: list[tuple[str, bool]], cells: list[str], line: int) -> Row:
    """The cells by name, those of columns that stay text as they are."""
    if len(cells) != len(columns):
        said = f"{len(cells)} cells, but the header has {len(columns)} columns; quote cells with a delimiter"
        return Row(line, refusal=EventError("bad_row", f"line {line}: {said}"))
    return Row(
        line,
        {
            name: cell_of(text) if not is_text else None if text.strip() in ABSENT else text
            for (name, is_text), text in zip(columns, cells, strict=True)
        },
    )


def _header(fed: _Fed, delimiter: str | None) -> tuple[list[str], str] | None:
    """The names of the columns and the delimiter; None for an empty file. Raises Unavailable for one of no use."""
    try:
        first = next(fed)
    except StopIteration:
        return None
    except (EventError, UnicodeDecodeError):
        raise Unavailable("line 1: no header of a table in UTF-8; save the file as CSV in UTF-8") from None
    found = delimiter or max(DELIMITERS, key=lambda each: (first.count(each), -DELIMITERS.index(each)))
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=found, strict=True))]
    except csv.Error as fault:
        raise Unavailable(f"line 1: the header cannot be read: {fault}") from None
    for name in names:
        if not name or not name.isprintable():
            raise Unavailable(f"line 1: {name!r} is no name of a column; give each a name on one line")
        if names.count(name) > 1:
            raise Unavailable(f"line 1: two columns are named {name!r}; give each a name of its own")
    return names, found


def _unclosed(line: int) -> Unavailable:
    return Unavailable(f"line {line}: a quote is opened and never closed; close it and run this again")


def _reason(fault: Exception) -> str:
    return "not UTF-8; save the file as UTF-8" if isinstance(fault, UnicodeDecodeError) else str(fault)
